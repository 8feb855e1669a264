package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/template"

	"ssprd/internal/ldapx"
	"ssprd/internal/want"
)

//go:embed initial.yaml.tmpl
var initialText string

// initialTemplate is one text for all kinds of directory. Values are double-quoted: what Go quotes of a DN, YAML reads back.
var initialTemplate = template.Must(template.New("initial.yaml").Funcs(template.FuncMap{"q": strconv.Quote}).Parse(initialText))

// initCommand writes a configuration to begin with.
func initCommand(_ context.Context, args []string, out, diagnostics io.Writer) error {
	var kind, server, base, bindDN, output string
	const synopsis = "init --kind openldap|active-directory|389ds|generic [--server URL,...] [--base DN] [--bind-dn DN] [--output FILE]"
	err := options("init", synopsis, args, out, diagnostics, func(set *flag.FlagSet) {
		set.StringVar(&kind, "kind", "", "the `KIND` of directory: openldap, active-directory, 389ds (FreeIPA too) or generic")
		set.StringVar(&server, "server", "", "the `URL` of its server, ldaps://HOST; several with commas between them")
		set.StringVar(&base, "base", "", "the `DN` below which the people are")
		set.StringVar(&bindDN, "bind-dn", "", "the `DN` of the service account")
		set.StringVar(&output, "output", "", "the `FILE` to write, which must not be there yet; otherwise it is printed")
	})
	if err != nil {
		return err
	}
	for _, given := range []struct{ option, wrong string }{
		{"--kind", want.OneOf(kind, ldapx.OpenLDAP, ldapx.ActiveDirectory, ldapx.DS389, ldapx.Generic)},
		{"--base", wrongDN(base)}, {"--bind-dn", wrongDN(bindDN)},
	} {
		if given.wrong != "" {
			fmt.Fprintf(diagnostics, "ssprd init: %s: %s\n", given.option, given.wrong)
			return errUsage
		}
	}
	var text bytes.Buffer
	if err := initialTemplate.Execute(&text, newInitial(kind, server, base, bindDN)); err != nil {
		return err
	}
	if output == "" {
		_, err = out.Write(text.Bytes())
		return err
	}
	if err := create(output, text.Bytes()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is written: replace what stands on the lines marked REPLACE, then run ssprd check --config %s\n", output, output)
	return err
}

func wrongDN(dn string) string {
	if dn == "" {
		return ""
	}
	return ldapx.WrongDN(dn)
}

// create writes a file that is not there yet, and that others than its owner and group do not read: state.url may come to
// hold a password.
func create(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already, and stays as it is: name another --output", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path)) // half a file is worse than none
	}
	return nil
}

// initial is what the template says of a kind of directory.
type initial struct {
	Kind, Title, Guide         string
	Servers, Base, BindDN      given
	Filter, FindBy, Identifier string
	Group                      string // of an example
}

// AD tells whether it is Active Directory.
func (i initial) AD() bool { return i.Kind == ldapx.ActiveDirectory }

// given is a value of the command line, or an example in its place, which is to be replaced.
type given struct {
	value, example string
}

// Value is what is written.
func (g given) Value() string { return cmp.Or(g.value, g.example) }

// Values is that of a list.
func (g given) Values() []string { return strings.Split(g.Value(), ",") }

// Mark is the comment behind an example: what to write instead. What was given needs none.
func (g given) Mark(what string) string {
	if g.value != "" {
		return ""
	}
	return "   # REPLACE: " + what
}

func newInitial(kind, server, base, bindDN string) initial {
	i := initial{
		Kind: kind, Title: "OpenLDAP", Guide: "openldap.md",
		Servers: given{server, "ldaps://ldap1.example.org,ldaps://ldap2.example.org"},
		Base:    given{base, "ou=people,dc=example,dc=org"},
		BindDN:  given{bindDN, "cn=ssprd,ou=services,dc=example,dc=org"},
		Filter:  "(objectClass=inetOrgPerson)", FindBy: "mail, uid", Identifier: "uid",
		Group: "cn=administrators,ou=groups,dc=example,dc=org",
	}
	switch kind {
	case ldapx.ActiveDirectory:
		i.Title, i.Guide = "Active Directory", "active-directory.md"
		i.Servers.example = "ldaps://dc1.example.org,ldaps://dc2.example.org"
		i.Base.example, i.BindDN.example = "OU=People,DC=example,DC=org", "CN=ssprd,OU=Services,DC=example,DC=org"
		i.Filter, i.FindBy, i.Identifier = "(&(objectCategory=person)(objectClass=user))", "mail, sAMAccountName", "sAMAccountName"
		i.Group = "CN=Not here,OU=Groups,DC=example,DC=org"
	case ldapx.DS389:
		i.Title, i.Guide = "389 Directory Server, Red Hat Directory Server or FreeIPA", "389ds.md"
	case ldapx.Generic:
		i.Title, i.Guide = "an LDAP directory of another kind", "directories.md"
	}
	return i
}
