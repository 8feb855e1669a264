package desktest

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// population is one of a directory: the one in question, or another one.
type population struct {
	name string
	unit string // of its people
}

// place is a directory of the tests, and how its people become what they are.
type place struct {
	*dirtest.Server
	admin *ldap.Conn

	region      portaltest.Region // with this directory alone
	more        string            // further populations, in YAML
	directory   string            // its name there
	findBy      string            // by what agents sign in
	agentsBelow string
	groupsBelow string
	first       population // where agents have their accounts, and who is to be helped
	second      population
	outside     string // a unit of no population

	add        func(p dirtest.Person) error
	withoutA   string              // the attribute with the address for codes
	group      map[string][]string // of which classes one is
	unfiltered map[string][]string // of which classes somebody is whom the filter leaves out
	lock       func(dn string) error
	disable    func(dn string) error
	protect    func(dn string) error
	locked     func(dn string) (bool, error)
	nested     bool     // whoever joins a group joins one that is a member of it
	moves      []string // the attributes that an unlock may move
	id         func(*ldap.Entry) string
}

// startAdmin opens a connection that is signed in as the administrator for as long as the test lasts.
func startAdmin(t *testing.T, s *dirtest.Server) *ldap.Conn {
	t.Helper()
	opened, end, ended := make(chan *ldap.Conn, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Admin(func(c *ldap.Conn) error {
			opened <- c
			<-end
			return nil
		})
	}()
	select {
	case c := <-opened:
		t.Cleanup(func() { close(end); <-ended })
		return c
	case err := <-ended:
		t.Fatal(err)
	}
	return nil
}

// startSlapd starts one where this population is in question, and this is another one.
func startSlapd(t *testing.T, first, second string) *place {
	t.Helper()
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 8})
	p := &place{
		Server: &s.Server, admin: startAdmin(t, &s.Server), region: portaltest.Region{Slapd: s}, directory: "region", findBy: "uid",
		agentsBelow: s.BaseDN, groupsBelow: "ou=groupes," + s.BaseDN, first: population{first, first}, second: population{second, second},
		outside: "services", withoutA: "mail", group: map[string][]string{"objectClass": {"groupOfNames"}, "member": {s.ServiceDN}},
		unfiltered: map[string][]string{"objectClass": {"person"}, "sn": {"Salle"}}, lock: s.LockOut, locked: s.LockedOut,
		moves: []string{"pwdAccountLockedTime", "pwdFailureTime", "entryCSN", "modifyTimestamp", "modifiersName"},
		id:    func(e *ldap.Entry) string { return e.GetAttributeValue("entryUUID") },
	}
	p.add = func(who dirtest.Person) error {
		r := ldap.NewAddRequest(who.DN(s.BaseDN), nil)
		for name, value := range map[string]string{
			"objectClass": "inetOrgPerson", "cn": who.Name(), "sn": who.Surname, "givenName": who.Given, "displayName": who.DisplayName(),
			"uid": who.UID, "mail": who.Mail, "userPassword": dirtest.InitialPassword,
		} {
			r.Attribute(name, []string{value})
		}
		return p.admin.Add(r)
	}
	p.disable = func(dn string) error { return p.replace(dn, "pwdStartTime", "20990101000000Z") }
	p.protect = func(dn string) error { return p.join("cn=administrateurs,"+p.groupsBelow, dn) }
	return p
}

func startSamba(t *testing.T) *place {
	t.Helper()
	s := dirtest.StartSamba(t)
	p := &place{
		Server: &s.Server, admin: startAdmin(t, &s.Server), region: portaltest.Region{Samba: s}, directory: "siege", findBy: "sAMAccountName",
		agentsBelow: "OU=Agents," + s.BaseDN, groupsBelow: "OU=Services," + s.BaseDN, first: population{"agents-siege", "Agents"}, second: population{"direction", "Direction"},
		outside: "Services", add: s.AddAgent, withoutA: "extensionAttribute1", group: map[string][]string{"objectClass": {"group"}},
		nested: true, unfiltered: map[string][]string{"objectClass": {"contact"}, "sn": {"Salle"}}, lock: s.LockOut, locked: s.LockedOut,
		moves: []string{"lockoutTime", "badPwdCount", "msDS-User-Account-Control-Computed", "whenChanged", "uSNChanged", "replPropertyMetaData"},
		id:    func(e *ldap.Entry) string { return hex.EncodeToString(e.GetRawAttributeValue("objectGUID")) },
		more: `  - {name: direction, label: Direction, reset: {directory: siege, base: "OU=Direction,DC=siege,DC=example", filter: "(&(objectCategory=person)(objectClass=user))", ` +
			`find_by: [mail, sAMAccountName], mail: [extensionAttribute1], identifier: sAMAccountName, rules: standard}}` + "\n",
	}
	p.disable = func(dn string) error { return p.replace(dn, "userAccountControl", "514") }
	p.protect = func(dn string) error { return p.replace(dn, "adminCount", "1") } // as an administrator is by the domain itself
	return p
}

func (p *place) replace(dn, attribute string, values ...string) error {
	r := ldap.NewModifyRequest(dn, nil)
	r.Replace(attribute, values)
	return p.admin.Modify(r)
}

func (p *place) join(group, dn string) error {
	r := ldap.NewModifyRequest(group, nil)
	r.Add("member", []string{dn})
	return p.admin.Modify(r)
}

func (p *place) leave(group, dn string) error {
	r := ldap.NewModifyRequest(group, nil)
	r.Delete("member", []string{dn})
	return p.admin.Modify(r)
}

// groupDN is a group of the helpdesk.
func (p *place) groupDN(of population, name string) string {
	return "cn=" + of.name + "-" + name + "," + p.groupsBelow
}

// joinDN is the group that an agent joins to be a member of that one.
func (p *place) joinDN(of population, name string) string {
	if p.nested {
		name += "-within"
	}
	return p.groupDN(of, name)
}

// addGroups makes those of both populations.
func (p *place) addGroups() (err error) {
	for _, of := range []population{p.first, p.second} {
		for _, g := range groups {
			err = errors.Join(err, p.addGroup(p.groupDN(of, g.name)))
			if p.nested {
				err = errors.Join(err, p.addGroup(p.joinDN(of, g.name)), p.join(p.groupDN(of, g.name), p.joinDN(of, g.name)))
			}
		}
	}
	return err
}

func (p *place) addGroup(dn string) error {
	r := ldap.NewAddRequest(dn, nil)
	for name, values := range p.group {
		r.Attribute(name, values)
	}
	return p.admin.Add(r)
}

// addUnfiltered makes an entry in the population's unit that is nobody of it, and gives its DN.
func (p *place) addUnfiltered(of population) (string, error) {
	dn := "cn=Salle de réunion,ou=" + of.unit + "," + p.BaseDN
	r := ldap.NewAddRequest(dn, nil)
	for name, values := range p.unfiltered {
		r.Attribute(name, values)
	}
	return dn, p.admin.Add(r)
}

// entry is all attributes of one, the operational ones too.
func (p *place) entry(dn string) (*ldap.Entry, error) {
	found, err := p.admin.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{"*", "+"}, nil))
	if err != nil {
		return nil, err
	}
	return found.Entries[0], nil
}
