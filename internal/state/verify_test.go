package state_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"ssprd/internal/state"
)

const (
	pageSize = 4096
	branch   = 1
	leaf     = 2
)

var native = binary.NativeEndian

// Each case spoils one thing that bbolt takes for granted.
func TestVerify(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getpagesize() != pageSize {
		t.Skip("the cases count on pages of 4096 bytes")
	}
	for name, c := range map[string]struct {
		spoil func(file []byte)
		ok    bool
	}{
		"nothing":              {func([]byte) {}, true},
		"the newer meta page":  {func(file []byte) { clear(metaPage(file, true)) }, true},
		"the older meta page":  {func(file []byte) { clear(metaPage(file, false)) }, true},
		"both meta pages":      {func(file []byte) { clear(file[:2*pageSize]) }, false},
		"a page of its own":    {func(file []byte) { ownChild(file) }, false},
		"a child out of file":  {func(file []byte) { native.PutUint64(root(file)[16+8:], 1<<40) }, false},
		"a child that is meta": {func(file []byte) { native.PutUint64(root(file)[16+8:], 0) }, false},
		"two of one child":     {func(file []byte) { copy(root(file)[16+8:16+16], root(file)[32+8:32+16]) }, false},
		"an empty branch":      {func(file []byte) { native.PutUint16(root(file)[10:], 0) }, false},
		"too many elements":    {func(file []byte) { native.PutUint16(root(file)[10:], 5000) }, false},
		"too long a page":      {func(file []byte) { native.PutUint32(root(file)[12:], 1<<30) }, false},
		"another's number":     {func(file []byte) { native.PutUint64(root(file), 2) }, false},
		"a key off the page":   {func(file []byte) { native.PutUint32(root(file)[16:], 1<<31) }, false},
		"a key too long":       {func(file []byte) { native.PutUint32(root(file)[16+4:], 1<<31) }, false},
		"a value off the page": {func(file []byte) { native.PutUint32(firstLeaf(file)[16+12:], 1<<31) }, false},
		"a leaf without order": {func(file []byte) { keyAt(firstLeaf(file), 1)[0] = 0xff }, false},
		"a leaf too low":       {func(file []byte) { firstKey(secondLeaf(file))[0] = 0 }, false},
		"a leaf too high":      {func(file []byte) { lastKey(firstLeaf(file))[0] = 0xff }, false},
	} {
		spoilt := bytes.Clone(whole)
		c.spoil(spoilt)
		path := filepath.Join(t.TempDir(), "state.db")
		if err := os.WriteFile(path, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := state.Verify(f); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		_ = f.Close()
	}
}

// metaPage is the one of the two with the higher, or the lower, transaction.
func metaPage(file []byte, newer bool) []byte {
	first, second := file[:pageSize], file[pageSize:2*pageSize]
	if (native.Uint64(first[64:]) > native.Uint64(second[64:])) == newer {
		return first
	}
	return second
}

func page(file []byte, id uint64) []byte { return file[id*pageSize : (id+1)*pageSize] }

// root is the page where the records begin, a branch: the root of all buckets has one bucket in it.
func root(file []byte) []byte {
	buckets := page(file, native.Uint64(metaPage(file, true)[16+16:]))
	key := 16 + native.Uint32(buckets[16+4:])
	return page(file, native.Uint64(buckets[key+native.Uint32(buckets[16+8:]):]))
}

func child(p []byte, n int) uint64 { return native.Uint64(p[16+16*n+8:]) }

func firstLeaf(file []byte) []byte  { return page(file, child(root(file), 0)) }
func secondLeaf(file []byte) []byte { return page(file, child(root(file), 1)) }

// keyAt is the key of an element of a leaf.
func keyAt(p []byte, n int) []byte {
	e := p[16+16*n:]
	pos := native.Uint32(e[4:])
	return e[pos : pos+native.Uint32(e[8:])]
}

func firstKey(p []byte) []byte { return keyAt(p, 0) }
func lastKey(p []byte) []byte  { return keyAt(p, int(native.Uint16(p[10:]))-1) }

// ownChild makes the root lead to nothing but itself.
func ownChild(file []byte) {
	p := root(file)
	native.PutUint16(p[10:], 1)
	copy(p[16+8:16+16], p[:8])
}

// The helpers are right about the file they spoil.
func TestVerifyCases(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := native.Uint16(root(whole)[8:]); got != branch {
		t.Errorf("the root has flags %d", got)
	}
	for _, p := range [][]byte{firstLeaf(whole), secondLeaf(whole)} {
		if got := native.Uint16(p[8:]); got != leaf {
			t.Errorf("a leaf has flags %d", got)
		}
	}
	if bytes.Compare(firstKey(firstLeaf(whole)), lastKey(firstLeaf(whole))) >= 0 {
		t.Error("the keys of a leaf are not found")
	}
}
