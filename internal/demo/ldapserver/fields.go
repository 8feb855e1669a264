package ldapserver

import (
	"errors"

	ber "github.com/go-asn1-ber/asn1-ber"
)

var errShort = errors.New("an element is missing or of another type")

// fields reads the elements of a sequence one after another. The first mistake stays in err, and every read after it
// gives an empty element, so that a reader may check once, at its end.
type fields struct {
	left []*ber.Packet
	err  error
}

func fieldsOf(p *ber.Packet) *fields { return &fields{left: p.Children} }

func (f *fields) next() *ber.Packet {
	if f.err != nil || len(f.left) == 0 {
		f.err = errShort
		return ber.NewSequence("")
	}
	p := f.left[0]
	f.left = f.left[1:]
	return p
}

func (f *fields) text() string { return f.next().Data.String() }

func (f *fields) number() int64 {
	n, ok := f.next().Value.(int64)
	if !ok {
		f.err = errShort
	}
	return n
}

func (f *fields) flag() bool {
	b, ok := f.next().Value.(bool)
	if !ok {
		f.err = errShort
	}
	return b
}
