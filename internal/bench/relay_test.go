package bench_test

import (
	"testing"
	"time"

	"ssprd/internal/bench"
	"ssprd/internal/dirtest"
)

// What the directory says comes so much later. That eight answers take no longer than one is not asked: that would be speed.
func TestRelay(t *testing.T) {
	slapd := dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: 1})
	relay := bench.StartRelay(t, slapd.URL)
	there := slapd.Server
	there.URL = relay.URL()
	conn, err := bench.Connect(&there)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const delay = 300 * time.Millisecond
	relay.Hold(delay)
	begin := time.Now()
	if _, err := bench.Drive(8, 8, func(int) error { _, err := conn.WhoAmI(nil); return err }); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < delay {
		t.Errorf("eight answers after %s, of which each takes %s", took, delay)
	}
}
