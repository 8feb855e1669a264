package flow_test

import (
	"testing"
	"time"

	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/state"
)

// BenchmarkRecord is what the state costs of a reset that waits for its password: a look at it, a look after somebody has changed
// it, and a change.
func BenchmarkRecord(b *testing.B) {
	now := time.Now()
	r := flow.Machine{Code: code.Defaults()}.Begin("usagers", "fr", "camille.durand@example.org", now)
	r.State, r.Grant, r.Account = flow.Choose, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "f0f1c8a2-1111-4444-9999-123456789012"
	r.Accounts = []flow.Account{{ID: r.Account, Identifier: "camille.durand", Name: "Camille Durand",
		Mail: []string{r.Typed}, Words: []string{"camille", "durand", "camille.durand", r.Typed}}}
	key := state.NewKey()
	table := state.NewTable[flow.Reset](state.NewMemory(), "reset", key)
	change := func() {
		_, err := table.Update(b.Context(), "id", func(old flow.Reset, found bool) (flow.Reset, time.Time, error) {
			if !found {
				old = r
			}
			old.Version++
			return old, now.Add(time.Hour), nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	look := func() {
		if _, err := table.Get(b.Context(), "id"); err != nil {
			b.Fatal(err)
		}
	}
	change()
	b.Run("look", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			look()
		}
	})
	b.Run("change", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			change()
		}
	})
	b.Run("change and look", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			change()
			look()
		}
	})
}
