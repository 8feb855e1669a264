package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/policy"
	"ssprd/internal/reference"
)

// Bounds of a code that the helpdesk has for somebody.
const (
	// AssistedDigits make 49 bits, all of which a keyboard of digits types and every language reads aloud. It is longer than
	// the code of a mail, for nobody has proven a mailbox by it.
	AssistedDigits = 15
	// AssistedFor is how long it is good.
	AssistedFor = 10 * time.Minute
)

// Assisted says for whom the helpdesk has a code, and how it comes to them.
type Assisted struct {
	Population string
	Account    Account // as the directory has it now
	Lang       string  // of the mail
	Mail       bool    // to the first address on file; else an agent dictates it
}

// ErrHeld says that no code would be of use: too many wrong ones were typed for the account.
var ErrHeld = errors.New("too many wrong codes were typed for the account")

// ErrNoAddress says that there is no address on file to which a code could go.
var ErrNoAddress = errors.New("there is no address on file")

// assisted is the reset to which a name leads whose owner has a code of the helpdesk. It is stored under every name of the
// account, and for a name without a code it leads to a decoy: both cost the same, and end after as many wrong codes.
type assisted struct {
	Reset string
	Until time.Time
}

// assistedKey is under what the reset of a name is kept.
func assistedKey(population, name string) string { return population + " " + foldASCII(name) }

// issuing is how a reset begins that an agent begins for somebody: an ordinary one, whose code is longer.
func (s *Service) issuing() Machine {
	c := s.machine.Code
	c.Digits, c.Lifetime = AssistedDigits, AssistedFor
	return Machine{Code: c}
}

// Issue has a code for an account, which kills every other one of it (R11). The person enters it beside their own name
// (Redeem), and goes on as with the code of a mail: whoever asks for it neither sees nor chooses a password (R53). A code that
// is to be dictated is returned, and kept nowhere; one that is mailed is not returned. ErrHeld, ErrNoAddress.
func (s *Service) Issue(ctx context.Context, a Assisted) (code.Code, error) {
	if _, known := s.populations[a.Population]; !known {
		return code.Code{}, fmt.Errorf("flow: no population %q", a.Population)
	}
	if a.Mail && len(a.Account.Mail) == 0 {
		return code.Code{}, ErrNoAddress
	}
	why, _, err := s.held(ctx, a.Account.ID)
	if err != nil {
		return code.Code{}, err
	}
	if why != "" {
		return code.Code{}, ErrHeld
	}
	drawn, err := s.issue(ctx, a)
	if err != nil || !a.Mail {
		return drawn, err
	}
	now := time.Now()
	return code.Code{}, s.mailer.Enqueue(Mail{
		Kind: AssistedMail, To: a.Account.Mail[0], Lang: a.Lang, Population: a.Population, Code: drawn, Lifetime: AssistedFor, At: now, Until: now.Add(AssistedFor),
		Cause: reference.From(ctx),
	})
}

// Held tells why no code would be of use for an account, and when one will be again: audit.Closed and never, by itself; the
// name of a limit; "" where one would.
func (s *Service) Held(ctx context.Context, id AccountID) (why string, until time.Time, err error) {
	return s.held(ctx, id)
}

// RulesOf are the rules for the password of an account: the population's own, and with what the directory demands of it.
func (s *Service) RulesOf(population string, a Account) (own, all []policy.Finding) {
	p := s.populations[population]
	return policy.Set{Rules: p.Rules, Breached: p.Breached}.List(), policy.Set{Rules: p.Rules, Demands: a.Demands, Breached: p.Breached}.List()
}

func (s *Service) issue(ctx context.Context, a Assisted) (code.Code, error) {
	id, drawn := rand.Text(), code.New(AssistedDigits)
	ctx = s.about(ctx, id)
	r := s.issuing().Begin(a.Population, a.Lang, a.Account.Identifier, time.Now())
	if err := s.record(ctx, Visit{ID: id}, r, audit.Event{Event: audit.Issued, Account: string(a.Account.ID)}); err != nil {
		return code.Code{}, err
	}
	c, err := s.changeOf(ctx, a.Account.ID)
	if err != nil {
		return code.Code{}, err
	}
	accounts := []Account{a.Account}
	if err := s.keepParty(ctx, id, r, party{Accounts: accounts, Seen: seen{a.Account.ID: c.Name}}); err != nil {
		return code.Code{}, err
	}
	r, _ = s.machine.Apply(r, Sent{Send: r.Sends, Code: s.codes.Digest(id, drawn)}, time.Now())
	if err := s.lay(ctx, id, r); err != nil {
		return code.Code{}, err
	}
	if alive, err := s.replaceFormer(ctx, id, r, accounts); !alive {
		return code.Code{}, errors.Join(err, errors.New("flow: a newer code was sent"))
	}
	for _, name := range append([]string{a.Account.Identifier}, a.Account.Mail...) {
		_, err := s.assisted.Update(ctx, assistedKey(a.Population, name), func(assisted, bool) (assisted, time.Time, error) {
			return assisted{id, r.Deadline}, r.Deadline, nil
		})
		if err != nil {
			return code.Code{}, err
		}
	}
	return drawn, s.store.Sync(ctx)
}

// lay stores a reset, unless there is one of that id.
func (s *Service) lay(ctx context.Context, id string, r Reset) error {
	_, err := s.resets.Update(ctx, id, func(old Reset, found bool) (Reset, time.Time, error) {
		if found {
			return old, keepUntil(old), nil
		}
		return r, keepUntil(r), nil
	})
	return err
}

// Redemption is what a person types who has a code of the helpdesk.
type Redemption struct {
	Population string
	Lang       string
	Typed      string // an address or an identifier
	Code       string
	Client     netip.Addr
}

// Redeem judges a code of the helpdesk. Where it was right, the visit holds what the session must from now on. Whether the
// name is somebody's, whether there is a code for it, or what is wrong with that one: all is answered by AssistedWrong, after
// the same work (R1, R2). A code of a wrong form costs nothing.
func (s *Service) Redeem(ctx context.Context, b Redemption) (Visit, Reset, Reason, error) {
	typed := strings.TrimSpace(b.Typed)
	if _, ok := s.populations[b.Population]; !ok || !Nameable(typed) {
		return Visit{}, Reset{}, AddressEmpty, nil
	}
	parsed, err := code.Parse(b.Code, AssistedDigits)
	if err != nil {
		return Visit{}, Reset{}, formReason(err), nil
	}
	if reason, err := s.admit(ctx, b.Population, b.Client); reason != None || err != nil {
		return Visit{}, Reset{}, reason, err
	}
	v, r, err := s.assistedReset(ctx, b, typed)
	if err != nil {
		return Visit{}, Reset{}, None, err
	}
	if !v.mayMove(r) || !s.machine.Compares(r, time.Now()) {
		return Visit{}, Reset{}, AssistedWrong, nil
	}
	named := r
	named.Typed = typed // a name that leads to a code is limited by itself, as one that leads to none (R1)
	t, reason, err := s.mayTry(ctx, v, named)
	if err != nil || reason != None {
		return Visit{}, Reset{}, reason, err
	}
	r, reason, err = s.compare(ctx, v, r, t, parsed)
	if err != nil {
		return Visit{}, Reset{}, None, err
	}
	if r.Grant == "" {
		return Visit{}, Reset{}, AssistedWrong, nil
	}
	return Visit{v.ID, r.Grant, v.Client}, r, reason, nil
}

// assistedReset is the one to which a name leads: a decoy where it leads to none.
func (s *Service) assistedReset(ctx context.Context, b Redemption, typed string) (Visit, Reset, error) {
	now := time.Now()
	decoy := s.issuing().Begin(b.Population, b.Lang, typed, now)
	decoy, _ = s.machine.Apply(decoy, Sent{Send: decoy.Sends, Code: code.Decoy()}, now)
	fresh := assisted{rand.Text(), decoy.Deadline}
	named, err := s.assisted.Update(ctx, assistedKey(b.Population, typed), func(old assisted, found bool) (assisted, time.Time, error) {
		if found {
			return old, old.Until, nil
		}
		return fresh, fresh.Until, nil
	})
	if err != nil {
		return Visit{}, Reset{}, err
	}
	v := Visit{ID: named.Reset, Client: b.Client}
	if err := s.lay(ctx, v.ID, decoy); err != nil {
		return Visit{}, Reset{}, err
	}
	r, err := s.resets.Get(ctx, v.ID)
	return v, r, err
}
