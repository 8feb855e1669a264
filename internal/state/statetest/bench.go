package statetest

import (
	"strconv"
	"sync/atomic"
	"testing"

	"ssprd/internal/state"
)

// Benchmark measures what a request costs: three updates and a Sync, by eight at a time for each core, and an Update
// alone. Run it beside other stores and with other numbers of records to see what grows.
func Benchmark(b *testing.B, open func(b *testing.B) state.Store) {
	s := open(b)
	for _, records := range []int{0, 100_000} {
		fill(b, s, records)
		b.Run("update/"+strconv.Itoa(records), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				change(b, s, strconv.Itoa(i%10_000))
			}
		})
		b.Run("3 updates and sync/"+strconv.Itoa(records), func(b *testing.B) {
			var n atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					for range 3 {
						change(b, s, strconv.FormatInt(n.Add(1)%10_000, 10))
					}
					if err := s.Sync(b.Context()); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
	if err := s.Close(); err != nil {
		b.Error(err)
	}
}

func fill(b *testing.B, s state.Store, records int) {
	for i := range records {
		change(b, s, "fill"+strconv.Itoa(i))
		if i%1000 == 0 {
			if err := s.Sync(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
}

var sample = string(make([]byte, 300))

func change(b *testing.B, s state.Store, key string) {
	err := s.Update(b.Context(), key, func([]byte) (state.Record, error) { return record(sample), nil })
	if err != nil {
		b.Error(err)
	}
}
