package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// errForeign says that what is at the path never was a state file: a slip in state.url, which is for a person to mend.
var errForeign = errors.New("this is not a state file: it was left as it is; name another file, or move it away")

// The page sizes, in bytes, among which bbolt looks for its second meta page: the powers of two between these.
const (
	minPageSize = 1 << 10
	maxPageSize = 1 << 24
)

// unreadable says what a file without a valid meta page is. It is damaged, and so to be set aside, only if bbolt has once
// written it: if the mark of either meta page is at its place, if it ends within the first mark, or if it is all zeros,
// which a file is whose length reached the disk and whose pages did not. Anything else is foreign. bbolt waits for the
// disk when it makes a file, so that the loss of both marks with pages left behind them is not what a power failure does.
func unreadable(f *os.File) error {
	if marked(f) {
		return fmt.Errorf("%w: no valid meta page", errDamaged)
	}
	zeros, err := blank(f)
	switch {
	case err != nil:
		return err
	case zeros:
		return fmt.Errorf("%w: nothing but zeros", errDamaged)
	}
	return errForeign
}

// marked tells whether a meta page is where bbolt puts it: the first at the beginning, the second one page on. The second
// has to name its place as the size of a page, so that an archive with a bbolt file in it does not pass for one; the
// first needs its magic alone, and of a file that ends before that, what there is of the page has to be right.
func marked(f *os.File) bool {
	first := firstMark()
	b := make([]byte, len(first))
	n, _ := f.ReadAt(b, 0)
	if n > 0 && n < len(b) && bytes.HasPrefix(first, b[:n]) || n == len(b) && order.Uint32(b[pageHeader:]) == boltMagic {
		return true
	}
	for size := int64(minPageSize); size <= maxPageSize; size *= 2 {
		m := make([]byte, 12) // magic 4, version 4, page size 4
		if _, err := f.ReadAt(m, size+pageHeader); err != nil {
			continue // past the end, or a sector that is gone
		}
		if order.Uint32(m) == boltMagic && int64(order.Uint32(m[8:])) == size {
			return true
		}
	}
	return false
}

// firstMark is how every bbolt file begins: the header of page 0, and the magic.
func firstMark() []byte {
	b := make([]byte, pageHeader, pageHeader+4)
	order.PutUint16(b[8:], metaPage)
	return order.AppendUint32(b, boltMagic)
}

// blank tells whether the file holds nothing but zeros.
func blank(f *os.File) (bool, error) {
	r := io.NewSectionReader(f, 0, math.MaxInt64)
	b := make([]byte, 1<<16)
	for {
		n, err := r.Read(b)
		switch {
		case len(bytes.Trim(b[:n], "\x00")) > 0:
			return false, nil
		case err == io.EOF:
			return true, nil
		case err != nil:
			return false, err
		}
	}
}
