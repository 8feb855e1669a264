package ldapx

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
)

// Population is one population of a directory; it implements flow.Directory.
type Population struct {
	directory *Directory
	search    Search
	base      *ldap.DN
	within    string   // the filter of every search: the population's own, less the protected
	more      []string // further attributes that are read of an entry
}

// Population returns the part of the directory that s describes.
func (d *Directory) Population(s Search) *Population {
	var within strings.Builder
	within.WriteString(s.Filter)
	for _, protected := range d.config.Protected {
		within.WriteString("(!" + protected + ")")
	}
	return d.population(s, within.String())
}

// population is the part that s describes, and of it what these filters leave.
func (d *Directory) population(s Search, within string) *Population {
	base, err := ldap.ParseDN(s.Base)
	if err != nil {
		base = &ldap.DN{} // Check has told; the search will fail
	}
	return &Population{directory: d, search: s, base: base, within: within}
}

// Find implements flow.Directory. What was typed reaches the directory only as an escaped assertion value (R8).
func (p *Population) Find(ctx context.Context, typed string) ([]flow.Account, error) {
	if !flow.Nameable(typed) {
		return nil, nil
	}
	var accounts []flow.Account
	err := p.directory.first(ctx, func(s *server) error {
		found, err := p.entries(ctx, s, p.named(typed), flow.MaxAccounts)
		if err == nil {
			accounts = p.accounts(ctx, s, found)
		}
		return err
	})
	return accounts, err
}

// named is the filter of those whom a text names, by any of the attributes that may be typed.
func (p *Population) named(typed string) string {
	var named strings.Builder
	for _, attribute := range p.search.FindBy {
		fmt.Fprintf(&named, "(%s=%s)", attribute, ldap.EscapeFilter(typed))
	}
	return "(|" + named.String() + ")"
}

// accounts are those of the found entries that may be reset, with the rules that s has for them.
func (p *Population) accounts(ctx context.Context, s *server, found []entry) []flow.Account {
	var accounts []flow.Account
	for _, e := range found {
		if code := p.eligible(e); code != "" {
			p.passedOver(ctx, e, code)
			continue
		}
		account := p.account(e)
		if !p.lasting(account.ID) {
			p.nameless(ctx, e)
			continue
		}
		if len(account.Mail) == 0 {
			p.directory.log.InfoContext(ctx, "an account that was asked for has no mail address", "dn", e.DN, "attributes", p.search.Mail)
		}
		account.Demands, account.MayChangeFrom = p.rules(ctx, s, e)
		accounts = append(accounts, account)
	}
	if len(found) == 0 {
		p.directory.log.DebugContext(ctx, "nobody was found", "base", p.search.Base, "filter", p.search.Filter, "find_by", p.search.FindBy)
	}
	return accounts
}

// passedOver tells the log of somebody who is there and may not be reset.
func (p *Population) passedOver(ctx context.Context, e entry, code string) {
	if code == unreadable {
		p.directory.log.ErrorContext(ctx, "the state of an account cannot be read, so that it may not be reset: the service account lacks a right, or kind is wrong",
			"code", code, "dn", e.DN, "kind", p.directory.config.Kind, "attributes", p.directory.kind.attributes())
		return
	}
	p.directory.log.InfoContext(ctx, "an account that was asked for may not be reset", "code", code, "dn", e.DN)
}

// nameless tells the log of an entry that cannot be found again.
func (p *Population) nameless(ctx context.Context, e entry) {
	p.directory.log.ErrorContext(ctx, "the lasting id of an entry cannot be read: the service account has no right to, or kind or id_attribute is wrong",
		"code", "WRONG_KIND", "dn", e.DN, "attribute", p.directory.kind.idAttribute())
}

// lasting tells whether an id is one by which the entry can be found again.
func (p *Population) lasting(id flow.AccountID) bool {
	_, err := p.directory.kind.idFilter(string(id))
	return err == nil && id != "" && len(id) <= longestValue
}

// seconds are those of a time-out that a server is told, of which 0 would be none.
func seconds(timeout time.Duration) int { return max(1, int(timeout.Seconds())) }

// baseRequest asks for one entry by its name. A server that gives more is not read on.
func baseRequest(dn string, seconds int, filter string, attributes []string) *ldap.SearchRequest {
	request := ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, seconds, false, filter, attributes, nil)
	request.EnforceSizeLimit = true
	return request
}

// entries searches the population on one server, for all that is read of an entry.
func (p *Population) entries(ctx context.Context, s *server, filter string, limit int) ([]entry, error) {
	return p.read(ctx, s, filter, p.attributes(), limit)
}

// read searches the population on one server. More than limit entries are cut, which is no error.
func (p *Population) read(ctx context.Context, s *server, filter string, attributes []string, limit int) ([]entry, error) {
	request := ldap.NewSearchRequest(p.search.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, limit,
		seconds(p.directory.config.Timeout), false, "(&"+p.within+filter+")", attributes, nil)
	request.EnforceSizeLimit = true
	var found []entry
	err := s.read(ctx, func(conn *connection) error {
		result, err := conn.Search(request)
		if err != nil && !cut(err) {
			return err
		}
		found = found[:0]
		for _, e := range result.Entries {
			if p.contains(ctx, e.DN) {
				found = append(found, entry{e})
			}
		}
		return nil
	})
	if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return nil, fmt.Errorf("search: the base %q is not there, or bind_dn has no right to read it: %w", p.search.Base, err)
	}
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return found, nil
}

// contains tells whether the DN is one below the base that was searched. A server that answers with another is not
// believed: what is read of an entry decides what is written there.
func (p *Population) contains(ctx context.Context, dn string) bool {
	d, err := ldap.ParseDN(dn)
	if err != nil || !(p.base.AncestorOfFold(d) || p.base.EqualFold(d)) {
		p.directory.log.ErrorContext(ctx, "a server gave an entry that is none of the base it was asked for", "dn", dn, "base", p.search.Base)
		return false
	}
	return true
}

// byID reads the entry of a lasting id on one server; none if it is not, or no longer, in the population.
func (p *Population) byID(ctx context.Context, s *server, id flow.AccountID) (e entry, ok bool, err error) {
	value, err := p.directory.kind.idFilter(string(id))
	if err != nil {
		return entry{}, false, err
	}
	found, err := p.entries(ctx, s, "("+p.directory.kind.idAttribute()+"="+value+")", 2)
	if err != nil || len(found) != 1 || p.id(found[0]) != id {
		return entry{}, false, err
	}
	return found[0], true, nil
}
