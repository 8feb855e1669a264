package flow_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
)

// R31: the rules listed and judged are the population's and the directory's, for this very account.
func TestDemandsOfTheDirectory(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		strict := camille
		strict.Demands = policy.Demands{MinLength: 14, MinDigits: 2}
		w.people.accounts = []flow.Account{strict}
		v, r := w.typedRight("camille@mail.example")
		want := []policy.Finding{{Rule: policy.Length, N: 14}, {Rule: policy.Digits, N: 2}}
		if got := w.Rules(r); !slices.Equal(got, want) {
			t.Errorf("listed: %v, want %v", got, want)
		}
		_, reason, findings, err := w.Choose(t.Context(), v, secret.New("Marée-haute-4"), secret.New("Marée-haute-4"))
		if err != nil || reason != flow.PasswordWeak || policy.Met(findings) {
			t.Errorf("a password that only the population's rules let through: %s %v %v", reason, findings, err)
		}
		if set := w.people.set(camille.ID); len(set) != 0 {
			t.Errorf("it was written: %q", set)
		}
		w.choose(v, "Marée-haute-4747")
		if set := w.people.set(camille.ID); !slices.Equal(set, []string{"Marée-haute-4747"}) {
			t.Errorf("written: %q", set)
		}
	})
}

// breached is a list of breached passwords, which may be one that cannot be read.
type breached struct {
	password string
	err      error
}

func (b breached) Contains(password string) (bool, error) { return password == b.password, b.err }

// R33: a breached password is refused and it is told why; where the list cannot be asked, every password is refused, and
// what could not be done is told as an error. Either way nothing is written and the reset is as it was.
func TestBreached(t *testing.T) {
	const leaked = "Marée-haute-47"
	errDisk := errors.New("input/output error")
	for name, list := range map[string]breached{"in the list": {password: leaked}, "unreadable": {err: errDisk}} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, func(p *flow.Parts) { p.Populations[0].Breached = list }, func(t *testing.T, w *world) {
				v, before := w.typedRight("camille@mail.example")
				if rules := w.Rules(before); !slices.Contains(rules, policy.Finding{Rule: policy.Breached}) {
					t.Errorf("listed: %v", rules)
				}
				_, reason, findings, err := w.Choose(t.Context(), v, secret.New(leaked), secret.New(leaked))
				told := reason == flow.PasswordWeak && slices.Contains(findings, policy.Finding{Rule: policy.Breached})
				if !errors.Is(err, list.err) || told == (list.err != nil) {
					t.Errorf("%s %v %v", reason, findings, err)
				}
				if _, err := w.Judge(before, secret.New(leaked)); !errors.Is(err, list.err) {
					t.Error(err)
				}
				if r, err := w.Look(t.Context(), v); err != nil || r.State != flow.Choose || r.Claims != 0 || len(w.people.set(camille.ID)) != 0 {
					t.Errorf("%s, %d claims, %v written, %v", r.State, r.Claims, w.people.set(camille.ID), err)
				}
			})
		})
	}
}

// R42: where the directory would refuse any password, nobody is asked to choose one, and it is said when it will not.
func TestTooYoung(t *testing.T) {
	for name, lasts := range map[string]time.Duration{"a day": 24 * time.Hour, "over before the page is read": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				until := time.Now().Add(lasts)
				young := camille
				young.MayChangeFrom = until
				w.people.accounts = []flow.Account{young}
				v, r := w.typedRight("camille@mail.example")
				if lasts < time.Minute {
					if r.State != flow.Choose {
						t.Errorf("%s", r.State)
					}
					return
				}
				if r.State != flow.Ended || r.Why != flow.RefusedTooYoung || !r.Again.Equal(until) {
					t.Errorf("%s, %s, again %s, want %s", r.State, r.Why, r.Again, until)
				}
				if lines := w.lines(); !slices.ContainsFunc(lines, func(e audit.Event) bool {
					return e.Event == audit.Refused && e.Account == string(camille.ID) && e.Reason == "PWD_TOO_YOUNG"
				}) {
					t.Errorf("the record has no such line: %v", lines)
				}
				if _, reason, _, err := w.Choose(t.Context(), v, secret.New("Marée-haute-47"), secret.New("Marée-haute-47")); reason != flow.RefusedTooYoung || err != nil {
					t.Errorf("a password all the same: %s %v", reason, err)
				}
			})
		})
	}
}

// One account of several is too young: it is told once that one is picked.
func TestTooYoungAmongSeveral(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		young := head
		young.MayChangeFrom = time.Now().Add(time.Hour)
		w.people.accounts = []flow.Account{bursar, young}
		v, r := w.typedRight("lycee@mail.example")
		if r.State != flow.Pick {
			t.Fatalf("%s", r.State)
		}
		r, reason, err := w.Pick(t.Context(), v, 1)
		if err != nil || reason != flow.RefusedTooYoung || r.State != flow.Ended || !r.Again.Equal(young.MayChangeFrom) {
			t.Errorf("%s %s %v %v", r.State, reason, r.Again, err)
		}
	})
}

// The directory's refusal for the age of the last change ends the reset: no other password would be taken either.
func TestRefusedTooYoung(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		until := time.Now().Add(time.Hour)
		w.people.refuse = &flow.RefusedError{Reason: flow.RefusedTooYoung, Code: "PWD_TOO_YOUNG", Err: flow.ErrUnknownOutcome, Until: until}
		v, _ := w.typedRight("camille@mail.example")
		w.choose(v, "Marée-haute-47")
		r, err := w.Look(t.Context(), v)
		if err != nil || r.State != flow.Ended || r.Why != flow.RefusedTooYoung || !r.Again.Equal(until) {
			t.Errorf("%s %s %v %v", r.State, r.Why, r.Again, err)
		}
	})
}

// typedRight begins a reset and types its code.
func (w *world) typedRight(typed string) (flow.Visit, flow.Reset) {
	w.t.Helper()
	v := w.begin(typed)
	synctest.Wait()
	r, _, err := w.Enter(w.t.Context(), v, w.lastCode())
	if err != nil {
		w.t.Fatal(err)
	}
	v.Grant = r.Grant
	return v, r
}
