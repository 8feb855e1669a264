package bench_test

import (
	"testing"

	"ssprd/internal/bench"
	"ssprd/internal/dirtest"
)

// The floor is real work: afterwards the person signs in with the new password, and before not. Of somebody who is not
// there, or of two with one address, no change is counted.
func TestFloor(t *testing.T) {
	slapd := dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: 1})
	conn, err := bench.Connect(slapd)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := dirtest.Extra(1)
	if bench.SignsIn(slapd, p) == nil {
		t.Error("the new password signs in before the change")
	}
	if err := bench.Change(conn, slapd.BaseDN, p); err != nil {
		t.Error(err)
	}
	if err := bench.SignsIn(slapd, p); err != nil {
		t.Error(err)
	}
	for _, p := range []dirtest.Person{dirtest.Extra(2), dirtest.Gestion, dirtest.Helene} {
		if bench.Change(conn, slapd.BaseDN, p) == nil {
			t.Errorf("the change of %s is counted", p.UID)
		}
	}
}
