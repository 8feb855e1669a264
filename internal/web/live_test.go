package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/limit"
	"ssprd/internal/policy"
	"ssprd/internal/policy/policytest"
)

// check asks what the rules say of a password that is being typed; the page stays the one that was shown.
func (w *walk) check(password string) (status int, part string) {
	w.t.Helper()
	page, at := w.page, w.at
	w.post("/fr/password/check", "password", password)
	part, w.page, w.at = w.page, page, at
	return w.status, part
}

var ruleLine = regexp.MustCompile(`<li( class="(?:met|unmet)")?><span>([^<]+?) ?<`)

// lines are the rules of a page or a part of one, and whether they are marked as met.
func lines(html string) map[string]bool {
	marks := map[string]bool{}
	_, html, _ = strings.Cut(html, `id="rules"`)
	html, _, _ = strings.Cut(html, "</div>")
	for _, line := range ruleLine.FindAllStringSubmatch(html, -1) {
		marks[line[2]] = strings.Contains(line[1], `"met"`)
	}
	return marks
}

// R31, R37: of every password of the table the check while typing and the submit say the same, rule by rule, and break it
// as the table has it.
func TestLiveCheckAgreesWithTheSubmit(t *testing.T) {
	for _, v := range policytest.Vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			p := camille()
			p.account = flow.Account{ID: "1", Mail: []string{address}, Words: v.Who, Demands: v.Demands}
			w := visitUnder(t, p, v.Set(t), limit.Defaults())
			w.prove("fr")
			w.is("/fr/password")
			status, part := w.check(v.Password)
			if status != http.StatusOK {
				t.Fatalf("the check is answered %d", status)
			}
			w.post("/fr/password", "password", v.Password, "confirm", v.Password)
			submitted := w.page
			const unusable = "Ce mot de passe contient un caractère qui ne peut pas être utilisé"
			switch {
			case strings.HasPrefix(v.Name, "bad input") && strings.Contains(submitted, unusable):
				if !strings.Contains(part, unusable) {
					t.Errorf("the check does not say that it cannot be used: %s", part)
				}
				return
			case v.Password == "":
				w.is("/fr/password", "Saisissez votre nouveau mot de passe")
				return
			case len(v.Broken) == 0:
				if w.at == "/fr/password" {
					t.Errorf("the submit is refused: %s", submitted)
				}
				if !strings.Contains(part, "Le mot de passe répond aux exigences, veuillez entrer le mot de passe de confirmation") {
					t.Errorf("the check does not say that it is good: %s", part)
				}
				return
			}
			w.is("/fr/password", "Ce mot de passe ne répond pas à toutes les exigences")
			live, final := lines(part), lines(submitted)
			broken := 0
			for rule, met := range final {
				if live[rule] != met {
					t.Errorf("%q: met while typing: %v, once submitted: %v", rule, live[rule], met)
				}
				if !met {
					broken++
				}
			}
			if len(live) != len(final) || broken != len(v.Broken) {
				t.Errorf("the check tells of %d rules, the submit of %d, of which %d are broken: want %q", len(live), len(final), broken, v.Broken)
			}
		})
	}
}

// The check tells how strong the password is, in words, beside this person's own.
func TestLiveCheckTellsTheStrength(t *testing.T) {
	p := camille()
	p.account.Words = []string{"Ewa Wojciechowska-Szczepaniak"}
	w := visit(t, p)
	w.prove("fr")
	for password, want := range map[string]string{
		"azertyuiop": "Très faible", "Wojciechowska-Szczepaniak": "Faible", "girafe-tunnel-compas-rouille": "Très bonne",
	} {
		_, part := w.check(password)
		if !strings.Contains(part, "<b>Force : "+want+"</b>") || !strings.Contains(part, "Force : "+want+".</span>") {
			t.Errorf("%q: want %q, to be seen and to be heard, in %s", password, want, part)
		}
	}
}

// R37: whatever is typed is judged in bounded time, never shown again, and moves nothing.
func TestLiveCheckOfAnything(t *testing.T) {
	w := visit(t, camille())
	w.prove("fr")
	for name, password := range map[string]string{
		"nothing": "", "NUL": "Zuke\x007brv", "lone surrogates": "Zuke\xed\xa0\xbd7brv", "no UTF-8": "\xff\xfe7brvZuke",
		"10,000 characters": strings.Repeat("xZ7-", 2500), "right to left": "Zuke7\u202eשלום", "combining": "Zuke7" + strings.Repeat("\u0301", 500),
		"markup": `<script>Zuke7</script>"'`,
	} {
		began := time.Now()
		status, part := w.check(password)
		if status != http.StatusOK || !strings.Contains(part, `id="rules"`) {
			t.Errorf("%s: %d, %s", name, status, part)
		}
		if len(password) > 4 && strings.Contains(part, password) || strings.Contains(part, "<script") {
			t.Errorf("%s: what was typed comes back: %s", name, part)
		}
		if took := time.Since(began); took > patience {
			t.Errorf("%s: it took %s", name, took)
		}
	}
	if _, part := w.check("Zuke\x007brv"); !strings.Contains(part, "un caractère qui ne peut pas être utilisé") {
		t.Errorf("a character that no password can have is not told: %s", part)
	}
	w.choose("fr")
	if w.at == "/fr/password" {
		t.Errorf("after all that was checked, a good password is refused: %s", w.page)
	}
}

// R37: the check is for whoever has typed the right code, from a page of ours, and not without bound.
func TestLiveCheckIsBounded(t *testing.T) {
	limits := limit.Defaults()
	limits.ChecksPerReset = limit.Rate{Count: 3, Per: time.Hour}
	w := visitUnder(t, camille(), policy.Set{Rules: policy.Rules{MinLength: 8}}, limits)
	w.post("/fr/password/check", "password", chosen)
	w.is("/fr/")
	w.prove("fr")
	w.page = strings.ReplaceAll(w.page, `name="form" value="`, `name="form" value="x`)
	w.post("/fr/password/check", "password", chosen)
	w.is("/fr/password") // the form of no page of ours: led on, and not answered
	for range 3 {
		if status, _ := w.check(chosen); status != http.StatusOK {
			t.Fatalf("a check is answered %d", status)
		}
	}
	for _, password := range []string{chosen, "", "a\x00"} {
		if status, part := w.check(password); status != http.StatusTooManyRequests || strings.Contains(part, `id="rules"`) {
			t.Errorf("a check of %q too many is answered %d", password, status)
		}
	}
	other := *w // another person's reset, of the same population and from the same address
	other.cookie = ""
	other.prove("fr")
	if status, _ := other.check(chosen); status != http.StatusOK {
		t.Errorf("after another's checks the first is answered %d", status)
	}
	w.choose("fr")
	if w.at == "/fr/password" {
		t.Errorf("without checks a good password is refused: %s", w.page)
	}
	if status, _ := w.check(chosen); status == http.StatusOK && w.at == "/fr/password" {
		t.Error("a password is judged for a reset that has gone on")
	}
}

// R37: what is submitted, and what is proposed, is judged no more often than what is typed.
func TestSubmitsAreBounded(t *testing.T) {
	limits := limit.Defaults()
	limits.ChecksPerReset = limit.Rate{Count: 3, Per: time.Hour}
	w := visitUnder(t, camille(), policy.Set{Rules: policy.Rules{MinLength: 8}}, limits)
	w.prove("fr")
	for range 3 {
		w.post("/fr/password", "password", "court", "confirm", "")
		w.is("/fr/password", "Ce mot de passe ne répond pas à toutes les exigences")
	}
	w.post("/fr/password", "password", "court", "confirm", "")
	w.is("/fr/password", "Trop de demandes ont été faites en peu de temps")
	if strings.Contains(w.page, "à corriger") || len(made(w.page)) > 0 {
		t.Errorf("a submit too many is judged: %s", w.page)
	}
}

// R64: a session outlives its reset, however long codes live and however often more time is asked for.
func TestSessionOutlivesItsReset(t *testing.T) {
	long := code.Defaults()
	long.Lifetime, long.Sends = 24*time.Hour, 10
	for name, c := range map[string]struct {
		code  code.Config
		reset time.Duration
	}{
		"usual": {code.Defaults(), flow.VerifiedFor * (1 + flow.MaxExtensions)}, "codes of a day": {long, 20 * 24 * time.Hour},
	} {
		if got := lifetime(c.code); got <= c.reset {
			t.Errorf("%s: a session lives %s, a reset %s", name, got, c.reset)
		}
	}
}

// R64: the time that is left stands on the page, and there is more to have, ten times.
func TestMoreTime(t *testing.T) {
	w := visit(t, camille())
	w.prove("fr")
	for n := range flow.MaxExtensions {
		w.is("/fr/password", "Cette page reste valable", "15 minutes", "Prolonger")
		w.post("/fr/extend")
		if w.status != http.StatusOK {
			t.Fatalf("extension %d is answered %d", n+1, w.status)
		}
		w.at = "/fr/password"
	}
	w.saysNot("Prolonger")
	w.open("/fr/extend")
	w.is("/fr/password")
	w.choose("fr")
	if slices.Contains([]string{"/fr/password", "/fr/ended"}, w.at) {
		t.Errorf("after the extensions the password is refused: %s", w.page)
	}
}

var madeLine = regexp.MustCompile(`<li><code>([^<]+)</code></li>`)

// made are the passwords that a page proposes.
func made(page string) (all []string) {
	for _, line := range madeLine.FindAllStringSubmatch(page, -1) {
		all = append(all, line[1])
	}
	return all
}

// R38: as many as are configured are proposed, others each time the page is asked for, and each is taken as it is.
func TestProposedPasswords(t *testing.T) {
	w := visit(t, camille())
	w.prove("fr")
	first := made(w.page)
	w.open("/fr/password")
	second := made(w.page)
	for _, password := range first {
		if slices.Contains(second, password) {
			t.Errorf("%q is proposed twice", password)
		}
		if _, part := w.check(password); !strings.Contains(part, "répond aux exigences") {
			t.Errorf("%q is proposed, and does not do: %s", password, part)
		}
	}
	if len(first) != 6 || len(second) != 6 || w.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q, then %q are proposed, with %q", first, second, w.header.Get("Cache-Control"))
	}
	w.post("/fr/password", "password", second[0], "confirm", second[0])
	if w.at == "/fr/password" {
		t.Errorf("%q is proposed, and refused: %s", second[0], w.page)
	}
}

// R38: where the rules leave no room for a password that nobody guesses, none is proposed.
func TestNoRoomForProposals(t *testing.T) {
	p := camille()
	p.account.Demands.MaxLength = 12
	w := visit(t, p)
	w.prove("fr")
	w.is("/fr/password")
	w.saysNot("générés automatiquement")
}
