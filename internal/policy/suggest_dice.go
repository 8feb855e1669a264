package policy

import (
	"crypto/rand"
	"strings"
)

// dice draws from crypto/rand, of which it reads enough for some ten passwords at once. The zero value is ready.
type dice struct {
	bytes  [1024]byte
	unread []byte
}

// wipe leaves nothing from which the passwords could be told that were drawn.
func (d *dice) wipe() { *d = dice{} }

// below draws a number from 0 to n-1, n being at most 65,536. Each is as likely as any other: what would fall to the
// first ones a time more often than to the others is drawn again.
func (d *dice) below(n int) int {
	const all = 1 << 16
	for {
		if len(d.unread) < 2 {
			_, _ = rand.Read(d.bytes[:]) // never fails (crypto/rand)
			d.unread = d.bytes[:]
		}
		drawn := int(d.unread[0])<<8 | int(d.unread[1])
		d.unread = d.unread[2:]
		if drawn < all-all%n {
			return drawn % n
		}
	}
}

func (d *dice) pick(from string) byte { return from[d.below(len(from))] }

// pickOther draws a character that is not the last one: doubled ones are miscounted, and some directories refuse them.
func (d *dice) pickOther(from string, last byte) byte {
	at := strings.IndexByte(from, last)
	if at < 0 {
		return d.pick(from)
	}
	i := d.below(len(from) - 1)
	if i >= at {
		i++
	}
	return from[i]
}

// shuffle puts a list in any order, each as likely as any other (Knuth, TAOCP 3.4.2, algorithm P).
func (d *dice) shuffle(list []string) {
	for i := len(list) - 1; i > 0; i-- {
		j := d.below(i + 1)
		list[i], list[j] = list[j], list[i]
	}
}
