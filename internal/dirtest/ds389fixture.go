package dirtest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

// everybodysRules are the policy of the fixture. passwordMinTokenLength is over its default of 3, with which the server
// finds a p00026 in every password that ends in 2026.
func everybodysRules() PasswordPolicy {
	return PasswordPolicy{
		"passwordCheckSyntax": "on", "passwordMinLength": "10", "passwordMinCategories": "2", "passwordMinTokenLength": "4",
		"passwordHistory": "on", "passwordInHistory": "3", "passwordExp": "on", "passwordMaxAge": "8640000",
		"passwordLockout": "on", "passwordMaxFailure": "3", "passwordTrackUpdateTime": "on",
	}
}

const ds389Trainees = "ou=stagiaires,ou=usagers," + ds389Base // who have rules of their own

// DS389Fixture starts a 389 Directory Server, and a read-only one, for the conformance suite. The population is
// `usagers`: base ou=usagers, filter (objectClass=inetOrgPerson), found by mail and uid, codes to mail, identifier uid,
// ProtectedFilter protected. The caller adds Open.
func DS389Fixture(t *testing.T) (Fixture, *DS389) {
	t.Helper()
	const people, crowd = 500, flow.MaxAccounts + 5
	s := StartDS389(t, DS389Options{Policy: everybodysRules(), Extra: people})
	h := ds389Hands{hands{server: &s.Server, attribute: "uid"}, s}
	f := h.fixture(func(t *testing.T, i int) Person {
		if i > people-crowd {
			t.Fatal("there are not enough people")
		}
		return Extra(i)
	})
	f.Server, f.Servers, f.ReadOnly = "389 DS", []string{s.URL}, s.StartReadOnly(t).URL
	f.Cannot = map[string]string{
		"serves: " + IsToldToChange:       "that is noted where a reset notes it, by the server alone",
		"refuses: " + BecomesExpired:      "an account has no end here, but in FreeIPA",
		"refuses: " + BecomesPrivileged:   "adminCount is Active Directory's",
		"refuses: " + BecomesSmartcard:    "SMARTCARD_REQUIRED is Active Directory's",
		"refuses: " + BecomesClosed:       "an account that an administrator has closed is a disabled one there",
		"a lock-out stays where it is to": "it ends with a change of the password by itself, whose count starts anew",
	}
	f.Shared, f.SharedBy = Gestion.Mail, []string{Gestion.UID, Intendance.UID}
	f.Nobody = map[string]string{
		"protected": Protected.Mail, "disabled": LockedForGood.Mail, "of another population": Helene.Mail,
		"an identifier of another population": Helene.UID, "a service account": "ssprd",
	}
	f.Refused = []Refusal{
		{"Court-26", []flow.Reason{flow.RefusedQuality}}, // it has one number for all that is wrong with a password's look
		{"toutenminuscules", []flow.Reason{flow.RefusedQuality}},
		{InitialPassword, []flow.Reason{flow.RefusedPolicy}}, // and none for the present password
	}
	f.Crowd = "foule@exemple.fr"
	for i := range crowd {
		if err := s.Replace(Extra(people-i).DN(ds389Base), "mail", f.Crowd); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.addTrainees(); err != nil {
		t.Fatal(err)
	}
	f.Odd, f.NoRight = h.odd, h.outsider
	f.Stamp, f.Snapshot, f.Moves = h.reader("userPassword"), h.snapshot, ds389Moves
	h.becomes(f.Become)
	f.LockedOut = h.lockedOut
	f.Policies = h.policies()
	f.Writes = s.Operations
	f.Group, f.Outer, f.Many = slapdGroup, slapdOuterGroup, "p0"
	f.Lasts, f.Locks = 100*24*time.Hour, time.Hour
	return f, s
}

// ds389Moves are the attributes that the server itself keeps of a password's age, its history and wrong sign-ins.
var ds389Moves = []string{
	"userPassword", "modifiersName", "modifyTimestamp", "passwordHistory", "pwdUpdateTime", "passwordExpirationTime",
	"passwordExpWarned", "passwordGraceUserTime", "passwordAllowChangeTime", "passwordRetryCount", "retryCountResetTime",
	"accountUnlockTime",
}

// addTrainees makes a unit of the population with rules of its own. Its people come from elsewhere.
func (s *DS389) addTrainees() error {
	unit := entry{ds389Trainees, map[string][]string{"objectClass": {"organizationalUnit"}}}
	if err := s.Admin(unit.add); err != nil {
		return err
	}
	return s.SetSubtreePolicy(ds389Trainees, PasswordPolicy{
		"passwordCheckSyntax": "on", "passwordMinLength": "14", "passwordMinCategories": "4", "passwordMinTokenLength": "4",
	})
}

// ds389Hands are hands that know the server's own attributes.
type ds389Hands struct {
	hands
	ds *DS389
}

func (h ds389Hands) becomes(become map[string]func(string) error) {
	become[BecomesProtected] = h.joiner(ds389Administrators)
	become[BecomesDisabled] = h.replacer("nsAccountLock", "true")
	become[MovesAway] = h.mover("ou=services," + ds389Base)
	become[PasswordExpires] = h.replacer("passwordExpirationTime", "20200101000000Z")
	become[BecomesLockedOut] = h.lockOut
	// Of resets by an ordinary account, these rules hold for those by the extended operation alone: after a modify of
	// userPassword the server asks for another change only if it was the directory manager's, or a password administrator's.
	become[BecomesForced] = h.ruled(PasswordPolicy{
		"passwordCheckSyntax": "on", "passwordMinLength": "10", "passwordMinTokenLength": "4", "passwordMustChange": "on",
	})
	become[BecomesTooYoung] = h.age
}

func (h ds389Hands) ruled(p PasswordPolicy) func(string) error {
	return func(identifier string) error {
		return h.with(identifier, func(dn string) error { return h.ds.SetUserPolicy(dn, p) })
	}
}

// age has the password changed today, under rules that let it be changed once a day.
func (h ds389Hands) age(identifier string) error {
	daily := h.ruled(PasswordPolicy{"passwordCheckSyntax": "on", "passwordMinLength": "10", "passwordMinTokenLength": "4", "passwordMinAge": "86400"})
	if err := daily(identifier); err != nil {
		return err
	}
	if err := h.replacer("userPassword", InitialPassword)(identifier); err != nil {
		return err
	}
	// The server answers first and writes from when the next change is taken afterwards.
	return h.ds.process.Await(func() error {
		from, err := h.value(identifier, "passwordAllowChangeTime")
		if err == nil && from == "" {
			err = fmt.Errorf("%s: no passwordAllowChangeTime", identifier)
		}
		return err
	})
}

func (h ds389Hands) lockOut(identifier string) error {
	return h.ds.process.Await(func() error {
		_ = h.bind(identifier, "faux")
		locked, err := h.lockedOut(identifier)
		if err == nil && !locked {
			err = fmt.Errorf("%s is not locked out", identifier)
		}
		return err
	})
}

// lockedOut judges as slapi_check_account_lock does (pw.c): by the count, and by the time unless it is that of for ever.
func (h ds389Hands) lockedOut(identifier string) (bool, error) {
	count, err := h.value(identifier, "passwordRetryCount")
	if err != nil || count == "" {
		return false, err
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 3 {
		return false, err
	}
	until, err := h.value(identifier, "accountUnlockTime")
	if err != nil || until == "" {
		return false, err
	}
	at, err := time.Parse("20060102150405Z", until)
	return at.Unix() == 0 || at.After(time.Now()), err
}

func (h ds389Hands) value(identifier, attribute string) (value string, err error) {
	err = h.with(identifier, func(dn string) error {
		e, err := h.server.Entry(dn, attribute)
		if err == nil {
			value = e.GetEqualFoldAttributeValue(attribute)
		}
		return err
	})
	return value, err
}

// policies are the kinds of rules that hold for a person: everybody's, a unit's (which come by Class of Service), the
// person's own. Rules of one's own that say nothing of a length are not without one (passwordMinLength, 8, and
// passwordMinCategories, 3).
func (h ds389Hands) policies() []Policy {
	names := []string{"the person's own"}
	return []Policy{
		{"everybody's", func(string) error { return nil }, policy.Demands{MinLength: 10, MinKinds: 2, Names: names, NameRuns: 4, History: 3}},
		{"a unit's", h.mover(ds389Trainees), policy.Demands{MinLength: 14, MinKinds: 4, Names: names, NameRuns: 4}},
		{"a person's", h.ruled(PasswordPolicy{
			"passwordCheckSyntax": "on", "passwordMinLength": "12", "passwordMinLowers": "2", "passwordMinUppers": "3",
			"passwordMinAlphas": "6", "passwordMinDigits": "2", "passwordMinSpecials": "1", "passwordMaxRepeats": "2",
			"passwordMinCategories": "4", "passwordMinTokenLength": "4",
		}), policy.Demands{
			MinLength: 12, MinLower: 2, MinUpper: 3, MinLetters: 6, MinDigits: 2, MinSymbols: 1, MaxRepeats: 2, MinKinds: 4,
			Names: names, NameRuns: 4,
		}},
		{"a person's, with what it leaves out", h.ruled(PasswordPolicy{"passwordCheckSyntax": "on"}),
			policy.Demands{MinLength: 8, MinKinds: 3, Names: names, NameRuns: 3}},
		{"a person's, that looks at nothing", h.ruled(PasswordPolicy{"passwordCheckSyntax": "off", "passwordMinLength": "20"}),
			policy.Demands{Others: true}}, // everybody's may hold instead, which the service account cannot see
	}
}

// outsider is a new person in a unit where the service account may write no password.
func (h ds389Hands) outsider(t *testing.T) Subject {
	t.Helper()
	return h.added(t, "Odile Texier", "ou=services", 1)
}

// odd are people whose names and addresses need care: what a DN has to escape (RFC 4514), several addresses, none.
func (h ds389Hands) odd(t *testing.T) []Subject {
	t.Helper()
	all := []Subject{h.added(t, "Sans Adresse", "ou=usagers", 0), h.added(t, "Deux Adresses", "ou=usagers", 3)}
	for _, name := range []string{
		"Nguyen, Thi Hoa", `Zoé "Zaza" Quéré`, "Pierre+Marie <x>; y=z", " Espace Devant", "#Dièse", `Contre\Oblique`,
		"Étoile (*) Filante",
	} {
		all = append(all, h.added(t, name, "ou=usagers", 1))
	}
	return all
}

// added makes a person with this name, and this number of addresses.
func (h ds389Hands) added(t *testing.T, name, unit string, addresses int) Subject {
	t.Helper()
	h.ds.added++
	s := Subject{Identifier: fmt.Sprintf("x%05d", h.ds.added), Name: name}
	for i := range addresses {
		s.Mails = append(s.Mails, fmt.Sprintf("%s.%d@exemple.fr", s.Identifier, i+1))
	}
	s.Typed = append(s.Typed, s.Identifier)
	person := entry{"cn=" + ldap.EscapeDN(name+" "+s.Identifier) + "," + unit + "," + ds389Base, map[string][]string{
		"objectClass": {"inetOrgPerson"}, "cn": {name + " " + s.Identifier}, "sn": {"Zyx"}, "displayName": {name},
		"uid": {s.Identifier}, "userPassword": {InitialPassword},
	}}
	if addresses > 0 {
		person.attributes["mail"], s.Mail = s.Mails, s.Mails[0]
		s.Typed = append(s.Mails, s.Typed...)
	}
	if addresses == 1 {
		s.Mails = nil
	}
	if err := h.server.Admin(person.add); err != nil {
		t.Fatal(err)
	}
	return s
}
