package demo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo"
)

func TestBind(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	tests := []struct {
		name, dn, password string
		want               uint16
	}{
		{"a person", camille, demo.InitialPassword, ldap.LDAPResultSuccess},
		{"the name in other letters", "UID=Camille.Durand, OU=usagers,DC=region,DC=example", demo.InitialPassword, ldap.LDAPResultSuccess},
		{"wrong", camille, "Ancien-2025-passe", ldap.LDAPResultInvalidCredentials},
		{"nobody", "uid=personne,ou=usagers,dc=region,dc=example", demo.InitialPassword, ldap.LDAPResultInvalidCredentials},
		{"no name", "camille", demo.InitialPassword, ldap.LDAPResultInvalidCredentials},
		{"an entry without a password", "ou=usagers,dc=region,dc=example", "x", ldap.LDAPResultInvalidCredentials},
		{"closed account", ines, demo.InitialPassword, ldap.LDAPResultInvalidCredentials},
		{"the service account, wrong", demo.ServiceDN, demo.InitialPassword, ldap.LDAPResultInvalidCredentials},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := dial(t, w, w.Directory.Primary()).Bind(test.dn, test.password)
			if err == nil != (test.want == ldap.LDAPResultSuccess) || err != nil && !ldap.IsErrorWithCode(err, test.want) {
				t.Errorf("got %v, want result %d", err, test.want)
			}
		})
	}
	// A name without a password proves nothing (RFC 4513 section 5.1.2).
	if err := dial(t, w, w.Directory.Primary()).UnauthenticatedBind(camille); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Errorf("bind without a password: %v", err)
	}
}

func TestRootDSE(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := dial(t, w, w.Directory.Primary()) // before any bind
	e := read(t, c, "", "supportedExtension", "supportedControl", "namingContexts", "vendorName")
	for name, want := range map[string]string{
		"supportedExtension": "1.3.6.1.4.1.4203.1.11.1", "supportedControl": ldap.ControlTypeBeheraPasswordPolicy,
		"namingContexts": "dc=region,dc=example", "vendorName": "ssprd demo",
	} {
		if got := e.GetAttributeValues(name); !slices.Equal(got, []string{want}) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if e := read(t, c, ""); len(e.Attributes) != 1 || e.Attributes[0].Name != "objectClass" {
		t.Errorf("without being asked it shows %v", e.Attributes)
	}
}

func TestAttributesAskedFor(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	user := []string{"cn", "displayName", "givenName", "mail", "objectClass", "sn", "uid"}
	operational := []string{"entryCSN", "entryDN", "entryUUID"}
	tests := []struct{ asked, want []string }{
		{nil, user},
		{[]string{"*"}, user},
		{[]string{"1.1"}, nil},
		{[]string{"+"}, operational},
		{[]string{"MAIL", "entryuuid", "nonsense"}, []string{"entryUUID", "mail"}},
		{[]string{"*", "entryCSN"}, append([]string{"entryCSN"}, user...)},
	}
	for _, test := range tests {
		var got []string
		for _, a := range read(t, c, camille, test.asked...).Attributes {
			got = append(got, a.Name)
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("asked for %q: got %q, want %q", test.asked, got, test.want)
		}
	}
}

func TestScopeAndLimits(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	const all = "(objectClass=*)"
	usagers := len(search(t, c, "ou=usagers,dc=region,dc=example", ldap.ScopeSingleLevel, all))
	if n := len(search(t, c, "ou=usagers,dc=region,dc=example", ldap.ScopeWholeSubtree, all)); n != usagers+1 {
		t.Errorf("subtree has %d, one level %d: the base should be the difference", n, usagers)
	}
	if n := len(search(t, c, "OU=Usagers,DC=region,DC=example", ldap.ScopeBaseObject, all)); n != 1 {
		t.Errorf("base has %d", n)
	}
	if n := len(search(t, c, "dc=region,dc=example", ldap.ScopeSingleLevel, "(mail=*)")); n != 0 {
		t.Errorf("people right under the root: %d", n)
	}
	found, err := c.Search(ldap.NewSearchRequest("dc=region,dc=example", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 5, 0, false, "(mail=*)", nil, nil))
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || len(found.Entries) != 5 {
		t.Errorf("limit of 5: %v and %d entries", err, len(found.Entries))
	}
	for base, code := range map[string]uint16{"ou=nulle,dc=region,dc=example": ldap.LDAPResultNoSuchObject, "nulle part": ldap.LDAPResultInvalidDNSyntax} {
		_, err := c.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, all, nil, nil))
		if !ldap.IsErrorWithCode(err, code) {
			t.Errorf("%q: got %v, want result %d", base, err, code)
		}
	}
}

func TestFilters(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	is := read(t, c, camille, "entryUUID", "entryCSN")
	uuid, stamp := is.GetAttributeValue("entryUUID"), is.GetAttributeValue("entryCSN")
	tests := []struct {
		filter string
		want   bool // of Camille Durand
	}{
		{"(mail=camille.durand@mail.example)", true},
		{"(MAIL=Camille.Durand@MAIL.example)", true},
		{"(mail=camille.durand@mail.example.)", false},
		{"(mail=camille*@*.example)", true},
		{"(mail=*durand*)", true},
		{"(mail=*example)", true},
		{"(mail=durand*)", false},
		{"(mail=*camille)", false},
		{"(mail=camille.durand@mail.example*camille*)", false},
		{"(mail=*)", true},
		{"(telephoneNumber=*)", false},
		{"(cn= camille   durand )", true},
		{"(cn~=CAMILLE DURAND)", true},
		{"(objectclass=INETORGPERSON)", true},
		{"(&(objectClass=person)(uid=camille.durand))", true},
		{"(&(objectClass=person)(uid=autre))", false},
		{"(|(uid=autre)(mail=camille.durand@mail.example))", true},
		{"(|(uid=autre)(mail=autre@mail.example))", false},
		{"(!(uid=autre))", true},
		{"(!(uid=camille.durand))", false},
		{"(&)", true},  // RFC 4526
		{"(|)", false}, // RFC 4526
		{"(entryUUID=" + uuid + ")", true},
		{"(entryUUID=00000000-0000-4000-8000-000000000000)", false},
		{"(entryCSN>=" + stamp + ")", true},
		{"(entryCSN<=" + stamp + ")", true},
		{"(entryCSN>=9" + stamp[1:] + ")", false},
		{"(entryCSN<=1" + stamp[1:] + ")", false},
		{"(memberOf=*)", false},
		{"(cn:caseExactMatch:=Camille Durand)", false},
		// R8: what a person types is a value, escaped, and no filter.
		{"(mail=" + ldap.EscapeFilter("*") + ")", false},
		{"(mail=" + ldap.EscapeFilter("*)(uid=*") + ")", false},
		{"(mail=" + ldap.EscapeFilter("camille.durand@mail.example\x00") + ")", false},
	}
	for _, test := range tests {
		if got := len(search(t, c, camille, ldap.ScopeBaseObject, test.filter, "1.1")) == 1; got != test.want {
			t.Errorf("%s: %v, want %v", test.filter, got, test.want)
		}
	}
}

// R4: text beyond ASCII is never folded into an address: here with the Kelvin sign, which is a k in small letters.
func TestAddressesAreNotFolded(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	for filter, want := range map[string]int{
		"(mail=Karim.haddad@mail.example)":      1,
		"(mail=\u212aarim.haddad@mail.example)": 0,
		"(mail=Karim.h*)":                       1,
		"(mail=\u212aarim.h*)":                  0,
		"(mail=*@mail.example\u212a)":           0,
		"(cn=\u212aarim Haddad)":                1, // a name is no address: caseIgnoreMatch folds it
	} {
		if n := len(search(t, c, "ou=usagers,dc=region,dc=example", ldap.ScopeSingleLevel, filter, "1.1")); n != want {
			t.Errorf("%q: %d, want %d", filter, n, want)
		}
	}
}

// Names compare as names, whatever their spaces and letters.
func TestFilterByName(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	found := search(t, c, "dc=region,dc=example", ldap.ScopeWholeSubtree, "(memberOf=CN=Administrateurs, OU=groupes,DC=region,DC=example)", "uid")
	if len(found) != 1 || found[0].GetAttributeValue("uid") != "noe.fabre" {
		t.Errorf("members: %v", found)
	}
}

func TestPasswordModify(t *testing.T) {
	tests := []struct {
		name, dn, old, new string
		want               uint16
	}{
		{"reset", camille, "", "Nouveau-2026-Passe", ldap.LDAPResultSuccess},
		{"with the right old one", camille, demo.InitialPassword, "Nouveau-2026-Passe", ldap.LDAPResultSuccess},
		{"with a wrong old one", camille, "faux", "Nouveau-2026-Passe", ldap.LDAPResultUnwillingToPerform},
		{"seven bytes", camille, "", "Court-2", ldap.LDAPResultConstraintViolation},
		{"eight bytes in five characters", camille, "", "ééé12", ldap.LDAPResultSuccess},
		{"the present one", camille, "", demo.InitialPassword, ldap.LDAPResultConstraintViolation},
		{"none", camille, "", "", ldap.LDAPResultUnwillingToPerform},
		{"nobody", "uid=personne,ou=usagers,dc=region,dc=example", "", "Nouveau-2026-Passe", ldap.LDAPResultNoSuchObject},
		{"no name", "camille", "", "Nouveau-2026-Passe", ldap.LDAPResultInvalidDNSyntax},
		{"an entry without a password", "ou=usagers,dc=region,dc=example", "", "Nouveau-2026-Passe", ldap.LDAPResultObjectClassViolation},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := startWorld(t, t.TempDir(), fast)
			c := service(t, w, w.Directory.Primary())
			_, err := c.PasswordModify(ldap.NewPasswordModifyRequest(test.dn, test.old, test.new))
			if test.want != ldap.LDAPResultSuccess {
				if !ldap.IsErrorWithCode(err, test.want) {
					t.Errorf("got %v, want result %d", err, test.want)
				}
				if !signsIn(t, w, w.Directory.Primary(), camille, demo.InitialPassword) {
					t.Error("the old password is gone after a refusal")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if signsIn(t, w, w.Directory.Primary(), camille, demo.InitialPassword) || !signsIn(t, w, w.Directory.Primary(), camille, test.new) {
				t.Error("the new password is not the password")
			}
		})
	}
}

// The last three passwords are refused, the one before them is free again; the reason is that of the ppolicy control.
func TestHistory(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	password := func(i int) string { return fmt.Sprintf("Passe-numero-%d", i) }
	for i := range 4 {
		if _, err := reset(c, camille, password(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		if policy, err := reset(c, camille, password(i)); !ldap.IsErrorWithCode(err, ldap.LDAPResultConstraintViolation) || policy != ldap.BeheraPasswordInHistory {
			t.Errorf("password %d again: %v, policy %d", i, err, policy)
		}
	}
	if policy, err := reset(c, camille, "court"); !ldap.IsErrorWithCode(err, ldap.LDAPResultConstraintViolation) || policy != ldap.BeheraPasswordTooShort {
		t.Errorf("too short: %v, policy %d", err, policy)
	}
	if _, err := reset(c, camille, demo.InitialPassword); err != nil {
		t.Errorf("the fourth before: %v", err)
	}
}

// R45: a change leaves its marks, by which it can be found out: they only ever grow.
func TestMarks(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	marks := func() *ldap.Entry { return read(t, c, camille, "pwdChangedTime", "entryCSN", "entryUUID") }
	before := marks()
	if before.GetAttributeValue("pwdChangedTime") != "" {
		t.Error("a password that was loaded has a time of change")
	}
	for i := range 3 {
		if _, err := reset(c, camille, fmt.Sprintf("Passe-numero-%d", i)); err != nil {
			t.Fatal(err)
		}
		after := marks()
		if after.GetAttributeValue("entryCSN") <= before.GetAttributeValue("entryCSN") || after.GetAttributeValue("pwdChangedTime") == "" {
			t.Errorf("change %d: %v after %v", i, after, before)
		}
		if after.GetAttributeValue("entryUUID") != before.GetAttributeValue("entryUUID") {
			t.Error("the entry has another lasting name")
		}
		before = after
	}
}

// As in slapd, a write ends a lock-out: it is ssprd that must not write where an administrator closed the account.
func TestWriteEndsTheLock(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	if got := read(t, c, ines, "pwdAccountLockedTime").GetAttributeValue("pwdAccountLockedTime"); got != "000001010000Z" {
		t.Fatalf("locked since %q", got)
	}
	if _, err := reset(c, ines, "Nouveau-2026-Passe"); err != nil {
		t.Fatal(err)
	}
	if !signsIn(t, w, w.Directory.Primary(), ines, "Nouveau-2026-Passe") {
		t.Error("still closed")
	}
}

func TestReplica(t *testing.T) {
	opts := fast
	opts.ReplicaDelay = 300 * time.Millisecond
	w := startWorld(t, t.TempDir(), opts)
	primary, replica := service(t, w, w.Directory.Primary()), service(t, w, w.Directory.Replica())
	begun := time.Now()
	if _, err := reset(primary, camille, "Nouveau-2026-Passe"); err != nil {
		t.Fatal(err)
	}
	csn := read(t, primary, camille, "entryCSN").GetAttributeValue("entryCSN")
	within(t, "the change arrives", func() bool { return read(t, replica, camille, "entryCSN").GetAttributeValue("entryCSN") == csn })
	if late := time.Since(begun); late < opts.ReplicaDelay {
		t.Errorf("the replica has the change after %v already", late)
	}
	if !signsIn(t, w, w.Directory.Replica(), camille, "Nouveau-2026-Passe") {
		t.Error("the replica refuses the new password")
	}
	if _, err := reset(replica, camille, "Encore-2026-Passe"); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Errorf("write to the replica: %v", err)
	}
}

// Changes of many people at once are all made, once each, and all arrive.
func TestParallelChanges(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	people := search(t, c, "ou=usagers,dc=region,dc=example", ldap.ScopeSingleLevel, "(mail=*)", "1.1")
	var work sync.WaitGroup
	for _, p := range people {
		work.Go(func() {
			if _, err := reset(c, p.DN, "Nouveau-2026-Passe"); err != nil {
				t.Errorf("%s: %v", p.DN, err)
			}
		})
	}
	work.Wait()
	replica := service(t, w, w.Directory.Replica())
	within(t, "all changes arrive", func() bool {
		return len(search(t, replica, "ou=usagers,dc=region,dc=example", ldap.ScopeSingleLevel, "(pwdChangedTime=*)", "1.1")) == len(people)
	})
}

func TestPasswordsOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	w := startWorld(t, dir, fast)
	c := service(t, w, w.Directory.Primary())
	if _, err := reset(c, camille, "Nouveau-2026-Passe"); err != nil {
		t.Fatal(err)
	}
	before := read(t, c, camille, "*", "+")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = startWorld(t, dir, fast)
	for _, url := range []string{w.Directory.Primary(), w.Directory.Replica()} {
		if !signsIn(t, w, url, camille, "Nouveau-2026-Passe") {
			t.Errorf("%s has forgotten the password", url)
		}
	}
	c = service(t, w, w.Directory.Primary())
	if after := read(t, c, camille, "*", "+"); fmt.Sprint(attributes(after)) != fmt.Sprint(attributes(before)) {
		t.Errorf("after the restart %v, before %v", attributes(after), attributes(before))
	}
	if policy, _ := reset(c, camille, demo.InitialPassword); policy != ldap.BeheraPasswordInHistory {
		t.Error("the history is forgotten")
	}
}

func attributes(e *ldap.Entry) map[string][]string {
	m := map[string][]string{}
	for _, a := range e.Attributes {
		m[a.Name] = a.Values
	}
	return m
}

// A change that cannot be written down is refused, and nobody ever sees it.
func TestNothingChangesThatCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	w := startWorld(t, dir, fast)
	c := service(t, w, w.Directory.Primary())
	if err := os.Remove(filepath.Join(dir, "people.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "people.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := reset(c, camille, "Nouveau-2026-Passe"); !ldap.IsErrorWithCode(err, ldap.LDAPResultOther) {
		t.Errorf("got %v, want other", err)
	}
	if !signsIn(t, w, w.Directory.Primary(), camille, demo.InitialPassword) {
		t.Error("the password has changed all the same")
	}
}

func TestDamagedPeopleAreReported(t *testing.T) {
	for name, content := range map[string]string{"cut": `[{"dn":"dc=reg`, "no name": `[{"dn":"region"}]`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "people.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if w, err := demo.Start(dir, discard, fast); err == nil {
			_ = w.Close()
			t.Errorf("%s: started", name)
		}
	}
}
