package ldapx

import (
	"errors"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// asking is how ssprd check asks a server about people: on one connection, for a bounded time. What a server refuses is a fact
// to be told, and only an answer that never came is an error: then another server may be asked.
type asking struct {
	*connection
	until   time.Time
	timeout time.Duration // of one request
	page    int           // how many entries are asked for at a time
}

// Cut says why a count ended before it had everybody; "" where it had.
type Cut string

// Why a count was cut.
const (
	CutByNumber Cut = "number" // as many as were wanted
	CutByTime   Cut = "time"
	CutByServer Cut = "server" // which gives the service account no more of them at a time
)

// onePage is no more than Active Directory gives by itself (MaxPageSize).
const onePage = 1000

// each gives every entry below base that matches the filter to f, at most so many. It searches page by page (RFC 2696) where the
// server can, so that no size limit of one search cuts it.
func (a asking) each(base, filter string, attributes []string, most int, f func(entry)) (n int, cut Cut, err error) {
	var pages *ldap.ControlPaging
	if a.hasControl(ldap.ControlTypePaging) {
		pages = ldap.NewControlPaging(uint32(min(a.page, most)))
	}
	for {
		if !time.Now().Before(a.until) {
			return n, CutByTime, nil
		}
		request := ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, a.seconds(), false, filter, attributes, nil)
		if pages != nil {
			request.Controls = []ldap.Control{pages} // and no size limit, which a server may count over all pages
		} else {
			request.SizeLimit, request.EnforceSizeLimit = most, true
		}
		found, err := a.Search(request)
		if found != nil {
			for _, e := range found.Entries {
				if n++; f != nil {
					f(entry{e})
				}
			}
		}
		if cut, ok := cutShort(err); ok {
			if cut == CutByServer && n >= most {
				cut = CutByNumber
			}
			return n, cut, nil
		}
		if err != nil {
			return n, "", err
		}
		answer, _ := ldap.FindControl(found.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		switch {
		case pages == nil, answer == nil, len(answer.Cookie) == 0:
			return n, "", nil
		case n >= most:
			return n, CutByNumber, nil
		}
		pages.SetCookie(answer.Cookie)
	}
}

// cutShort tells whether an answer is a part of what was asked for, and whose doing that is.
func cutShort(err error) (Cut, bool) {
	switch {
	case errors.Is(err, ldap.ErrSizeLimitExceeded):
		return CutByNumber, true
	case ldap.IsErrorAnyOf(err, ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded):
		return CutByServer, true
	case ldap.IsErrorWithCode(err, ldap.LDAPResultTimeLimitExceeded):
		return CutByTime, true
	}
	return "", false
}

func (a asking) seconds() int { return seconds(min(a.timeout, time.Until(a.until))) }

// one reads an entry. A refusal is told; found is false for that, and where there is no such entry, or it does not match.
func (a asking) one(dn, filter string, attributes ...string) (e entry, found bool, refusal, err error) {
	result, err := a.Search(baseRequest(dn, a.seconds(), filter, attributes))
	switch {
	case unanswered(err):
		return entry{}, false, nil, err
	case err != nil:
		return entry{}, false, err, nil
	case len(result.Entries) != 1:
		return entry{}, false, nil, nil
	}
	return entry{result.Entries[0]}, true, nil, nil
}

// matches tells whether an entry is there and matches a filter, as far as the server says.
func (a asking) matches(dn, filter string) (bool, error) {
	_, found, _, err := a.one(dn, filter, "1.1")
	return found, err
}

// some gives the entries below base that match the filter, at most so many; none where the server refuses to look.
func (a asking) some(base, filter string, attributes []string, most int) (all []entry, cut Cut, err error) {
	_, cut, err = a.each(base, filter, attributes, most, func(e entry) {
		if len(all) < most {
			all = append(all, e)
		}
	})
	if err != nil && !unanswered(err) {
		return all, CutByServer, nil
	}
	return all, cut, err
}

// top is the naming context that a DN is in (RFC 4512 section 5.1), or else the DN itself.
func (a asking) top(dn string) (string, error) {
	dse, ok, _, err := a.one("", "(objectClass=*)", "namingContexts")
	if err != nil || !ok {
		return dn, err
	}
	return nearest(dn, dse.GetEqualFoldAttributeValues("namingContexts")), nil
}

// nearest is the longest of some DNs that another is at or below; that one itself where there is none.
func nearest(dn string, above []string) string {
	best, found := dn, false
	for _, a := range above {
		if within(dn, a) && (!found || len(a) > len(best)) {
			best, found = a, true
		}
	}
	return best
}

// within tells whether a DN is another one, or below it.
func within(dn, above string) bool {
	d, err := ldap.ParseDN(dn)
	if err != nil {
		return false
	}
	a, err := ldap.ParseDN(above)
	return err == nil && len(a.RDNs) > 0 && (a.EqualFold(d) || a.AncestorOfFold(d))
}
