package ldapx_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// R42: whether the history is judged at a reset is the administrator's choice and the server's: the policy hints control is
// sent, as a critical one, where the server lists it by either number, and not concluded from a success. The server of this
// test refuses critical controls that it does not know, which shows that one was sent.
func TestHistory(t *testing.T) {
	hints, former := ldap.ControlTypeMicrosoftPolicyHints, ldap.ControlTypeMicrosoftPolicyHintsDeprecated
	for name, c := range map[string]struct {
		history string
		lists   []string
		code    string // of the refusal; empty: written
		writes  int    // that reached the directory
	}{
		"off":                         {ldapx.HistoryOff, []string{hints}, "", 1},
		"if supported, and it is":     {ldapx.HistoryIfSupported, []string{hints}, "NO_POLICY_HINTS", 0},
		"if supported, by the former": {ldapx.HistoryIfSupported, []string{former}, "NO_POLICY_HINTS", 0},
		"if supported, and it is not": {ldapx.HistoryIfSupported, nil, "", 1},
		"required, and it is":         {ldapx.HistoryRequired, []string{hints}, "NO_POLICY_HINTS", 0},
		"required, and it is not":     {ldapx.HistoryRequired, nil, "NO_POLICY_HINTS", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{find: always(person(nil)), lists: c.lists}
			config := scriptedConfig(t, ldapx.ActiveDirectory, s.start(t))
			config.History, config.Timeout = c.history, patient
			d, err := ldapx.Open(config, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(d.Close)
			_, err = d.Population(usagers).SetPassword(t.Context(), "30313233343536373839616263646566", secret.New("Rivage-de-pierre-47"))
			var refused *flow.RefusedError
			if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &refused) || refused.Code != c.code || !refused.Alarm) {
				t.Errorf("%v, want the code %q", err, c.code)
			}
			if s.writes != c.writes {
				t.Errorf("%d writes, want %d", s.writes, c.writes)
			}
		})
	}
}

// The least age of a password counts at a reset only where the history does; it is told of the entry, before any password
// is asked for, and it is what a refusal without a reason is put down to.
func TestLeastAgeOfADomain(t *testing.T) {
	set := time.Now().Add(-time.Hour)
	entry := person(map[string][]string{"pwdLastSet": {filetime(set)}})
	find := func(q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
		if q.Base == "dc=region,dc=example" {
			return []*ldap.Entry{ldap.NewEntry(q.Base, map[string][]string{"minPwdLength": {"7"}, "pwdProperties": {"1"}, "minPwdAge": {"-864000000000"}})}, ldapserver.Result{}
		}
		return []*ldap.Entry{entry}, ldapserver.Result{}
	}
	for name, c := range map[string]struct {
		lists []string
		young bool
	}{"judged": {[]string{ldap.ControlTypeMicrosoftPolicyHints}, true}, "not judged": {nil, false}} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{find: find, lists: c.lists}
			found, err := open(t, scriptedConfig(t, ldapx.ActiveDirectory, s.start(t))).Population(usagers).Find(t.Context(), "camille.durand@exemple.fr")
			if err != nil || len(found) != 1 {
				t.Fatalf("%v %v", found, err)
			}
			want := set.Add(24 * time.Hour)
			if got := found[0].MayChangeFrom; c.young && got.Sub(want).Abs() > time.Second || !c.young && !got.IsZero() {
				t.Errorf("a change is taken from %s on, want %s (%v)", got, want, c.young)
			}
			if d := found[0].Demands; d.MinLength != 7 || d.MinKinds != 3 {
				t.Errorf("%+v", d)
			}
		})
	}
}
