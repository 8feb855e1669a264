package ldapx

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/want"
)

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (c Config) Check(report func(key, want string)) {
	report("kind", want.OneOf(c.Kind, OpenLDAP, ActiveDirectory, DS389, Generic))
	if len(c.Servers) == 0 {
		report("servers", want.Got("", "at least one address, such as ldaps://ldap1.example.org"))
	}
	c.checkAddresses("servers", c.Servers, report)
	c.checkAddresses("replicas", c.Replicas, report)
	if n := len(c.Servers) + len(c.Replicas); len(c.ServerLabels) != 0 && len(c.ServerLabels) != n {
		report("server_labels", fmt.Sprintf("%d: wanted none, or %d: one for each of servers and replicas", len(c.ServerLabels), n))
	}
	if c.CAFile != "" {
		report("ca_file", want.Certificates(c.CAFile))
	}
	report("bind_dn", WrongDN(c.BindDN))
	report("bind_password_file", wrongPasswordFile(c.BindPasswordFile))
	report("write", c.wrongWrite())
	report("history", c.wrongHistory())
	report("timeout", want.Between(c.Timeout, time.Millisecond, longestTimeout))
	report("password_policy", c.wrongPolicy())
	report("id_attribute", c.wrongID())
	for i, f := range c.Protected {
		report(fmt.Sprintf("protected[%d]", i), wrongFilter(f))
	}
}

// longestTimeout keeps a write that was begun at its last moment within the lease of the reset it belongs to.
const longestTimeout = 10 * time.Second

func (c Config) checkAddresses(key string, addresses []string, report func(key, want string)) {
	for i, a := range addresses {
		report(fmt.Sprintf("%s[%d]", key, i), c.wrongAddress(a))
	}
}

// wrongAddress wants TLS, but on this machine (R40, R60). Active Directory refuses to write unicodePwd on a clear
// connection wherever it comes from (MS-ADTS 3.1.1.3.1.5), so there is no exception for it.
func (c Config) wrongAddress(address string) string {
	scheme, host, wrong := want.Server(address, "ldaps", "ldap")
	switch {
	case wrong != "" || scheme == "ldaps" || c.StartTLS:
		return wrong
	case c.Kind == ActiveDirectory:
		return want.Got(address, "ldaps://, or start_tls: true, for active-directory writes passwords over TLS only")
	case !want.Loopback(host):
		return want.Got(address, "ldaps://, or start_tls: true: without TLS only loopback addresses are allowed")
	}
	return ""
}

func (c Config) wrongHistory() string {
	if c.Kind != ActiveDirectory && c.History == HistoryRequired {
		return want.Got(c.History, "off or if-supported: other kinds than active-directory judge the history by their own policy alone")
	}
	return want.OneOf(c.History, HistoryOff, HistoryIfSupported, HistoryRequired)
}

// wrongPolicy refuses what would be read by nobody: an administrator who names a policy believes that it is told.
func (c Config) wrongPolicy() string {
	switch {
	case c.PasswordPolicy == "":
		return ""
	case c.Kind != OpenLDAP:
		return want.Got(c.PasswordPolicy, "nothing: only kind openldap does not tell by itself which policy holds")
	}
	return WrongDN(c.PasswordPolicy)
}

func (c Config) wrongID() string {
	if c.Kind != Generic && c.IDAttribute != "" && c.IDAttribute != Defaults().IDAttribute {
		return want.Got(c.IDAttribute, "nothing: only kind generic does not know it by itself")
	}
	return wrongAttribute(c.IDAttribute)
}

func (c Config) wrongWrite() string {
	if c.Kind == ActiveDirectory && c.Write == WriteExtended {
		return want.Got(c.Write, "auto or modify: active-directory has no other way")
	}
	return want.OneOf(c.Write, WriteAuto, WriteModify, WriteExtended)
}

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (s Search) Check(report func(key, want string)) {
	report("base", WrongDN(s.Base))
	report("filter", wrongFilter(s.Filter))
	checkAttributes("find_by", s.FindBy, report)
	checkAttributes("mail", s.Mail, report)
	report("identifier", wrongAttribute(s.Identifier))
}

func checkAttributes(key string, names []string, report func(key, want string)) {
	if len(names) == 0 {
		report(key, want.Got("", "at least one attribute, such as mail"))
	}
	for i, n := range names {
		report(fmt.Sprintf("%s[%d]", key, i), wrongAttribute(n))
	}
}

// attribute is an attribute description: a short name or an OID, and options (RFC 4512, 2.5).
var attribute = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+)(;[A-Za-z0-9-]+)*$`)

// secrets are attributes whose values nobody may type, receive or see.
var secrets = []string{"userpassword", "2.5.4.35", "unicodepwd", "dbcspwd", "ntpwdhistory", "lmpwdhistory", "pwdhistory", "supplementalcredentials", "sambantpassword"}

func wrongAttribute(name string) string {
	plain, _, _ := strings.Cut(strings.ToLower(name), ";") // without options
	if slices.Contains(secrets, plain) {
		return want.Got(name, "an attribute that holds no password")
	}
	if attribute.MatchString(name) {
		return ""
	}
	return want.Got(name, "the name of an attribute, such as mail")
}

// WrongDN says what is wanted where a distinguished name (RFC 4514) is none, else "".
func WrongDN(dn string) string {
	if d, err := ldap.ParseDN(dn); err != nil || len(d.RDNs) == 0 {
		return want.Got(dn, "a distinguished name, such as ou=people,dc=example,dc=org")
	}
	return ""
}

func wrongFilter(filter string) string {
	if _, err := ldap.CompileFilter(filter); err != nil {
		return want.Got(filter, "an LDAP filter, such as (objectClass=inetOrgPerson)")
	}
	return ""
}

func wrongPasswordFile(path string) string {
	if path == "" {
		return want.Got("", "the file of the password of bind_dn")
	}
	return want.Secret(path)
}
