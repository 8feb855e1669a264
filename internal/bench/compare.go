package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Comparison is the portal's processor time for a reset, and for the page of the code, in two places by turns.
type Comparison struct {
	Names       [2]string
	Reset, Page [2][]time.Duration // of each round
	Loaded      [2]Memory          // at the end
}

type subject struct {
	*world
	*place
}

// compare alternates the two, whose portals run.
func compare(o Amounts, subjects ...subject) (c Comparison, err error) {
	for range o.Rounds {
		for i, s := range subjects {
			_, reset, err := s.resetsAt(s.place, o.Resets)
			if err != nil {
				return c, err
			}
			page, err := s.page(s.place, 2*o.Resets)
			if err != nil {
				return c, err
			}
			c.Names[i] = s.name
			c.Reset[i], c.Page[i] = append(c.Reset[i], reset), append(c.Page[i], page)
			if c.Loaded[i], err = s.place.memory(); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// Print writes the table: the median of the rounds, and what the second is beside the first.
func (c Comparison) Print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%-46s\ta reset\t\tthe page of the code\t\tresident (of it anonymous)\t\n", "processor time of the portal, median")
	for i, name := range c.Names {
		reset, page := percentile(c.Reset[i], 50), percentile(c.Page[i], 50)
		fmt.Fprintf(t, "%-46s\t%.2f ms\t%+.0f %%\t%.3f ms\t%+.0f %%\t%.1f (%.1f) MB\t\n", name, ms(reset), more(reset, percentile(c.Reset[0], 50)),
			ms(page), more(page, percentile(c.Page[0], 50)), mb(c.Loaded[i].Resident), mb(c.Loaded[i].Anonymous))
	}
	return t.Flush()
}

// more is how much more one is than another, in a hundred.
func more(one, other time.Duration) float64 {
	if other == 0 {
		return 0 // too little was done to tell
	}
	return 100 * (float64(one)/float64(other) - 1)
}
