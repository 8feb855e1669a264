package mail_test

import (
	"os"
	"path/filepath"
	"testing"

	"ssprd/internal/mail"
	"ssprd/internal/want/wanttest"
)

func valid() mail.Config {
	c := mail.Defaults()
	c.Server = "smtp://smtp.example.org:587"
	c.From = "Région Nouvelle-Aquitaine <ne-pas-repondre@example.org>"
	return c
}

// R29: no mail without TLS but on this machine.
func TestConfigCheckServer(t *testing.T) {
	for server, want := range map[string][]string{
		"smtp://smtp.example.org":              nil,
		"smtps://smtp.example.org:465":         nil,
		"smtp+plain://127.0.0.1:1025":          nil,
		"smtp+plain://[::1]:1025":              nil,
		"smtp+plain://localhost:1025":          nil,
		"smtp+plain://smtp.example.org":        {`server: "smtp+plain://smtp.example.org": wanted smtps:// or smtp://`},
		"smtp+plain://localhost.example.org":   {`server: "smtp+plain://localhost.example.org": wanted smtps://`},
		"smtp://user:Canary@smtp.example.org":  {"server: wanted smtps://HOST, smtp://HOST or smtp+plain://HOST"},
		"smtp://smtp.example.org:587/mail?a=b": {"server: "},
		"smtp://smtp.example.org:99999":        {"server: "},
		"smtp.example.org:587":                 {"server: "},
		"":                                     {"server: missing: "},
	} {
		t.Run(server, func(t *testing.T) {
			c := valid()
			c.Server = server
			wanttest.Expect(t, c.Check, want...)
		})
	}
}

func TestConfigCheck(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("Canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*mail.Config)
		want   []string
	}{
		"with password":    {func(c *mail.Config) { c.Username, c.PasswordFile = "ssprd", password }, nil},
		"name alone":       {func(c *mail.Config) { c.Username = "ssprd" }, []string{"password_file: missing"}},
		"password alone":   {func(c *mail.Config) { c.PasswordFile = password }, []string{"username: missing"}},
		"no such password": {func(c *mail.Config) { c.Username, c.PasswordFile = "s", password+"x" }, []string{"password_file: \""}},
		"not a CA":         {func(c *mail.Config) { c.CAFile = password }, []string{"ca_file: "}},
		"no sender":        {func(c *mail.Config) { c.From = "" }, []string{"from: missing"}},
		"no address":       {func(c *mail.Config) { c.From = "Région" }, []string{`from: "Région": wanted a mail address`}},
		"injection":        {func(c *mail.Config) { c.From = "a@example.org\r\nBcc: b@example.org" }, []string{"from: "}},
		"no time":          {func(c *mail.Config) { c.Timeout = 0 }, []string{"timeout: 0s: wanted 1ms to 5m"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := valid()
			tt.change(&c)
			wanttest.Expect(t, c.Check, tt.want...)
		})
	}
}
