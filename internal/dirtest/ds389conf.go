package dirtest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	ds389Base            = slapdBase
	ds389Admin           = "cn=Directory Manager"
	ds389AdminPassword   = "Administrateur-2026"
	ds389Service         = "cn=ssprd,ou=services," + ds389Base
	ds389ServicePassword = "Service-de-test-2026"
	ds389Templates       = "/usr/share/dirsrv/data"
)

// configure writes dse.ldif, from which the server takes everything, of the templates by which dscreate makes it.
func (s *DS389) configure(securePort, plainPort int) error {
	places := map[string]string{
		"schema_dir": filepath.Join(s.conf(), "schema"), "cert_dir": s.conf(), "config_dir": s.conf(),
		"lock_dir": s.in("lock"), "tmp_dir": s.in("tmp"), "ldif_dir": s.in("ldif"), "bak_dir": s.in("bak"),
		"run_dir": s.in("run"), "inst_dir": s.in("inst"), "log_dir": s.in("log"), "db_dir": s.in("db"),
		"db_home_dir": s.in("db"), "db_lib": "bdb",
		"fqdn": "localhost", "ds_port": fmt.Sprint(plainPort), "ds_user": "root",
		"rootdn": ds389Admin, "ds_passwd": ssha(ds389AdminPassword),
		"ldapi_enabled": "off", "ldapi": s.in("socket"), "ldapi_autobind": "off",
		"ds_suffix": ds389Base, "ds_bename": "userRoot",
	}
	var text string
	for _, file := range []string{"template-dse.ldif", "template-suffix-db.ldif"} {
		content, err := os.ReadFile(filepath.Join(ds389Templates, file))
		if err != nil {
			return err
		}
		text += string(withoutComments(content))
	}
	for name, value := range places {
		text = strings.ReplaceAll(text, "%"+name+"%", value)
	}
	text = s.settings(securePort).apply(text)
	return os.WriteFile(filepath.Join(s.conf(), "dse.ldif"), []byte(text), 0o600)
}

var comments = regexp.MustCompile(`(?m)^#.*\n`)

func withoutComments(ldif []byte) []byte { return comments.ReplaceAll(ldif, nil) }

// settings are the lines that entries of dse.ldif have besides those of the templates, by their DNs.
type settings map[string][]string

func (s *DS389) settings(securePort int) settings {
	config := []string{
		"nsslapd-listenhost: 127.0.0.1", "nsslapd-securelistenhost: 127.0.0.1",
		fmt.Sprintf("nsslapd-secureport: %d", securePort), "nsslapd-security: on",
		"nsslapd-require-secure-binds: on", "nsslapd-accesslog-logbuffering: off", // Operations counts in it
		"nsslapd-pwpolicy-local: on",
		"passwordStorageScheme: SSHA512", // the default takes its time, on purpose
		"aci: " + ds389ReadsConfig,
	}
	for _, name := range slices.Sorted(maps.Keys(s.options.Policy)) {
		config = append(config, name+": "+s.options.Policy[name])
	}
	backend := []string{"nsslapd-cache-autosize: 0", "nsslapd-dbcachesize: 20000000"}
	if !s.options.FSync {
		backend = append(backend, "nsslapd-db-durable-transaction: off")
	}
	people := []string{"nsslapd-cachememsize: 20000000"}
	if s.options.readOnly {
		people = append(people, "nsslapd-readonly: on")
	}
	return settings{
		"cn=config": config,
		"cn=config,cn=ldbm database,cn=plugins,cn=config":   backend,
		"cn=userRoot,cn=ldbm database,cn=plugins,cn=config": people,
		"cn=MemberOf Plugin,cn=plugins,cn=config":           {"nsslapd-pluginEnabled: on", "memberOfAutoAddOC: nsMemberOf"},
		// It would find é wrong in an address or an identifier.
		"cn=7-bit check,cn=plugins,cn=config": {"nsslapd-pluginEnabled: off"},
	}
}

// apply adds the lines, each in the place of what the template says of the same attribute.
func (s settings) apply(text string) string {
	blocks := strings.Split(text, "\n\n")
	for i, block := range blocks {
		head, rest, _ := strings.Cut(strings.TrimLeft(block, "\n"), "\n")
		added := s[strings.TrimPrefix(head, "dn: ")]
		if len(added) == 0 {
			continue
		}
		lines := slices.DeleteFunc(strings.Split(rest, "\n"), func(line string) bool {
			name, _, _ := strings.Cut(line, ":")
			return slices.ContainsFunc(added, func(a string) bool {
				return name != "aci" && strings.HasPrefix(strings.ToLower(a), strings.ToLower(name)+":")
			})
		})
		blocks[i] = strings.Join(append(append([]string{head}, lines...), added...), "\n")
	}
	return strings.Join(blocks, "\n\n")
}

// What the service account may do, as an administrator would write it. Of a person it reads what finds and judges them;
// of the rules, those of everybody in cn=config, and the local ones in the containers that dsconf makes for them. A rule
// that names an attribute unknown to the schema holds for nothing, and the schema of 2.3 lacks
// nsslapd-pwpolicy-inherit-global: whether local rules are completed by those of everybody, the account cannot read.
const (
	ds389Rules = `passwordCheckSyntax || passwordMinLength || passwordMinDigits || passwordMinAlphas || passwordMinUppers || ` +
		`passwordMinLowers || passwordMinSpecials || passwordMin8bit || passwordMaxRepeats || passwordMinCategories || ` +
		`passwordMinTokenLength || passwordUserAttributes || passwordBadWords || passwordPalindrome || passwordDictCheck || ` +
		`passwordMaxSequence || passwordMaxSeqSets || passwordMaxClassChars || passwordHistory || passwordInHistory || passwordMinAge`
	ds389ReadsConfig = `(target = "ldap:///cn=config")(targetattr = "objectClass || nsslapd-pwpolicy-local || ` + ds389Rules + `")` +
		`(version 3.0; acl "ssprd: the rules of everybody"; allow (read, search, compare) userdn = "ldap:///` + ds389Service + `";)`
	ds389ReadsPeople = `(targetattr = "objectClass || cn || sn || givenName || displayName || uid || mail || telephoneNumber || mobile || ou || memberOf || ` +
		`nsUniqueId || nsAccountLock || pwdPolicySubentry || passwordExpirationTime || passwordAllowChangeTime || ` +
		`accountUnlockTime || passwordRetryCount || pwdReset || pwdUpdateTime || modifyTimestamp")` +
		`(version 3.0; acl "ssprd: people"; allow (read, search, compare) userdn = "ldap:///` + ds389Service + `";)`
	ds389ReadsGroups = `(targetattr = "objectClass || member || uniqueMember || memberUid")` +
		`(version 3.0; acl "ssprd: groups of the helpdesk"; allow (read, search, compare) userdn = "ldap:///` + ds389Service + `";)`
	ds389ReadsRules = `(targetfilter = "(objectClass=passwordPolicy)")(targetattr = "objectClass || ` + ds389Rules + `")` +
		`(version 3.0; acl "ssprd: the rules of some"; allow (read, search, compare) userdn = "ldap:///` + ds389Service + `";)`
	ds389WritesPasswords = `(targetattr = "userPassword")` +
		`(version 3.0; acl "ssprd: passwords"; allow (write) userdn = "ldap:///` + ds389Service + `";)`
	ds389Unlocks = `(targetattr = "accountUnlockTime || passwordRetryCount")` +
		`(version 3.0; acl "ssprd: lock-outs"; allow (write) userdn = "ldap:///` + ds389Service + `";)`
	ds389OwnPassword = `(targetattr = "userPassword")` +
		`(version 3.0; acl "one's own password"; allow (write) userdn = "ldap:///self";)`
)

// DS389Access is what docs/directories.md tells to grant, by the entry that it belongs to.
func DS389Access() [][2]string {
	return [][2]string{
		{"ou=usagers," + ds389Base, ds389WritesPasswords}, {"ou=usagers," + ds389Base, ds389Unlocks}, {ds389Base, ds389ReadsPeople}, {ds389Base, ds389ReadsRules}, {"cn=config", ds389ReadsConfig},
		{"ou=groupes," + ds389Base, ds389ReadsGroups},
	}
}

// population is what ldif2db loads.
func (o DS389Options) population() string {
	var b strings.Builder
	// Of an entry that was changed a moment ago nobody can say whether it was changed again.
	add := func(dn string, lines ...string) {
		ldif(&b, dn, append(lines, "nsUniqueId: "+lastingName(dn), "modifyTimestamp: 20260101000000Z")...)
	}
	add(ds389Base, "objectClass: domain", "dc: region", "aci: "+ds389ReadsPeople, "aci: "+ds389ReadsRules,
		"aci: "+ds389OwnPassword)
	for _, unit := range []string{"usagers", "elus", "services", "groupes"} {
		lines := []string{"objectClass: organizationalUnit", "ou: " + unit}
		switch unit {
		case "usagers", "elus":
			lines = append(lines, "aci: "+ds389WritesPasswords, "aci: "+ds389Unlocks)
		case "groupes":
			lines = append(lines, "aci: "+ds389ReadsGroups)
		}
		add("ou="+unit+","+ds389Base, lines...)
	}
	add(ds389Service, "objectClass: organizationalRole", "objectClass: simpleSecurityObject", "cn: ssprd",
		"userPassword: "+ssha(ds389ServicePassword))

	password := ssha(InitialPassword)
	for _, p := range everybody {
		lines := personLines(p, password)
		switch p {
		case Protected:
			lines = append(lines, "objectClass: nsMemberOf", "memberOf: "+ds389Administrators)
		case LockedForGood:
			lines = append(lines, "nsAccountLock: true")
		}
		add(p.DN(ds389Base), lines...)
	}
	add(ds389Administrators, "objectClass: groupOfNames", "cn: administrateurs", "member: "+Protected.DN(ds389Base))
	add(slapdGroup, "objectClass: groupOfNames", "cn: assistance")
	add(slapdOuterGroup, "objectClass: groupOfNames", "cn: informatique", "member: "+slapdGroup)
	for i := range o.Extra {
		p := Extra(i + 1)
		add(p.DN(ds389Base), personLines(p, password)...)
	}
	return b.String()
}

const ds389Administrators = "cn=administrateurs,ou=groupes," + ds389Base

// lastingName is an entry's nsUniqueId, made of its DN so that servers of the same content agree on it, as replicas do.
func lastingName(dn string) string {
	sum := sha256.Sum256([]byte(dn))
	return fmt.Sprintf("%x-%x-%x-%x", sum[:4], sum[4:8], sum[8:12], sum[12:16])
}
