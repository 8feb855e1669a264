package dirtest_test

import (
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
)

// What the server says comes so much later. That several answers on their way take no longer than one is not asked: that would
// be speed.
func TestRelay(t *testing.T) {
	slapd := dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: 1})
	relay := dirtest.StartRelay(t, slapd.URL)
	there := slapd.Server
	there.URL = relay.URL()
	const delay = 300 * time.Millisecond
	for _, c := range []struct{ delay, least time.Duration }{{0, 0}, {delay, delay}} {
		relay.Delay(c.delay)
		begin := time.Now()
		if err := there.Admin(func(conn *ldap.Conn) error { _, err := conn.WhoAmI(nil); return err }); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < c.least {
			t.Errorf("an answer after %s, with a delay of %s", took, c.delay)
		}
	}
}
