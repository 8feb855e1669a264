package ldapx

import (
	"context"
	"errors"
)

// Health tells whether one of the servers that are written to answers now: it reads the root DSE of the first that does.
func (d *Directory) Health(ctx context.Context) error {
	return d.first(ctx, func(s *server) error {
		return s.read(ctx, func(c *connection) error {
			found, err := c.Search(baseRequest("", 0, "(objectClass=*)", []string{"supportedLDAPVersion"}))
			if err == nil && len(found.Entries) != 1 {
				err = errors.New("reading the root DSE: no entry")
			}
			return err
		})
	})
}
