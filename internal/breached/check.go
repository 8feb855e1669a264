package breached

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

const (
	// readWhole is the size up to which a list is read whole at the start: a tenth of a second.
	readWhole = 64 << 20
	// samples is how many blocks are read of a larger one. A slow disk takes some ten milliseconds for each.
	samples = 2048
)

// check looks for what somebody who fetches and unpacks such a list can do wrong.
func (l *List) check() error {
	if l.size == 0 {
		return fmt.Errorf("it is empty: %s", wanted)
	}
	s, err := l.sample()
	if err == nil {
		err = s.missing()
	}
	l.digests = s.digests
	return l.withLine(err)
}

// seen is what was read of a list.
type seen struct {
	first, last digest
	digests     float64 // different ones in all, an estimate where not all was read
	widest      gap     // between two lines that follow each other
	parts       []gap   // of a list that is not read whole: from each block to the next, all equally far in bytes
}

// gap is between two digests; at is where the line of the second one begins, or its block.
type gap struct {
	from, to digest
	at       int64
}

func (g gap) width() float64 { return place(g.to) - place(g.from) }

// sample reads all the blocks of a small list, or as many of a large one, spread evenly, the first and the last among them.
func (l *List) sample() (s seen, err error) {
	low, high := l.whole()
	read, different := int64(0), 0
	for i := int64(0); low.at < l.size; i++ {
		from := low.at
		if l.size > readWhole {
			from = max(from, int64(float64(l.size-blockSize)*float64(i)/(samples-1)))
		}
		b, err := l.read(from, low, high)
		if err != nil {
			return s, err
		}
		different += s.add(b, i == 0, b.start == low.at)
		low, read = edge{b.end, b.last()}, read+b.end-b.start
	}
	s.digests = float64(l.size) * float64(different) / float64(read)
	return s, nil
}

// add notes the gaps of a block, and tells how many different digests it has. It may be the first, and it may follow the
// one before without anything between.
func (s *seen) add(b block, isFirst, follows bool) (different int) {
	before := s.last
	switch {
	case isFirst:
		s.first, before = b.first(), b.first()
		different++
	case !follows:
		s.parts = append(s.parts, gap{before, b.first(), b.start})
		before = b.first()
		different++
	}
	for i, d := range b.digests {
		if d == before {
			continue
		}
		different++
		if g := (gap{before, d, b.starts[i]}); g.width() > s.widest.width() {
			s.widest = g
		}
		before = d
	}
	s.last = b.last()
	return different
}

// chance is how improbable a gap has to be for it to be told of, as a natural logarithm. Of all gaps in a list of a
// billion digests chance makes one like that once in 10^12 lists.
const chance = -50

// missing tells whether the list has a gap that chance does not make: where whole lines are missing, at either end or
// between, the file has no other mark of it. It shows where some fifty lines or more are missing, between the blocks of
// a large list where a part is missing that is as long as what lies between two of them.
func (s seen) missing() error {
	const cut = "it has about %.0f digests and none %s %X…, so a part of it is missing: fetch it again"
	if none(s.digests, 1-place(s.last)) < chance {
		return fmt.Errorf(cut, s.digests, "above", s.last[:4])
	}
	if none(s.digests, place(s.first)) < chance {
		return fmt.Errorf(cut, s.digests, "below", s.first[:4])
	}
	if none(s.digests, s.widest.width()) < chance {
		return lineError{s.widest.at, fmt.Sprintf("of about %.0f digests none is between %X… and this one, so a part of the list is missing: fetch it again",
			s.digests, s.widest.from[:4])}
	}
	return s.missingBetween()
}

// missingBetween compares what lies between the blocks of a large list. All these parts are equally long, so one whose
// digests are twice as far apart as those of most lacks about as many lines as it has. That n even gaps are together
// twice as wide as they ought to be has a probability below e^-n(1-ln 2): of 500 lines, which the smallest of such lists
// has in a part, one in 10^66. Parts that are all the same digest, which a list may repeat, say nothing of the others.
func (s seen) missingBetween() error {
	var widths []float64
	for _, g := range s.parts {
		if g.width() > 0 {
			widths = append(widths, g.width())
		}
	}
	if len(widths) == 0 || s.digests/samples/2*(1-math.Ln2) < -chance { // half, since a block is a quarter of such a part at most
		return nil
	}
	slices.Sort(widths)
	for _, g := range s.parts {
		if g.width() > 2*widths[len(widths)/2] {
			return lineError{g.at, fmt.Sprintf("between %X… and this one are too few digests, so a part of the list is missing: fetch it again", g.from[:4])}
		}
	}
	return nil
}

// none is the logarithm of the probability that of n digests none is in a part of all there can be.
func none(n, part float64) float64 { return n * math.Log1p(-part) }

// withLine adds the number of a line to a mistake in it, where counting does not take long.
func (l *List) withLine(err error) error {
	var wrong lineError
	if !errors.As(err, &wrong) || wrong.at > readWhole {
		return err
	}
	before, readErr := io.ReadAll(io.NewSectionReader(l.text, 0, wrong.at))
	if readErr != nil {
		return err
	}
	return fmt.Errorf("line %d: %s", bytes.Count(before, []byte("\n"))+1, wrong.wrong)
}
