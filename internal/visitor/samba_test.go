package visitor_test

import (
	"errors"
	"testing"

	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
	"ssprd/internal/visitor"
)

func TestSamba(t *testing.T) {
	t.Parallel()
	s := dirtest.StartSamba(t)
	// The portal's own rules ask for 8, the domain for 12, which is told; what the service account cannot read asks for 16.
	err := errors.Join(s.SetMinPwdLength(12), s.AddPSO(dirtest.PSO{Name: hidden, Precedence: 1, MinLength: 16, Complex: true}))
	if err != nil {
		t.Fatal(err)
	}
	sambaPlace(t, s).play(t, append([]string{"active-directory", "told"}, common...)...)
}

// hidden names rules that only administrators can read.
const hidden = "illisible"

func sambaPlace(t *testing.T, s *dirtest.Samba) place {
	t.Helper()
	sink := mailtest.Start(t)
	region := portaltest.Region{Samba: s, Mail: sink, Address: portaltest.FreeAddress(t), More: quick}
	portaltest.Serve(t, region.URL(), region.Config(t))
	note, written := passwordNote(s)
	used := 0
	return place{
		World: visitor.World{
			URL: region.URL(), Mail: received(sink),
			Verbs: map[string]func(...string) error{"bind": binder("sAMAccountName", &s.Server), "note": note, "written": written},
			Words: map[string]string{
				"choice": "Je suis un agent du siège", "population": "agents-siege", "ask": "Renseignez votre adresse mail ou votre identifiant", "login": "https://mes-demarches.example.org/",
				"least": "12", "initial": dirtest.InitialPassword, "refused": "Marée-haute-4", "why": "L'annuaire n'a pas accepté ce mot de passe",
				"shared": dirtest.Accueil.Mail, "sharedname": "Karine B…", "sharedfull": dirtest.Accueil.DisplayName(),
				"sharedperson": dirtest.Accueil.UID, "sharedother": dirtest.Standard.UID,
				"protected": dirtest.Privileged.Mail, "protectedmail": dirtest.Privileged.Private,
			},
		},
		next: func(t *testing.T) person {
			t.Helper()
			used++
			p := dirtest.ExtraAgent(used)
			if err := errors.Join(s.AddAgent(p), s.ApplyPSO(hidden, p.DN(s.BaseDN))); err != nil {
				t.Fatal(err)
			}
			return person{typed: p.Mail, mail: p.Private, name: p.UID}
		},
	}
}

// passwordNote makes the verbs note and written: since note, unicodePwd was written, of which pwdLastSet is the trace
// (MS-SAMR 3.1.1.8.7: nobody can read unicodePwd itself), and userPassword, an attribute like any other here, was not.
func passwordNote(s *dirtest.Samba) (note, written func(...string) error) {
	var before string
	read := func(name string) (lastSet, plain string, err error) {
		dn, err := s.FindDN("sAMAccountName", name)
		if err != nil {
			return "", "", err
		}
		e, err := s.Entry(dn, "pwdLastSet", "userPassword")
		if err != nil {
			return "", "", err
		}
		return e.GetAttributeValue("pwdLastSet"), e.GetAttributeValue("userPassword"), nil
	}
	note = func(args ...string) (err error) { before, _, err = read(args[0]); return err }
	written = func(args ...string) error {
		after, plain, err := read(args[0])
		switch {
		case err != nil:
			return err
		case after == before || after == "0":
			return errors.New("pwdLastSet has not moved: it is " + after)
		case plain != "":
			return errors.New("userPassword was written")
		}
		return nil
	}
	return note, written
}
