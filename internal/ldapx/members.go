package ldapx

import (
	"context"
	"slices"

	"github.com/go-ldap/ldap/v3"
)

// Members are those of a group who could sign in to the helpdesk, as far as the group alone decides it.
type Members struct {
	Known bool     // the group is there, and can be read
	DNs   []string // of some of them
	Mute  []string // of these, who have no mail address
}

// someMembers are enough to be looked at: a helpdesk has dozens of agents.
const someMembers = 50

// Members reads whom a group has below the agents' base. It is for whoever checks a configuration.
func (a *Agents) Members(ctx context.Context, group string) (m Members, err error) {
	err = a.people.directory.first(ctx, func(s *server) error {
		found, known, err := a.members(ctx, s, group)
		if err != nil || !known {
			m = Members{}
			return err
		}
		m = Members{Known: true}
		for _, e := range found {
			m.DNs = append(m.DNs, e.DN)
			if e.first("mail") == "" {
				m.Mute = append(m.Mute, e.DN)
			}
		}
		return nil
	})
	return m, err
}

// members asks the group for its members, and looks at each of them; Active Directory, where groups are members of groups, tells
// the other way round.
func (a *Agents) members(ctx context.Context, s *server, group string) (found []entry, known bool, err error) {
	var of *ldap.Entry
	err = s.read(ctx, func(conn *connection) error {
		result, err := conn.Search(baseRequest(group, seconds(s.config.Timeout), "(objectClass=*)", []string{"member", "uniqueMember", "memberUid"}))
		if unanswered(err) {
			return err
		}
		if known = err == nil && len(result.Entries) == 1; known {
			of = result.Entries[0]
		}
		return nil
	})
	if err != nil || !known {
		return nil, false, err
	}
	mail := []string{"mail"}
	if s.config.Kind == ActiveDirectory {
		found, err = a.people.read(ctx, s, "(memberOf:1.2.840.113556.1.4.1941:="+ldap.EscapeFilter(group)+")", mail, someMembers)
		return found, true, err
	}
	for _, dn := range first(slices.Concat(of.GetAttributeValues("member"), of.GetAttributeValues("uniqueMember"))) {
		e, ok, err := a.people.at(ctx, s, dn, mail)
		if err != nil {
			return nil, false, err
		}
		if ok {
			found = append(found, e)
		}
	}
	for _, uid := range first(of.GetAttributeValues("memberUid")) {
		some, err := a.people.read(ctx, s, "(uid="+ldap.EscapeFilter(uid)+")", mail, someMembers)
		if err != nil {
			return nil, false, err
		}
		found = append(found, some...)
	}
	return found, true, nil
}

func first(values []string) []string { return values[:min(len(values), someMembers)] }

// Holds tells whether the entry of a DN is one of the population, whatever state it is in.
func (p *Population) Holds(ctx context.Context, dn string) (held bool, err error) {
	err = p.directory.first(ctx, func(s *server) (err error) {
		_, held, err = p.at(ctx, s, dn, []string{"1.1"})
		return err
	})
	return held, err
}

// at reads the entry of a DN on one server; none if it is not, or not in the population.
func (p *Population) at(ctx context.Context, s *server, dn string, attributes []string) (e entry, ok bool, err error) {
	d, err := ldap.ParseDN(dn)
	if err != nil || !p.base.AncestorOfFold(d) {
		return entry{}, false, nil
	}
	request := baseRequest(dn, seconds(s.config.Timeout), "(&"+p.within+")", attributes)
	err = s.read(ctx, func(conn *connection) error {
		found, err := conn.Search(request)
		switch {
		case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject):
			return nil
		case err != nil:
			return err
		}
		if ok = len(found.Entries) == 1; ok {
			e = entry{found.Entries[0]}
		}
		return nil
	})
	return e, ok, err
}
