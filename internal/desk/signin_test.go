package desk_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// R54: an agent is let in by the password and the code that is mailed to them; the session of before the code is of no use.
func TestSignIn(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		id, open, reason, err := w.SignIn(t.Context(), client, " alex ", secret.New(rightPassword))
		if open || reason != desk.SignedIn || err != nil {
			t.Fatal(open, reason, err)
		}
		if _, err := w.Agent(t.Context(), id); !errors.Is(err, desk.ErrSignedOut) {
			t.Errorf("before the code: %v", err)
		}
		mail := w.outside.of(flow.AgentMail)[0]
		if mail.To != "alex@agents.example" {
			t.Errorf("to %s", mail.To)
		}
		session, reason, err := w.Enter(t.Context(), client, id, mail.Code.Reveal())
		if reason != desk.SignedIn || err != nil || session == id {
			t.Fatal(reason, err)
		}
		if a, err := w.Agent(t.Context(), session); err != nil || a.ID != "a" {
			t.Errorf("%+v %v", a, err)
		}
		if _, reason, _ := w.Enter(t.Context(), client, id, mail.Code.Reveal()); reason != desk.SignInOver {
			t.Errorf("the code once more: %q", reason)
		}
		if err := w.SignOut(t.Context(), client, session); err != nil {
			t.Error(err)
		}
		if _, err := w.Agent(t.Context(), session); !errors.Is(err, desk.ErrSignedOut) {
			t.Errorf("signed out: %v", err)
		}
		var events []string
		for _, e := range w.events() {
			events = append(events, e.Event+" "+e.Agent)
		}
		if got := strings.Join(events, ", "); got != "agent.typed , agent.right a, agent.entered a, agent.left a" {
			t.Error(got)
		}
	})
}

// Who is not let in reads one reason, whatever it is, and gets no code; an empty password reaches no directory.
func TestSignInWrong(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.directory.agents["mute"] = desk.Agent{ID: "m", Groups: []string{support}}
		for name, password := range map[string]string{"alex": "", "dominique": "wrong", "nobody": rightPassword, "noel": rightPassword, "": rightPassword, "mute": rightPassword} {
			if id, open, reason, err := w.SignIn(t.Context(), client, name, secret.New(password)); id != "" || open || reason != desk.SignInWrong || err != nil {
				t.Errorf("%q: %q %q %v", name, id, reason, err)
			}
		}
		if mails := w.outside.of(flow.AgentMail); len(mails) != 0 {
			t.Errorf("%d codes", len(mails))
		}
		if said := w.trail.String(); strings.Contains(said, "alex") || strings.Contains(said, "nobody") || strings.Count(said, audit.AgentDenied) != 6 {
			t.Error(said)
		}
	})
}

// Five wrong codes end it, with the right one too; what is none costs nothing; and a code does not live long.
func TestAgentsCode(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		begin := func() (id, right string) {
			id, _, _, err := w.SignIn(t.Context(), client, "alex", secret.New(rightPassword))
			if err != nil {
				t.Fatal(err)
			}
			mails := w.outside.of(flow.AgentMail)
			return id, mails[len(mails)-1].Code.Reveal()
		}
		enter := func(id, typed string, want desk.SignInReason) {
			t.Helper()
			if _, reason, err := w.Enter(t.Context(), client, id, typed); reason != want || err != nil {
				t.Errorf("%q %v, want %q", reason, err, want)
			}
		}
		id, right := begin()
		wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, right)
		for range 4 {
			enter(id, "12", desk.SignInForm)
			enter(id, wrong, desk.SignInCode)
		}
		enter(id, wrong, desk.SignInOver)
		enter(id, right, desk.SignInOver)
		id, right = begin()
		time.Sleep(10 * time.Minute)
		enter(id, right, desk.SignInOver)
		enter("no session", right, desk.SignInOver)
	})
}

// Tries at one name are counted, and those of one client.
func TestSignInLimits(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		for range 10 {
			w.SignIn(t.Context(), client, "alex", secret.New("wrong"))
		}
		if _, _, reason, err := w.SignIn(t.Context(), client, "ALEX", secret.New(rightPassword)); reason != desk.SignInLimited || err != nil {
			t.Errorf("%q %v", reason, err)
		}
		if _, _, reason, _ := w.SignIn(t.Context(), client, "sacha", secret.New(rightPassword)); reason != desk.SignedIn {
			t.Errorf("another: %q", reason)
		}
		for range 30 {
			w.SignIn(t.Context(), client, "nobody", secret.New("wrong"))
		}
		if _, _, reason, _ := w.SignIn(t.Context(), client, "dominique", secret.New(rightPassword)); reason != desk.SignInLimited {
			t.Errorf("the client: %q", reason)
		}
	})
}

// The directory takes many spellings for one name, and an agent has several: none of them is a way around the limits.
func TestSpellingsShareLimits(t *testing.T) {
	spellings := []string{"alex", "ALEX", " alex ", "ａｌｅｘ", "álex", "a\u0301lex", "ale\u200dx"}
	try := func(t *testing.T, w *world, password string) (reason desk.SignInReason) {
		for i := range 11 {
			w.directory.change(func() { w.directory.agents[spellings[i%len(spellings)]] = w.directory.agents["alex"] })
			var err error
			if _, _, reason, err = w.SignIn(t.Context(), client, spellings[i%len(spellings)], secret.New(password)); err != nil {
				t.Fatal(err)
			}
		}
		return reason
	}
	inWorld(t, nil, func(t *testing.T, w *world) {
		if reason := try(t, w, "wrong"); reason != desk.SignInLimited {
			t.Errorf("wrong passwords: %q", reason)
		}
	})
	spellings = []string{"alex", "amartin", "alex.martin@agents.example"}
	inWorld(t, nil, func(t *testing.T, w *world) {
		if reason := try(t, w, rightPassword); reason != desk.SignInLimited || len(w.outside.of(flow.AgentMail)) != 10 {
			t.Errorf("codes: %q, %d mails", reason, len(w.outside.of(flow.AgentMail)))
		}
	})
}

// Strangers may reach a limit as often as they like: the log says so once a minute.
func TestLimitsFillNoLog(t *testing.T) {
	var log strings.Builder
	inWorld(t, func(p *desk.Parts) { p.Log = slog.New(slog.NewTextHandler(&log, nil)) }, func(t *testing.T, w *world) {
		for range 200 {
			w.SignIn(t.Context(), client, "alex", secret.New("wrong"))
		}
		if n := strings.Count(log.String(), "a limit of the helpdesk was reached"); n != 2 { // the name's, and then the client's
			t.Errorf("%d lines", n)
		}
	})
}

// R54: an agent who is taken out of the group, or disabled, is out within a minute; and where the directory is away, nobody
// goes on until it is back.
func TestAgentIsReadAnew(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		session, _ := w.signIn("alex")
		other, _ := w.signIn("sacha")
		away := errors.New("connection refused")
		w.directory.change(func() { w.directory.agents["alex"] = desk.Agent{ID: "a"}; w.directory.away = away })
		time.Sleep(time.Minute - time.Nanosecond)
		if _, err := w.Agent(t.Context(), other); !errors.Is(err, away) {
			t.Errorf("the directory is away: %v", err)
		}
		w.directory.change(func() { w.directory.away = nil })
		if _, err := w.Agent(t.Context(), other); err != nil {
			t.Errorf("it is back: %v", err)
		}
		if _, err := w.Agent(t.Context(), session); !errors.Is(err, desk.ErrSignedOut) {
			t.Errorf("without a role: %v", err)
		}
		w.directory.change(func() { delete(w.directory.agents, "sacha") })
		time.Sleep(time.Minute)
		if _, err := w.Agent(t.Context(), other); !errors.Is(err, desk.ErrSignedOut) {
			t.Errorf("gone: %v", err)
		}
	})
}

// A session ends when it is not used, and at the end of the day however much it is used.
func TestSessionEnds(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		session, _ := w.signIn("alex")
		began := time.Now()
		for time.Since(began) < desk.SessionFor-10*time.Minute {
			time.Sleep(10 * time.Minute)
			if _, err := w.Agent(t.Context(), session); err != nil {
				t.Fatalf("after %s: %v", time.Since(began), err)
			}
		}
		time.Sleep(10 * time.Minute)
		if _, err := w.Agent(t.Context(), session); !errors.Is(err, desk.ErrSignedOut) {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		session, _ = w.signIn("alex")
		time.Sleep(desk.IdleFor)
		if _, err := w.Agent(t.Context(), session); !errors.Is(err, desk.ErrSignedOut) {
			t.Errorf("unused: %v", err)
		}
	})
}

// Behind a proxy that has asked for a second factor, none is asked for here.
func TestSignInWithoutSecondFactor(t *testing.T) {
	inWorld(t, func(p *desk.Parts) { p.Config.SecondFactor = "none" }, func(t *testing.T, w *world) {
		id, open, reason, err := w.SignIn(t.Context(), client, "alex", secret.New(rightPassword))
		if !open || reason != desk.SignedIn || err != nil {
			t.Fatal(open, reason, err)
		}
		if a, err := w.Agent(t.Context(), id); err != nil || a.ID != "a" {
			t.Errorf("%+v %v", a, err)
		}
	})
}
