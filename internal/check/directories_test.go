package check

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/child"
	"ssprd/internal/config"
	"ssprd/internal/demo/ldapserver"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
)

// directoryConfig is a configuration with one directory, on that server, and one population in that unit.
func directoryConfig(s *dirtest.Server, kind, unit string) *config.Config {
	d := ldapx.Defaults()
	d.Name, d.Kind, d.Servers, d.CAFile, d.BindDN, d.BindPasswordFile = "region", kind, []string{s.URL}, s.CAFile, s.ServiceDN, s.ServicePasswordFile
	r := config.Reset{Directory: "region", Search: ldapx.Search{Base: "ou=" + unit + "," + s.BaseDN, Filter: "(objectClass=person)",
		FindBy: []string{"mail"}, Mail: []string{"mail"}, Identifier: "uid", Unlock: true}}
	return &config.Config{Directories: []ldapx.Config{d}, Populations: []config.Population{{Name: unit, Reset: &r}}}
}

// directoriesSay gives what is found of the directories of a configuration, a line a finding.
func directoriesSay(t *testing.T, c *config.Config) (lines []string, found []Finding) {
	t.Helper()
	servers, _ := directories(c)
	found = inOrder(t.Context(), servers)
	for _, f := range found {
		lines = append(lines, f.String())
	}
	return lines, found
}

// wantCodes wants these findings, by "KEY CODE", and no other error or warning.
func wantCodes(t *testing.T, c *config.Config, want ...string) {
	t.Helper()
	lines, found := directoriesSay(t, c)
	var bad []string
	for _, f := range found {
		if f.Level() != OK {
			bad = append(bad, f.Key+" "+f.Code)
		}
	}
	slices.Sort(bad)
	slices.Sort(want)
	if !slices.Equal(bad, want) {
		t.Errorf("found %q, want %q:\n%s", bad, want, strings.Join(lines, "\n"))
	}
}

// everything is all entries of a directory, with what the server itself keeps of them.
func everything(t *testing.T, s *dirtest.Server, more ...string) string {
	t.Helper()
	var all bytes.Buffer
	err := s.Admin(func(c *ldap.Conn) error {
		found, err := c.Search(ldap.NewSearchRequest(s.BaseDN, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", append([]string{"*", "+"}, more...), nil))
		if err != nil {
			return err
		}
		for _, e := range found.Entries {
			fmt.Fprintln(&all, e.DN)
			for _, a := range e.Attributes {
				fmt.Fprintf(&all, " %s: %q\n", a.Name, a.Values)
			}
		}
		return nil
	})
	if err != nil || all.Len() == 0 {
		t.Fatal(err)
	}
	return all.String()
}

// unchanged fails where the directory is not what it was.
func unchanged(t *testing.T, s *dirtest.Server, before string, more ...string) {
	t.Helper()
	for i, line := range strings.Split(everything(t, s, more...), "\n") {
		if was := strings.Split(before, "\n"); i >= len(was) || was[i] != line {
			t.Fatalf("the check has changed something: now %s", line)
		}
	}
}

// R41: a directory as it should be is found to be so, server by server, and is left as it was; and so is one that is not, nor an
// account that may do less or more than it should.
func TestOpenLDAP(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 3})
	follower, mute := s.StartReplica(t), s.StartReadOnly(t)
	good := func() *config.Config {
		c := directoryConfig(&s.Server, ldapx.OpenLDAP, "usagers")
		c.Directories[0].Replicas, c.Directories[0].PasswordPolicy = []string{follower.URL, mute.URL}, s.PolicyDN
		c.Populations[0].Reset.Filter = "(&(objectClass=person)(!(pwdPolicySubentry=*)))"
		return c
	}
	forced, kept := dirtest.Fatou.DN(s.BaseDN), dirtest.Jose.DN(s.BaseDN)
	other := filepath.Join(t.TempDir(), "ca.pem")
	_, err := dirtest.NewAuthority(other)
	wrongPassword, noPassword := secretFile(t, "Autre-2026"), secretFile(t, "")
	rootPassword := secretFile(t, "Administrateur-2026")
	if err := errors.Join(err, s.GivePolicy(forced, dirtest.ForcedPolicy), s.GivePolicy(kept, dirtest.LastingPolicy),
		s.Replace(forced, "userPassword", dirtest.InitialPassword)); err != nil {
		t.Fatal(err)
	}
	before := everything(t, &s.Server)

	t.Run("as it should be", func(t *testing.T) {
		begun := time.Now()
		wantCodes(t, good())
		lines, found := directoriesSay(t, good())
		for _, code := range []string{ldapConnected, ldapTLS, ldapSignedIn, ldapKind, ldapClock} {
			if n := timesSaid(found, code); n != 3 {
				t.Errorf("%s is said %d times, of three servers", code, n)
			}
		}
		for _, code := range []string{ldapAbilities, ldapSameContent, accountMayReset} {
			if timesSaid(found, code) != 1 {
				t.Errorf("%s is not said once", code)
			}
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("it took %s:\n%s", took, strings.Join(lines, "\n"))
		}
		unchanged(t, &s.Server, before)
	})

	const first, account, people = "directories[0].servers[0] ", "directories[0].bind_dn ", "populations[0].reset "
	for name, c := range map[string]struct {
		change func(c *config.Config, d *ldapx.Config, r *config.Reset)
		want   []string
	}{
		"StartTLS": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) { d.Servers[0], d.StartTLS = s.PlainURL, true }, nil},
		"another authority": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) { d.CAFile, d.Replicas = other, nil },
			[]string{first + ldapTLSChain}},
		"another authority, by StartTLS": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) {
			d.CAFile, d.Replicas, d.Servers[0], d.StartTLS = other, nil, s.PlainURL, true
		}, []string{first + ldapTLSChain}},
		"a file that is gone": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) { d.CAFile, d.Replicas = other+"x", nil },
			[]string{first + ldapFile}},
		"no TLS at that port": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) {
			d.Servers[0], d.Replicas = strings.Replace(s.PlainURL, "ldap:", "ldaps:", 1), nil
		}, []string{first + ldapTLSFailed}},
		"TLS at that port": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) {
			d.Servers[0], d.StartTLS, d.Replicas = strings.Replace(s.URL, "ldaps:", "ldap:", 1), true, nil
		}, []string{first + ldapNoLDAP}},
		"a wrong password, tried once": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) {
			d.BindPasswordFile, d.Replicas = wrongPassword, nil
		}, []string{first + accountPassword}},
		"an empty password file": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) {
			d.BindPasswordFile, d.Replicas = noPassword, nil
		},
			[]string{first + ldapFile}},
		"another kind": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) {
			d.Kind, d.PasswordPolicy, d.Replicas = ldapx.DS389, "", nil
		},
			[]string{first + ldapKindWrong, people + accountUntold}}, // it has no effective rights to ask for
		"generic": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) { d.Kind, d.PasswordPolicy = ldapx.Generic, "" },
			[]string{people + accountUntold}},
		"a plain modify": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) { d.Write = ldapx.WriteModify }, []string{first + ldapPlainModify}},
		"a follower among the servers": {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) {
			d.Servers, d.Replicas = append(d.Servers, follower.URL, mute.URL), nil
		}, []string{"directories[0].servers[1] " + ldapReadOnly, "directories[0].servers[2] " + ldapReadOnly}},
		"no right": {func(_ *config.Config, _ *ldapx.Config, r *config.Reset) {
			r.Base, r.Filter = "ou=services,"+s.BaseDN, "(uid="+dirtest.Outsider.UID+")"
		}, []string{people + accountNoReset}},
		"no base":       {func(_ *config.Config, _ *ldapx.Config, r *config.Reset) { r.Base = "ou=personne," + s.BaseDN }, []string{people + accountUnread}},
		"nobody":        {func(_ *config.Config, _ *ldapx.Config, r *config.Reset) { r.Filter = "(uid=personne)" }, []string{people + accountNobody}},
		"manage":        {func(_ *config.Config, _ *ldapx.Config, r *config.Reset) { r.Filter = "(uid=" + dirtest.Fatou.UID + ")" }, []string{people + accountManages}},
		"pwdSafeModify": {func(_ *config.Config, _ *ldapx.Config, r *config.Reset) { r.Filter = "(uid=" + dirtest.Jose.UID + ")" }, []string{people + accountSafeModify}},
		"only who is closed": {func(_ *config.Config, _ *ldapx.Config, r *config.Reset) {
			r.Filter = "(uid=" + dirtest.LockedForGood.UID + ")"
		}, []string{people + accountNobody}},
		"a policy not known":   {func(_ *config.Config, d *ldapx.Config, _ *config.Reset) { d.PasswordPolicy = "" }, nil}, // the overlay says all the same that it judges
		"of another directory": {func(c *config.Config, _ *ldapx.Config, r *config.Reset) { r.Directory = "ailleurs" }, nil},
		"the rootdn": {func(_ *config.Config, d *ldapx.Config, r *config.Reset) {
			d.BindDN, d.BindPasswordFile, r.Filter = "cn=admin,"+s.BaseDN, rootPassword, "(uid="+dirtest.Fatou.UID+")"
		}, []string{account + accountRoot, people + accountManages, people + accountWritesMore}},
	} {
		t.Run(name, func(t *testing.T) {
			config := good()
			c.change(config, &config.Directories[0], config.Populations[0].Reset)
			wantCodes(t, config, c.want...)
		})
	}
	unchanged(t, &s.Server, before)

	t.Run("a part of write", func(t *testing.T) {
		database, err := s.Database()
		if err != nil {
			t.Fatal(err)
		}
		give := func(rights string) {
			t.Helper()
			rule := "{0}to attrs=userPassword by dn.exact=\"" + s.ServiceDN + "\" " + rights + " by anonymous auth"
			err := s.Admin(func(c *ldap.Conn) error {
				m := ldap.NewModifyRequest(database, nil)
				m.Add("olcAccess", []string{rule})
				return c.Modify(m)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		takeBack := func() {
			err := s.Admin(func(c *ldap.Conn) error {
				m := ldap.NewModifyRequest(database, nil)
				m.Delete("olcAccess", []string{"{0}"})
				return c.Modify(m)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for rights, want := range map[string][]string{"=z": {people + accountNoReset}, "=a": {people + accountNoReset}, "=az": nil, "=zrscx": {people + accountNoReset}} {
			give(rights)
			wantCodes(t, good(), want...)
			takeBack()
		}
		unchanged(t, &s.Server, before)
	})

	for name, c := range map[string]struct {
		policy, attribute, value string
		want                     string
	}{
		"the account must change its password":   {dirtest.ForcedPolicy, "pwdReset", "TRUE", first + accountMustChange},
		"the account's password will expire":     {dirtest.ExpiringPolicy, "", "", account + accountPasswordEnds},
		"the account's password has expired":     {dirtest.ExpiringPolicy, "pwdChangedTime", "20200101000000Z", first + accountPasswordExpired},
		"the account is locked by administrator": {"", "pwdAccountLockedTime", "000001010000Z", first + accountPassword}, // slapd does not tell more
	} {
		t.Run(name, func(t *testing.T) {
			policy := []string{c.policy}
			if c.policy == "" {
				policy = nil
			}
			// The time of the change is written with the password.
			err := errors.Join(s.Replace(s.ServiceDN, "userPassword", "Service-de-test-2026"), s.Replace(s.ServiceDN, "pwdPolicySubentry", policy...))
			if c.attribute != "" {
				err = errors.Join(err, relaxed(&s.Server, s.ServiceDN, c.attribute, c.value))
				defer func() { _ = relaxed(&s.Server, s.ServiceDN, c.attribute) }()
			}
			if err != nil {
				t.Fatal(err)
			}
			config := directoryConfig(&s.Server, ldapx.OpenLDAP, "usagers")
			config.Populations = nil
			wantCodes(t, config, c.want)
			_ = s.Replace(s.ServiceDN, "pwdPolicySubentry")
		})
	}
	t.Run("no policy in force", func(t *testing.T) {
		if err := s.Delete(s.PolicyDN); err != nil {
			t.Fatal(err)
		}
		c := good()
		c.Populations[0].Reset.Filter = "(uid=" + dirtest.Camille.UID + ")"
		wantCodes(t, c, people+accountUnjudged)
	})
}

func timesSaid(found []Finding, code string) (n int) {
	for _, f := range found {
		if f.Code == code {
			n++
		}
	}
	return n
}

// relaxed writes what the server itself keeps.
func relaxed(s *dirtest.Server, dn, attribute string, values ...string) error {
	request := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlString("1.3.6.1.4.1.4203.666.5.12", true, "")})
	request.Replace(attribute, values)
	return s.Modify(request)
}

// actor is a server that plays another one, over real LDAP.
type actor struct {
	dse  map[string][]string
	bind ldapserver.Result
}

func (a actor) Bind(string, string) ldapserver.Result { return a.bind }
func (a actor) Search(_ string, q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
	if q.Base == "" {
		return []*ldap.Entry{ldap.NewEntry("", a.dse)}, ldapserver.Result{}
	}
	return nil, ldapserver.Result{Code: ldap.LDAPResultNoSuchObject}
}
func (a actor) Modify(string, ldapserver.Modify) ldapserver.Result {
	return ldapserver.Result{Code: ldap.LDAPResultInsufficientAccessRights}
}
func (a actor) PasswordModify(string, ldapserver.PasswordModify) ldapserver.Result {
	return ldapserver.Result{Code: ldap.LDAPResultInsufficientAccessRights}
}

func (a actor) start(t *testing.T) (address string) {
	t.Helper()
	s := ldapserver.Start(loopback(t), a, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = s.Close() })
	return "ldap://" + s.Addr()
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// answering is a listener that says the same to everybody, whatever they say; "" for nothing at all, ever.
func answering(t *testing.T, l net.Listener, says string) string {
	t.Helper()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			if says == "" {
				continue
			}
			go func() {
				_, _ = c.Read(make([]byte, 1024))
				_, _ = c.Write([]byte(says))
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// domain is the root DSE of a domain controller whose clock is ahead by so much.
func domain(ahead time.Duration, otherwise map[string][]string) map[string][]string {
	dse := map[string][]string{
		"forestFunctionality": {"7"}, "defaultNamingContext": {"DC=siege,DC=example"},
		"supportedControl": {ldap.ControlTypeMicrosoftPolicyHints}, "currentTime": {time.Now().Add(ahead).UTC().Format("20060102150405.0Z")},
	}
	maps.Copy(dse, otherwise)
	return dse
}

// Servers that are down, hang, lie or are others than they should be: each is told of by its code, whatever the others are.
func TestServersThatFail(t *testing.T) {
	dir := t.TempDir()
	authority, err := dirtest.NewAuthority(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	secured := func(issue func(cert, key string, names ...string) error, names ...string) net.Listener {
		t.Helper()
		place := t.TempDir()
		cert, key := filepath.Join(place, "cert.pem"), filepath.Join(place, "key.pem")
		if err := issue(cert, key, names...); err != nil {
			t.Fatal(err)
		}
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return tls.NewListener(loopback(t), &tls.Config{Certificates: []tls.Certificate{pair}})
	}
	ports, err := child.ReservePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	ad := func(said string) ldapserver.Result {
		return ldapserver.Result{Code: ldap.LDAPResultInvalidCredentials, Message: "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " + said + ", v1db1"}
	}
	slapd := map[string][]string{"objectClass": {"OpenLDAProotDSE"}, "namingContexts": {"dc=region,dc=example"},
		"supportedControl": {ldap.ControlTypeBeheraPasswordPolicy}, "supportedExtension": {ldapserver.PasswordModifyOID}}
	for name, c := range map[string]struct {
		kind    string // active-directory if it is not said
		address string
		change  func(d *ldapx.Config)
		want    []string // of the first server
	}{
		"nothing listens":     {address: fmt.Sprintf("ldap://127.0.0.1:%d", ports[0]), want: []string{ldapRefused}},
		"no such name":        {address: "ldaps://dc1.invalid", want: []string{ldapNameUnknown}},
		"silent":              {address: "ldap://" + answering(t, loopback(t), ""), want: []string{ldapSilent}},
		"silent, over TLS":    {address: "ldaps://" + answering(t, loopback(t), ""), want: []string{ldapSilent}},
		"silent, at StartTLS": {address: "ldap://" + answering(t, loopback(t), ""), change: func(d *ldapx.Config) { d.StartTLS = true }, want: []string{ldapSilent}},
		"a web server":        {address: "ldap://" + answering(t, loopback(t), "HTTP/1.1 400 Bad Request\r\n\r\n"), want: []string{ldapNoLDAP}},
		"a web server, over TLS": {address: "ldaps://" + answering(t, secured(authority.Issue), "HTTP/1.1 400 Bad Request\r\n\r\n"),
			want: []string{ldapNoLDAP}},
		"no StartTLS":            {address: actor{dse: domain(0, nil)}.start(t), change: func(d *ldapx.Config) { d.StartTLS = true }, want: []string{ldapNoStartTLS}},
		"an expired certificate": {address: "ldaps://" + answering(t, secured(authority.IssueExpired), "x"), want: []string{ldapTLSDates}},
		"another name":           {address: "ldaps://" + answering(t, secured(authority.Issue, "ldap.region.example"), "x"), want: []string{ldapTLSName}},
		"a password refused":     {address: actor{bind: ad("52e")}.start(t), want: []string{accountPassword}},
		"no such account":        {address: actor{bind: ad("525")}.start(t), want: []string{accountUnknown}},
		"hours":                  {address: actor{bind: ad("530")}.start(t), want: []string{accountHours}},
		"workstation":            {address: actor{bind: ad("531")}.start(t), want: []string{accountWorkstation}},
		"expired password":       {address: actor{bind: ad("532")}.start(t), want: []string{accountPasswordExpired}},
		"disabled":               {address: actor{bind: ad("533")}.start(t), want: []string{accountDisabled}},
		"an account's end":       {address: actor{bind: ad("701")}.start(t), want: []string{accountExpired}},
		"must change":            {address: actor{bind: ad("773")}.start(t), want: []string{accountMustChange}},
		"locked":                 {address: actor{bind: ad("775")}.start(t), want: []string{accountLocked}},
		"signing is wanted":      {address: actor{bind: ldapserver.Result{Code: ldap.LDAPResultStrongAuthRequired}}.start(t), want: []string{accountRefused}},
		"locked, as slapd says it": {kind: ldapx.OpenLDAP, want: []string{accountLocked},
			address: actor{bind: ldapserver.Result{Code: ldap.LDAPResultInvalidCredentials, Policy: ldap.BeheraAccountLocked, PolicyKnown: true}}.start(t)},
		"as it should be":   {address: actor{dse: domain(time.Second, nil)}.start(t)},
		"some seconds late": {address: actor{dse: domain(-20*time.Second, nil)}.start(t), want: []string{ldapClockDiffers}},
		"an hour early":     {address: actor{dse: domain(time.Hour, nil)}.start(t), want: []string{ldapClockWrong}},
		"a read-only controller": {address: actor{dse: domain(0, map[string][]string{"supportedCapabilities": {"1.2.840.113556.1.4.1920"}})}.start(t),
			want: []string{ldapRODC}},
		"the global catalog, which is down": {address: "ldaps://127.0.0.1:3269", want: []string{ldapCatalog, "*"}},
		"no policy hints":                   {address: actor{dse: domain(0, map[string][]string{"supportedControl": nil})}.start(t), want: []string{ldapNoHints}},
		"no policy hints, required": {address: actor{dse: domain(0, map[string][]string{"supportedControl": nil})}.start(t),
			change: func(d *ldapx.Config) { d.History = ldapx.HistoryRequired }, want: []string{ldapHintsRequired}},
		"no policy hints, and none wanted": {address: actor{dse: domain(0, map[string][]string{"supportedControl": nil})}.start(t),
			change: func(d *ldapx.Config) { d.History = ldapx.HistoryOff }},
		"another kind":      {kind: ldapx.OpenLDAP, address: actor{dse: domain(0, nil)}.start(t), want: []string{ldapKindWrong, ldapNoPolicies, ldapPlainModify}},
		"no kind":           {kind: ldapx.DS389, address: actor{dse: map[string][]string{"supportedControl": {ldap.ControlTypeBeheraPasswordPolicy}}}.start(t), want: []string{ldapKindUntold}},
		"no extended write": {kind: ldapx.Generic, address: actor{}.start(t), change: func(d *ldapx.Config) { d.Write = ldapx.WriteExtended }, want: []string{ldapNoPassModify}},
		"slapd":             {kind: ldapx.OpenLDAP, address: actor{dse: slapd}.start(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := ldapx.Defaults()
			d.Name, d.Kind, d.Servers, d.BindDN = "siege", cmp.Or(c.kind, ldapx.ActiveDirectory), []string{c.address}, "CN=ssprd,DC=siege,DC=example"
			d.CAFile, d.BindPasswordFile, d.Timeout = authority.File, secretFile(t, "Service-de-test-2026"), 2*time.Second
			if c.change != nil {
				c.change(&d)
			}
			var got, lines []string
			servers, _ := directories(&config.Config{Directories: []ldapx.Config{d}})
			for _, a := range servers[:1] {
				for _, f := range a.within(t.Context(), longest) {
					lines = append(lines, f.String())
					if f.Level() != OK {
						got = append(got, f.Code)
					}
				}
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if slices.Contains(c.want, "*") && slices.Contains(got, ldapCatalog) {
				return
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q:\n%s", got, c.want, strings.Join(lines, "\n"))
			}
		})
	}
}

// Servers of other contents are told of, and a password that one has refused is not tried on the next, while one that cannot be
// reached is passed over.
func TestServersTogether(t *testing.T) {
	d := ldapx.Defaults()
	d.Name, d.Kind, d.BindDN, d.BindPasswordFile = "siege", ldapx.ActiveDirectory, "CN=ssprd,DC=siege,DC=example", secretFile(t, "Service-de-test-2026")
	right := actor{dse: domain(0, nil)}.start(t)
	refuses := actor{bind: ldapserver.Result{Code: ldap.LDAPResultInvalidCredentials}}.start(t)
	elsewhere := actor{dse: domain(0, map[string][]string{"defaultNamingContext": {"DC=ailleurs,DC=example"}})}.start(t)
	ports, err := child.ReservePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	nowhere := fmt.Sprintf("ldap://127.0.0.1:%d", ports[0])
	for name, c := range map[string]struct {
		servers, replicas []string
		want              map[string]int
	}{
		"other contents":    {[]string{nowhere, right}, []string{elsewhere}, map[string]int{ldapRefused: 1, ldapOtherContent: 1, accountUnread: 1}},
		"the same contents": {[]string{nowhere, right, right}, nil, map[string]int{ldapRefused: 1, ldapSameContent: 1}},
		"refused":           {[]string{refuses, refuses}, []string{refuses}, map[string]int{accountPassword: 1, ldapNotTried: 2}},
		"nobody there":      {[]string{nowhere, nowhere}, nil, map[string]int{ldapRefused: 2, ldapSameContent: 0, accountUnread: 0}},
	} {
		t.Run(name, func(t *testing.T) {
			d.Servers, d.Replicas = c.servers, c.replicas
			lines, found := directoriesSay(t, &config.Config{Directories: []ldapx.Config{d}})
			for code, n := range c.want {
				if timesSaid(found, code) != n {
					t.Errorf("%s: %d times, want %d:\n%s", code, timesSaid(found, code), n, strings.Join(lines, "\n"))
				}
			}
		})
	}
}

// A server that is given up is no server that was found wanting, and whoever waits for it ends.
func TestServerGivenUp(t *testing.T) {
	d := ldapx.Defaults()
	d.Kind, d.Servers, d.BindPasswordFile = ldapx.OpenLDAP, []string{"ldap://" + answering(t, loopback(t), ""), "ldap://" + answering(t, loopback(t), "")}, secretFile(t, "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	servers, _ := directories(&config.Config{Directories: []ldapx.Config{d}})
	for _, f := range inOrder(ctx, servers) {
		if f.Level() == OK {
			t.Error(f)
		}
	}
}
