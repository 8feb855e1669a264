package dirtest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

// SambaProtectedFilter is what an administrator would write under `protected`.
const SambaProtectedFilter = "(memberOf=" + sambaProtected + ")"

// The groups of SambaFixture, and its PSOs.
const (
	sambaProtected = "CN=proteges,OU=Services," + sambaBase
	sambaStrict    = "CN=mots de passe longs,OU=Services," + sambaBase

	sambaGroup      = "CN=assistance,OU=Services," + sambaBase   // of the helpdesk
	sambaOuterGroup = "CN=informatique,OU=Services," + sambaBase // which that one is a member of

	psoLong   = "longs"        // of one person
	psoGroup  = "longs-groupe" // of a group
	psoHidden = "illisible"    // by the service account
	psoAged   = "un-jour-au-moins"
)

// SambaFixture starts a domain controller for the conformance suite. The population is `agents-siege`: base OU=Agents,
// filter (&(objectCategory=person)(objectClass=user)), found by mail and sAMAccountName, codes to extensionAttribute1
// and otherMailbox, identifier sAMAccountName, SambaProtectedFilter protected. The caller adds Open, which follows a
// change to Servers and Replicas: both are addresses of this one server.
func SambaFixture(t *testing.T) (Fixture, *Samba) {
	t.Helper()
	s := StartSamba(t)
	if err := errors.Join(s.addGroups(), s.addPSOs()); err != nil {
		t.Fatal(err)
	}
	h := hands{server: &s.Server, attribute: "sAMAccountName"}
	f := h.fixture(func(t *testing.T, i int) Person {
		p := ExtraAgent(i)
		if err := s.AddAgent(p); err != nil {
			t.Fatal(err)
		}
		return p
	})
	f.Server = "Active Directory (Samba)"
	f.Servers, f.Replicas = []string{s.URL}, []string{strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
	f.ReadOnly = "ldaps://127.0.0.1:3269" // the global catalog
	f.Shared, f.SharedBy = Accueil.Mail, []string{Accueil.UID, Standard.UID}
	f.Crowd = "foule@siege.example"
	if err := s.addCrowd(f.Crowd); err != nil {
		t.Fatal(err)
	}
	f.Nobody = map[string]string{
		"an administrator": Privileged.Mail, "disabled": Disabled.Mail, "smartcard only": SmartcardOnly.Mail,
		"expired": Departed.Mail, "of another unit": Director.Mail, "an identifier of another unit": Director.UID,
		"a service account": "ssprd", "the administrator": "Administrator",
	}
	f.Odd = s.odd()
	f.NoRight = s.elsewhere()
	f.Stamp = h.reader("pwdLastSet")
	f.Snapshot = s.snapshot(h)
	f.Moves = []string{
		"pwdLastSet", "whenChanged", "uSNChanged", "replPropertyMetaData", "msDS-KeyVersionNumber",
		"msDS-UserPasswordExpiryTimeComputed",
		"lockoutTime", "badPwdCount", "msDS-User-Account-Control-Computed", // where a lock-out ends
	}
	f.Writes = s.Writes
	f.Group, f.Outer, f.Nested = sambaGroup, sambaOuterGroup, true
	f.Lasts, f.Locks = 42*24*time.Hour, 30*time.Minute
	f.LocksStay = true
	s.states(&f, h)
	s.rules(&f, h)
	f.Cannot = map[string]string{
		"refuses: " + BecomesClosed:        "an account that an administrator has closed is a disabled one there",
		"too young is told":                "before 4.24 Samba knows no policy hints: no reset is refused for the age of the former password",
		"tells that another change is due": "Samba does not look at the right Unexpire-Password: no reset leaves another change behind",
	}
	return f, s
}

// states are what becomes of people.
func (s *Samba) states(f *Fixture, h hands) {
	f.Become[BecomesProtected] = h.joiner(sambaProtected)
	f.Become[BecomesPrivileged] = h.replacer("adminCount", "1")
	f.Become[BecomesDisabled] = h.replacer("userAccountControl", disabledAccount)
	f.Become[BecomesSmartcard] = h.replacer("userAccountControl", smartcardAccount)
	f.Become[BecomesExpired] = h.replacer("accountExpires", longPast)
	f.Become[MovesAway] = h.mover("OU=Direction," + sambaBase)
	f.Become[BecomesLockedOut] = func(id string) error { return h.with(id, s.LockOut) }
	f.Become[PasswordExpires] = s.ExpirePassword
	f.Become[IsToldToChange] = func(id string) error { return h.with(id, s.MustChange) }
	f.LockedOut = func(id string) (locked bool, err error) {
		err = h.with(id, func(dn string) (err error) {
			locked, err = s.LockedOut(dn)
			return err
		})
		return locked, err
	}
}

// rules are what the domain, and some sets of rules in it, demand of passwords.
func (s *Samba) rules(f *Fixture, h hands) {
	windows := func(least int) policy.Demands {
		return policy.Demands{
			MinLength: least, MaxLength: 256, Unit: policy.UTF16Units, MinKinds: 3, Kinds: policy.Windows,
			Names: []string{"the person's own"},
		}
	}
	hidden := windows(7) // the domain's, as nobody can tell better
	hidden.Others = true
	of := func(pso string) func(string) error {
		return func(id string) error {
			return h.with(id, func(dn string) error { return s.ApplyPSO(pso, dn) })
		}
	}
	f.Policies = []Policy{
		{"the domain's", func(string) error { return nil }, windows(7)},
		{"a PSO", of(psoLong), windows(14)},
		{"a PSO of a group", h.joiner(sambaStrict), windows(16)},
		{"a PSO with a least age", of(psoAged), windows(8)}, // which no reset is held to
		{"a PSO that cannot be read", of(psoHidden), hidden},
	}
	f.Unchecked = []policy.Name{policy.Identity, policy.TooLong, policy.TooBig} // Samba takes a thousand characters
	// Of characters outside of ASCII, Windows counts letters alone as a kind (MS-SAMR section 3.1.1.7.2), Samba any.
	f.Laxer = func(r rune) bool { return r > unicode.MaxASCII && !unicode.IsLetter(r) }
	f.Refused = []Refusal{ // MS-ADTS gives one code for every rule: 0000052D
		{"Aa1!", []flow.Reason{flow.RefusedPolicy, flow.RefusedShort}},
		{"toutenminuscules", []flow.Reason{flow.RefusedPolicy, flow.RefusedQuality}},
	}
}

// addGroups makes the groups of those whom `protected` names, and of those for whom psoGroup holds, and the helpdesk's.
func (s *Samba) addGroups() error {
	return s.Admin(func(c *ldap.Conn) error {
		for dn, name := range map[string]string{
			sambaProtected: "proteges", sambaStrict: "longs", sambaGroup: "assistance", sambaOuterGroup: "informatique",
		} {
			group := entry{dn, map[string][]string{"objectClass": {"group"}, "sAMAccountName": {name}}}
			if err := group.add(c); err != nil {
				return err
			}
		}
		nested := ldap.NewModifyRequest(sambaOuterGroup, nil)
		nested.Add("member", []string{sambaGroup})
		return c.Modify(nested)
	})
}

func (s *Samba) addPSOs() error {
	for _, p := range []PSO{
		{Name: psoLong, Precedence: 10, MinLength: 14, Complex: true, InHistory: 5, Readable: true},
		{Name: psoGroup, Precedence: 20, MinLength: 16, Complex: true, Readable: true},
		{Name: psoAged, Precedence: 30, MinLength: 8, Complex: true, MinAge: 24 * time.Hour, Readable: true},
		{Name: psoHidden, Precedence: 40, MinLength: 18, Complex: true},
	} {
		if err := s.AddPSO(p); err != nil {
			return err
		}
	}
	return s.ApplyPSO(psoGroup, sambaStrict)
}

// addCrowd gives more people one address than an answer may have.
func (s *Samba) addCrowd(mail string) error {
	return s.Admin(func(c *ldap.Conn) error {
		for i := range flow.MaxAccounts + 5 {
			p := ExtraAgent(90_001 + i) // whom no test makes
			p.Mail = mail
			if err := agent(p).add(c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Samba) odd() func(*testing.T) []Subject {
	next := 0
	return func(t *testing.T) (subjects []Subject) {
		t.Helper()
		next++
		for _, o := range oddAgents(next) {
			if err := s.Admin(o.entry().add); err != nil {
				t.Fatal(err)
			}
			subjects = append(subjects, o.subject())
		}
		return subjects
	}
}

// elsewhere gives people of OU=Direction, where nothing is delegated.
func (s *Samba) elsewhere() func(*testing.T) Subject {
	next := 0
	return func(t *testing.T) Subject {
		t.Helper()
		next++
		p := ExtraAgent(80_000 + next)
		p.Unit = Director.Unit
		if err := s.AddAgent(p); err != nil {
			t.Fatal(err)
		}
		return p.subject()
	}
}

// sambaComputed are attributes that come only to those who ask by name.
var sambaComputed = []string{
	"msDS-User-Account-Control-Computed", "msDS-UserPasswordExpiryTimeComputed", "msDS-ResultantPSO",
	"msDS-KeyVersionNumber", "nTSecurityDescriptor",
}

func (s *Samba) snapshot(h hands) func(string) (map[string][]string, error) {
	return func(identifier string) (all map[string][]string, err error) {
		err = h.with(identifier, func(dn string) error {
			e, err := s.Entry(dn, append([]string{"*", "+"}, sambaComputed...)...)
			if err != nil {
				return err
			}
			all = map[string][]string{}
			for _, a := range e.Attributes {
				all[a.Name] = a.Values
			}
			return nil
		})
		return all, err
	}
}

// Writes counts what the domain controller has written: a modify of one entry counts as one, unless it touches
// lockoutTime, which makes the server write badPwdCount as well.
func (s *Samba) Writes() (int, error) {
	dse, err := s.Entry("", "highestCommittedUSN")
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(dse.GetAttributeValue("highestCommittedUSN"))
	if err != nil {
		return 0, fmt.Errorf("highestCommittedUSN: %w", err)
	}
	return n, nil
}
