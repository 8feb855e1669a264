package ldapx_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// slept is a context whose deadline passes, by the clock on the wall, while the machine sleeps: its timer sleeps too.
type slept struct {
	context.Context
	until *time.Time
}

func (s slept) Deadline() (time.Time, bool) { return s.until.Round(0), true }

// R69: a machine that sleeps after it has read the entry does not write when it wakes, where the deadline has passed.
func TestNoWriteAfterTheDeadline(t *testing.T) {
	until := time.Now().Add(time.Hour)
	s := &scripted{}
	s.find = func(q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
		until = time.Now().Add(-time.Minute)
		return always(person(nil))(q)
	}
	p := open(t, scriptedConfig(t, ldapx.OpenLDAP, s.start(t))).Population(usagers)
	_, err := p.SetPassword(slept{t.Context(), &until}, "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47"))
	if s.writes != 0 || err == nil {
		t.Errorf("%d writes after the deadline, %v", s.writes, err)
	}
}
