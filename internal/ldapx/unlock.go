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
	e, person, err := v.one(ctx, s, id)
	if err != nil {
		return err
	}
	if person.Barred != "" {
		return ineligible(person.Barred)
	}
	d := v.card.directory
	request, err := d.kind.unlock(e)
	if err != nil || !person.Locked {
		return err
	}
	_, err = s.once(ctx, func(conn *connection) error { return conn.Modify(request) })
	if err == nil {
		d.log.InfoContext(ctx, "a lock-out was ended", "dn", e.DN, "server", s.address)
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
