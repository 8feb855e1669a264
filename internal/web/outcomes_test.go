package web

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

// A password that is too young to be changed is told of before another one is thought of: why, until when, in the
// person's words and the time of the server, and that the present one is good.
func TestTooYoungIsToldBeforeAPasswordIsAsked(t *testing.T) {
	for lang, says := range map[string][]string{
		"fr": {"Mot de passe modifié trop récemment", "à partir du 3 mars 2126 à 14 h 05", "reste valable", "assistance@example.org", "https://www.example.org/sign-in"},
		"en": {"Password changed too recently", "from 3 March 2126, 14:05", "stays valid", "05 00 00 00 00"},
	} {
		p := camille()
		p.account.MayChangeFrom = time.Date(2126, 3, 3, 14, 4, 30, 0, time.Local)
		w := visit(t, p)
		w.prove(lang)
		w.is("/"+lang+"/ended", says...)
		w.saysNot(`name="password"`)
	}
}

// Where the directory refuses and does not say until when, neither does the page.
func TestTooYoungUntilNobodyKnows(t *testing.T) {
	p := camille()
	p.refuse = &flow.RefusedError{Reason: flow.RefusedTooYoung, Code: "PWD_TOO_YOUNG", Err: errors.New("the directory's words")}
	w := visit(t, p)
	w.prove("fr")
	w.is("/fr/password")
	w.choose("fr")
	w.is("/fr/ended", "Mot de passe modifié trop récemment", "Vous pourrez le modifier ici plus tard", "reste valable")
	w.saysNot("à partir du", "0001", "the directory's words")
}

// The time told is one at which the change is taken for certain.
func TestWholeMinute(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 5, 0, 0, time.UTC)
	for _, c := range []struct{ until, want time.Time }{
		{at, at}, {at.Add(1), at.Add(time.Minute)}, {at.Add(59 * time.Second), at.Add(time.Minute)}, {time.Time{}, time.Time{}},
	} {
		if got := wholeMinute(c.until); !got.Equal(c.want) || got.IsZero() != c.until.IsZero() {
			t.Errorf("%s: %s, want %s", c.until, got, c.want)
		}
	}
}

// Whoever cannot be served here is told whom to call, and what to say; the directory's own words are for the log.
func TestNotAllowedSaysWhatToDo(t *testing.T) {
	for lang, says := range map[string][]string{
		"fr": {"Contactez l’assistance : dites-lui", "05 00 00 00 00", "Retour à la première page"},
		"en": {"Contact the support: tell them", "assistance@example.org", "Back to the first page"},
	} {
		p := camille()
		p.refuse = &flow.RefusedError{Reason: flow.NotAllowed, Code: "NO_RIGHT", Err: errors.New("00000005: SecErr: DSID-031A1190")}
		w := visit(t, p)
		w.prove(lang)
		w.choose(lang)
		w.is("/"+lang+"/ended", says...)
		w.saysNot("SecErr", "NO_RIGHT", "Recommencer<", "Start again<")
		w.saysNot("resté le même", "still the same") // the account may be gone, and its password with it
	}
}

// An account that stays locked is changed all the same: nobody is told that they can sign in now.
func TestLockedIsTold(t *testing.T) {
	for locked, says := range map[bool][]string{true: {"Votre compte reste verrouillé"}, false: {"Vous pouvez dès lors vous connecter"}} {
		p := camille()
		p.locked = locked
		w := visit(t, p)
		w.prove("fr")
		w.choose("fr")
		w.is("/fr/done", append(says, "Votre mot de passe a été modifié.")...)
		if locked {
			w.saysNot("Vous pouvez dès lors vous connecter")
		}
	}
}

// R31: quiet rules are told to whom they are broken. That there may be others is told where they cannot be read.
func TestRulesOfTheDirectory(t *testing.T) {
	const others = "L’annuaire peut avoir d’autres exigences"
	p := camille()
	p.account.Demands = policy.Demands{MaxRepeats: 2, MinUpper: 1, Others: true}
	w := visit(t, p)
	const twice = "le même caractère au plus 2 fois de suite"
	w.prove("fr")
	w.is("/fr/password", "8 caractères minimum", "1 majuscule sans accent minimum", "Il ne doit pas contenir :", others)
	w.saysNot(twice, "64 caractères maximum")
	w.post("/fr/password", "password", "Aaaa-très-haute-47", "confirm", "")
	w.is("/fr/password", twice)
	w.saysNot("64 caractères maximum")
	w.post("/fr/password", "password", "Marée\x00haute-47", "confirm", "") // of what cannot be typed, no rule says anything
	w.saysNot("à corriger", twice)
	w = visit(t, camille())
	w.prove("fr")
	w.is("/fr/password")
	w.saysNot(others)
}

// R31: how many former passwords the directory refuses is told beforehand, though only the directory can judge it.
func TestHistoryIsTold(t *testing.T) {
	for n, says := range map[int]string{
		1: "L’annuaire refuse aussi votre dernier mot de passe.", 5: "L’annuaire refuse aussi vos 5 derniers mots de passe.",
	} {
		p := camille()
		p.account.Demands = policy.Demands{History: n}
		w := visit(t, p)
		w.prove("fr")
		w.is("/fr/password", says)
		w.post("/fr/password", "password", "court", "confirm", "")
		w.is("/fr/password", says)
	}
	w := visit(t, camille())
	w.prove("fr")
	w.is("/fr/password")
	w.saysNot("L’annuaire refuse aussi")
}

// A person who has closed the waiting page and comes back in the same session, by the first page, by a population's or
// by any step's address, finds how far the change is, and then its outcome: once.
func TestComingBack(t *testing.T) {
	for _, path := range []string{"/", "/fr/", "/fr/p/usagers", "/fr/code", "/fr/password", "/fr/done"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			arrives := make(chan struct{})
			p := camille()
			p.arrives = arrives
			w := visit(t, p)
			w.prove("fr")
			w.choose("fr")
			w.is("/fr/wait")
			w.open("/fr/accessibility")
			w.is("/fr/accessibility")
			w.open(path)
			w.is("/fr/wait", "Enregistrement dans l’annuaire")
			close(arrives)
			w.openUntil(path)
			w.is("/fr/done", "Votre mot de passe a été modifié.")
			w.open("/fr/")
			w.is("/fr/", "Mot de passe oublié")
		})
	}
}

// The outcome may also be that nothing was changed, or that nobody knows.
func TestComingBackToAnEnd(t *testing.T) {
	p := camille()
	decides := make(chan struct{})
	p.refuse, p.decides = flow.ErrUnknownOutcome, decides
	w := visit(t, p)
	w.prove("fr")
	w.choose("fr")
	w.is("/fr/wait")
	close(decides)
	w.openUntil("/fr/")
	w.is("/fr/ended", "Le résultat n’est pas connu")
	w.open("/fr/")
	w.is("/fr/", "Mot de passe oublié")
}

// Whoever has submitted no password may begin anew, and the first page is the same to strangers as it ever was.
func TestFirstPageIsEverybodys(t *testing.T) {
	w := visit(t, camille())
	w.open("/fr/")
	if w.status != http.StatusOK || w.header.Get("Set-Cookie") != "" || w.header.Get("Vary") != "" {
		t.Errorf("a stranger is answered %d with %v", w.status, w.header)
	}
	w.prove("fr")
	w.is("/fr/password")
	w.open("/fr/")
	w.is("/fr/", "Mot de passe oublié")
	w.cookie += "x"
	w.open("/fr/")
	w.is("/fr/", "Mot de passe oublié")
}
