package bench

import (
	"errors"
	"fmt"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
)

// floor is what a reset asks of the directory, and nothing else, by connections that are kept: one to each server, as the
// portal has.
type floor interface {
	// change finds by mail, reads by the lasting identifier, writes, reads back, and reads every follower until it has it.
	change(p dirtest.Person, password string) error
	Close() error
}

// floor does the LDAP work alone for n people, some at a time.
func (w *world) floor(atATime, n int) (perSecond float64, err error) {
	people, err := w.people(n)
	if err != nil {
		return 0, err
	}
	f, err := w.dir.floor()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	perSecond, err = drive(atATime, n, func(i int) error { return f.change(people[i], password(people[i])) })
	if err == nil {
		err = signsIn(w.dir.server(), people[n-1])
	}
	return perSecond, err
}

// connect signs in as the service account does.
func connect(s *dirtest.Server) (*ldap.Conn, error) {
	conn, err := s.Dial()
	if err != nil {
		return nil, err
	}
	password, err := s.ServicePassword()
	if err == nil {
		err = conn.Bind(s.ServiceDN, password)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("sign-in of the service account: %w", err)
	}
	return conn, nil
}

// slapdFloor has the connection to the server that is written to, and then those to its followers.
type slapdFloor struct {
	base  string
	conns []*ldap.Conn
}

func (d *openLDAP) floor() (floor, error) {
	f := &slapdFloor{base: "ou=usagers," + d.BaseDN}
	for _, s := range append([]*dirtest.Slapd{d.Slapd}, d.replicas...) {
		conn, err := connect(&s.Server)
		if err != nil {
			_ = f.Close()
			return nil, err
		}
		f.conns = append(f.conns, conn)
	}
	return f, nil
}

func (f *slapdFloor) Close() (err error) {
	for _, conn := range f.conns {
		err = errors.Join(err, conn.Close())
	}
	return err
}

func (f *slapdFloor) change(p dirtest.Person, password string) error {
	conn := f.conns[0]
	found, err := f.only(conn, "(mail="+p.Mail+")")
	if err != nil {
		return err
	}
	byID := "(entryUUID=" + found.GetAttributeValue("entryUUID") + ")"
	before, err := f.only(conn, byID)
	if err != nil {
		return err
	}
	if err := write(conn, before.DN, password); err != nil {
		return fmt.Errorf("the change of %s: %w", before.DN, err)
	}
	after, err := f.only(conn, byID)
	if err != nil {
		return err
	}
	csn := after.GetAttributeValue("entryCSN")
	if csn == before.GetAttributeValue("entryCSN") {
		return errors.New("the change of " + before.DN + " cannot be read back")
	}
	for _, replica := range f.conns[1:] {
		if err := f.arrived(replica, byID, csn); err != nil {
			return err
		}
	}
	return nil
}

// arrived reads the entry on a follower until it has the change.
func (f *slapdFloor) arrived(conn *ldap.Conn, byID, csn string) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(patience); time.Now().Before(until); <-tick.C {
		e, err := f.only(conn, byID)
		if err != nil || e.GetAttributeValue("entryCSN") >= csn {
			return err
		}
	}
	return errors.New("the change of " + byID + " does not arrive at a follower")
}

func (f *slapdFloor) only(conn *ldap.Conn, filter string) (*ldap.Entry, error) {
	return only(conn, f.base, "(&(objectClass=inetOrgPerson)"+filter+")", "mail", "uid", "cn", "sn", "givenName", "displayName",
		"entryUUID", "entryCSN", "pwdChangedTime", "pwdAccountLockedTime", "pwdReset")
}

// only reads the one entry of a filter with what the portal needs of it.
func only(conn *ldap.Conn, base, filter string, attributes ...string) (*ldap.Entry, error) {
	result, err := conn.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, 0, false, filter, attributes, nil))
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", filter, err)
	}
	if len(result.Entries) != 1 {
		return nil, fmt.Errorf("search %s: %d entries", filter, len(result.Entries))
	}
	return result.Entries[0], nil
}

// write is the extended operation of RFC 3062, with the ppolicy control; go-ldap's own sends no control.
func write(conn *ldap.Conn, dn, password string) error {
	value := ber.NewSequence("PasswdModifyRequestValue")
	value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, dn, "userIdentity"))
	value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 2, password, "newPasswd"))
	request := ldap.NewExtendedRequest("1.3.6.1.4.1.4203.1.11.1", value)
	request.Controls = []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}
	_, err := conn.Extended(request)
	return err
}

// sambaFloor is the same on a domain controller.
type sambaFloor struct {
	*ldap.Conn
	base string
}

func (d samba) floor() (floor, error) {
	conn, err := connect(&d.Server)
	if err != nil {
		return nil, err
	}
	return &sambaFloor{conn, "OU=Agents," + d.BaseDN}, nil
}

func (f *sambaFloor) change(p dirtest.Person, password string) error {
	found, err := f.only("(mail=" + p.Mail + ")")
	if err != nil {
		return err
	}
	var id strings.Builder
	for _, b := range found.GetRawAttributeValue("objectGUID") {
		fmt.Fprintf(&id, `\%02x`, b)
	}
	byID := "(objectGUID=" + id.String() + ")"
	before, err := f.only(byID)
	if err != nil {
		return err
	}
	request := ldap.NewModifyRequest(before.DN, nil)
	request.Replace("unicodePwd", []string{dirtest.UnicodePwd(password)})
	if err := f.Modify(request); err != nil {
		return fmt.Errorf("the change of %s: %w", before.DN, err)
	}
	after, err := f.only(byID)
	if err == nil && after.GetAttributeValue("pwdLastSet") == before.GetAttributeValue("pwdLastSet") {
		err = errors.New("the change of " + before.DN + " cannot be read back")
	}
	return err
}

func (f *sambaFloor) only(filter string) (*ldap.Entry, error) {
	return only(f.Conn, f.base, "(&(objectCategory=person)(objectClass=user)"+filter+")", "mail", "sAMAccountName", "cn", "sn",
		"givenName", "displayName", "extensionAttribute1", "objectGUID", "pwdLastSet", "lockoutTime", "userAccountControl",
		"accountExpires", "adminCount", "msDS-ResultantPSO", "msDS-KeyVersionNumber", "msDS-User-Account-Control-Computed")
}
