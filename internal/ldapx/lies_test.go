package ldapx_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// everyKind is every kind of directory, and what names an entry there for good.
var everyKind = map[string]string{
	ldapx.OpenLDAP: "entryUUID", ldapx.ActiveDirectory: "objectGUID", ldapx.DS389: "nsUniqueId", ldapx.Generic: "entryUUID",
}

// A directory whose values have other sizes and types than any schema gives them costs neither memory nor the answer, and
// nothing is written because of it.
func TestValuesThatAreWrong(t *testing.T) {
	long := strings.Repeat("x", 256<<10) // four times what an account may be; the race detector is slow at copying it
	many := make([]string, 5000)
	for i := range many {
		many[i] = fmt.Sprintf("p%d@exemple.fr", i)
	}
	for kind, id := range everyKind {
		for name, c := range map[string]struct {
			otherwise map[string][]string
			found     bool
		}{
			"as usual":             {nil, true},
			"no lasting id":        {map[string][]string{id: nil}, false},
			"an empty id":          {map[string][]string{id: {""}}, false},
			"an id that is long":   {map[string][]string{id: {long}}, false},
			"a mail that is long":  {map[string][]string{"mail": {long, "camille.durand@exemple.fr"}}, true},
			"many mails":           {map[string][]string{"mail": append([]string{"camille.durand@exemple.fr"}, many...)}, true},
			"mail that is no text": {map[string][]string{"mail": {"\xff\xfe", "a\r\nBcc: b@exemple.fr", "camille.durand@exemple.fr"}}, true},
			"names that are long":  {map[string][]string{"cn": {long}, "displayName": {long}, "sn": {"\xff"}}, true},
			"numbers that are none": {map[string][]string{"pwdLastSet": {"soon"}, "accountExpires": {"1e9"}, "lockoutTime": {long},
				"msDS-User-Account-Control-Computed": {"-"}, "adminCount": {"one"}}, true},
			"times that are none": {map[string][]string{"pwdEndTime": {"never"}, "pwdChangedTime": {"\x00"},
				"modifyTimestamp": {long}, "passwordExpirationTime": {"-1"}, "accountUnlockTime": {"99"}}, true},
			"a policy that is no DN": {map[string][]string{"msDS-ResultantPSO": {"\x00=,,"}, "pwdPolicySubentry": {long}}, true},
		} {
			t.Run(kind+": "+name, func(t *testing.T) {
				s := &scripted{find: always(person(c.otherwise))}
				found, err := open(t, scriptedConfig(t, kind, s.start(t))).Population(usagers).Find(t.Context(), "camille.durand@exemple.fr")
				if err != nil || (len(found) == 1) != c.found || len(found) > 1 {
					t.Fatalf("%d found, %v", len(found), err)
				}
				for _, a := range found {
					holds(t, a)
				}
			})
		}
	}
}

// holds tells whether an account is one that pages, mails and the judging of a password can bear.
func holds(t *testing.T, a flow.Account) {
	t.Helper()
	size := len(a.ID) + len(a.Identifier) + len(a.Name)
	for _, w := range append(append(append([]string{}, a.Mail...), a.Words...), a.Demands.Names...) {
		size += len(w)
	}
	if size > 64<<10 || len(a.Mail) == 0 || a.Mail[0] != "camille.durand@exemple.fr" || strings.ContainsAny(strings.Join(a.Mail, ""), "\r\n\xff") {
		t.Errorf("an account of %d bytes: mail %.200q", size, a.Mail)
	}
}

// A server that answers with entries that were not asked for is not believed.
func TestEntriesThatWereNotAskedFor(t *testing.T) {
	elsewhere := ldap.NewEntry("cn=admin,dc=region,dc=example", map[string][]string{"entryUUID": {"6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01"},
		"mail": {"camille.durand@exemple.fr"}, "uid": {"admin"}, "entryCSN": {"20261125000000.000000Z#000000#000#000000"}})
	noName := ldap.NewEntry("this is no DN", map[string][]string{"entryUUID": {"6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01"}, "mail": {"camille.durand@exemple.fr"},
		"entryCSN": {"20261125000000.000000Z#000000#000#000000"}})
	another := person(map[string][]string{"entryUUID": {"6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a02"}})
	crowd := make([]*ldap.Entry, 1000)
	for i := range crowd {
		crowd[i] = person(map[string][]string{"entryUUID": {fmt.Sprintf("6f1b1d0a-3d9c-103f-8f2b-%012d", i)}})
	}
	for name, c := range map[string]struct {
		entries []*ldap.Entry
		found   int
	}{
		"of another place": {[]*ldap.Entry{elsewhere}, 0},
		"without a name":   {[]*ldap.Entry{noName}, 0},
		"a thousand":       {crowd, flow.MaxAccounts},
		"of another id":    {[]*ldap.Entry{another}, 1}, // found as who it is, and not written to for somebody else
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{find: always(c.entries...)}
			population := open(t, scriptedConfig(t, ldapx.OpenLDAP, s.start(t))).Population(usagers)
			found, err := population.Find(t.Context(), "camille.durand@exemple.fr")
			if err != nil || len(found) != c.found {
				t.Errorf("%d found, %v; want %d", len(found), err, c.found)
			}
			_, err = population.SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47"))
			var refused *flow.RefusedError
			if !errors.As(err, &refused) || refused.Reason != flow.NotAllowed || s.writes != 0 {
				t.Errorf("%v, after %d writes", err, s.writes)
			}
		})
	}
}

// A change that was made stays made, whatever can be read of the entry then.
func TestWrittenAndNotReadable(t *testing.T) {
	for name, after := range map[string]func(ldapserver.Query) ([]*ldap.Entry, ldapserver.Result){
		"gone":       always(),
		"twice":      always(person(nil), person(nil)),
		"refused":    func(ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) { return nil, answer(50, "") },
		"no base":    func(ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) { return nil, answer(32, "") },
		"without it": always(person(map[string][]string{"entryCSN": nil, "pwdLastSet": nil, "modifyTimestamp": nil})),
	} {
		for kind, id := range everyKind {
			t.Run(kind+": "+name, func(t *testing.T) {
				s := &scripted{find: always(person(nil))}
				s.takes = func() { s.find = after }
				population := open(t, scriptedConfig(t, kind, s.start(t))).Population(usagers)
				found, err := population.Find(t.Context(), "camille.durand@exemple.fr")
				if err != nil || len(found) != 1 {
					t.Fatalf("%s: %v %v", id, found, err)
				}
				if written, err := population.SetPassword(t.Context(), found[0].ID, secret.New("Rivage-de-pierre-47")); err != nil || written.ID != found[0].ID || s.writes != 1 {
					t.Errorf("%+v, %v, %d writes", written, err, s.writes)
				}
			})
		}
	}
}

// Numbers of policies that are out of all reason are no demand, and no time to wait for.
func TestPoliciesThatAreWrong(t *testing.T) {
	policyOf := map[string]string{ldapx.OpenLDAP: "pwdPolicySubentry", ldapx.ActiveDirectory: "msDS-ResultantPSO", ldapx.DS389: "pwdpolicysubentry"}
	for kind, names := range policyOf {
		for _, value := range []string{"", "x", "-1", "-9223372036854775808", "9223372036854775807", "99999999999999999999", "\xff", "TRUE"} {
			t.Run(fmt.Sprintf("%s: %q", kind, value), func(t *testing.T) {
				policy := map[string][]string{}
				for _, a := range []string{"pwdMinLength", "pwdMaxLength", "pwdMinAge", "pwdCheckQuality", "msDS-MinimumPasswordLength", "msDS-MinimumPasswordAge",
					"msDS-PasswordComplexityEnabled", "passwordMinLength", "passwordMinAge", "passwordMinCategories", "passwordMaxRepeats", "passwordCheckSyntax"} {
					policy[a] = []string{value}
				}
				policy["pwdCheckQuality"], policy["passwordCheckSyntax"] = []string{"2"}, []string{"on"}
				entry := person(map[string][]string{names: {"cn=strict,dc=region,dc=example"}, "pwdChangedTime": {"20261125000000Z"}})
				s := &scripted{find: func(q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
					if strings.HasPrefix(q.Base, "cn=strict") {
						return []*ldap.Entry{ldap.NewEntry(q.Base, policy)}, ldapserver.Result{}
					}
					return []*ldap.Entry{entry}, ldapserver.Result{}
				}}
				found, err := open(t, scriptedConfig(t, kind, s.start(t))).Population(usagers).Find(t.Context(), "camille.durand@exemple.fr")
				if err != nil || len(found) != 1 {
					t.Fatalf("%v %v", found, err)
				}
				d := found[0].Demands
				if d.MinLength < 0 || d.MinLength > 1<<20 || d.MinKinds < 0 || d.MaxRepeats < 0 || found[0].MayChangeFrom.After(time.Now().Add(100*365*24*time.Hour)) {
					t.Errorf("%+v, from %s", d, found[0].MayChangeFrom)
				}
			})
		}
	}
}
