package ldapx_test

import (
	"os"
	"path/filepath"
	"testing"

	"ssprd/internal/ldapx"
	"ssprd/internal/want/wanttest"
)

func validConfig(t *testing.T) ldapx.Config {
	t.Helper()
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("Canary\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	c := ldapx.Defaults()
	c.Name, c.Kind = "region", ldapx.OpenLDAP
	c.Servers = []string{"ldaps://ldap1.example.org"}
	c.BindDN, c.BindPasswordFile = "cn=ssprd,dc=example,dc=org", password
	return c
}

// R40, R60: no clear LDAP but on this machine, and none at all for Active Directory.
func TestConfigCheckAddress(t *testing.T) {
	const clear, ad = `: wanted ldaps://, or start_tls: true: without TLS`, `: wanted ldaps://, or start_tls: true, for active-directory`
	for _, tt := range []struct {
		address  string
		kind     string
		startTLS bool
		want     []string
	}{
		{"ldaps://ldap1.example.org", ldapx.OpenLDAP, false, nil},
		{"ldaps://ldap1.example.org:3269/", ldapx.ActiveDirectory, false, nil},
		{"ldap://ldap1.example.org", ldapx.OpenLDAP, true, nil},
		{"ldap://dc1.example.org", ldapx.ActiveDirectory, true, nil},
		{"ldap://127.0.0.1:389", ldapx.OpenLDAP, false, nil},
		{"ldap://127.8.9.1", ldapx.OpenLDAP, false, nil},
		{"ldap://[::1]:389", ldapx.OpenLDAP, false, nil},
		{"ldap://[::ffff:127.0.0.1]", ldapx.OpenLDAP, false, nil},
		{"ldap://LOCALHOST", ldapx.OpenLDAP, false, nil},
		{"ldap://ldap1.example.org", ldapx.OpenLDAP, false, []string{`servers[0]: "ldap://ldap1.example.org"` + clear}},
		{"ldap://10.0.0.1", ldapx.OpenLDAP, false, []string{`servers[0]: "ldap://10.0.0.1"` + clear}},
		{"ldap://0.0.0.0", ldapx.OpenLDAP, false, []string{`servers[0]: "ldap://0.0.0.0"` + clear}},
		{"ldap://localhost.example.org", ldapx.OpenLDAP, false, []string{`servers[0]: "ldap://localhost.example.org"` + clear}},
		{"ldap://127.0.0.1", ldapx.ActiveDirectory, false, []string{`servers[0]: "ldap://127.0.0.1"` + ad}},
		{"ldap1.example.org", ldapx.OpenLDAP, true, []string{"servers[0]: "}},
		{"ldapi:///run/ldapi", ldapx.OpenLDAP, true, []string{"servers[0]: "}},
		{"ldaps://ldap1.example.org/dc=example?uid", ldapx.OpenLDAP, false, []string{"servers[0]: "}},
		{"ldaps://", ldapx.OpenLDAP, false, []string{"servers[0]: "}},
		{"ldaps://:636", ldapx.OpenLDAP, false, []string{"servers[0]: "}},
		{"", ldapx.OpenLDAP, false, []string{"servers[0]: missing"}},
	} {
		t.Run(tt.kind+" "+tt.address, func(t *testing.T) {
			c := validConfig(t)
			c.Servers, c.Kind, c.StartTLS = []string{tt.address}, tt.kind, tt.startTLS
			wanttest.Expect(t, c.Check, tt.want...)
		})
	}
}

func TestConfigCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*ldapx.Config)
		want   []string
	}{
		"fine":          {func(*ldapx.Config) {}, nil},
		"nothing":       {func(c *ldapx.Config) { *c = ldapx.Config{} }, []string{"kind: missing", "servers: missing", "bind_dn: missing", "bind_password_file: missing", "write: missing", "history: missing", "timeout: 0s", "id_attribute: missing"}},
		"clear replica": {func(c *ldapx.Config) { c.Replicas = []string{"ldaps://a", "ldap://b"} }, []string{"replicas[1]: "}},
		"labels": {func(c *ldapx.Config) {
			c.Replicas, c.ServerLabels = []string{"ldaps://b"}, []string{"Bordeaux", "Limoges"}
		}, nil},
		"few labels": {func(c *ldapx.Config) {
			c.Replicas, c.ServerLabels = []string{"ldaps://b"}, []string{"Bordeaux"}
		}, []string{"server_labels: 1: wanted none, or 2"}},
		"kind":              {func(c *ldapx.Config) { c.Kind = "novell" }, []string{`kind: "novell": wanted openldap, active-directory, 389ds or generic`}},
		"write":             {func(c *ldapx.Config) { c.Write = "ldif" }, []string{`write: "ldif": wanted auto, modify or extended`}},
		"write to AD":       {func(c *ldapx.Config) { c.Kind, c.Write = "active-directory", "extended" }, []string{`write: "extended": wanted auto or modify`}},
		"history elsewhere": {func(c *ldapx.Config) { c.History = ldapx.HistoryRequired }, []string{`history: "required": wanted off or if-supported`}},
		"history required":  {func(c *ldapx.Config) { c.Kind, c.History = ldapx.ActiveDirectory, ldapx.HistoryRequired }, nil},
		"policy":            {func(c *ldapx.Config) { c.PasswordPolicy = "default" }, []string{`password_policy: "default": wanted a distinguished name`}},
		"policy elsewhere": {func(c *ldapx.Config) { c.Kind, c.PasswordPolicy = ldapx.DS389, "cn=a" },
			[]string{`password_policy: "cn=a": wanted nothing: only kind openldap`}},
		"id":            {func(c *ldapx.Config) { c.Kind, c.IDAttribute = ldapx.Generic, "GUID" }, nil},
		"id elsewhere":  {func(c *ldapx.Config) { c.IDAttribute = "GUID" }, []string{`id_attribute: "GUID": wanted nothing: only kind generic`}},
		"history":       {func(c *ldapx.Config) { c.History = "on" }, []string{`history: "on": wanted off, if-supported or required`}},
		"no CA":         {func(c *ldapx.Config) { c.CAFile = "/no/such/file" }, []string{`ca_file: "/no/such/file" cannot be read: no such file`}},
		"filter":        {func(c *ldapx.Config) { c.Protected = []string{"(a=b)", "(a=b"} }, []string{`protected[1]: "(a=b": wanted an LDAP filter`}},
		"DN":            {func(c *ldapx.Config) { c.BindDN = "ssprd" }, []string{`bind_dn: "ssprd": wanted a distinguished name`}},
		"long time-out": {func(c *ldapx.Config) { c.Timeout *= 100 }, []string{"timeout: 8m20s: wanted 1ms to 10s"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := validConfig(t)
			tt.change(&c)
			wanttest.Expect(t, c.Check, tt.want...)
		})
	}
}

// R60: a password that everybody on the machine can read is refused.
func TestConfigCheckPasswordMode(t *testing.T) {
	c := validConfig(t)
	if err := os.Chmod(c.BindPasswordFile, 0o604); err != nil {
		t.Fatal(err)
	}
	wanttest.Expect(t, c.Check, "bind_password_file: \""+c.BindPasswordFile+"\": everybody on this machine")
}

func TestSearchCheck(t *testing.T) {
	wanttest.Expect(t, ldapx.Search{}.Check, "base: missing", "filter: missing", "find_by: missing", "mail: missing", "identifier: missing")
	fine := ldapx.Search{Base: "ou=p,dc=x", Filter: "(a=b)", FindBy: []string{"mail", "cn;lang-fr"}, Mail: []string{"0.9.2342.19200300.100.1.3"}, Identifier: "uid"}
	wanttest.Expect(t, fine.Check)
	wrong := ldapx.Search{Base: "people", Filter: "a=(b", FindBy: []string{"mail", "e mail"}, Mail: []string{"*"}, Identifier: "(uid)"}
	wanttest.Expect(t, wrong.Check, "base: ", "filter: ", `find_by[1]: "e mail"`, `mail[0]: "*"`, "identifier: ")
}
