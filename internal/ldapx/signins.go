package ldapx

import (
	"context"
	"errors"
	"sync"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// SignedIn is what came of a sign-in on one server or replica.
type SignedIn struct {
	Server string
	Why    string // a code for why the server does not let the person in; "" where it does
	Err    error  // it gave no answer to that
}

// SignIns binds as the person of a lasting id, on every server and replica side by side. It is for a check of a password that this
// program has drawn: the portal never binds with what a visitor typed (R20).
func (p *Population) SignIns(ctx context.Context, id flow.AccountID, password secret.Text) []SignedIn {
	all := make([]SignedIn, len(p.directory.all))
	var each sync.WaitGroup
	for i, s := range p.directory.all {
		each.Go(func() {
			all[i].Server = s.address
			e, ok, err := p.byID(ctx, s, id)
			if err == nil && !ok {
				err = errors.New("the entry is not in the population there")
			}
			if err == nil {
				all[i].Why, err = s.signIn(ctx, e.DN, password)
			}
			all[i].Err = err
		})
	}
	each.Wait()
	return all
}
