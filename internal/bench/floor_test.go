package bench_test

import (
	"testing"

	"ssprd/internal/bench"
	"ssprd/internal/dirtest"
)

// The floor is real work: afterwards the person signs in with the new password, at the follower too, and before not. Of somebody who is not
// there, or of two with one address, no change is counted.
func TestFloor(t *testing.T) {
	slapd := dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: 1})
	replica := slapd.StartReplica(t)
	floor, err := bench.Floor(slapd, replica)
	if err != nil {
		t.Fatal(err)
	}
	defer floor.Close()
	p := dirtest.Extra(1)
	if bench.SignsIn(&slapd.Server, p) == nil {
		t.Error("the new password signs in before the change")
	}
	if err := floor.Change(p); err != nil {
		t.Error(err)
	}
	for _, s := range []*dirtest.Slapd{slapd, replica} {
		if err := bench.SignsIn(&s.Server, p); err != nil {
			t.Error(err)
		}
	}
	for _, p := range []dirtest.Person{dirtest.Extra(2), dirtest.Gestion, dirtest.Helene} {
		if floor.Change(p) == nil {
			t.Errorf("the change of %s is counted", p.UID)
		}
	}
}
