package dirtest

import (
	"fmt"
	"io"
	"text/template"
	"time"
)

const (
	slapdBase            = "dc=region,dc=example"
	slapdAdmin           = "cn=admin," + slapdBase
	slapdAdminPassword   = "Administrateur-2026"
	slapdService         = "cn=ssprd,ou=services," + slapdBase
	slapdServicePassword = "Service-de-test-2026"
	slapdPolicy          = "cn=default,ou=policies," + slapdBase
	slapdGroup           = "cn=assistance,ou=groupes," + slapdBase   // of the helpdesk
	slapdOuterGroup      = "cn=informatique,ou=groupes," + slapdBase // which that one is a member of
)

// Policies that hold for who has their DN as pwdPolicySubentry (Slapd.GivePolicy), instead of PolicyDN.
const (
	StrictPolicy   = "cn=exigeant,ou=policies," + slapdBase // 14 to 40 bytes
	YoungPolicy    = "cn=jeune,ou=policies," + slapdBase    // a password is kept for a day
	ForcedPolicy   = "cn=force,ou=policies," + slapdBase    // pwdMustChange; the service account has `manage` on who has it
	LockingPolicy  = "cn=verrou,ou=policies," + slapdBase   // three wrong passwords lock, until the password is replaced
	ExpiringPolicy = "cn=perime,ou=policies," + slapdBase   // a password is good for a day
	LastingPolicy  = "cn=tenace,ou=policies," + slapdBase   // pwdSafeModify: no reset at all
)

// Slow hashes, as they should be, by slapd's module argon2 (slapd-pw-argon2(5)).
const (
	Argon2     = "argon2"                 // with the module's own parameters: 4 MiB and three passes, some 10 ms
	Argon2Slow = "argon2 m=65536 t=3 p=1" // 64 MiB, of which RFC 9106 (section 4) makes its second choice, some 200 ms
)

// ownPolicies are the rules of those.
var ownPolicies = map[string]SlapdOptions{
	"exigeant": {MinLength: 14, MaxLength: 40},
	"jeune":    {MinAge: 24 * time.Hour},
	"force":    {MustChange: true},
	"verrou":   {MaxFailure: 3},
	"perime":   {MaxAge: 24 * time.Hour},
	"tenace":   {SafeModify: true},
}

// SlapdOptions say what the server is to be like. The zero value is a server without password rules.
type SlapdOptions struct {
	MinLength    int           // in bytes (slapo-ppolicy(5), pwdMinLength)
	MaxLength    int           // in bytes as well; 0: any
	CheckQuality int           // pwdCheckQuality; 0 with a length means 2, without which it is not looked at
	InHistory    int           // how many former passwords are refused
	MaxFailure   int           // wrong binds that lock the entry; 0: never locked
	MinAge       time.Duration // the least time between two changes, in whole seconds
	MaxAge       time.Duration // how long a password is good, in whole seconds; 0: for ever
	MustChange   bool          // who has been given a password by an administrator must change it
	SafeModify   bool          // pwdSafeModify: no change without the old password, so no reset

	Extra              int      // further people in ou=usagers, Extra(1) to Extra(n)
	Phones             bool     // each of those has a telephoneNumber, Person.Phone
	Access             string   // rules (slapd.access(5)) before which only what concerns anonymous and oneself is left, instead of the usual ones
	ConfigReadable     bool     // the service account may read cn=config
	TakesEmpty         bool     // a bind without a password succeeds, as an anonymous one (RFC 4513 section 5.1.2): many servers are left so
	FSync              bool     // commit to the disk as in production; without it writes are faster than there
	Hash               string   // how slapd stores a new password: one of the slow hashes; SSHA if empty
	CertificateNames   []string // the certificate is for these instead of 127.0.0.1 and localhost
	CertificateExpired bool     // its dates are over; no follower follows such a server
}

// confText is slapd.conf(5). The service account has `write` on passwords, not `manage`: with `manage` the overlay would
// skip the rules for it (ppolicy.c, is_pwdadmin); who has ForcedPolicy is the exception, since only after a change with
// `manage` pwdMustChange asks for another one. It may read everything, write in the people's units alone.
var confText = template.Must(template.New("slapd.conf").Parse(`
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload memberof
moduleload syncprov
{{if .Hash}}moduleload {{.Hash}}
password-hash {ARGON2}{{end}}
TLSCACertificateFile {{.CAFile}}
TLSCertificateFile {{.Dir}}/cert.pem
TLSCertificateKeyFile {{.Dir}}/key.pem
security simple_bind=128
{{if .TakesEmpty}}allow bind_anon_dn{{end}}
pidfile {{.Dir}}/slapd.pid

database config
rootdn "{{.Admin}}"
{{if .ConfigReadable}}access to * by dn.exact="{{.Service}}" read{{end}}

database monitor
rootdn "{{.Admin}}"

database mdb
suffix "{{.Base}}"
rootdn "{{.Admin}}"
rootpw {{.AdminPassword}}
directory {{.Dir}}/db
maxsize {{.MaxSize}}
{{if not .FSync}}dbnosync{{end}}
index objectClass,entryUUID,entryCSN,memberOf eq
index mail,uid,cn,sn,givenName,displayName,telephoneNumber,mobile eq,subinitial
{{if .Provider}}
syncrepl rid=1 provider={{.Provider}} type=refreshAndPersist retry="1 +" searchbase="{{.Base}}"
  bindmethod=simple binddn="{{.Admin}}" credentials={{.AdminPassword}} tls_cacert={{.CAFile}} tls_reqcert=demand
{{if .Referral}}updateref {{.Referral}}{{end}}
{{end}}
{{if .Access}}{{.Access}}
access to *
  by self read
  by anonymous auth
  by * none
{{else}}
access to dn.regex="^(.+,)?ou=usagers,{{.Base}}$" filter="(pwdPolicySubentry=cn=force,ou=policies,{{.Base}})" attrs=userPassword
  by dn.exact="{{.Service}}" manage
  by self =w
  by anonymous auth
  by * none
access to dn.regex="^(.+,)?ou=(usagers|elus),{{.Base}}$" attrs=userPassword
  by dn.exact="{{.Service}}" write
  by self =w
  by anonymous auth
  by * none
access to attrs=userPassword
  by anonymous auth
  by * none
access to dn.regex="^(.+,)?ou=(usagers|elus),{{.Base}}$" attrs=pwdAccountLockedTime,pwdFailureTime
  by dn.exact="{{.Service}}" manage
  by * none
access to *
  by dn.exact="{{.Service}}" read
  by self read
  by * none
{{end}}
overlay memberof
overlay ppolicy
ppolicy_default "{{.Policy}}"
ppolicy_hash_cleartext
{{if not .Provider}}overlay syncprov{{end}}
`))

type confData struct {
	Dir, CAFile, Base, Admin, AdminPassword, Service, Policy, Access string

	FSync, TakesEmpty, ConfigReadable bool

	Hash    string
	MaxSize int64 // of the database, in bytes

	Provider string // of a follower: the address it gets its changes from
	Referral string // of a follower: where it sends who wants to write
}

// population writes what slapadd loads.
func (o SlapdOptions) population(b io.Writer) {
	ldif(b, slapdBase, "objectClass: domain", "dc: region")
	for _, unit := range []string{"usagers", "elus", "services", "policies", "groupes"} {
		ldif(b, "ou="+unit+","+slapdBase, "objectClass: organizationalUnit", "ou: "+unit)
	}
	ldif(b, slapdService, "objectClass: organizationalRole", "objectClass: simpleSecurityObject", "cn: ssprd",
		"userPassword: "+ssha(slapdServicePassword))
	ldif(b, slapdPolicy, o.policy("default")...)
	for name, rules := range ownPolicies {
		ldif(b, "cn="+name+",ou=policies,"+slapdBase, rules.policy(name)...)
	}

	password := ssha(InitialPassword) // one salt for all: a test server with 10,000 people starts no slower
	for _, p := range everybody {
		switch lines := personLines(p, password); p {
		case Protected:
			ldif(b, p.DN(slapdBase), append(lines, "memberOf: cn=administrateurs,ou=groupes,"+slapdBase)...)
		case LockedForGood:
			ldif(b, p.DN(slapdBase), append(lines, "pwdAccountLockedTime: "+lockedForGood)...)
		default:
			ldif(b, p.DN(slapdBase), lines...)
		}
	}
	ldif(b, "cn=administrateurs,ou=groupes,"+slapdBase, "objectClass: groupOfNames", "cn: administrateurs",
		"member: "+Protected.DN(slapdBase))
	ldif(b, slapdGroup, "objectClass: groupOfNames", "cn: assistance", "member: "+slapdService) // which wants a member
	ldif(b, slapdOuterGroup, "objectClass: groupOfNames", "cn: informatique", "member: "+slapdGroup)
	for i := range o.Extra {
		p := Extra(i + 1)
		lines := personLines(p, password)
		if o.Phones {
			lines = append(lines, "telephoneNumber: "+p.Phone())
		}
		ldif(b, p.DN(slapdBase), lines...)
	}
}

func personLines(p Person, password string) []string {
	return []string{
		"objectClass: inetOrgPerson", "cn: " + p.Name(), "sn: " + p.Surname, "givenName: " + p.Given,
		"displayName: " + p.DisplayName(), "uid: " + p.UID, "mail: " + p.Mail, "userPassword: " + password,
	}
}

// policy is the entry with the rules, as slapo-ppolicy(5) reads it.
func (o SlapdOptions) policy(name string) []string {
	quality := o.CheckQuality
	if quality == 0 && o.MinLength+o.MaxLength > 0 {
		quality = 2
	}
	lines := []string{
		"objectClass: device", "objectClass: pwdPolicy", "cn: " + name, "pwdAttribute: userPassword",
		fmt.Sprintf("pwdMinLength: %d", o.MinLength),
		fmt.Sprintf("pwdCheckQuality: %d", quality),
		fmt.Sprintf("pwdInHistory: %d", o.InHistory),
		fmt.Sprintf("pwdMinAge: %d", int(o.MinAge.Seconds())),
		fmt.Sprintf("pwdMaxAge: %d", int(o.MaxAge.Seconds())),
		fmt.Sprintf("pwdMaxFailure: %d", o.MaxFailure),
		"pwdLockout: TRUE", // without it not even an administrator's lock is looked at
	}
	if o.MaxLength > 0 {
		lines = append(lines, fmt.Sprintf("pwdMaxLength: %d", o.MaxLength))
	}
	if o.SafeModify {
		lines = append(lines, "pwdSafeModify: TRUE")
	}
	if o.MustChange {
		lines = append(lines, "pwdMustChange: TRUE")
	}
	return lines
}
