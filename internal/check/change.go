package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ssprd/internal/breached"
	"ssprd/internal/config"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
)

// Codes of a change of a test person's password.
const (
	ChangeUnasked   = "TEST_CHANGE_NOT_ASKED"
	ChangeNotOne    = "TEST_CHANGE_NOT_ONE_PERSON"
	ChangeNoDraw    = "TEST_CHANGE_NO_PASSWORD"
	ChangeRefused   = "TEST_CHANGE_REFUSED"
	ChangeUnknown   = "TEST_CHANGE_UNKNOWN"
	ChangeFailed    = "TEST_CHANGE_FAILED"
	ChangeWritten   = "TEST_CHANGE_WRITTEN"
	ChangeMust      = "TEST_CHANGE_MUST_CHANGE_AGAIN"
	ChangeLocked    = "TEST_CHANGE_STAYS_LOCKED"
	ChangeReached   = "TEST_CHANGE_REACHED"
	ChangeUnreached = "TEST_CHANGE_NOT_REACHED"
	ChangeSignIn    = "TEST_CHANGE_SIGNS_IN"
	ChangeNoSignIn  = "TEST_CHANGE_NO_SIGN_IN"
	ChangeDone      = "TEST_CHANGE_DONE"
)

var changeCodes = []Meaning{
	{ChangeUnasked, Error, "No server of the directory answered, so that nothing was changed.", "Mend what `ssprd check` finds of the directory's servers first."},
	{ChangeNotOne, Error, "The text does not name exactly one person of the population, who may be reset: nothing was changed.", "Give what names the test person alone; `ssprd check --person` explains whom it names."},
	{ChangeNoDraw, Error, "No password could be drawn that keeps every rule: nothing was changed. The page of the password has no suggestions either.", "Look at the rules of both sides with `ssprd check --person`; where they leave so little room, make them shorter or fewer."},
	{ChangeRefused, Error, "The directory refused the change, as it would refuse a visitor's: nothing was changed.", "Look up the code in docs/directories.md, under what a directory answers."},
	{ChangeUnknown, Error, "The change was sent, and what came of it cannot be told.", "Look at the entry on the server that is named, and at the server."},
	{ChangeFailed, Error, "No server made the change.", "Mend what `ssprd check` finds of the directory's servers."},
	{ChangeWritten, OK, "A server has taken a new password of the test person.", ""},
	{ChangeMust, Warning, "The directory asks for another change at the next sign-in, after each reset.", "On Active Directory give bind_dn the right Unexpire-Password; on OpenLDAP give it `write`, not `manage`, or clear pwdMustChange; on 389 DS clear passwordMustChange. See docs/directories.md."},
	{ChangeLocked, Warning, "The account is locked out all the same, after wrong passwords.", "Give bind_dn the right to end a lock-out, and set `unlock: true`."},
	{ChangeReached, OK, "A server or replica shows the change.", ""},
	{ChangeUnreached, Error, "A server or replica does not show the change within the population's `wait`.", "Look at the replication to this server, or give the population a longer `wait`."},
	{ChangeSignIn, OK, "The test person can sign in with the new password.", ""},
	{ChangeNoSignIn, Error, "The test person cannot sign in with the new password.", "Look at the replication to this server, at what the code says, and at the log of the server."},
	{ChangeDone, OK, "What was changed, and what was not.", ""},
}

// ChangeTestPerson really resets the one person whom a text names, as the portal does, with a password that is drawn and then
// forgotten; it follows the change to every server, and signs in there.
func ChangeTestPerson(ctx context.Context, c *config.Config, i int, typed string) []Finding {
	limit := c.Populations[i].Reset.Wait + 2*longest
	return area{populationKey(i), func(ctx context.Context) []Finding { return changedTestPerson(ctx, c, i, typed) }}.within(ctx, limit)
}

func changedTestPerson(ctx context.Context, c *config.Config, i int, typed string) []Finding {
	t := testChange{explanation: explanation{key: populationKey(i), typed: typed, reset: c.Populations[i].Reset}}
	d, settings, err := openDirectory(c, t.reset)
	if err != nil {
		return []Finding{t.finding(ChangeUnasked, "asking directory "+t.reset.Directory, err.Error())}
	}
	defer d.Close()
	t.population, t.servers = d.Population(t.reset.Search), slices.Concat(settings.Servers, settings.Replicas)
	t.directory = settings
	person, refusal := t.one(ctx)
	if refusal != nil {
		return refusal
	}
	password, refusal := t.draw(c, person.Account)
	if refusal != nil {
		return refusal
	}
	return t.change(ctx, person, password)
}

// testChange is a reset of one person without a visitor.
type testChange struct {
	explanation
	population *ldapx.Population
	servers    []string // and replicas, by index
}

// one is the person whom the text names, if it is one. Who is protected counts: a text that names others too is no test person's.
func (t testChange) one(ctx context.Context) (person ldapx.Candidate, refusal []Finding) {
	if !flow.Nameable(t.typed) {
		return person, []Finding{t.finding(PersonUnnameable, "the text", fmt.Sprintf("it has %d bytes", len(t.typed)))}
	}
	var err error
	if t.x, err = t.population.Explain(ctx, t.typed); err != nil {
		return person, []Finding{t.finding(ChangeUnasked, "asking directory "+t.reset.Directory, err.Error())}
	}
	var named []ldapx.Candidate
	for _, c := range t.x.Entries {
		if c.Named && c.InBase && c.InFilter {
			named = append(named, c)
		}
	}
	tried := fmt.Sprintf("%q %s, on %s", t.typed, t.x.Tried, t.x.Server)
	switch {
	case t.x.Cut || len(named) > 1:
		return person, []Finding{t.finding(ChangeNotOne, tried, fmt.Sprintf("it names %d people or more", max(2, len(named))))}
	case len(named) == 0:
		return person, []Finding{t.finding(ChangeNotOne, tried, "it names nobody")}
	case !named[0].Eligible():
		return person, append(t.reasons(named[0]), t.finding(ChangeNotOne, tried, "whom it names may not be reset"))
	}
	return named[0], nil
}

// draw makes a password that keeps the rules of both sides.
func (t testChange) draw(c *config.Config, a flow.Account) (password secret.Text, refusal []Finding) {
	rules, _ := c.RulesNamed(t.reset.Rules)
	set := policy.Set{Rules: c.Judged(rules), Demands: a.Demands}
	failed := func(seen string) []Finding {
		return []Finding{t.finding(ChangeNoDraw, "rules "+rules.Name+" and the directory's", seen)}
	}
	if rules.BreachedFile != "" {
		list, err := breached.Open(rules.BreachedFile)
		if err != nil {
			return secret.Text{}, failed(fmt.Sprintf("%s: %v", rules.BreachedFile, err))
		}
		defer func() { _ = list.Close() }()
		set.Breached = list
	}
	drawn, err := set.Suggest(1, a.Words)
	switch {
	case err != nil:
		return secret.Text{}, failed(err.Error())
	case len(drawn) == 0:
		return secret.Text{}, failed("they leave no room: " + t.joined(a.Demands))
	}
	return secret.New(drawn[0]), nil
}

func (t testChange) change(ctx context.Context, person ldapx.Candidate, password secret.Text) []Finding {
	written, err := t.population.SetPassword(ctx, person.Account.ID, password)
	if err != nil {
		return []Finding{t.unwritten(person, err)}
	}
	found := []Finding{t.finding(ChangeWritten, person.DN, written.Server+" has taken a new password, which is drawn, keeps every rule, and is shown nowhere")}
	if written.MustChange {
		found = append(found, t.finding(ChangeMust, person.DN, "another change is due"))
	}
	if written.Locked {
		found = append(found, t.finding(ChangeLocked, person.DN, "it is locked out"))
	}
	found = append(found, t.follow(ctx, written)...)
	for _, s := range t.population.SignIns(ctx, person.Account.ID, password) {
		found = append(found, t.signedIn(person, s, written.MustChange))
	}
	return append(found, t.finding(ChangeDone, person.DN, "its password was changed, and nothing else of it by this program. The new one is thrown away:"+
		" the test person makes another by the portal. Nobody was mailed, and it is not in the record of the portal"))
}

func (t testChange) unwritten(person ldapx.Candidate, err error) Finding {
	var refused *flow.RefusedError
	switch {
	case errors.As(err, &refused):
		return t.finding(ChangeRefused, person.DN, err.Error())
	case errors.Is(err, flow.ErrUnknownOutcome):
		return t.finding(ChangeUnknown, person.DN, err.Error())
	}
	return t.finding(ChangeFailed, person.DN, err.Error())
}

// follow waits for the change as the waiting page does.
func (t testChange) follow(ctx context.Context, w flow.Written) (found []Finding) {
	ctx, cancel := context.WithTimeout(ctx, t.reset.Wait)
	defer cancel()
	all := make([]flow.ServerProgress, len(t.servers))
	for p := range t.population.Reached(ctx, w) {
		all[p.Index] = p
	}
	for i, p := range all {
		switch {
		case !p.Reached:
			found = append(found, t.finding(ChangeUnreached, t.servers[i], fmt.Sprintf("the change is not there after %s", t.reset.Wait)))
		case t.servers[i] == w.Server:
			found = append(found, t.finding(ChangeReached, t.servers[i], "it has made the change"))
		default:
			found = append(found, t.finding(ChangeReached, t.servers[i], fmt.Sprintf("after %s", p.After.Round(time.Millisecond))))
		}
	}
	return found
}

// signedIn judges a sign-in. That another change is due was said, and does not count against the password.
func (t testChange) signedIn(person ldapx.Candidate, s ldapx.SignedIn, must bool) Finding {
	tried := "signing in as " + person.DN + " on " + s.Server
	switch {
	case s.Err != nil:
		return t.finding(ChangeNoSignIn, tried, s.Err.Error())
	case s.Why == "MUST_CHANGE" && must:
		return t.finding(ChangeSignIn, tried, "the password is the right one")
	case s.Why != "":
		return t.finding(ChangeNoSignIn, tried, "refused: "+s.Why)
	}
	return t.finding(ChangeSignIn, tried, "it is let in")
}
