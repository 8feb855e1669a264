package visitor_test

import (
	"fmt"
	"testing"

	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
	"ssprd/internal/visitor"
)

// quick lets the tests come as often as they like, and ask for a second code soon.
const quick = `limits: {starts_per_address: 10000/1m, starts_per_network: 10000/1m}
code: {resend_after: 1s}
`

// slapds are an OpenLDAP server whose policy is stricter than the portal's rules, perhaps its follower, and a mail server.
type slapds struct {
	primary, replica *dirtest.Slapd
	sink             *mailtest.Sink
	used             int // people
}

func startSlapds(t *testing.T, replica bool) *slapds {
	t.Helper()
	s := &slapds{sink: mailtest.Start(t), primary: dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 3, Extra: 60})}
	if replica {
		s.replica = s.primary.StartReplica(t)
	}
	return s
}

// portal starts a portal over the servers.
func (s *slapds) portal(t *testing.T, wait, more string) place {
	t.Helper()
	region := portaltest.Region{
		Slapd: s.primary, Replica: s.replica, Mail: s.sink, Address: portaltest.FreeAddress(t), Wait: wait, More: more,
	}
	portaltest.Serve(t, region.URL(), region.Config(t))
	count, writes := writeCounter(s.primary)
	servers := []*dirtest.Server{&s.primary.Server}
	if s.replica != nil {
		servers = append(servers, &s.replica.Server)
	}
	return place{
		World: visitor.World{
			URL: region.URL(), Mail: received(s.sink), Verbs: map[string]func(...string) error{
				"bind": binder("uid", servers...), "primary": binder("uid", &s.primary.Server),
				"count": count, "writes": writes, "do": does(s.deeds()), "become": s.become,
			},
			Words: map[string]string{
				"choice": "Je suis un usager", "population": "usagers", "ask": "Renseignez votre adresse mail ou votre identifiant", "login": "https://mes-demarches.example.org/",
				"initial": dirtest.InitialPassword, "refused": dirtest.InitialPassword, "why": "Vous avez déjà utilisé ce mot de passe.",
				"shared": dirtest.Gestion.Mail, "sharedname": "Nadège P…", "sharedfull": dirtest.Gestion.DisplayName(),
				"sharedperson": dirtest.Gestion.UID, "sharedother": dirtest.Intendance.UID,
				"protected": dirtest.Protected.Mail, "protectedmail": dirtest.Protected.Mail,
			},
		},
		next: func(t *testing.T) person {
			s.used++
			p := dirtest.Extra(s.used)
			return person{typed: p.Mail, mail: p.Mail, name: p.UID}
		},
	}
}

// deeds are what a script can have done to the servers.
func (s *slapds) deeds() map[string]func() error {
	deeds := map[string]func() error{
		"stop directory": func() error { s.primary.Stop(); return nil }, "start directory": s.primary.Restart,
		"stop mail": func() error { s.sink.Stop(); return nil }, "start mail": func() error { s.sink.Restart(); return nil },
	}
	if s.replica != nil {
		deeds["pause replica"], deeds["resume replica"] = s.replica.Pause, s.replica.Resume
		deeds["stop replica"], deeds["start replica"] = func() error { s.replica.Stop(); return nil }, s.replica.Restart
	}
	return deeds
}

// become is a verb: become PERSON STATE.
func (s *slapds) become(args ...string) error {
	dn, err := s.primary.FindDN("uid", args[0])
	if err != nil {
		return err
	}
	switch args[1] {
	case "young":
		return s.primary.KeepPassword(dn)
	case "locked":
		return s.primary.LockOut(dn)
	case "strict":
		return s.primary.GivePolicy(dn, dirtest.StrictPolicy)
	case "closed":
		return s.primary.Replace(dn, "pwdAccountLockedTime", "000001010000Z")
	}
	return fmt.Errorf("nobody becomes %s", args[1])
}

func TestSlapd(t *testing.T) {
	t.Parallel()
	s := startSlapds(t, true)
	s.portal(t, "", quick).play(t, append([]string{"resend", "short", "twice", "replica", "return", "stopped", "young", "locked", "rules", "gone"}, common...)...)
	s.portal(t, "2s", quick).play(t, "late")
}

// What ends by time has a portal of its own, with short times.
func TestExpired(t *testing.T) {
	t.Parallel()
	const short = "code: {resend_after: 1s, lifetime: 4s}\n"
	startSlapds(t, false).portal(t, "", short).play(t, "expired")
}

// R33: servers that are down when the portal starts, or go down under it, are waited for.
func TestServersDown(t *testing.T) {
	t.Parallel()
	s := startSlapds(t, false)
	s.primary.Stop()
	s.portal(t, "", quick).play(t, "directory-down", "mail-down")
}
