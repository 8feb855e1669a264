package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// Digester makes keyed digests (HMAC-SHA-256, RFC 2104) under one key. It keeps what it has made of the key: hmac.New for each
// digest takes three times as long. Its methods may be called by many goroutines at once; it does not print its key.
type Digester struct{ ready *sync.Pool } // of *digesting

// digesting is one digest in the making.
type digesting struct {
	hash hash.Hash
	text []byte // what is digested, and then the digest
}

// NewDigester takes a key of 32 bytes that serves nothing else.
func NewDigester(key []byte) Digester {
	return Digester{&sync.Pool{New: func() any { return &digesting{hash: hmac.New(sha256.New, key)} }}}
}

// Of is the digest of some texts in their order, with a NUL between each two. Only the last of them may have a NUL of its own.
func (d Digester) Of(texts ...string) [sha256.Size]byte {
	m := d.ready.Get().(*digesting)
	defer d.ready.Put(m)
	for i, text := range texts {
		if i > 0 {
			m.text = append(m.text, 0)
		}
		m.text = append(m.text, text...)
	}
	m.hash.Reset()
	m.hash.Write(m.text)
	clear(m.text) // it may be a code
	m.text = m.hash.Sum(m.text[:0])
	sum := [sha256.Size]byte(m.text)
	m.text = m.text[:0]
	return sum
}
