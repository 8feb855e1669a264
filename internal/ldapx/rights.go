package ldapx

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Account is what a server tells of the service account.
type Account struct {
	Err error // why it could not be asked

	PasswordTold bool      // whether it tells until when the account's password is good
	Ends         time.Time // that is when; the zero time for never

	Root          bool     // it is the one for whom no rules hold: the rootdn of slapd, the Directory Manager
	PasswordAdmin bool     // 389ds: its passwordAdminDN, for whom no policy holds
	Groups        []string // active-directory: the SIDs of its token; none where they are not told
	AdminCount    bool     // active-directory: it is protected as administrators are
	Unexpire      Answer   // active-directory: whether it has the right Unexpire-Password on the domain
}

// Rights are those of the service account on one person.
type Rights struct {
	Err   error  // why they could not be asked
	Below string // the DN of the entry that the person's stands in; "" where nobody was found who may be reset

	Write      Answer   // of the password
	Unlock     Answer   // of the end of a lock-out, where that is a write of its own
	Manage     Answer   // openldap: the policy does not hold for it
	SafeModify Answer   // openldap: pwdSafeModify of the policy in force
	More       []string // attributes whose values say where codes go, and which it may write too
	Beyond     bool     // 389ds: it may delete or rename the entry
}

// mostSamples is among how many people of a population one is looked for who may be reset.
const mostSamples = 20

// Account asks a server about the service account.
func (p *Prober) Account(ctx context.Context, address string) (a Account) {
	a.Err = p.on(address, func(d *Directory, s *server) error {
		return s.read(ctx, func(conn *connection) error { return a.self(ctx, d, s, conn) })
	})
	return a
}

// Rights asks a server what the service account may do there to a person of this population.
func (p *Prober) Rights(ctx context.Context, address string, population Search) (r Rights) {
	r.Err = p.on(address, func(d *Directory, s *server) (err error) {
		r, err = d.Population(population).rights(ctx, s)
		return err
	})
	return r
}

// on opens the directory with one server alone, and says nothing of it to the log: what is to be said is the caller's.
func (p *Prober) on(address string, f func(*Directory, *server) error) error {
	c := p.config
	c.Servers, c.Replicas, c.ServerLabels = []string{address}, nil, nil
	d, err := Open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer d.Close()
	return f(d, d.servers[0])
}

// self reads the account's own entry, and what only its kind has.
func (a *Account) self(ctx context.Context, d *Directory, s *server, conn *connection) error {
	c := d.config
	own, err := baseEntry(conn.Conn, c.BindDN, nil, slices.Concat(d.kind.attributes(), d.kind.card())...)
	if err == nil && c.Kind != Generic {
		book := consulted{ctx, d, s}
		a.Ends, a.PasswordTold = d.kind.times(own, book).expires, eligible(d.kind, own, time.Now()) != unreadable
		if c.Kind == OpenLDAP && conn.hasControl(ldap.ControlTypeBeheraPasswordPolicy) {
			_, _, known := openLDAP{}.inForce(own, book)
			a.PasswordTold = a.PasswordTold && known
		}
	}
	switch c.Kind {
	case OpenLDAP:
		a.Root = rootOf(conn.Conn, c.BindDN)
	case DS389:
		a.manager(conn.Conn, c.BindDN)
	case ActiveDirectory:
		if err != nil {
			return fmt.Errorf("reading the entry of bind_dn: %w", err)
		}
		a.AdminCount = own.text("adminCount") == "1"
		a.token(conn.Conn, c.BindDN)
	}
	return nil
}

// rights asks what the service account may do to the first person found who may be reset.
func (p *Population) rights(ctx context.Context, s *server) (r Rights, err error) {
	found, err := p.entries(ctx, s, "", mostSamples)
	found = slices.DeleteFunc(found, func(e entry) bool { return p.eligible(e) != "" })
	if err != nil || len(found) == 0 {
		return r, err
	}
	e := found[max(0, slices.IndexFunc(found, hasPassword))]
	if dn, err := ldap.ParseDN(e.DN); err == nil && len(dn.RDNs) > 1 {
		r.Below = (&ldap.DN{RDNs: dn.RDNs[1:]}).String()
	}
	err = s.read(ctx, func(conn *connection) error {
		switch p.directory.config.Kind {
		case OpenLDAP:
			p.onSlapd(ctx, s, conn, e, &r)
		case DS389:
			return p.on389(conn, e, &r)
		case ActiveDirectory:
			return p.onDomain(conn, e, &r)
		}
		return nil
	})
	return r, err
}

// hasPassword tells whether an entry is known to have a password. Others may have one too.
func hasPassword(e entry) bool { return e.text("pwdChangedTime") != "" }

// noOp is the control by which slapd does all of a change but the change itself (draft-zeilenga-ldap-noop). It is hidden from
// supportedControl. A server, or a backend of slapd's, that does not know it refuses what it is critical to (RFC 4511 section 4.1.11).
const (
	noOp       = "1.3.6.1.4.1.4203.666.5.2"
	resultNoOp = 0x410e
)

// attempt asks slapd whether a value can be taken from an attribute, in a way in which nothing can change twice over: the control
// keeps the change from being made, and the value, drawn anew, is nobody's. Access rules are looked at before it is looked for
// (mdb_modify_internal): 50 says that there is no right, 16 that there was one and no such value.
func attempt(conn *ldap.Conn, dn, attribute string) error {
	request := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlString(noOp, true, "")})
	request.Delete(attribute, []string{rand.Text()})
	return conn.Modify(request)
}

// attemptReset asks slapd whether a password can be replaced, which takes both rights that make up write: to delete the former one
// (z of slapd.access(5)), and to add the new one (a). The overlay ppolicy looks at both in one change before access rules do, so
// that the second is asked for by itself. There the control alone keeps the change from being made; were it made all the same, it
// would be a further value that nobody knows, beside the one that works.
func attemptReset(conn *ldap.Conn, dn string) Answer {
	if deletes := allowed(attempt(conn, dn, "userPassword")); deletes != Yes {
		return deletes
	}
	request := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlString(noOp, true, ""), ldap.NewControlBeheraPasswordPolicy()})
	request.Add("userPassword", []string{rand.Text() + "-aa11"}) // letters of both cases, digits and others, for a policy that wants them
	err := conn.Modify(request)
	if _, judged := ppolicyError(err); judged { // by the policy, which may say 50 too
		return Untold
	}
	return allowed(err)
}

// allowed reads the result of an attempt.
func allowed(err error) Answer {
	switch {
	case ldap.IsErrorAnyOf(err, ldap.LDAPResultNoSuchAttribute, resultNoOp):
		return Yes
	case ldap.IsErrorWithCode(err, ldap.LDAPResultInsufficientAccessRights):
		return No
	}
	return Untold
}

// takesNoChanges tells whether slapd answers an attempt as a server that takes no changes does, which it looks at first.
func takesNoChanges(conn *ldap.Conn, dn string) bool {
	return judge(attempt(conn, dn, "description")).code == readOnly
}

// onSlapd attempts changes of the password and of the addresses, and looks at the policy in force.
func (p *Population) onSlapd(ctx context.Context, s *server, conn *connection, e entry, r *Rights) {
	r.Write, r.More = attemptReset(conn.Conn, e.DN), nil
	for _, attribute := range p.search.Mail {
		if allowed(attempt(conn.Conn, e.DN, attribute)) == Yes {
			r.More = append(r.More, attribute)
		}
	}
	book := consulted{ctx, p.directory, s}
	_, _, known := openLDAP{}.inForce(e, book)
	if !conn.hasControl(ldap.ControlTypeBeheraPasswordPolicy) {
		r.Manage, r.SafeModify = No, No // no policy, of which anybody could be free
		return
	}
	r.Manage = manages(conn.Conn, e, known)
	if known {
		r.SafeModify = p.safeModify(conn.Conn, e)
	}
}

// manages tells whether the overlay ppolicy lets what the account writes go unjudged. Of a new password beside a former one that
// is wrong it says, before anything else is looked at, that the right one is wanted. The change that is attempted cannot be made,
// again twice over: by the control, and because the value that it begins by taking away is nobody's. Where it goes unjudged there
// may be no policy in force, or the person may have no password.
func manages(conn *ldap.Conn, e entry, policyKnown bool) Answer {
	request := ldap.NewModifyRequest(e.DN, []ldap.Control{ldap.NewControlString(noOp, true, ""), ldap.NewControlBeheraPasswordPolicy()})
	request.Delete("userPassword", []string{rand.Text()})
	request.Add("userPassword", []string{rand.Text()})
	err := conn.Modify(request)
	_, judged := ppolicyError(err)
	switch {
	case judged:
		return No
	case policyKnown && hasPassword(e) && allowed(err) == Yes:
		return Yes
	}
	return Untold
}

// safeModify reads from the policy in force whether a new password is taken only together with the former one.
func (p *Population) safeModify(conn *ldap.Conn, e entry) Answer {
	dn := e.text("pwdPolicySubentry")
	if dn == "" {
		dn = p.directory.config.PasswordPolicy
	}
	policy, err := baseEntry(conn, dn, nil, "pwdSafeModify")
	switch {
	case err != nil:
		return Untold
	case policy.isTrue("pwdSafeModify"):
		return Yes
	}
	return No
}

// rootOf tells whether the account is the rootdn of a database, where the configuration may be read.
func rootOf(conn *ldap.Conn, account string) bool {
	const most = 1000 // databases
	request := ldap.NewSearchRequest("cn=config", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, most, 0, false, "(olcRootDN=*)", []string{"olcRootDN"}, nil)
	request.EnforceSizeLimit = true
	found, err := conn.Search(request)
	return err == nil && slices.ContainsFunc(found.Entries, func(e *ldap.Entry) bool {
		return sameDN(e.GetEqualFoldAttributeValue("olcRootDN"), account)
	})
}

func sameDN(a, b string) bool {
	x, errX := ldap.ParseDN(a)
	y, errY := ldap.ParseDN(b)
	return errX == nil && errY == nil && x.EqualFold(y)
}

// effectiveRights is the control by which 389 Directory Server tells what somebody may do to an entry
// (draft-ietf-ldapext-acl-model-08).
const effectiveRights = "1.3.6.1.4.1.42.2.27.9.5.2"

// on389 asks for the effective rights.
func (p *Population) on389(conn *connection, e entry, r *Rights) error {
	if !conn.hasControl(effectiveRights) {
		return nil
	}
	of := ldap.NewControlString(effectiveRights, true, "dn:"+p.directory.config.BindDN)
	told, err := baseEntry(conn.Conn, e.DN, []ldap.Control{of}, slices.Concat([]string{"userPassword"}, p.search.Mail)...)
	if err != nil {
		return fmt.Errorf("asking for the effective rights: %w", err)
	}
	r.More = nil
	rights := map[string]string{}
	for _, right := range strings.Split(told.text("attributeLevelRights"), ",") {
		attribute, letters, _ := strings.Cut(strings.TrimSpace(right), ":")
		rights[strings.ToLower(attribute)] = letters
	}
	if letters, ok := rights["userpassword"]; ok {
		r.Write = No // the word none has no w
		if strings.Contains(letters, "w") {
			r.Write = Yes
		}
	}
	for _, attribute := range p.search.Mail {
		if strings.Contains(rights[strings.ToLower(attribute)], "w") {
			r.More = append(r.More, attribute)
		}
	}
	// v: see, a: add, d: delete, n: rename; or the word none.
	entryLevel := told.text("entryLevelRights")
	r.Beyond = entryLevel != "none" && strings.ContainsAny(entryLevel, "dn")
	return nil
}

// manager tells whether the account is one for whom 389 Directory Server's policy does not hold, as far as that can be read.
func (a *Account) manager(conn *ldap.Conn, account string) {
	a.Root = sameDN(account, "cn=Directory Manager")
	config, err := baseEntry(conn, "cn=config", nil, "nsslapd-rootdn", "passwordAdminDN")
	if err != nil {
		return
	}
	a.Root = a.Root || sameDN(config.text("nsslapd-rootdn"), account)
	admin := config.text("passwordAdminDN") // a person, or a group
	if admin == "" {
		return
	}
	a.PasswordAdmin = sameDN(admin, account)
	group, err := baseEntry(conn, admin, nil, "member", "uniqueMember")
	if err != nil {
		return
	}
	for _, member := range slices.Concat(group.GetEqualFoldAttributeValues("member"), group.GetEqualFoldAttributeValues("uniqueMember")) {
		a.PasswordAdmin = a.PasswordAdmin || sameDN(member, account)
	}
}

// The control access rights of Active Directory that a reset is about (MS-ADTS section 5.1.3.2.1).
const (
	resetPassword    = "00299570-246d-11d0-a768-00aa006e0529"
	unexpirePassword = "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501"
)

// accessList asks for the list of access rights alone of a security descriptor (MS-ADTS section 3.1.1.3.4.1.11): others than
// administrators may not read the rest.
func accessList() []ldap.Control {
	const discretionary = "\x30\x03\x02\x01\x04" // SEQUENCE { INTEGER 4 }
	return []ldap.Control{ldap.NewControlString(ldap.ControlTypeMicrosoftSDFlags, true, discretionary)}
}

// token reads who the account is to the domain controller, and what it may on the domain.
func (a *Account) token(conn *ldap.Conn, account string) {
	a.Groups = sids(conn, account)
	head, err := baseEntry(conn, domainOf(account), accessList(), "nTSecurityDescriptor")
	if err == nil {
		a.Unexpire = granted(head.GetEqualFoldRawAttributeValue("nTSecurityDescriptor"), a.Groups, unexpirePassword)
	}
}

// sids are those of the account and of all groups that it is a member of: of the token of this connection, which the root DSE
// tells, and of the account's entry where it does not (MS-ADTS sections 3.1.1.3.2.23 and 3.1.1.4.5.19). There are none where neither
// tells any group: every account is a member of some.
func sids(conn *ldap.Conn, account string) []string {
	all, told := []string{everyone, authenticated}, false
	for _, dn := range []string{"", account} {
		e, err := baseEntry(conn, dn, nil, "tokenGroups", "objectSid")
		if err != nil {
			continue
		}
		groups := e.GetEqualFoldRawAttributeValues("tokenGroups")
		told = told || len(groups) > 0
		for _, raw := range slices.Concat(groups, e.GetEqualFoldRawAttributeValues("objectSid")) {
			if text, err := readSID(raw); err == nil {
				all = append(all, text)
			}
		}
	}
	if !told {
		return nil
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// onDomain reads the attributes that the account may write, and whether it has the right to reset the password, which is not a
// matter of attributes.
func (p *Population) onDomain(conn *connection, e entry, r *Rights) error {
	told, err := baseEntry(conn.Conn, e.DN, accessList(), "allowedAttributesEffective", "nTSecurityDescriptor")
	if err != nil {
		return fmt.Errorf("reading allowedAttributesEffective and the security descriptor: %w", err)
	}
	descriptor := told.GetEqualFoldRawAttributeValue("nTSecurityDescriptor")
	if len(descriptor) == 0 {
		return errors.New("the security descriptor cannot be read")
	}
	r.Write = granted(descriptor, sids(conn.Conn, p.directory.config.BindDN), resetPassword)
	writes := func(attribute string) bool {
		return slices.ContainsFunc(told.GetEqualFoldAttributeValues("allowedAttributesEffective"), func(a string) bool { return strings.EqualFold(a, attribute) })
	}
	r.Unlock, r.More = No, nil
	if writes("lockoutTime") {
		r.Unlock = Yes
	}
	for _, attribute := range p.search.Mail {
		if writes(attribute) {
			r.More = append(r.More, attribute)
		}
	}
	return nil
}
