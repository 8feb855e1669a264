package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/limit"
	"ssprd/internal/reference"
	"ssprd/internal/secret"
	"ssprd/internal/state"
)

// Bounds of an agent's session.
const (
	CodeDigits = 6 // of the code that is mailed to an agent
	codeFor    = 10 * time.Minute
	codeTries  = 5
	IdleFor    = 15 * time.Minute // a session that is not used for so long is over
	SessionFor = 8 * time.Hour    // and so is any after a day's work
	knownFor   = 30 * time.Second // then the directory is asked again who the agent is: one who leaves a group is out within a minute
)

// ErrSignedOut says that there is no such session, or not any more.
var ErrSignedOut = errors.New("nobody is signed in")

// session is an agent's, from the right password on.
type session struct {
	Agent   Agent
	Open    bool        // the code was right, or none is asked for
	Code    code.Digest // of a session that is not open
	Tries   int
	Began   time.Time // or when the code was sent
	Seen    time.Time // used last, to within the minute
	Checked time.Time // when the directory said last who the agent is
}

// over tells whether time has ended it.
func (x session) over(now time.Time) bool {
	if !x.Open {
		return !now.Before(x.Began.Add(codeFor))
	}
	return !now.Before(x.Began.Add(SessionFor)) || !now.Before(x.Seen.Add(IdleFor))
}

func (x session) until() time.Time {
	if !x.Open {
		return x.Began.Add(codeFor)
	}
	if idle := x.Seen.Add(IdleFor); idle.Before(x.Began.Add(SessionFor)) {
		return idle
	}
	return x.Began.Add(SessionFor)
}

// Signed is an agent who is signed in, until their session ends if it is not used.
type Signed struct {
	Agent
	Ends time.Time
}

// SignInReason is why an agent was not let in; a word of which templates and locales make a sentence.
type SignInReason string

// The reasons.
const (
	SignedIn      SignInReason = ""
	SignInWrong   SignInReason = "wrong"   // name, password, or no role: nobody is told which
	SignInLimited SignInReason = "limited" // too many tries of this client, or at this name
	SignInCode    SignInReason = "code"    // the code is not the right one
	SignInForm    SignInReason = "form"    // it is none; the try is not counted
	SignInLost    SignInReason = "lost"    // there is no sign-in under way that the code could be for
	SignInOver    SignInReason = "over"    // too many wrong ones, or too late: it begins with the password again
)

// SignIn tries an agent's name and password. It returns the id of a session, which opens by the mailed code (Enter); where no
// second factor is asked for it is open. The reason tells nothing of whether there is such an agent.
func (s *Service) SignIn(ctx context.Context, client netip.Addr, typed string, password secret.Text) (id string, open bool, reason SignInReason, err error) {
	typed = strings.TrimSpace(typed)
	enough, err := s.mayTry(ctx, client, typed)
	if err != nil || !enough {
		return "", false, SignInLimited, err
	}
	if err := s.record(ctx, client, audit.Event{Event: audit.AgentTyped, Subject: s.alias(typed)}); err != nil {
		return "", false, SignInWrong, err
	}
	denied := func(why string, agent Agent) (string, bool, SignInReason, error) {
		s.Log.WarnContext(ctx, "an agent was not let in", "because", why, "agent", agent.ID)
		s.note(ctx, client, audit.Event{Event: audit.AgentDenied, Subject: s.alias(typed), Agent: string(agent.ID)})
		return "", false, SignInWrong, nil
	}
	if password.Empty() || !flow.Nameable(typed) {
		return denied("no name or no password was typed", Agent{})
	}
	agent, err := s.Agents.SignIn(ctx, typed, password)
	switch {
	case errors.Is(err, ErrDenied):
		return denied("name or password are wrong", Agent{})
	case err != nil:
		return "", false, SignInWrong, err
	case len(agent.Groups) == 0:
		return denied("the agent is in no group of helpdesk.roles", agent)
	case s.Config.SecondFactor == "mail" && len(agent.Mail) == 0:
		return denied("the agent has no address for the code", agent)
	}
	// Whoever has the password, and begins again for each five codes that they guess, would by each name of the agent.
	if enough, err := s.spend(ctx, "agent_codes", string(agent.ID), s.Limits.FailuresPerAccount); err != nil || !enough {
		return "", false, SignInLimited, err
	}
	return s.begin(ctx, client, agent)
}

// mayTry spends the limits of signing in: the client's, and those of the name.
func (s *Service) mayTry(ctx context.Context, client netip.Addr, typed string) (enough bool, err error) {
	for _, l := range []struct {
		name, key string
		rate      limit.Rate
	}{
		{"agent_tries_per_address", limit.ClientKey(client), s.Limits.StartsPerAddress},
		{"agent_tries_per_name", spelt(typed), s.Limits.FailuresPerAccount},
	} {
		if enough, err := s.spend(ctx, l.name, l.key, l.rate); err != nil || !enough {
			return false, err
		}
	}
	return true, nil
}

// spelt is the one spelling of a name by which its tries are counted: directories compare without regard to capitals, widths and the
// number of spaces, and Active Directory without accents.
func spelt(typed string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Cf) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(typed))
	return strings.Join(strings.Fields(plain), " ")
}

// begin keeps the session of a right password, and mails its code.
func (s *Service) begin(ctx context.Context, client netip.Addr, agent Agent) (id string, open bool, reason SignInReason, err error) {
	id, now := rand.Text(), time.Now()
	x := session{Agent: agent, Open: s.Config.SecondFactor == "none", Began: now, Seen: now, Checked: now}
	event := audit.AgentRight
	if x.Open {
		event = audit.AgentSignedIn
	}
	if err := s.record(ctx, client, audit.Event{Event: event, Agent: string(agent.ID)}); err != nil {
		return "", false, SignInWrong, err
	}
	drawn := code.New(CodeDigits)
	if !x.Open {
		x.Code = s.codes.Digest(id, drawn)
	}
	if err := s.keep(ctx, id, x); err != nil {
		return "", false, SignInWrong, err
	}
	if x.Open {
		return id, true, SignedIn, nil
	}
	err = s.Mailer.Enqueue(flow.Mail{Kind: flow.AgentMail, To: agent.Mail[0], Lang: s.Lang, Code: drawn, Lifetime: codeFor, At: now, Until: now.Add(codeFor),
		Cause: reference.From(ctx)})
	return id, false, SignedIn, err
}

func (s *Service) keep(ctx context.Context, id string, x session) error {
	_, err := s.sessions.Update(ctx, id, func(session, bool) (session, time.Time, error) { return x, x.until(), nil })
	return errors.Join(err, s.Store.Sync(ctx))
}

// Enter judges the code that was mailed to an agent. A right one opens the session, under another id: the former one is of no
// use any more. What is counted and judged is one step.
func (s *Service) Enter(ctx context.Context, client netip.Addr, id, typed string) (next string, reason SignInReason, err error) {
	parsed, err := code.Parse(typed, CodeDigits)
	if err != nil {
		return "", SignInForm, nil
	}
	var right bool
	x, err := s.sessions.Update(ctx, id, func(x session, found bool) (session, time.Time, error) {
		right = false
		if !found || x.Open || x.over(time.Now()) || x.Tries >= codeTries {
			return x, time.Time{}, ErrSignedOut
		}
		x.Tries++
		if right = x.Code.Equal(s.codes.Digest(id, parsed)); right {
			return x, time.Time{}, state.Remove
		}
		return x, x.until(), nil
	})
	if errors.Is(err, ErrSignedOut) {
		return "", SignInOver, nil
	}
	if err != nil {
		return "", SignInCode, err
	}
	if !right {
		s.note(ctx, client, audit.Event{Event: audit.AgentDenied, Agent: string(x.Agent.ID)})
		if x.Tries >= codeTries {
			return "", SignInOver, nil
		}
		return "", SignInCode, nil
	}
	if err := s.record(ctx, client, audit.Event{Event: audit.AgentSignedIn, Agent: string(x.Agent.ID)}); err != nil {
		return "", SignInOver, err
	}
	now := time.Now()
	next, x.Open, x.Code, x.Began, x.Seen = rand.Text(), true, code.Digest{}, now, now
	return next, SignedIn, s.keep(context.WithoutCancel(ctx), next, x)
}

// Waits tells whether a session waits for its mailed code.
func (s *Service) Waits(ctx context.Context, id string) (bool, error) {
	x, err := s.sessions.Get(ctx, id)
	if errors.Is(err, state.ErrNotFound) {
		return false, nil
	}
	return err == nil && !x.Open && !x.over(time.Now()), err
}

// Agent is who is signed in by a session. The directory is asked again from time to time: whoever was taken out of their
// groups, or disabled, is out within a minute, and where it cannot be asked nobody goes on. ErrSignedOut.
func (s *Service) Agent(ctx context.Context, id string) (Signed, error) {
	x, err := s.sessions.Get(ctx, id)
	if errors.Is(err, state.ErrNotFound) {
		return Signed{}, ErrSignedOut
	}
	if err != nil {
		return Signed{}, err
	}
	now := time.Now()
	if !x.Open || x.over(now) {
		return Signed{}, ErrSignedOut
	}
	if now.Before(x.Seen.Add(time.Minute)) && now.Before(x.Checked.Add(knownFor)) {
		return Signed{x.Agent, x.until()}, nil
	}
	agent, err := s.Agents.Agent(ctx, x.Agent.ID)
	if errors.Is(err, ErrDenied) || err == nil && len(agent.Groups) == 0 {
		return Signed{}, errors.Join(ErrSignedOut, s.SignOut(ctx, netip.Addr{}, id))
	}
	if err != nil {
		return Signed{}, err
	}
	return s.seen(ctx, id, agent)
}

// seen takes down that a session is used, unless it has ended meanwhile.
func (s *Service) seen(ctx context.Context, id string, agent Agent) (Signed, error) {
	x, err := s.sessions.Update(ctx, id, func(x session, found bool) (session, time.Time, error) {
		now := time.Now()
		if !found || !x.Open || x.over(now) {
			return x, time.Time{}, ErrSignedOut
		}
		x.Agent, x.Seen, x.Checked = agent, now, now
		return x, x.until(), nil
	})
	return Signed{x.Agent, x.until()}, err
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, client netip.Addr, id string) error {
	x, err := s.sessions.Update(ctx, id, func(x session, found bool) (session, time.Time, error) {
		if !found {
			return x, time.Time{}, ErrSignedOut
		}
		return x, time.Time{}, state.Remove
	})
	if errors.Is(err, ErrSignedOut) {
		return nil
	}
	if err == nil {
		s.note(ctx, client, audit.Event{Event: audit.AgentLeft, Agent: string(x.Agent.ID)})
	}
	return err
}
