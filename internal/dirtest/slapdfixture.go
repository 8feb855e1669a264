package dirtest

import (
	"errors"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

// slapdUsers is the unit of the population under test.
const slapdUsers = "ou=usagers," + slapdBase

// slapdMoves are the attributes that a reset may move: the password and what ppolicy keeps of it, and what slapd notes
// of any change.
var slapdMoves = []string{
	"userPassword", "pwdChangedTime", "pwdHistory", "pwdReset", "pwdGraceUseTime", "pwdFailureTime", "pwdAccountLockedTime",
	"entryCSN", "modifyTimestamp", "modifiersName",
}

// SlapdFixture starts an OpenLDAP server and two followers for the conformance suite. The population is `usagers`: base
// ou=usagers, filter (objectClass=inetOrgPerson), found by mail and uid, codes to mail, identifier uid, ProtectedFilter
// protected. It gives the server and the first follower back as well, which is the one that can lag; of the two only the
// other one has no referral. The caller adds Open.
func SlapdFixture(t *testing.T) (Fixture, *Slapd, *Slapd) {
	t.Helper()
	const people, crowd = 500, flow.MaxAccounts + 5
	s := StartSlapd(t, SlapdOptions{MinLength: 10, InHistory: 3, MustChange: true, Extra: people})
	follower, mute := s.StartReplica(t), s.StartReadOnly(t)
	h := hands{server: &s.Server, attribute: "uid"}
	f := h.fixture(func(t *testing.T, i int) Person {
		if i > people-crowd {
			t.Fatal("there are not enough people")
		}
		return Extra(i)
	})
	f.Server = "OpenLDAP"
	f.Servers, f.Replicas, f.ReadOnly = []string{s.URL}, []string{follower.URL, mute.URL}, mute.URL
	f.Lag, f.CatchUp = follower.Pause, follower.Resume
	f.Stamp, f.Snapshot, f.Moves = h.reader("userPassword"), h.snapshot, slapdMoves
	f.Writes = s.Operations
	f.Group, f.Outer, f.Many = slapdGroup, slapdOuterGroup, "p0"
	s.populate(t, &f, people, crowd)
	s.states(&f, h)
	s.rules(&f, h)
	f.Cannot = map[string]string{
		"refuses: privileged":             "adminCount is Active Directory's",
		"refuses: smartcard only":         "SMARTCARD_REQUIRED is Active Directory's",
		"a lock-out stays where it is to": "ppolicy ends a lock-out with every change of the password by itself",
	}
	return f, s, follower
}

// populate tells whom there is to find, and makes the crowd of the last people.
func (s *Slapd) populate(t *testing.T, f *Fixture, people, crowd int) {
	t.Helper()
	f.Shared, f.SharedBy = Gestion.Mail, []string{Gestion.UID, Intendance.UID}
	f.Nobody = map[string]string{
		"protected": Protected.Mail, "locked for good": LockedForGood.Mail, "of another population": Helene.Mail,
		"an identifier of another population": Helene.UID, "a service account": "ssprd",
	}
	f.Crowd = "foule@exemple.fr"
	for i := range crowd {
		if err := s.Replace(Extra(people-i).DN(slapdBase), "mail", f.Crowd); err != nil {
			t.Fatal(err)
		}
	}
	f.NoRight = func(*testing.T) Subject { return Outsider.subject() }
	next := 0
	f.Odd = func(t *testing.T) []Subject {
		t.Helper()
		next++
		subjects, err := s.addOdd(next)
		if err != nil {
			t.Fatal(err)
		}
		return subjects
	}
}

// addOdd makes the people of that number whose names need care.
func (s *Slapd) addOdd(number int) ([]Subject, error) {
	var subjects []Subject
	err := s.Admin(func(conn *ldap.Conn) error {
		for _, o := range odds {
			o = o.numbered(number)
			if err := conn.Add(o.inetOrgPerson(slapdUsers, ssha(InitialPassword))); err != nil {
				return errors.Join(errors.New(o.name), err)
			}
			subjects = append(subjects, o.subject())
		}
		return nil
	})
	return subjects, err
}

// states tells what can become of a person.
func (s *Slapd) states(f *Fixture, h hands) {
	f.Become[BecomesProtected] = h.joiner("cn=administrateurs,ou=groupes," + slapdBase)
	f.Become[BecomesClosed] = h.replacer("pwdAccountLockedTime", lockedForGood)
	f.Become[BecomesExpired] = h.replacer("pwdEndTime", "20200101000000Z")
	f.Become[BecomesDisabled] = h.replacer("pwdStartTime", "20990101000000Z")
	f.Become[MovesAway] = h.mover("ou=services," + slapdBase)

	f.Become[BecomesLockedOut] = h.doer(s.LockOut)
	f.Become[PasswordExpires] = h.doer(s.ExpirePassword)
	f.Become[IsToldToChange] = h.replacer("pwdReset", "TRUE")
	f.Become[BecomesTooYoung] = h.doer(s.KeepPassword)
	f.Become[BecomesForced] = h.replacer("pwdPolicySubentry", ForcedPolicy)
	f.LockedOut = func(identifier string) (locked bool, err error) {
		err = h.with(identifier, func(dn string) (err error) {
			locked, err = s.LockedOut(dn)
			return err
		})
		return locked, err
	}
}

// rules tells what the server demands of whom.
func (s *Slapd) rules(f *Fixture, h hands) {
	strict := ownPolicies["exigeant"]
	f.Refused = []Refusal{
		{"Court-26", []flow.Reason{flow.RefusedShort}},
		{InitialPassword, []flow.Reason{flow.RefusedHistory}},
	}
	f.Policies = []Policy{
		{"the default", func(string) error { return nil }, policy.Demands{MinLength: s.options.MinLength, Unit: policy.Bytes, History: s.options.InHistory}},
		{"a policy of its own", h.replacer("pwdPolicySubentry", StrictPolicy),
			policy.Demands{MinLength: strict.MinLength, MaxLength: strict.MaxLength, Unit: policy.Bytes}},
	}
}
