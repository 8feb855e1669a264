package attack

import (
	"slices"
	"time"
)

// Longer is the probability that one of a took longer than one of b, a tie counting half: the statistic U of Mann and
// Whitney, divided by the number of pairs. It is a half where nothing tells the two apart, whatever the shape of the
// distributions, and one pause of the machine moves it by one rank and no more.
func Longer(a, b []time.Duration) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0.5
	}
	sorted := slices.Sorted(slices.Values(b))
	u := 0.0
	for _, took := range a {
		below, _ := slices.BinarySearch(sorted, took)
		above, _ := slices.BinarySearch(sorted, took+1)
		u += float64(below) + float64(above-below)/2
	}
	return u / float64(len(a)*len(b))
}

// The band in which Longer may lie. With thirty samples of each its standard deviation is 0.075 where there is no
// difference, so that a round lies outside once in a thousand; whoever is tens of milliseconds apart has 0 or 1.
const (
	least, most = 0.25, 0.75
	rounds      = 3
)

// Apart tells whether rounds in a row, each measured anew, lie outside of the band on the same side: once in
// some billions of runs where there is no difference, and always where there is one that a stranger could use.
func Apart(longer []float64) bool {
	if len(longer) < rounds {
		return false
	}
	last := longer[len(longer)-rounds:]
	return slices.Min(last) > most || slices.Max(last) < least
}

// Within tells whether a round lies in the band: nothing more is to be measured.
func Within(longer float64) bool { return longer >= least && longer <= most }

// Median is the middle of some times.
func Median(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(took))[len(took)/2]
}
