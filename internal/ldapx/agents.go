package ldapx

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
	"ssprd/internal/seldom"
)

// Agents are the accounts of a directory whose owners may sign in to the helpdesk; it implements desk.Agents.
type Agents struct {
	people *Population
	groups []string // that are looked into
	lost   seldom.Seldom
}

// anyPerson leaves out groups and shared mailboxes, which have addresses too.
const anyPerson = "(objectClass=person)"

// Agents returns the people below base, whom the values of findBy name, as agents, of whom it is asked whether they are members
// of these groups. The protected are among them: that nobody may reset them does not keep them from work.
func (d *Directory) Agents(base string, findBy, groups []string) *Agents {
	s := Search{Base: base, Filter: anyPerson, FindBy: findBy, Mail: []string{"mail"}}
	if len(findBy) > 0 {
		s.Identifier = findBy[0]
	}
	people := d.population(s, s.Filter)
	people.more = findBy
	return &Agents{people: people, groups: groups}
}

// SignIn implements desk.Agents. For whom the directory does not have, a bind that must fail takes the place of the real one, so
// that the time which an answer takes does not tell one from the other.
func (a *Agents) SignIn(ctx context.Context, typed string, password secret.Text) (agent desk.Agent, err error) {
	if password.Reveal() == "" || !flow.Nameable(typed) {
		return desk.Agent{}, desk.ErrDenied
	}
	p := a.people
	err = p.directory.first(ctx, func(s *server) error {
		found, err := p.entries(ctx, s, p.named(typed), 2)
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(e entry) bool { return !p.calls(e, typed) })
		dn, why := "cn=nobody at all,"+p.search.Base, a.barred(ctx, found)
		if len(found) == 1 {
			dn = found[0].DN
		}
		answer, err := s.signIn(ctx, dn, password)
		if err != nil {
			return err
		}
		if why = cmp.Or(why, answer); why == "" && p.directory.kind.mustChange(found[0]) {
			why = mustChange
		}
		if why != "" {
			p.directory.log.InfoContext(ctx, "a sign-in to the helpdesk was refused", "code", why, "dn", dn, "server", s.address)
			return desk.ErrDenied
		}
		agent, err = a.agent(ctx, s, found[0])
		return err
	})
	return agent, err
}

// calls tells whether an entry is called by a text, but for capitals. Directories compare as Unicode text (RFC 4518), in which a
// name has very many spellings, with « ſ », « ﬁ » or a soft hyphen, on Active Directory without its accents: each would have as
// many tries of a password as the name itself.
func (p *Population) calls(e entry, typed string) bool {
	return slices.ContainsFunc(p.search.FindBy, func(attribute string) bool {
		return slices.ContainsFunc(e.texts(attribute), func(value string) bool {
			return strings.ToLower(value) == strings.ToLower(typed)
		})
	})
}

// barred tells why those who were found are not one agent who may work: a code for the log, or "". An administrator may, whom
// nobody may reset.
func (a *Agents) barred(ctx context.Context, found []entry) string {
	switch len(found) {
	case 0:
		return "UNKNOWN"
	case 1:
	default:
		return "AMBIGUOUS"
	}
	e, p := found[0], a.people
	switch code := p.eligible(e); {
	case code == unreadable:
		p.passedOver(ctx, e, code)
		return code
	case code != "" && code != privileged:
		return code
	case !p.lasting(p.id(e)):
		p.nameless(ctx, e)
		return "WRONG_KIND"
	}
	return ""
}

// signIn binds as somebody, on a connection of its own that is closed at once. It tells why the server does not let them in: a code
// for the log, or "". An error says that the server gave no answer to that.
func (s *server) signIn(ctx context.Context, dn string, password secret.Text) (why string, err error) {
	began := time.Now()
	err = s.config.connect(ctx, s.address, func(conn *ldap.Conn) error {
		defer func() { _ = conn.Close() }()
		answer, err := conn.SimpleBind(ldap.NewSimpleBindRequest(dn, password.Reveal(), []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}))
		switch {
		case err == nil:
			why = half(answer.Controls)
		case ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultConstraintViolation, ldap.LDAPResultUnwillingToPerform,
			ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultNoSuchObject):
			why = bindRefusal(err)
			return nil
		}
		return err
	})
	if err == nil || ctx.Err() == nil {
		s.answered(Binding, began, err != nil)
	}
	if err != nil {
		return "", &unreachableError{s.address, fmt.Errorf("bind as %q: %w", dn, err)}
	}
	return why, nil
}

// half tells why a bind that succeeded lets nobody in: the password has expired, or is to be changed first
// (draft-behera-ldap-password-policy-11 section 6.2).
func half(controls []ldap.Control) string {
	for _, control := range controls {
		switch answer, ok := control.(*ldap.ControlBeheraPasswordPolicy); {
		case ok && answer.Error >= 0:
			return ppolicyReason(answer.Error)
		case ok && answer.Grace >= 0:
			return passwordExpired
		}
	}
	return ""
}

// Why a password that is the right one lets nobody in.
const (
	passwordExpired = "PASSWORD_EXPIRED"
	mustChange      = "MUST_CHANGE"
)

// ppolicyReason is what an error of the password policy control says of a bind.
func ppolicyReason(n int8) string {
	switch n {
	case 0:
		return passwordExpired
	case 1:
		return "LOCKED"
	case 2:
		return mustChange
	}
	return "PASSWORD"
}

// bindRefusal is why a bind was refused, as far as the server tells. slapd says that somebody is locked out only where
// ppolicy_use_lockout is set.
func bindRefusal(err error) string {
	if n, ok := ppolicyError(err); ok {
		return ppolicyReason(n)
	}
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultConstraintViolation):
		return "LOCKED" // 389 DS
	case ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform):
		return "DISABLED" // 389 DS
	}
	return cmp.Or(bindReason(err), "PASSWORD")
}

// Agent implements desk.Agents.
func (a *Agents) Agent(ctx context.Context, id flow.AccountID) (agent desk.Agent, err error) {
	if !a.people.lasting(id) {
		return desk.Agent{}, desk.ErrDenied
	}
	err = a.people.directory.first(ctx, func(s *server) error {
		e, ok, err := a.people.byID(ctx, s, id)
		switch {
		case err != nil:
			return err
		case !ok || a.barred(ctx, []entry{e}) != "":
			return desk.ErrDenied
		}
		agent, err = a.agent(ctx, s, e)
		return err
	})
	return agent, err
}

// agent reads the agent's groups.
func (a *Agents) agent(ctx context.Context, s *server, e entry) (desk.Agent, error) {
	account := a.people.account(e)
	agent := desk.Agent{ID: account.ID, Name: account.Name, Mail: account.Mail}
	for _, group := range a.groups {
		member, err := a.isMember(ctx, s, e, group)
		if err != nil {
			return desk.Agent{}, err
		}
		if member {
			agent.Groups = append(agent.Groups, group)
		}
	}
	return agent, nil
}

// isMember asks the group itself: one that is not there, or cannot be read, is told from one of which the agent is no member.
func (a *Agents) isMember(ctx context.Context, s *server, e entry, group string) (member bool, err error) {
	request := baseRequest(group, seconds(s.config.Timeout), a.membership(e), []string{"1.1"})
	var refusal error
	err = s.read(ctx, func(conn *connection) error {
		found, err := conn.Search(request)
		if unanswered(err) {
			return err
		}
		member, refusal = err == nil && len(found.Entries) == 1, err
		return nil
	})
	if refusal != nil {
		if now, unsaid := a.lost.Say(group); now {
			a.people.directory.log.ErrorContext(ctx, "a group of the helpdesk's roles is not there, or bind_dn has no right to read it: nobody is its member",
				"group", group, "server", s.address, "unsaid", unsaid, "error", refusal)
		}
	}
	return member, err
}

// membership is the filter of a group that has this member: on Active Directory in other groups too (LDAP_MATCHING_RULE_IN_CHAIN of
// MS-ADTS section 3.1.1.3.4.4).
func (a *Agents) membership(e entry) string {
	dn := ldap.EscapeFilter(e.DN)
	if a.people.directory.config.Kind == ActiveDirectory {
		return "(member:1.2.840.113556.1.4.1941:=" + dn + ")"
	}
	filter := "(member=" + dn + ")(uniqueMember=" + dn + ")"
	if uid := e.first("uid"); uid != "" {
		filter += "(memberUid=" + ldap.EscapeFilter(uid) + ")"
	}
	return "(|" + filter + ")"
}
