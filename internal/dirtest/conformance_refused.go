package dirtest

import (
	"errors"
	"regexp"
	"slices"
	"testing"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

var refusedPoints = []point{
	{name: "refused by the directory", run: refusedByDirectory, needs: []hook{
		{"Refused", func(f Fixture) bool { return len(f.Refused) > 0 }},
	}},
	{name: "too young is told", run: tooYoung, needs: []hook{becoming(BecomesTooYoung)}},
	{name: "no right is told", run: noRight, needs: []hook{{"NoRight", func(f Fixture) bool { return f.NoRight != nil }}}},
}

// R39, R46: a refusal says why in a word, and leaves the old password.
func refusedByDirectory(t *testing.T, f Fixture) {
	for _, r := range f.Refused {
		s := f.Fresh(t)
		a := one(t, f, s)
		_, err := f.directory.SetPassword(t.Context(), a.ID, secret.New(r.Password))
		refusedFor(t, err, r.Reasons...)
		if err := f.Bind(s.Identifier, InitialPassword); err != nil {
			t.Errorf("after the refusal of %q the old password: %v", r.Password, err)
		}
		// The same person may choose again at once.
		if _, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Martinet-à-Ventre-Blanc-26")); err != nil {
			t.Errorf("another password after the refusal: %v", err)
		}
	}
}

// codeWord is what a code of the log looks like: never a directory's own sentence, which is for Err alone (R46).
var codeWord = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)

// refusedFor holds that it is a refusal for one of the reasons. It is given back, or nil.
func refusedFor(t *testing.T, err error, reasons ...flow.Reason) *flow.RefusedError {
	t.Helper()
	var refused *flow.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("error %v, want a refusal", err)
		return nil
	}
	if !slices.Contains(reasons, refused.Reason) || !codeWord.MatchString(refused.Code) || refused.Err == nil {
		t.Errorf("refused with reason %q, code %q, cause %v; want a reason of %q",
			refused.Reason, refused.Code, refused.Err, reasons)
	}
	return refused
}

// A least age is told before the person chooses, and is what the refusal says of whoever comes all the same.
func tooYoung(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	if a := one(t, f, s); a.MayChangeFrom.After(time.Now()) {
		t.Errorf("a fresh person's password may be changed from %s", a.MayChangeFrom)
	}
	become(t, f, s, BecomesTooYoung)
	a := one(t, f, s)
	if !a.MayChangeFrom.After(time.Now()) {
		t.Errorf("the password may be changed from %s, want a time to come", a.MayChangeFrom)
	}
	untouched(t, f, s, func() {
		_, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026"))
		refused := refusedFor(t, err, flow.RefusedTooYoung)
		if refused != nil && !refused.Until.IsZero() && refused.Until.Before(time.Now()) {
			t.Errorf("refused until %s, which is over", refused.Until)
		}
	})
}

// R46: what the service account lacks is for an administrator to see.
func noRight(t *testing.T, f Fixture) {
	f = f.opened(t, Reach{Everywhere: true})
	s := f.NoRight(t)
	a := one(t, f, s)
	untouched(t, f, s, func() {
		_, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026"))
		if refused := refusedFor(t, err, flow.NotAllowed); refused != nil && (refused.Code != "NO_RIGHT" || !refused.Alarm) {
			t.Errorf("refused with code %q, alarm %v; want NO_RIGHT and an alarm", refused.Code, refused.Alarm)
		}
	})
}
