package demo

import (
	"slices"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
)

// suffix is the name under which everything stands.
const suffix = "dc=region,dc=example"

// tree is the entries of one server. The slice is never changed, only replaced: a search reads the one it found.
type tree struct {
	mu      sync.RWMutex
	entries []*entry // in the order in which a search gives them

	changing sync.Mutex // held for the whole of a change, so that digests are made without keeping searches waiting
	last     time.Time  // of the last change

	keep    func([]*entry) error // writes all entries down before anybody sees a change
	changed func(*entry)         // is told of each change, in their order
}

// get gives the entry of that name, or nil. A name that cannot be parsed is nobody's.
func (t *tree) get(dn string) *entry {
	name, err := ldap.ParseDN(dn)
	if err != nil {
		return nil
	}
	entries := t.all()
	if i := index(entries, name); i >= 0 {
		return entries[i]
	}
	return nil
}

func (t *tree) all() []*entry {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.entries
}

func (t *tree) replace(entries []*entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = entries
}

func index(entries []*entry, name *ldap.DN) int {
	return slices.IndexFunc(entries, func(e *entry) bool { return e.name.EqualFold(name) })
}

// put takes e in the place of the entry of its name: a change that another server made.
func (t *tree) put(e *entry) {
	t.changing.Lock()
	defer t.changing.Unlock()
	entries := slices.Clone(t.all())
	if i := index(entries, e.name); i >= 0 {
		entries[i] = e
		t.replace(entries)
	}
}

// change replaces an entry by what f makes of it, one change at a time, unless f makes nil of it. now, as f gets it, is
// later than that of every change before.
func (t *tree) change(dn string, f func(e *entry, now time.Time) (*entry, ldapserver.Result)) ldapserver.Result {
	name, err := ldap.ParseDN(dn)
	if err != nil {
		return ldapserver.Result{Code: ldap.LDAPResultInvalidDNSyntax, Message: "invalid DN"}
	}
	t.changing.Lock()
	defer t.changing.Unlock()
	entries := slices.Clone(t.all())
	i := index(entries, name)
	if i < 0 {
		return ldapserver.Result{Code: ldap.LDAPResultNoSuchObject, Matched: suffix}
	}
	next, r := f(entries[i], t.now())
	if next == nil {
		return r
	}
	entries[i] = next
	if err := t.keep(entries); err != nil {
		return ldapserver.Result{Code: ldap.LDAPResultOther, Message: err.Error()}
	}
	t.replace(entries)
	t.changed(next)
	return r
}

// now is the time at the precision of a CSN, made to move on by at least one step.
func (t *tree) now() time.Time {
	now := time.Now().Truncate(time.Microsecond)
	if !now.After(t.last) {
		now = t.last.Add(time.Microsecond)
	}
	t.last = now
	return now
}

// search gives the entries that q names, as q wants to see them.
func (t *tree) search(q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
	base, err := ldap.ParseDN(q.Base)
	if err != nil {
		return nil, ldapserver.Result{Code: ldap.LDAPResultInvalidDNSyntax, Message: "invalid DN"}
	}
	entries := t.all()
	if index(entries, base) < 0 {
		return nil, ldapserver.Result{Code: ldap.LDAPResultNoSuchObject, Matched: suffix}
	}
	var out []*ldap.Entry
	for _, e := range entries {
		if !inScope(e.name, base, q.Scope) || !e.matches(q.Filter) {
			continue
		}
		if q.SizeLimit > 0 && len(out) == q.SizeLimit {
			return out, ldapserver.Result{Code: ldap.LDAPResultSizeLimitExceeded}
		}
		out = append(out, e.shown(q.Attributes))
	}
	return out, ldapserver.Result{}
}

func inScope(name, base *ldap.DN, scope int) bool {
	depth := len(name.RDNs) - len(base.RDNs)
	switch {
	case depth == 0:
		return scope != ldap.ScopeSingleLevel && name.EqualFold(base)
	case scope == ldap.ScopeBaseObject, scope == ldap.ScopeSingleLevel && depth != 1:
		return false
	}
	return base.AncestorOfFold(name)
}
