package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
)

// The file format of bbolt, version 2, as far as its tree of pages goes (bbolt, internal/common). Numbers are in the
// byte order of the machine.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	pageHeader  = 16 // id 8, flags 2, count 2, overflow 4
	pageElement = 16 // branch: pos 4, ksize 4, page 8; leaf: flags 4, pos 4, ksize 4, vsize 4
	branchPage  = 0x01
	leafPage    = 0x02
	metaPage    = 0x04
	bucketFlag  = 0x01
	metaSize    = 64 // magic 4, version 4, page size 4, flags 4, root 16, free list 8, pages 8, transaction 8, checksum 8
)

var order = binary.NativeEndian

// verify reads the whole tree of the file and checks what bbolt takes for granted: that every page is in the file, is
// what its parent says it is, belongs to one parent only, and has its keys in order. bbolt makes the same walk at open to
// find the free pages, but in a goroutine of its own, where a torn page ends the whole program: after a power failure
// the portal would never start again. An empty file passes: bbolt makes a new one of it. Of a file that does not pass,
// the error is errDamaged or errForeign. To open a file of 100,000 records takes a tenth of a second, both walks together.
func verify(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errForeign
	}
	if info.Size() == 0 {
		return nil
	}
	m, ok := newestMeta(f)
	if !ok {
		return unreadable(f)
	}
	if m.pages > uint64(info.Size())/uint64(m.pageSize) {
		return fmt.Errorf("%w: %d bytes for %d pages", errDamaged, info.Size(), m.pages)
	}
	v := verifier{file: f, pageSize: m.pageSize, seen: make([]bool, m.pages)}
	if err := v.tree(m.root, nil, nil); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

// meta is one of the two pages that say where the tree begins.
type meta struct {
	pageSize                 uint32
	root, pages, transaction uint64
}

// newestMeta looks for the first meta page at the beginning and for the second after it, wherever the size of a page
// puts it; bbolt takes the one with the higher transaction.
func newestMeta(f *os.File) (newest meta, ok bool) {
	for at := int64(0); at <= 1<<16; at = max(2*at, 1024) {
		b := make([]byte, metaSize)
		if _, err := f.ReadAt(b, at+pageHeader); err != nil {
			break
		}
		if m, valid := parseMeta(b); valid && (at == 0 || at == int64(m.pageSize)) && (!ok || m.transaction > newest.transaction) {
			newest, ok = m, true
		}
	}
	return newest, ok
}

func parseMeta(b []byte) (meta, bool) {
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	m := meta{
		pageSize: order.Uint32(b[8:]), root: order.Uint64(b[16:]),
		pages: order.Uint64(b[40:]), transaction: order.Uint64(b[48:]),
	}
	valid := order.Uint32(b) == boltMagic && order.Uint32(b[4:]) == boltVersion &&
		sum.Sum64() == order.Uint64(b[metaSize-8:]) && m.pageSize >= 1024
	return m, valid
}

type verifier struct {
	file     *os.File
	pageSize uint32
	seen     []bool // by page
}

// tree checks the page id and all below it. Its keys are to be from low on and under high; nil is no bound.
func (v *verifier) tree(id uint64, low, high []byte) error {
	b, err := v.load(id)
	if err != nil {
		return err
	}
	return v.page(id, b, low, high)
}

// load reads a page with its overflow pages, each of which may be read once only: so the walk ends.
func (v *verifier) load(id uint64) ([]byte, error) {
	header := make([]byte, pageHeader)
	if id < 2 || id >= uint64(len(v.seen)) {
		return nil, fmt.Errorf("page %d is out of bounds", id)
	}
	if _, err := v.file.ReadAt(header, int64(id)*int64(v.pageSize)); err != nil {
		return nil, err
	}
	span := 1 + uint64(order.Uint32(header[12:]))
	if order.Uint64(header) != id || span > uint64(len(v.seen))-id {
		return nil, fmt.Errorf("page %d has the header of another", id)
	}
	for i := range v.seen[id : id+span] {
		if v.seen[id+uint64(i)] {
			return nil, fmt.Errorf("page %d has two parents", id+uint64(i))
		}
		v.seen[id+uint64(i)] = true
	}
	b := make([]byte, span*uint64(v.pageSize))
	_, err := v.file.ReadAt(b, int64(id)*int64(v.pageSize))
	return b, err
}

// page checks one page, and by tree those below it.
func (v *verifier) page(id uint64, b []byte, low, high []byte) error {
	flags, count := order.Uint16(b[8:]), int(order.Uint16(b[10:]))
	if flags != leafPage && (flags != branchPage || count == 0) || pageHeader+count*pageElement > len(b) {
		return fmt.Errorf("page %d is no page of a tree", id)
	}
	var elements []element
	for i := range count {
		e, ok := parseElement(b[pageHeader+i*pageElement:], flags)
		if !ok || i > 0 && bytes.Compare(elements[i-1].key, e.key) >= 0 {
			return fmt.Errorf("page %d: element %d is out of order", id, i)
		}
		elements = append(elements, e)
	}
	if count > 0 && (bytes.Compare(elements[0].key, low) < 0 || high != nil && bytes.Compare(elements[count-1].key, high) >= 0) {
		return fmt.Errorf("page %d: its keys belong elsewhere", id)
	}
	for i, e := range elements {
		under := high
		if i+1 < count {
			under = elements[i+1].key
		}
		if err := v.element(id, e, under); err != nil {
			return err
		}
	}
	return nil
}

// element is a key, and where it leads: to a page if it is of a branch, to a bucket, or to a value, which is not checked
// here.
type element struct {
	key, bucket []byte
	branch      bool
	page        uint64
}

// parseElement reads the element at the beginning of b, which goes on to the end of the page.
func parseElement(b []byte, flags uint16) (element, bool) {
	if flags == branchPage {
		pos, size := uint64(order.Uint32(b)), uint64(order.Uint32(b[4:]))
		if pos+size > uint64(len(b)) {
			return element{}, false
		}
		return element{key: b[pos : pos+size], branch: true, page: order.Uint64(b[8:])}, true
	}
	kind, pos := order.Uint32(b), uint64(order.Uint32(b[4:]))
	size, valueSize := uint64(order.Uint32(b[8:])), uint64(order.Uint32(b[12:]))
	if pos+size+valueSize > uint64(len(b)) {
		return element{}, false
	}
	e := element{key: b[pos : pos+size]}
	if kind&bucketFlag != 0 {
		e.bucket = b[pos+size : pos+size+valueSize]
		return e, len(e.bucket) >= pageHeader
	}
	return e, true
}

// element goes where e leads. A bucket begins with the page of its root; 0 says that a small page follows on the spot.
func (v *verifier) element(id uint64, e element, under []byte) error {
	switch {
	case e.branch:
		return v.tree(e.page, e.key, under)
	case e.bucket == nil:
		return nil
	}
	if root := order.Uint64(e.bucket); root != 0 {
		return v.tree(root, nil, nil)
	}
	inline := e.bucket[16:]
	if len(inline) < pageHeader || order.Uint16(inline[8:]) != leafPage {
		return fmt.Errorf("page %d: a bucket without a page", id)
	}
	return v.page(id, inline, nil, nil)
}
