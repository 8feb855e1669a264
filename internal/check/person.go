package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/policy"
	"ssprd/internal/web"
)

// Codes of one person.
const (
	PersonUnasked          = "PERSON_NOT_ASKED"
	PersonUnnameable       = "PERSON_UNNAMEABLE"
	PersonNotFound         = "PERSON_NOT_FOUND"
	PersonNoneEligible     = "PERSON_NOT_ELIGIBLE"
	PersonEligible         = "PERSON_ELIGIBLE"
	PersonOtherName        = "PERSON_BY_OTHER_ATTRIBUTE"
	PersonOutsideBase      = "PERSON_OUTSIDE_BASE"
	PersonOutsideFilter    = "PERSON_OUTSIDE_FILTER"
	PersonProtected        = "PERSON_PROTECTED"
	PersonBarred           = "PERSON_BARRED"
	PersonNameless         = "PERSON_ID_UNREADABLE"
	PersonCrowded          = "PERSON_CROWDED"
	PersonMail             = "PERSON_MAIL"
	PersonNoMail           = "PERSON_MAIL_MISSING"
	PersonLeftOut          = "PERSON_LEFT_OUT"
	PersonPolicy           = "PERSON_POLICY"
	PersonNoPolicy         = "PERSON_POLICY_NONE"
	PersonHiddenPolicy     = "PERSON_POLICY_UNREADABLE"
	PersonRules            = "PERSON_RULES"
	PersonTooYoung         = "PERSON_TOO_YOUNG"
	PersonLocked           = "PERSON_LOCKED"
	PersonState            = "PERSON_STATE"
	PersonElsewhere        = "PERSON_ELSEWHERE"
	PersonElsewhereUnknown = "PERSON_ELSEWHERE_NOT_ASKED"
	PersonLimits           = "PERSON_LIMITS"
)

var personCodes = append([]Meaning{
	{PersonUnasked, Error, "No server of the directory answered, so that nothing can be told of the person.", "Mend what `ssprd check` finds of the directory's servers first."},
	{PersonUnnameable, Error, "The text cannot name anybody: it is empty, too long, no UTF-8, or has control characters. A visitor who types it gets no code.", "Give what the person types."},
	{PersonNotFound, Error, "The text names nobody of the population. A visitor who types it gets no code, and is not told.", "Compare what was tried with the person's entry; the other findings name entries elsewhere that have the text."},
	{PersonNoneEligible, Error, "The text names somebody of the population, and nobody who may be reset. A visitor who types it gets no code, and is not told.", "Look at the reasons that the other findings give."},
	{PersonEligible, OK, "The text names this entry, and its password may be reset.", ""},
	{PersonOtherName, Warning, "An entry has the text in an attribute that is not in `find_by`: it is not found by it.", "Tell the person what to type, or add the attribute to `find_by`."},
	{PersonOutsideBase, Warning, "An entry that has the text is not below the population's base.", "Correct `base`, or move the entry, if it is one of this population."},
	{PersonOutsideFilter, Warning, "An entry that has the text does not match the population's filter.", "Correct `filter`, or the entry, if it is one of this population."},
	{PersonProtected, Warning, "A filter of `protected` leaves the entry out, so that nobody can reset it here.", "Nothing, if this is meant; else take the person out of what the filter names."},
	{PersonBarred, Warning, "The directory says of the entry that it is not to be reset.", "Nothing, if this is meant; else change the attribute that is named."},
	{PersonNameless, Warning, "The lasting id of the entry cannot be read, without which it is not reset.", "Give bind_dn the right to read it, or correct `kind` or `id_attribute`."},
	{PersonCrowded, Warning, "The text names more entries than are looked at, here and by a reset.", "Give what names fewer people."},
	{PersonMail, OK, "A code goes to this address.", ""},
	{PersonNoMail, Error, "No code is sent: there is no address for it, or it is not certain whose the code would be.", "Complete the attributes of `mail`, or let the person type the address itself."},
	{PersonLeftOut, Warning, "The code is not for this account: it does not have the address to which it goes.", "Let the person type an address, or an identifier, of this account."},
	{PersonPolicy, OK, "A password policy of the directory, with what it says.", ""},
	{PersonNoPolicy, OK, "No password policy of the directory is known for the entry.", ""},
	{PersonHiddenPolicy, Warning, "The password policy that holds for the entry cannot be read: the pages cannot tell its rules before the directory refuses a password.", "Give bind_dn the right to read it, or correct its name."},
	{PersonRules, OK, "The rules that a new password must keep, each with where it comes from; of two the stricter holds.", ""},
	{PersonTooYoung, Warning, "The directory takes no other password yet: the last change is too recent.", "Wait until then, or lower the least age of the policy that is named."},
	{PersonLocked, Warning, "The account is locked out after wrong passwords.", "A reset ends it where the population says `unlock` and the directory lets it; so does the helpdesk."},
	{PersonState, OK, "What the directory says of the account's password.", ""},
	{PersonElsewhere, OK, "The text names an entry of another population too.", ""},
	{PersonElsewhereUnknown, Warning, "Whether the text names somebody of another population cannot be told.", "Mend what `ssprd check` finds of that population's directory."},
	{PersonLimits, OK, "Limits, and an account at which too many wrong codes were typed, are in the running portal's state, which this does not ask.", ""},
}, changeCodes...)

// Person explains what the i-th population makes of a text that a person types. It is for an administrator's console: what is
// found has the person's data in it.
func Person(ctx context.Context, c *config.Config, i int, typed string) []Finding {
	return area{populationKey(i), func(ctx context.Context) []Finding { return explained(ctx, c, i, typed) }}.within(ctx, longest)
}

// explained asks the population's directory, and beside it those of the others.
func explained(ctx context.Context, c *config.Config, i int, typed string) []Finding {
	e := explanation{key: populationKey(i), typed: typed, reset: c.Populations[i].Reset}
	if !flow.Nameable(typed) {
		return []Finding{e.finding(PersonUnnameable, "the text", fmt.Sprintf("it has %d bytes", len(typed)))}
	}
	all := everywhere(ctx, c, typed)
	if err := all[i].err; err != nil {
		return []Finding{e.finding(PersonUnasked, "asking directory "+e.reset.Directory, err.Error())}
	}
	e.directory, _ = c.Directory(e.reset.Directory)
	rules, _ := c.RulesNamed(e.reset.Rules)
	e.rules, e.breached = c.Judged(rules), rules.BreachedFile != ""
	e.x = all[i].x
	return slices.Concat(e.all(), e.elsewhere(slices.Delete(all, i, i+1)), []Finding{e.finding(PersonLimits, "limits of codes",
		"not asked, for they are in the running portal's state: the helpdesk's page of the person shows them, and `ssprd reopen` lets codes be sent again")})
}

// looked is what one population says.
type looked struct {
	name string
	x    ldapx.Explained
	err  error
}

// everywhere asks for a text in all populations at once, in the order of the configuration. Those of one directory ask by the same
// connections: a wrong password of the service account, which may count towards its lock-out, is tried once on a server.
func everywhere(ctx context.Context, c *config.Config, typed string) []looked {
	all := make([]looked, len(c.Populations))
	open := map[string]*ldapx.Directory{}
	var each sync.WaitGroup
	for k, p := range c.Populations {
		if p.Reset == nil {
			continue
		}
		all[k].name = p.Name
		d := open[p.Reset.Directory]
		if d == nil {
			if d, _, all[k].err = openDirectory(c, p.Reset); all[k].err != nil {
				continue
			}
			defer d.Close()
			open[p.Reset.Directory] = d
		}
		each.Go(func() { all[k].x, all[k].err = d.Population(p.Reset.Search).Explain(ctx, typed) })
	}
	each.Wait()
	return all
}

// explanation makes findings of what the directory says of a text.
type explanation struct {
	key       string
	typed     string
	reset     *config.Reset
	directory ldapx.Config
	rules     policy.Rules
	breached  bool
	x         ldapx.Explained
}

func (e explanation) finding(code, tried, seen string) Finding {
	return Finding{Code: code, Key: e.key, Tried: tried, Seen: seen}
}

func (e explanation) all() (found []Finding) {
	var accounts []flow.Account
	inside := false
	for _, c := range e.x.Entries {
		inside = inside || c.Named && c.InBase && c.InFilter
		if c.Eligible() {
			accounts = append(accounts, c.Account)
			found = append(found, e.finding(PersonEligible, c.DN, "found by "+strings.Join(e.by(c), ", ")+"; "+e.shown(c.Account)))
			found = append(append(found, e.state(c)...), e.ruled(c)...)
			continue
		}
		found = append(found, e.reasons(c)...)
	}
	if e.x.Cut {
		found = append(found, e.finding(PersonCrowded, e.x.Tried, fmt.Sprintf("more than %d entries have the text", flow.MaxAccounts)))
	}
	tried := fmt.Sprintf("%q %s, on %s", e.typed, e.x.Tried, e.x.Server)
	switch {
	case len(accounts) > 0:
		return append(found, e.mailed(accounts)...)
	case inside:
		return append(found, e.finding(PersonNoneEligible, tried, "nobody whom it names may be reset"))
	case e.x.Refused != nil:
		return append(found, e.finding(PersonNotFound, tried, e.x.Refused.Error()))
	case len(e.x.Entries) > 0:
		return append(found, e.finding(PersonNotFound, tried, "those who have the text are not found by the population"))
	}
	return append(found, e.finding(PersonNotFound, tried, "no entry has the text"))
}

// by are the attributes of the population by which an entry is named; where the server has compared more loosely, all of them.
func (e explanation) by(c ldapx.Candidate) []string {
	found := slices.DeleteFunc(slices.Clone(e.reset.FindBy), func(name string) bool {
		return !slices.ContainsFunc(c.By, func(has string) bool { return strings.EqualFold(has, name) })
	})
	if len(found) == 0 {
		return e.reset.FindBy
	}
	return found
}

// shown is what a visitor sees of an account.
func (e explanation) shown(a flow.Account) string {
	if a.Identifier == "" {
		return "it has no " + e.reset.Identifier + " to be shown"
	}
	return fmt.Sprintf("the visitor is shown the identifier %s as %s", a.Identifier, web.MaskIdentifier(a.Identifier))
}

// reasons are all for which an entry that has the text may not be reset.
func (e explanation) reasons(c ldapx.Candidate) (found []Finding) {
	say := func(code, seen string) { found = append(found, e.finding(code, c.DN, seen)) }
	if !c.Named {
		say(PersonOtherName, fmt.Sprintf("it has the text as %s, and people are found by %s", strings.Join(c.By, ", "), strings.Join(e.reset.FindBy, ", ")))
	}
	if !c.InBase {
		say(PersonOutsideBase, "it is not below "+e.reset.Base)
	}
	if !c.InFilter {
		say(PersonOutsideFilter, "it does not match "+e.reset.Filter)
	}
	for _, guard := range c.Protected {
		why := "it matches"
		if guard.Untold {
			why = "the server cannot tell whether it matches"
		}
		say(PersonProtected, fmt.Sprintf("%s protected[%d] of directory %s, %s", why, guard.Index, e.directory.Name, e.directory.Protected[guard.Index]))
	}
	for _, bar := range c.Bars {
		say(PersonBarred, fmt.Sprintf("%s: %s (%s)", bar.Code, inWords[bar.Code], bar.Why))
	}
	if !c.Lasting && c.InBase && c.InFilter {
		say(PersonNameless, "it cannot be found again")
	}
	return found
}

// inWords are the directory's own reasons.
var inWords = map[string]string{
	"DISABLED":                "the account is disabled, or has not begun",
	"EXPIRED":                 "the account, not its password, has ended",
	"LOCKED_BY_ADMINISTRATOR": "an administrator has locked the account, which a reset would open",
	"PRIVILEGED":              "it is an administrator's account, or was one",
	"SMARTCARD_ONLY":          "the person signs in by smart card, where a password is of no use",
	"UNREADABLE":              "the service account cannot read whether it may be reset",
}

// mailed tells where a code goes, by the rule of the portal itself.
func (e explanation) mailed(eligible []flow.Account) (found []Finding) {
	to, accounts := flow.Recipient(e.typed, eligible)
	if to == "" {
		seen := "those whom it names have different first addresses, and it is none of them"
		if !slices.ContainsFunc(eligible, func(a flow.Account) bool { return len(a.Mail) > 0 }) {
			seen = "whom it names has no address in " + strings.Join(e.reset.Mail, ", ")
		}
		return []Finding{e.finding(PersonNoMail, "the address of a code", seen)}
	}
	found = []Finding{e.finding(PersonMail, "the address of a code", fmt.Sprintf("%s, which no page shows but as %s; the code is for %s",
		to, web.MaskMail(to), howMany(len(accounts), "account", "accounts")))}
	for _, a := range eligible {
		if !slices.ContainsFunc(accounts, func(b flow.Account) bool { return a.ID == b.ID }) {
			found = append(found, e.finding(PersonLeftOut, "account "+a.Identifier+" ("+a.Name+")", "its addresses: "+or(strings.Join(a.Mail, ", "), "none")))
		}
	}
	return found
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// state is what the directory says of the password and of a lock-out.
func (e explanation) state(c ldapx.Candidate) (found []Finding) {
	var parts []string
	add := func(what string, at time.Time) {
		if !at.IsZero() {
			parts = append(parts, what+" "+moment(at))
		}
	}
	add("changed", c.State.Changed)
	add("expires, or has expired,", c.State.Expires)
	if c.State.MustChange {
		parts = append(parts, "to be changed at the next sign-in")
	}
	if !c.State.Locked && e.directory.Kind != ldapx.Generic {
		parts = append(parts, "not locked out")
	}
	found = []Finding{e.finding(PersonState, "the password of "+c.DN, or(strings.Join(parts, "; "), "nothing is told of it"))}
	if c.State.Locked {
		found = append(found, e.finding(PersonLocked, c.DN, "until "+until(c.State.LockedUntil)))
	}
	if c.Account.TooYoung(time.Now()) {
		found = append(found, e.finding(PersonTooYoung, c.DN, "no other password before "+moment(c.Account.MayChangeFrom)))
	}
	return found
}

func until(t time.Time) string {
	if t.IsZero() {
		return "somebody ends it, or a time that is not told"
	}
	return moment(t)
}

func moment(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 MST") }

// ruled tells which policies were looked at, and what all rules together demand.
func (e explanation) ruled(c ldapx.Candidate) (found []Finding) {
	for _, p := range c.Rules {
		if !p.Read {
			found = append(found, e.finding(PersonHiddenPolicy, "policy "+p.DN, "it is not there, or cannot be read"))
			continue
		}
		var values []string
		for _, v := range p.Values {
			values = append(values, v.String())
		}
		found = append(found, e.finding(PersonPolicy, "policy "+p.DN, strings.Join(values, ", ")))
	}
	if len(c.Rules) == 0 {
		found = append(found, e.finding(PersonNoPolicy, "policies for "+c.DN, e.noPolicy()))
	}
	return append(found, e.finding(PersonRules, "rules "+e.reset.Rules+" and the directory's", e.joined(c.Account.Demands)))
}

func (e explanation) noPolicy() string {
	switch e.directory.Kind {
	case ldapx.OpenLDAP:
		return "the entry names none, nor does password_policy"
	case ldapx.Generic:
		return "kind generic reads none"
	}
	return "the entry names none"
}

// joined are the rules of both, each with its number on each side.
func (e explanation) joined(d policy.Demands) string {
	numbers := func(s policy.Set) map[policy.Name]int {
		all := map[policy.Name]int{}
		for _, f := range s.List() {
			all[f.Rule] = f.N
		}
		return all
	}
	own, directory := numbers(policy.Set{Rules: e.rules}), numbers(policy.Set{Demands: d})
	var parts []string
	for _, f := range (policy.Set{Rules: e.rules, Demands: d}).List() {
		parts = append(parts, rule(f, own, directory))
	}
	if e.breached {
		parts = append(parts, "breached (rules)")
	}
	if d.History > 0 {
		parts = append(parts, fmt.Sprintf("none of the last %d passwords (directory)", d.History))
	}
	if d.Others {
		parts = append(parts, "and others of the directory's that cannot be read, or that only it can judge")
	}
	return strings.Join(parts, ", ")
}

// rule is one rule in force: « length 12 (rules 12, directory 7) ».
func rule(f policy.Finding, own, directory map[policy.Name]int) string {
	var from []string
	for _, side := range []struct {
		name string
		has  map[policy.Name]int
	}{{"rules", own}, {"directory", directory}} {
		if n, ok := side.has[f.Rule]; ok && n > 0 {
			from = append(from, fmt.Sprintf("%s %d", side.name, n))
		} else if ok {
			from = append(from, side.name)
		}
	}
	text := string(f.Rule)
	if f.N > 0 {
		text += fmt.Sprintf(" %d", f.N)
	}
	return text + " (" + strings.Join(from, ", ") + ")"
}

// elsewhere tells of entries of the other populations.
func (e explanation) elsewhere(others []looked) (found []Finding) {
	for _, other := range others {
		if other.name == "" {
			continue
		}
		tried := "population " + other.name
		if other.err != nil {
			found = append(found, e.finding(PersonElsewhereUnknown, tried, other.err.Error()))
		}
		dns := map[string]bool{}
		for _, c := range other.x.Entries {
			if c.InPopulation() {
				dns[c.DN] = c.Eligible()
			}
		}
		for _, dn := range slices.Sorted(maps.Keys(dns)) {
			seen := dn + " is found there, and may be reset"
			if !dns[dn] {
				seen = dn + " is found there, and may not be reset"
			}
			found = append(found, e.finding(PersonElsewhere, tried, seen))
		}
	}
	return found
}
