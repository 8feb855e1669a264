package dirtest

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
)

// Values of userAccountControl (MS-ADTS 2.2.16).
const (
	normalAccount    = "512"
	disabledAccount  = "514"
	smartcardAccount = "262656"
)

// longPast is a moment in 2022 as Active Directory counts: 100 ns since 1601 (MS-DTYP 2.3.3).
const longPast = "133000000000000000"

// populate makes the units, the people and the service account, and delegates to it.
func (s *Samba) populate() error {
	if err := s.Admin(fill); err != nil {
		return fmt.Errorf("fill the domain: %w", err)
	}
	service, err := s.Entry(sambaService, "objectSid")
	if err != nil {
		return err
	}
	s.serviceSID = sid(service.GetRawAttributeValue("objectSid"))
	return s.delegate()
}

// AddAgent makes one more person, most often ExtraAgent(i).
func (s *Samba) AddAgent(p Person) error { return s.AddAgents([]Person{p}) }

// AddAgents makes several.
func (s *Samba) AddAgents(people []Person) error {
	return s.Admin(func(c *ldap.Conn) error {
		for _, p := range people {
			if err := agent(p).add(c); err != nil {
				return err
			}
		}
		return nil
	})
}

func fill(c *ldap.Conn) error {
	if err := extendSchema(c); err != nil {
		return err
	}
	for _, unit := range []string{"Agents", "Direction", "Services"} {
		unit := entry{"OU=" + unit + "," + sambaBase, map[string][]string{"objectClass": {"organizationalUnit"}}}
		if err := unit.add(c); err != nil {
			return err
		}
	}
	for _, p := range agents {
		if err := agent(p).add(c); err != nil {
			return err
		}
	}
	service := account(sambaService, "ssprd", sambaServicePass)
	if err := service.add(c); err != nil {
		return err
	}
	return finish(c)
}

// finish sets what only an existing entry can have: the domain's least age of a password, membership, adminCount (by
// hand, as the task that keeps it, SDProp of MS-ADTS 3.1.1.6.1, does not run here).
func finish(c *ldap.Conn) error {
	age := ldap.NewModifyRequest(sambaBase, nil)
	age.Replace("minPwdAge", []string{"0"})
	group := ldap.NewModifyRequest("CN=Domain Admins,CN=Users,"+sambaBase, nil)
	group.Add("member", []string{Privileged.DN(sambaBase)})
	count := ldap.NewModifyRequest(Privileged.DN(sambaBase), nil)
	count.Replace("adminCount", []string{"1"})
	for _, request := range []*ldap.ModifyRequest{age, group, count} {
		if err := c.Modify(request); err != nil {
			return fmt.Errorf("change %q: %w", request.DN, err)
		}
	}
	return nil
}

// extendSchema adds extensionAttribute1, which Exchange brings and where many domains keep a private address: a plain
// one has it not. The class Mail-Recipient, which may hold it, is part of every user.
func extendSchema(c *ldap.Conn) error {
	const schema = "CN=Schema,CN=Configuration," + sambaBase
	attribute := entry{"CN=ms-Exch-Extension-Attribute-1," + schema, map[string][]string{
		"objectClass": {"attributeSchema"}, "lDAPDisplayName": {"extensionAttribute1"},
		"attributeID": {"1.2.840.113556.1.2.423"}, "attributeSyntax": {"2.5.5.12"}, "oMSyntax": {"64"},
		"isSingleValued": {"TRUE"},
	}}
	if err := attribute.add(c); err != nil {
		return err
	}
	if err := updateSchemaNow(c); err != nil {
		return err
	}
	class := ldap.NewModifyRequest("CN=Mail-Recipient,"+schema, nil)
	class.Add("mayContain", []string{"extensionAttribute1"})
	if err := c.Modify(class); err != nil {
		return fmt.Errorf("extend Mail-Recipient: %w", err)
	}
	return updateSchemaNow(c)
}

// updateSchemaNow makes the server use what was added (MS-ADTS 3.1.1.3.3.13).
func updateSchemaNow(c *ldap.Conn) error {
	request := ldap.NewModifyRequest("", nil)
	request.Replace("schemaUpdateNow", []string{"1"})
	if err := c.Modify(request); err != nil {
		return fmt.Errorf("update the schema: %w", err)
	}
	return nil
}

// entry is one to be added.
type entry struct {
	dn         string
	attributes map[string][]string
}

func (e entry) add(c *ldap.Conn) error {
	request := ldap.NewAddRequest(e.dn, nil)
	for name, values := range e.attributes {
		request.Attribute(name, values)
	}
	if err := c.Add(request); err != nil {
		return fmt.Errorf("add %q: %w", e.dn, err)
	}
	return nil
}

func agent(p Person) entry {
	e := account(p.DN(sambaBase), p.UID, InitialPassword)
	for name, value := range map[string]string{
		"givenName": p.Given, "sn": p.Surname, "displayName": p.DisplayName(), "mail": p.Mail, "extensionAttribute1": p.Private,
		"userPrincipalName": p.UID + "@" + strings.ToLower(sambaRealm),
	} {
		e.attributes[name] = []string{value}
	}
	switch p {
	case Disabled:
		e.attributes["userAccountControl"] = []string{disabledAccount}
	case SmartcardOnly:
		e.attributes["userAccountControl"] = []string{smartcardAccount}
	case Departed:
		e.attributes["accountExpires"] = []string{longPast}
	}
	return e
}

func account(dn, name, password string) entry {
	return entry{dn, map[string][]string{
		"objectClass": {"user"}, "sAMAccountName": {name},
		"userAccountControl": {normalAccount}, "unicodePwd": {UnicodePwd(password)},
	}}
}

// UnicodePwd is the form in which Active Directory takes a password: in double quotes, UTF-16LE (MS-ADTS 3.1.1.3.1.5.1).
func UnicodePwd(password string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}

// sid is the text of a binary security identifier (MS-DTYP 2.4.2.2).
func sid(raw []byte) string {
	var authority uint64
	for _, b := range raw[2:8] {
		authority = authority<<8 | uint64(b)
	}
	text := fmt.Sprintf("S-%d-%d", raw[0], authority)
	for sub := raw[8:]; len(sub) >= 4; sub = sub[4:] {
		text += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sub))
	}
	return text
}
