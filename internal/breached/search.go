package breached

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// blockSize is how much is read at a time: it holds some 180 lines, about as many as a second guess is wrong by in the
// largest list there is.
const blockSize = 8 << 10

// guesses is how often a search goes where the digest ought to be. Three are enough in a list of a billion digests; after
// this many they are not spread evenly, and each block halves what is left.
const guesses = 8

// edge is where a stretch of whole lines begins or ends, and the digest of the line just outside of it.
type edge struct {
	at     int64
	digest digest
}

// whole gives the edges of the file: no digest is below the first or above the second.
func (l *List) whole() (low, high edge) {
	high.at = l.size
	for i := range high.digest {
		high.digest[i] = math.MaxUint8
	}
	return low, high
}

// find narrows the file down to the one block in which the digest stands, if it does anywhere. Every block takes at
// least a line away from what is left, and after the guesses about half of it.
func (l *List) find(want digest) (bool, error) {
	low, high := l.whole()
	for step := 0; low.at < high.at; step++ {
		at := (low.at + high.at) / 2
		if step < guesses {
			at = guess(low, high, want)
		}
		b, err := l.read(at-blockSize/2, low, high)
		switch {
		case err != nil:
			return false, err
		case compare(want, b.first()) < 0:
			high = edge{b.start, b.first()}
		case compare(want, b.last()) > 0:
			low = edge{b.end, b.last()}
		default:
			return b.has(want), nil
		}
	}
	return false, nil
}

// guess is where a digest ought to stand between two others, if all are spread evenly.
func guess(low, high edge, want digest) int64 {
	from, to := place(low.digest), place(high.digest)
	if to <= from {
		return (low.at + high.at) / 2
	}
	return low.at + int64(float64(high.at-low.at)*(place(want)-from)/(to-from))
}

// place is how far up a digest stands, from 0 to 1.
func place(d digest) float64 { return float64(binary.BigEndian.Uint64(d[:8])) / (1 << 64) }

// block is some lines, one after the other.
type block struct {
	start, end int64 // in the file
	digests    []digest
	starts     []int64 // of their lines
}

func (b block) first() digest { return b.digests[0] }
func (b block) last() digest  { return b.digests[len(b.digests)-1] }

func (b block) has(want digest) bool {
	for _, d := range b.digests {
		if d == want {
			return true
		}
	}
	return false
}

// read reads the lines that stand whole in the block at from, or as near to it as the edges allow: at least one. Each has
// to be a line of a list, and all of them in order and between the digests of the edges.
func (l *List) read(from int64, low, high edge) (block, error) {
	from = max(low.at, min(from, high.at-blockSize))
	text := make([]byte, min(blockSize, high.at-from))
	switch n, err := l.text.ReadAt(text, from); {
	case n == len(text):
	case err == nil || errors.Is(err, io.EOF):
		return block{}, errors.New("it is shorter than when it was opened, so somebody writes to it: put a new list into place by renaming it, then reload (SIGHUP)")
	default:
		return block{}, unreadable(err)
	}
	b := block{start: from}
	if from > low.at { // within a line: it belongs to the block before
		skipped := bytes.IndexByte(text, '\n') + 1
		if skipped == 0 {
			return block{}, lineError{from, noLine}
		}
		b.start, text = from+int64(skipped), text[skipped:]
	}
	err := l.lines(&b, text, low, high)
	return b, err
}

// lines reads the whole lines of text into b. The last line of the file is one even without an end.
func (l *List) lines(b *block, text []byte, low, high edge) error {
	b.end = b.start
	b.digests, b.starts = make([]digest, 0, len(text)/shortest+1), make([]int64, 0, len(text)/shortest+1)
	last := low.digest
	for len(text) > 0 {
		size := bytes.IndexByte(text, '\n') + 1
		ended := size > 0
		if !ended {
			if b.end+int64(len(text)) < l.size && len(text) <= longest {
				break // the rest of this line is in the next block
			}
			size = len(text)
		}
		d, wrong := parse(text[:size], ended)
		if wrong != "" {
			return lineError{b.end, wrong}
		}
		if compare(d, last) < 0 || compare(d, high.digest) > 0 {
			return lineError{b.end, outOfOrder}
		}
		last = d
		b.digests, b.starts = append(b.digests, d), append(b.starts, b.end)
		b.end, text = b.end+int64(size), text[size:]
	}
	if len(b.digests) == 0 {
		return lineError{b.start, noLine}
	}
	return nil
}

// lineError says what is wrong with the line that begins at a byte of the file. It repeats nothing of it: a wrong path
// may lead to any file, a secret's too.
type lineError struct {
	at    int64
	wrong string
}

func (e lineError) Error() string { return fmt.Sprintf("the line at byte %d: %s", e.at, e.wrong) }
