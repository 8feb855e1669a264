package ldapx

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// policiesFor is how long the entry of a password policy is remembered: policies change seldom, and a reset shall cost
// the directory no search for one. What the directory then thinks otherwise it says when the password is written.
const policiesFor = time.Minute

// mostPolicies is more than a directory has.
const mostPolicies = 1000

// policies remembers the entries that hold password policies. The zero value is ready.
type policies struct {
	mu   sync.Mutex
	read map[string]remembered // by server and DN
}

// remembered is such an entry, or that it cannot be read.
type remembered struct {
	entry entry
	ok    bool
	until time.Time
}

func (p *policies) get(key string, now time.Time) (remembered, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.read[key]
	return r, ok && now.Before(r.until)
}

// put remembers, and tells whether the entry was readable before, or not known at all.
func (p *policies) put(key string, r remembered) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, known := p.read[key]
	if p.read == nil || len(p.read) >= mostPolicies {
		p.read = make(map[string]remembered)
	}
	p.read[key] = r
	return !known || before.ok
}

// rulebook is what a kind of directory asks for the rules in force.
type rulebook interface {
	// policy reads the entry of a policy, and tells whether it could be read. One without the first attribute could not.
	policy(dn string, attributes ...string) (entry, bool)
	// judgesHistory tells whether a reset is judged as a change by its owner would be: by history and least age.
	judgesHistory() bool
	// knowsPolicies tells whether the server has the password policy control: where it has, a default policy may hold.
	knowsPolicies() bool
	// fallback is the DN of the policy that holds where an entry names none; may be empty.
	fallback() string
}

// consulted is the rulebook of one server.
type consulted struct {
	ctx    context.Context
	d      *Directory
	server *server
}

func (c consulted) fallback() string { return c.d.config.PasswordPolicy }

func (c consulted) knowsPolicies() bool {
	conn := c.server.kept()
	return conn != nil && conn.hasControl(ldap.ControlTypeBeheraPasswordPolicy)
}

func (c consulted) judgesHistory() bool {
	conn := c.server.kept()
	return conn != nil && c.d.config.History != HistoryOff && policyHintsOf(conn) != ""
}

func (c consulted) policy(dn string, attributes ...string) (entry, bool) {
	key := fmt.Sprint(c.server.index, " ", dn) // cn=config is each server's own
	if len(dn) > longestName {
		return entry{}, false
	}
	if known, ok := c.d.policies.get(key, time.Now()); ok {
		return known.entry, known.ok
	}
	request := baseRequest(dn, seconds(c.d.config.Timeout), "(objectClass=*)", attributes)
	r := remembered{until: time.Now().Add(policiesFor)}
	var refusal error
	err := c.server.read(c.ctx, func(conn *connection) error {
		found, err := conn.Search(request)
		if unanswered(err) {
			return err
		}
		refusal = err
		if err == nil && len(found.Entries) == 1 {
			r.entry = short(found.Entries[0])
			r.ok = r.entry.text(attributes[0]) != ""
		}
		if err == nil && !r.ok {
			refusal = fmt.Errorf("it has no %s, or the service account may not read it", attributes[0])
		}
		return nil
	})
	if err != nil {
		return entry{}, false // the server says nothing of the policy
	}
	if news := c.d.policies.put(key, r); !r.ok && news {
		c.d.log.WarnContext(c.ctx, "a password policy cannot be read: the pages cannot tell its rules before the directory refuses a password",
			"server", c.server.address, "dn", dn, "error", refusal)
	}
	return r.entry, r.ok
}

// longestName is longer than the DN of any policy.
const longestName = 1024

// short keeps of an entry what is looked at in a policy: the beginning of one value of each attribute.
func short(e *ldap.Entry) entry {
	kept := ldap.NewEntry(e.DN, nil)
	for _, a := range e.Attributes {
		if len(a.Values) > 0 {
			value := strings.Clone(a.Values[0][:min(len(a.Values[0]), longestValue)])
			kept.Attributes = append(kept.Attributes, ldap.NewEntryAttribute(a.Name, []string{value}))
		}
	}
	return entry{kept}
}

// rules are what the directory demands of the password of e, as s tells it, and from when it takes another one.
func (p *Population) rules(ctx context.Context, s *server, e entry) (policy.Demands, time.Time) {
	return p.directory.kind.rules(e, consulted{ctx, p.directory, s})
}
