package breached

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
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
	if err != nil {
		return l.withLine(err)
	}
	return s.wrongEnds()
}

// seen is what was read of a list.
type seen struct {
	first, last digest
	lines       float64 // in all, an estimate where not all was read
}

// sample reads all the blocks of a small list, or as many of a large one, spread evenly, the first and the last among them.
func (l *List) sample() (s seen, err error) {
	low, high := l.whole()
	read, lines := int64(0), 0
	for i := int64(0); low.at < l.size; i++ {
		from := low.at
		if l.size > readWhole {
			from = max(from, int64(float64(l.size-blockSize)*float64(i)/(samples-1)))
		}
		b, err := l.read(from, low, high)
		if err != nil {
			return s, err
		}
		if i == 0 {
			s.first = b.first()
		}
		low, s.last = edge{b.end, b.last()}, b.last()
		read, lines = read+b.end-b.start, lines+len(b.digests)
	}
	s.lines = float64(l.size) * float64(lines) / float64(read)
	return s, nil
}

// chance is how improbable a gap has to be for it to be told of, as a natural logarithm. Chance makes none like that.
const chance = -50

// wrongEnds tells whether the list begins or ends with such a gap: a file that was cut at the end of a line has no other
// mark of it. It shows where some fifty lines or more are missing.
func (s seen) wrongEnds() error {
	const cut = "it has about %.0f digests and none %s %X…, so a part of it is missing: fetch it again"
	if none(s.lines, 1-place(s.last)) < chance {
		return fmt.Errorf(cut, s.lines, "above", s.last[:4])
	}
	if none(s.lines, place(s.first)) < chance {
		return fmt.Errorf(cut, s.lines, "below", s.first[:4])
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
