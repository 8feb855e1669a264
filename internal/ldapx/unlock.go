package ldapx

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/desk"
	"ssprd/internal/flow"
)

// Unlock implements desk.People. The entry is read on the very server that is then written to, and judged once more. What is
// written may be written twice, so where the answer is lost the next server is asked.
func (v *People) Unlock(ctx context.Context, id flow.AccountID) error {
	if !v.card.lasting(id) {
		return desk.ErrNobody
	}
	return refusedByAll(v.card.directory.firstToWrite(ctx, func(s *server) error { return v.unlock(ctx, s, id) }))
}

func (v *People) unlock(ctx context.Context, s *server, id flow.AccountID) error {
	p := v.card
	kind := p.directory.kind
	e, ok, err := p.byID(ctx, s, id)
	switch {
	case err != nil:
		return err
	case !ok:
		return desk.ErrNobody
	}
	persons, err := v.persons(ctx, s, []entry{e})
	if err != nil {
		return err
	}
	if code := persons[0].Barred; code != "" {
		return ineligible(code)
	}
	request, err := kind.unlock(e)
	if err != nil || !persons[0].Locked {
		return err
	}
	_, err = s.once(ctx, func(conn *connection) error { return conn.Modify(request) })
	if err == nil {
		p.directory.log.Info("a lock-out was ended", "dn", e.DN, "server", s.address)
		return nil
	}
	switch v := judge(err); {
	case lost(err), v.outcome == unknown:
		return &unreachableError{s.address, err}
	case ldap.IsErrorWithCode(err, ldap.LDAPResultUnavailableCriticalExtension):
		return noUnlock.refusal(err)
	case v.outcome == elsewhere:
		return s.passesOn(v, err)
	default:
		return v.refusal(err)
	}
}
