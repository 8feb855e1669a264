package visitor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
	"ssprd/internal/visitor"
)

// What `ssprd init` writes leads to a first reset: docs/start.md does no more than this, with the servers' own names.
func TestInitial(t *testing.T) {
	t.Parallel()
	s, sink, dir := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, Extra: 3}), mailtest.Start(t), t.TempDir()
	address := portaltest.FreeAddress(t)
	file := filepath.Join(dir, "config.yaml")
	program := portaltest.Program(t)
	if _, err := child.Run(program, "init", "--kind", "openldap", "--server", s.URL, "--base", "ou=usagers,"+s.BaseDN,
		"--bind-dn", s.ServiceDN, "--output", file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	replace := []string{
		"https://password.example.org", "http://" + address, "https://www.example.org/", "https://mes-demarches.example.org/",
		"name: Password reset ", "name: " + words["portal"] + " ",
		"smtp://smtp.example.org:587", sink.URL(), "/etc/ssprd/ca.pem", s.CAFile, "/etc/ssprd/ldap.password", s.ServicePasswordFile,
		"/var/lib/ssprd", dir, "/var/log/ssprd", dir, "127.0.0.1:8080", address, "127.0.0.1:9090", portaltest.FreeAddress(t),
	}
	config := strings.NewReplacer(replace...).Replace(string(text))
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	portaltest.ServeFile(t, "http://"+address, address, file)
	someone := dirtest.Extra(1)
	place{
		World: visitor.World{
			URL: "http://" + address, Mail: received(sink),
			Verbs: map[string]func(...string) error{"bind": binder("uid", &s.Server)},
			Words: map[string]string{
				"choice": "J’ai un compte", "ask": "Renseignez votre adresse mail ou votre identifiant", "login": "https://mes-demarches.example.org/",
				"initial": dirtest.InitialPassword, "least": "12",
			},
		},
		next: func(*testing.T) person { return person{typed: someone.Mail, mail: someone.Mail, name: someone.UID} },
	}.play(t, "whole")
}
