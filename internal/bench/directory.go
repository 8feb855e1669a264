package bench

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// directory is one with people who have not been changed, and its followers.
type directory interface {
	server() *dirtest.Server
	tell(r *portaltest.Region, url string) // that the portal reaches it there
	population() string                    // of the portal, that the people are in
	person(i int) dirtest.Person           // from 1 on
	floor() (floor, error)                 // connects
	operations() (searches, writes int, err error)
}

// openDirectory starts that of a setting, with so many people at least.
func openDirectory(t testing.TB, s Setting, people int) directory {
	t.Helper()
	if s.Kind == Samba {
		return openSamba(t, people)
	}
	d := &openLDAP{Slapd: dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: people, FSync: s.FSync, Hash: s.Hash})}
	d.follow(t, s.Replicas)
	return d
}

type openLDAP struct {
	*dirtest.Slapd
	replicas []*dirtest.Slapd
	read     int // how often the counts were, of each server
}

// follow starts followers until there are n.
func (d *openLDAP) follow(t testing.TB, n int) {
	t.Helper()
	for len(d.replicas) < n {
		d.replicas = append(d.replicas, d.StartReplica(t))
	}
}

func (d *openLDAP) server() *dirtest.Server     { return &d.Server }
func (d *openLDAP) population() string          { return "usagers" }
func (d *openLDAP) person(i int) dirtest.Person { return dirtest.Extra(i) }

func (d *openLDAP) tell(r *portaltest.Region, url string) {
	there := *d.Slapd
	there.URL = url
	r.Slapd = &there
	if len(d.replicas) > 0 {
		r.Replica, r.Others = d.replicas[0], d.replicas[1:]
	}
}

// operations reads cn=Monitor of all servers.
func (d *openLDAP) operations() (searches, writes int, err error) {
	for _, s := range append([]*dirtest.Slapd{d.Slapd}, d.replicas...) {
		err := s.Admin(func(c *ldap.Conn) error {
			result, err := c.Search(ldap.NewSearchRequest("cn=Operations,cn=Monitor", ldap.ScopeSingleLevel, ldap.NeverDerefAliases,
				0, 0, false, "(objectClass=*)", []string{"cn", "monitorOpCompleted"}, nil))
			if err != nil {
				return err
			}
			for _, e := range result.Entries {
				n, err := strconv.Atoi(e.GetAttributeValue("monitorOpCompleted"))
				if err != nil {
					return err
				}
				switch e.GetAttributeValue("cn") {
				case "Search":
					searches += n - d.read // the readings themselves, of which this one has not completed
				case "Modify", "Extended":
					writes += n
				}
			}
			return nil
		})
		if err != nil {
			return 0, 0, fmt.Errorf("cn=Monitor: %w", err)
		}
	}
	d.read++
	return searches, writes, nil
}

type samba struct{ *dirtest.Samba }

func openSamba(t testing.TB, people int) samba {
	t.Helper()
	d := samba{dirtest.StartSamba(t)}
	all := make([]dirtest.Person, people)
	for i := range all {
		all[i] = d.person(i + 1)
	}
	if err := d.AddAgents(all); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d samba) server() *dirtest.Server { return &d.Server }
func (d samba) population() string      { return "agents-siege" }

func (d samba) tell(r *portaltest.Region, url string) {
	there := *d.Samba
	there.URL = url
	r.Samba = &there
}

// person has one address, for what is typed and for the code.
func (d samba) person(i int) dirtest.Person {
	p := dirtest.ExtraAgent(i)
	p.Private = p.Mail
	return p
}

// operations has no searches: the server does not count them.
func (d samba) operations() (searches, writes int, err error) {
	writes, err = d.Writes()
	return 0, writes, err
}
