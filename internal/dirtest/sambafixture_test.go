package dirtest_test

import (
	"crypto/tls"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ssprd/internal/dirtest"

	"github.com/go-ldap/ldap/v3"
)

// sambaReset replaces a password as the service account, as the portal does.
func sambaReset(t *testing.T, s *dirtest.Samba, identifier, password string, unlock bool) error {
	t.Helper()
	dn := dnOf(t, &s.Server, "sAMAccountName", identifier)
	return asService(t, &s.Server, func(conn *ldap.Conn) error {
		request := ldap.NewModifyRequest(dn, nil)
		request.Replace("unicodePwd", []string{dirtest.UnicodePwd(password)})
		if unlock {
			request.Replace("lockoutTime", []string{"0"})
		}
		return conn.Modify(request)
	})
}

// asRead reads an entry as the service account; nil where it sees none.
func asRead(t *testing.T, s *dirtest.Samba, dn string, attributes ...string) (e *ldap.Entry) {
	t.Helper()
	err := asService(t, &s.Server, func(conn *ldap.Conn) error {
		found, err := conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", attributes, nil))
		if err == nil && len(found.Entries) == 1 {
			e = found.Entries[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Each state is the one it is called by: the error of a sign-in with the right password says so (2.2.16 of MS-ADTS has
// the bits, MS-ERREF the codes).
func sambaStates(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	for state, data := range map[string]string{
		dirtest.BecomesDisabled: "533", dirtest.BecomesExpired: "701", dirtest.BecomesLockedOut: "775",
		dirtest.PasswordExpires: "532", "told to change": "773", dirtest.BecomesSmartcard: "52e",
	} {
		id := f.Fresh(t).Identifier
		if err := f.Become[state](id); err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		err := f.Bind(id, dirtest.InitialPassword)
		if code(err) != ldap.LDAPResultInvalidCredentials || !strings.Contains(err.Error(), "data "+data) {
			t.Errorf("%s: %v, want data %s", state, err, data)
		}
		expired, err := s.PasswordExpired(dnOf(t, &s.Server, "sAMAccountName", id))
		if want := data == "532" || data == "773"; err != nil || expired != want {
			t.Errorf("%s: the password counts as expired: %v, %v", state, expired, err)
		}
	}
}

// R43: a reset does not end a lock-out by itself; lockoutTime in the same request does. Nobody else is locked.
func sambaLockOut(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	locked, other := f.Fresh(t).Identifier, f.Fresh(t).Identifier
	if err := f.Become[dirtest.BecomesLockedOut](locked); err != nil {
		t.Fatal(err)
	}
	is := func(id string, want bool) {
		t.Helper()
		if got, err := f.LockedOut(id); err != nil || got != want {
			t.Errorf("%s locked out: %v, %v; want %v", id, got, err, want)
		}
	}
	is(locked, true)
	for range 5 {
		_ = f.Bind(other, "Faux-2026")
	}
	is(other, false)

	if err := sambaReset(t, s, locked, "Merle-Noir-2026", false); err != nil {
		t.Fatal(err)
	}
	is(locked, true)
	control := asRead(t, s, dnOf(t, &s.Server, "sAMAccountName", locked), "msDS-User-Account-Control-Computed")
	if got := control.GetAttributeValue("msDS-User-Account-Control-Computed"); got != "16" {
		t.Errorf("the service account reads %q of the lock-out, want 16", got)
	}
	if err := sambaReset(t, s, locked, "Merle-Noir-2027", true); err != nil {
		t.Fatal(err)
	}
	is(locked, false)
	if err := f.Bind(locked, "Merle-Noir-2027"); err != nil {
		t.Error(err)
	}
}

// What the policies demand is what holds, and can be read by the service account.
func sambaPolicies(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	for _, p := range f.Policies {
		if p.Demands.Others {
			continue
		}
		id := f.Fresh(t).Identifier
		if err := p.Apply(id); err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		dn, attribute := s.BaseDN, "minPwdLength"
		if pso := asRead(t, s, dnOf(t, &s.Server, "sAMAccountName", id), "msDS-ResultantPSO").GetAttributeValue("msDS-ResultantPSO"); pso != "" {
			dn, attribute = pso, "msDS-MinimumPasswordLength"
		}
		if got := asRead(t, s, dn, attribute).GetAttributeValue(attribute); got != strconv.Itoa(p.Demands.MinLength) {
			t.Errorf("%s: %s is %q, want %d", p.Name, attribute, got, p.Demands.MinLength)
		}
		enough := "Aa1-" + strings.Repeat("b", p.Demands.MinLength-4)
		if err := sambaReset(t, s, id, enough[1:], false); code(err) != ldap.LDAPResultConstraintViolation {
			t.Errorf("%s: a character less than it asks for: %v", p.Name, err)
		}
		if err := sambaReset(t, s, id, "aa--"+enough[4:], false); code(err) != ldap.LDAPResultConstraintViolation {
			t.Errorf("%s: two kinds of characters: %v", p.Name, err)
		}
		for range 2 { // neither age nor history holds for a reset
			if err := sambaReset(t, s, id, enough, false); err != nil {
				t.Errorf("%s: as many characters as it asks for: %v", p.Name, err)
			}
		}
	}
}

// Samba shows that there is such an entry, and nothing of it.
func sambaHiddenPSO(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	for _, p := range f.Policies {
		if !p.Demands.Others {
			continue
		}
		id := f.Fresh(t).Identifier
		if err := p.Apply(id); err != nil {
			t.Fatal(err)
		}
		pso := asRead(t, s, dnOf(t, &s.Server, "sAMAccountName", id), "msDS-ResultantPSO").GetAttributeValue("msDS-ResultantPSO")
		if pso == "" {
			t.Fatalf("%s: it cannot be known that it holds", p.Name)
		}
		if e := asRead(t, s, pso, "*"); e != nil && len(e.Attributes) > 0 {
			t.Errorf("%s: the service account reads %v", p.Name, e.Attributes)
		}
		if err := sambaReset(t, s, id, "Merle-Noir-2026", false); code(err) != ldap.LDAPResultConstraintViolation {
			t.Errorf("%s does not hold: %v", p.Name, err)
		}
	}
}

// R43: nothing but Moves changes, whatever state the person is in.
func sambaMoves(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	moved := map[string]bool{}
	for _, state := range []string{"", dirtest.BecomesLockedOut, dirtest.PasswordExpires} {
		id := f.Fresh(t).Identifier
		if state != "" {
			if err := f.Become[state](id); err != nil {
				t.Fatal(err)
			}
		}
		before := snapshot(t, f, id)
		if err := sambaReset(t, s, id, "Merle-Noir-2026", state == dirtest.BecomesLockedOut); err != nil {
			t.Fatal(err)
		}
		after := snapshot(t, f, id)
		for name := range merged(before, after) {
			if !slices.Equal(before[name], after[name]) {
				moved[name] = true
			}
		}
	}
	for name := range moved {
		if !slices.Contains(f.Moves, name) {
			t.Errorf("%s moves", name)
		}
	}
	for _, name := range f.Moves {
		if !moved[name] && name != "whenChanged" { // which counts seconds
			t.Errorf("%s does not move", name)
		}
	}
}

func merged(a, b map[string][]string) map[string][]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func sambaWrites(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	id := f.Fresh(t).Identifier
	for password, want := range map[string]int{"Merle-Noir-2026": 1, "kurz": 0} {
		before, err := f.Writes()
		if err != nil {
			t.Fatal(err)
		}
		_ = sambaReset(t, s, id, password, false)
		if after, err := f.Writes(); err != nil || after-before != want {
			t.Errorf("%q: %d writes, %v; want %d", password, after-before, err, want)
		}
	}
}

// What ssprd translates: the codes, and the numbers at the beginning of the texts.
func sambaRefusals(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	id := f.Fresh(t).Identifier
	for _, c := range []struct {
		name string
		err  error
		code uint16
		text string
	}{
		{"short", sambaReset(t, s, id, "Aa1!", false), ldap.LDAPResultConstraintViolation, "0000052D"},
		{"two kinds", sambaReset(t, s, id, "toutenminuscules", false), ldap.LDAPResultConstraintViolation, "0000052D"},
		{"no right", sambaReset(t, s, f.NoRight(t).Identifier, "Merle-Noir-2026", false), ldap.LDAPResultInsufficientAccessRights, ""},
		{"no right to unlock", sambaReset(t, s, f.NoRight(t).Identifier, "Merle-Noir-2026", true), ldap.LDAPResultInsufficientAccessRights, ""},
		{"gone", asService(t, &s.Server, func(conn *ldap.Conn) error {
			request := ldap.NewModifyRequest("CN=Personne,OU=Agents,"+s.BaseDN, nil)
			request.Replace("unicodePwd", []string{dirtest.UnicodePwd("Merle-Noir-2026")})
			return conn.Modify(request)
		}), ldap.LDAPResultNoSuchObject, "00002030"},
	} {
		if code(c.err) != c.code || !strings.Contains(c.err.Error(), c.text) {
			t.Errorf("%s: %v, want code %d and %q", c.name, c.err, c.code, c.text)
		}
	}
}

func sambaOdd(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	people := append(f.Odd(t), f.Odd(t)...)
	for _, p := range people {
		for i, attribute := range []string{"mail", "sAMAccountName"} {
			if dn, err := s.FindDN(attribute, p.Typed[i]); err != nil {
				t.Errorf("%s %q of %q: %v", attribute, p.Typed[i], dn, err)
			}
		}
		entry := asRead(t, s, dnOf(t, &s.Server, "sAMAccountName", p.Identifier), "extensionAttribute1", "otherMailbox", "displayName", "cn")
		mails := append(entry.GetAttributeValues("extensionAttribute1"), entry.GetAttributeValues("otherMailbox")...)
		if !slices.Equal(mails, p.Mails) {
			t.Errorf("%s has the addresses %q, want %q", p.Identifier, mails, p.Mails)
		}
		if p.Name != entry.GetAttributeValue("displayName") && p.Name != entry.GetAttributeValue("cn") {
			t.Errorf("%s is shown as %q", p.Identifier, p.Name)
		}
		if err := sambaReset(t, s, p.Identifier, "Merle-Noir-2026", false); err != nil {
			t.Errorf("%s: %v", p.Identifier, err)
		}
		if err := f.Bind(p.Identifier, "Merle-Noir-2026"); err != nil {
			t.Errorf("%s: %v", p.Identifier, err)
		}
	}
}

// All addresses are of the one server, and show a change at once; the global catalog takes none.
func sambaAddresses(t *testing.T, f dirtest.Fixture, s *dirtest.Samba) {
	id := f.Fresh(t).Identifier
	dn := dnOf(t, &s.Server, "sAMAccountName", id)
	password, err := s.ServicePassword()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range slices.Concat(f.Servers, f.Replicas, []string{f.ReadOnly}) {
		conn, err := ldap.DialURL(address, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots(t, s.CAFile)}))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.Bind(s.ServiceDN, password); err != nil {
			t.Fatal(err)
		}
		request := ldap.NewModifyRequest(dn, nil)
		request.Replace("unicodePwd", []string{dirtest.UnicodePwd("Merle-Noir-2026")})
		want := uint16(ldap.LDAPResultSuccess)
		if address == f.ReadOnly {
			want = ldap.LDAPResultUnwillingToPerform
		}
		if err := conn.Modify(request); code(err) != want {
			t.Errorf("%s: %v, want code %d", address, err, want)
		}
	}
}
