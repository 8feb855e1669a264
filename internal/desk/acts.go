package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/reference"
	"ssprd/internal/state"
)

// Order is what an agent asks to be done for a person.
type Order struct {
	Act        Right
	Population string
	Person     flow.AccountID
	Reason     string // or the number of a ticket
	Verified   bool   // the agent has ticked every check of the person's identity; for a code that is dictated
	Request    string // the id of a request to which another agent has agreed; "" before there is one
	Once       string // what no other order of this agent has: the same order again is none
}

// Further refusals, of an order and not of the case.
const (
	NoReason    Refusal = "no-reason"    // one is required
	NotVerified Refusal = "not-verified" // the checks of identity are not ticked
	TooOften    Refusal = "too-often"    // by this agent, or for this person
	Held        Refusal = "held"         // too many wrong codes were typed for the account
	NotAgreed   Refusal = "not-agreed"   // the request is not, or not any more, one that another agent has agreed to
	Repeated    Refusal = "repeated"     // this very order was carried out: a double click, a page that is sent again
	Declined    Refusal = "declined"     // the directory did not take it: Done.Code says why
)

// Refusals lists all but Allowed.
func Refusals() []Refusal {
	return []Refusal{NoRight, Self, Barred, NoAddress, NotLocked, NoReason, NotVerified, TooOften, Held, NotAgreed, Repeated, Declined}
}

// Done is what came of an order.
type Done struct {
	Refusal Refusal
	Code    string    // of a refusal by the directory
	Request string    // another agent has to agree: the id of what they are asked
	Dictate code.Code // to be read aloud: shown once, and kept nowhere
	Person  Person    // for whom it was done
}

// maxReason and maxOnce are the longest reason and the longest mark of an order, in bytes.
const (
	maxReason = 200
	maxOnce   = 64
)

// Do does what an agent asks for, once, after everything about it was looked at anew; or asks a second agent. It is recorded
// before it is done, and again where nothing came of it, and its person is told by mail, at every address on file (R55). ErrNobody,
// ErrTooMany.
func (s *Service) Do(ctx context.Context, client netip.Addr, a Agent, o Order) (Done, error) {
	ctx = context.WithoutCancel(ctx) // a browser that gives up must not leave half of it done
	o.Reason = strings.TrimSpace(o.Reason)
	refuse := func(why Refusal) (Done, error) {
		s.note(ctx, client, o.event(audit.ActRefused, a, string(why)))
		return Done{Refusal: why}, nil
	}
	if err := s.mayLook(ctx, a); err != nil { // what is refused is recorded too, and looked up
		return Done{}, err
	}
	if !slices.Contains(Acts(), o.Act) || !s.Config.May(a, o.Act, o.Population) {
		s.note(ctx, client, s.unseen(o.event(audit.ActRefused, a, string(NoRight)))) // before anybody is looked up
		return Done{Refusal: NoRight}, nil
	}
	c, err := s.card(ctx, a, o.Population, o.Person)
	if errors.Is(err, ErrNobody) {
		s.note(ctx, client, s.unseen(o.event(audit.ActRefused, a, "nobody")))
	}
	if err != nil {
		return Done{}, err
	}
	d := s.Config.Decide(Case{a, o.Act, o.Population, c.Person, c.Operator, c.elsewhere}, time.Now())
	refusal, err := s.admit(ctx, a, o, d)
	if err == nil && refusal == Allowed && d.Approval {
		if o.Request == "" {
			return s.ask(ctx, client, a, o, c.Person)
		}
		var q Request
		q, refusal, err = s.use(ctx, a, o, c.Person)
		o.Reason = q.Reason // to which the other agent has agreed
	}
	if err != nil {
		return Done{}, err
	}
	if refusal != Allowed {
		return refuse(refusal)
	}
	if err := s.record(ctx, client, o.event(audit.Acted, a, string(o.Act))); err != nil {
		return Done{}, err
	}
	done, err := s.perform(ctx, o, c.Person)
	switch {
	case err != nil:
		s.note(ctx, client, o.event(audit.ActRefused, a, "unknown"))
	case done.Refusal != Allowed:
		s.note(ctx, client, o.event(audit.ActRefused, a, cmp.Or(done.Code, string(done.Refusal))))
	}
	return done, err
}

func (o Order) event(name string, a Agent, reason string) audit.Event {
	return audit.Event{Event: name, Agent: string(a.ID), Population: brief(o.Population), Account: brief(string(o.Person)), Reason: reason, Note: brief(o.Reason)}
}

// brief is a text as the record takes it: what is refused may be of any length.
func brief(text string) string {
	if len(text) <= maxReason {
		return text
	}
	return strings.ToValidUTF8(text[:maxReason], "") + "…"
}

// looksLasting is what ids of people look like in every kind of directory but one that is not known.
var looksLasting = regexp.MustCompile(`^[0-9a-f-]{32,36}$`)

// unseen is an event about what an address names, and nobody has found: that may be any text, and has a pseudonym (R57, R58).
func (s *Service) unseen(e audit.Event) audit.Event {
	if _, known := s.People[e.Population]; !known {
		e.Population = ""
	}
	if !looksLasting.MatchString(e.Account) {
		e.Account, e.Subject = "", s.alias(e.Account)
	}
	return e
}

// admit looks at what concerns the order alone, and spends its limits.
func (s *Service) admit(ctx context.Context, a Agent, o Order, d Decision) (Refusal, error) {
	if d.Refusal != Allowed {
		return s.refusal(ctx, a, o, d.Refusal)
	}
	switch {
	case o.Act == Dictate && !o.Verified:
		return NotVerified, nil
	case o.Reason == "" && s.Config.Reason != "optional" || len(o.Reason) > maxReason:
		return NoReason, nil
	}
	if fresh, err := s.fresh(ctx, a, o); err != nil || !fresh {
		return Repeated, err
	}
	if d.Approval && o.Request != "" { // what was asked for has spent them; without an agreement nothing is done
		return Allowed, nil
	}
	mine, err := s.spend(ctx, "acts_per_agent", string(a.ID), actsPerAgent)
	if err != nil || !mine {
		return TooOften, err
	}
	theirs, err := s.spend(ctx, "acts_per_person", string(o.Person), actsPerPerson)
	if err != nil || !theirs {
		return TooOften, err
	}
	return Allowed, nil
}

// refusal is why an order cannot be carried out: the very same one may have made it so, such as that somebody is not locked any more.
func (s *Service) refusal(ctx context.Context, a Agent, o Order, why Refusal) (Refusal, error) {
	_, err := s.orders.Get(ctx, orderKey(a, o))
	switch {
	case errors.Is(err, state.ErrNotFound):
		return why, nil
	case err != nil:
		return why, err
	}
	return Repeated, nil
}

// orderKey is under what an order is taken down.
func orderKey(a Agent, o Order) string { return string(a.ID) + " " + o.Once }

// fresh takes an order down, and tells whether it was not there: of two that are sent at once, one is.
func (s *Service) fresh(ctx context.Context, a Agent, o Order) (bool, error) {
	if o.Once == "" || len(o.Once) > maxOnce {
		return false, nil
	}
	var fresh bool
	_, err := s.orders.Update(ctx, orderKey(a, o), func(_ struct{}, found bool) (struct{}, time.Time, error) {
		fresh = !found
		return struct{}{}, time.Now().Add(SessionFor), nil // as long as the page of the form can be used
	})
	return fresh, err
}

// perform does it, and tells its person.
func (s *Service) perform(ctx context.Context, o Order, p Person) (Done, error) {
	var done Done
	var err error
	code := flow.Assisted{Population: o.Population, Account: p.Account, Lang: s.Lang}
	switch o.Act {
	case Unlock:
		err = s.People[o.Population].Unlock(ctx, p.ID)
	case SendCode:
		code.Mail = true
		_, err = s.Codes.Issue(ctx, code)
	case Dictate:
		done.Dictate, err = s.Codes.Issue(ctx, code)
	default:
		err = fmt.Errorf("desk: %q is no act", o.Act)
	}
	var refused *flow.RefusedError
	switch {
	case errors.Is(err, flow.ErrHeld):
		return Done{Refusal: Held}, nil
	case errors.As(err, &refused):
		s.Log.WarnContext(ctx, "the directory refused an act of the helpdesk", "act", o.Act, "code", refused.Code, "error", err)
		return Done{Refusal: Declined, Code: refused.Code}, nil
	case err != nil:
		return Done{}, err
	}
	s.tell(ctx, o, p)
	done.Person = p
	return done, nil
}

// tell writes to every address on file what was done. A mail that fails undoes nothing.
func (s *Service) tell(ctx context.Context, o Order, p Person) {
	now := time.Now()
	for _, to := range p.Mail {
		err := s.Mailer.Enqueue(flow.Mail{
			Kind: flow.HelpedMail, To: to, Lang: s.Lang, Population: o.Population, Act: string(o.Act), At: now, Until: now.Add(24 * time.Hour),
			Cause: reference.From(ctx),
		})
		if err != nil {
			s.Log.ErrorContext(ctx, "the notice of an act could not be queued", "population", o.Population, "error", err)
			s.note(ctx, netip.Addr{}, audit.Event{Event: audit.NoticeLost, Population: o.Population, Account: string(p.ID)})
		}
	}
}
