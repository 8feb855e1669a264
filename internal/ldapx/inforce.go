package ldapx

import (
	"cmp"
	"context"

	"ssprd/internal/policy"
)

// InForce is what a directory says of the passwords of a population, as one of its people has it.
type InForce struct {
	Source  string         // the DN of the entry that says it; "" where none does, or it is not known which
	Demands policy.Demands // without what concerns the person alone
	Lockout Lockout

	// JudgesHistory tells whether a reset is judged by the former passwords and the least age, as a change by its owner is.
	JudgesHistory bool
}

// Lockout says after how many wrong passwords a directory locks an account out.
type Lockout struct {
	Known bool
	After int // 0: never
}

// guard is where the rules of an entry are written, and its lock-out.
type guard struct {
	source string
	Lockout
}

// InForce asks the directory what holds for somebody of the population who may be reset; false where nobody of the first few
// may be.
func (p *Population) InForce(ctx context.Context) (f InForce, found bool, err error) {
	const few = 20
	err = p.directory.first(ctx, func(s *server) error {
		entries, err := p.entries(ctx, s, "(objectClass=*)", few)
		for _, e := range entries {
			if p.eligible(e) == "" {
				f, found = p.inForce(ctx, s, e), true
				return nil
			}
		}
		return err
	})
	return f, found, err
}

func (p *Population) inForce(ctx context.Context, s *server, e entry) InForce {
	book := consulted{ctx, p.directory, s}
	f := InForce{JudgesHistory: p.directory.config.Kind != Generic && (p.directory.config.Kind != ActiveDirectory || book.judgesHistory())}
	f.Demands, _ = p.directory.kind.rules(e, book)
	f.Demands.Names = nil
	g := p.directory.kind.guard(e, book)
	f.Source, f.Lockout = g.source, g.Lockout
	return f
}

func (o openLDAP) guard(e entry, book rulebook) guard {
	p, named, ok := o.inForce(e, book)
	g := guard{Lockout: Lockout{Known: ok || !named && !book.knowsPolicies()}}
	if !ok {
		return g
	}
	g.source = cmp.Or(e.text("pwdPolicySubentry"), book.fallback())
	if p.isTrue("pwdLockout") {
		g.After = p.count("pwdMaxFailure")
	}
	return g
}

func (activeDirectory) guard(e entry, book rulebook) guard {
	source, attributes, threshold := domainOf(e.DN), domainPolicy, "lockoutThreshold"
	if pso := e.text("msDS-ResultantPSO"); pso != "" {
		source, attributes, threshold = pso, settingsPolicy, "msDS-LockoutThreshold"
	}
	p, ok := book.policy(source, attributes...)
	if !ok {
		return guard{}
	}
	return guard{source, Lockout{Known: true, After: p.count(threshold)}}
}

func (d ds389) guard(e entry, book rulebook) guard {
	p, source, ok := d.inForce(e, book)
	switch {
	case !ok:
		return guard{}
	case p.isTrue("passwordLockout"):
		return guard{source, Lockout{Known: true, After: p.countOr("passwordMaxFailure", ds389MaxFailure)}}
	}
	return guard{source, Lockout{Known: true}}
}

func (generic) guard(entry, rulebook) guard { return guard{} }
