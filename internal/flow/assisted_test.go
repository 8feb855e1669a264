package flow_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/flow"
)

// issue has a code dictated.
func (w *world) issue(a flow.Account) string {
	w.t.Helper()
	c, err := w.Issue(w.t.Context(), flow.Assisted{Population: "usagers", Account: a, Lang: "fr"})
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Reveal()
}

func (w *world) redeem(typed, code string) (flow.Visit, flow.Reset, flow.Reason) {
	w.t.Helper()
	v, r, reason, err := w.Redeem(w.t.Context(), flow.Redemption{Population: "usagers", Lang: "fr", Typed: typed, Code: code})
	if err != nil {
		w.t.Fatal(err)
	}
	return v, r, reason
}

// R53: the person goes on with a dictated code as with one of a mail, and chooses the password.
func TestDictatedCode(t *testing.T) {
	for _, typed := range []string{"camille", " CAMILLE ", "camille@mail.example"} {
		inWorld(t, func(t *testing.T, w *world) {
			dictated := w.issue(camille)
			if len(dictated) != flow.AssistedDigits {
				t.Fatalf("%d digits", len(dictated))
			}
			v, r, reason := w.redeem(typed, dictated[:3]+" "+dictated[3:])
			if reason != flow.None || r.State != flow.Choose || v.Grant == "" {
				t.Fatalf("%s %q", r.State, reason)
			}
			if r, reason := w.choose(v, "Marée-haute-47"); r.State != flow.Done || reason != flow.None {
				t.Errorf("%s %q", r.State, reason)
			}
			if _, _, reason := w.redeem(typed, dictated); reason != flow.AssistedWrong {
				t.Errorf("used twice: %q", reason)
			}
			if sent := w.letters.of(flow.ChangedMail); len(sent) != 1 {
				t.Errorf("%d notices", len(sent))
			}
		})
	}
}

// R1, R53: a code that is not good is answered alike, whatever is wrong with it.
func TestDictatedCodeRefused(t *testing.T) {
	for name, test := range map[string]func(w *world, dictated string) (typed, code string){
		"of nobody":      func(*world, string) (string, string) { return "nobody", "000000000000000" },
		"without a code": func(*world, string) (string, string) { return "bursar", "000000000000000" },
		"of another":     func(_ *world, dictated string) (string, string) { return "bursar", dictated },
		"wrong":          func(w *world, dictated string) (string, string) { return "camille", otherThan(dictated) },
		"too late": func(_ *world, dictated string) (string, string) {
			time.Sleep(10 * time.Minute)
			return "camille", dictated
		},
		"replaced": func(w *world, dictated string) (string, string) { w.issue(camille); return "camille", dictated },
		"after a newer mail": func(w *world, dictated string) (string, string) {
			w.beginFrom(1, "camille")
			return "camille", dictated
		},
		"after five wrong ones": func(w *world, dictated string) (string, string) {
			w.fail("camille", dictated, 5)
			return "camille", dictated
		},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			typed, typedCode := test(w, w.issue(camille))
			v, r, reason := w.redeem(typed, typedCode)
			if reason != flow.AssistedWrong || v != (flow.Visit{}) || r.State != "" {
				t.Errorf("%s: %s %q", name, r.State, reason)
			}
		})
	}
}

// fail types n wrong codes.
func (w *world) fail(typed, dictated string, n int) {
	for range n {
		w.redeem(typed, otherThan(dictated))
	}
}

func otherThan(code string) string {
	b := []byte(code)
	b[0] = '0' + (b[0]-'0'+1)%10
	return string(b)
}

// R13: four wrong ones leave a fifth try, on whichever of the names they were typed.
func TestDictatedCodeAfterFourWrongOnes(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		dictated := w.issue(camille)
		w.fail("camille", dictated, 2)
		w.fail("camille@mail.example", dictated, 2)
		if _, _, reason := w.redeem("camille", dictated); reason != flow.None {
			t.Errorf("%q", reason)
		}
	})
}

// R11: a dictated code kills the one of a mail, and one for an account that was changed since is of no more use.
func TestDictatedCodeIsTheOnlyOne(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		v := w.beginFrom(1, "camille@mail.example")
		mailed := w.lastCode()
		dictated := w.issue(camille)
		if reason := w.enter(v, mailed); reason != flow.CodeReplaced {
			t.Errorf("the mailed one: %q", reason)
		}
		w.choose(w.verified("camille@mail.example"), "Marée-haute-47")
		if _, _, reason := w.redeem("camille", dictated); reason != flow.AssistedWrong {
			t.Errorf("after a change: %q", reason)
		}
	})
}

// A code of the helpdesk that is mailed is not shown; who has no address gets none; and for an account at which too many wrong
// codes were typed there is none.
func TestMailedAssistedCode(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c, err := w.Issue(t.Context(), flow.Assisted{Population: "usagers", Account: camille, Lang: "fr", Mail: true})
		if err != nil || !c.Empty() {
			t.Fatal(c.Empty(), err)
		}
		sent := w.letters.of(flow.AssistedMail)
		if len(sent) != 1 || sent[0].To != "camille@mail.example" {
			t.Fatalf("%+v", sent)
		}
		if _, r, reason := w.redeem("camille", sent[0].Code.Reveal()); reason != flow.None || r.State != flow.Choose {
			t.Errorf("%s %q", r.State, reason)
		}
		if _, err := w.Issue(t.Context(), flow.Assisted{Population: "usagers", Account: flow.Account{ID: "7"}, Mail: true}); !errors.Is(err, flow.ErrNoAddress) {
			t.Errorf("without an address: %v", err)
		}
		for i := range 5 {
			v := w.beginFrom(i, "lycee@mail.example")
			w.enter(v, w.wrongCode())
			w.enter(v, w.wrongCode())
		}
		if _, err := w.Issue(t.Context(), flow.Assisted{Population: "usagers", Account: bursar}); !errors.Is(err, flow.ErrHeld) {
			t.Errorf("held: %v", err)
		}
	})
}

// R11: nor is it after a change by somebody who had typed their code before it was dictated.
func TestDictatedCodeIsOvertaken(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		first := w.verified("camille@mail.example")
		dictated := w.issue(camille)
		w.choose(first, "Marée-haute-47")
		if v, r, reason := w.redeem("camille", dictated); r.State != flow.Ended || reason != flow.Superseded || v.Grant == "" {
			t.Errorf("%s %q", r.State, reason)
		}
	})
}

// R13, R15: tries at one name are counted, over all codes that it may have had, and those of one client.
func TestDictatedCodeLimits(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) { p.Limits.FailuresPerNetwork.Count = 1000 }, func(t *testing.T, w *world) {
		for round := range 3 {
			for i := range 5 {
				_, _, reason := w.redeem("nobody", "000000000000000")
				if over := round == 2; (reason == flow.Limited) != over {
					t.Errorf("round %d, try %d: %q", round+1, i+1, reason)
				}
			}
			time.Sleep(20 * time.Minute) // until another one begins
		}
		for i := range 31 {
			_, _, reason, err := w.Redeem(t.Context(), flow.Redemption{
				Population: "usagers", Typed: fmt.Sprint("nobody-", i), Code: "000000000000000", Client: netip.MustParseAddr("192.0.2.1")})
			if (reason == flow.Limited) != (i == 30) || err != nil {
				t.Errorf("try %d of a client: %q %v", i+1, reason, err)
			}
		}
	})
}

// R58: a code that cannot be recorded is not had.
func TestDictatedCodeIsRecordedFirst(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) { p.Audit = unwilling{p.Audit, audit.Issued} }, func(t *testing.T, w *world) {
		c, err := w.Issue(t.Context(), flow.Assisted{Population: "usagers", Account: camille, Mail: true})
		if !errors.Is(err, errFull) || !c.Empty() || len(w.letters.of(flow.AssistedMail)) != 0 {
			t.Errorf("%v, %d mails", err, len(w.letters.of(flow.AssistedMail)))
		}
	})
}

// A form that is wrong costs neither a try nor a look.
func TestDictatedCodeForm(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		dictated := w.issue(camille)
		for typed, want := range map[string]flow.Reason{"": flow.CodeEmpty, dictated[1:]: flow.CodeShort, dictated + "1": flow.CodeLong, "abc": flow.CodeNotDigits} {
			for range code.Defaults().Tries {
				if _, _, reason := w.redeem("camille", typed); reason != want {
					t.Errorf("%q: %q", typed, reason)
				}
			}
		}
		if _, _, reason := w.redeem(" ", dictated); reason != flow.AddressEmpty {
			t.Errorf("no name: %q", reason)
		}
		if _, _, reason := w.redeem("camille", dictated); reason != flow.None {
			t.Errorf("%q", reason)
		}
		synctest.Wait()
	})
}
