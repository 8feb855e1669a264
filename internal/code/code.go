// Package code is the security code: drawn at random, forgiving to type, kept only as a digest.
package code

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"math/big"
	"strings"
	"time"
	"unicode"

	"ssprd/internal/secret"
)

// Config is the section `code` of the configuration.
type Config struct {
	Digits      int           `mapstructure:"digits"`       // how many digits a code has
	Lifetime    time.Duration `mapstructure:"lifetime"`     // after which a code is refused even if right (R10)
	Tries       int           `mapstructure:"tries"`        // the wrong code that ends a reset, over all codes that were sent for it
	ResendAfter time.Duration `mapstructure:"resend_after"` // the pause between two sends
	Sends       int           `mapstructure:"sends"`        // codes a reset can have in all
}

// Defaults are the settings of a configuration that says nothing.
func Defaults() Config {
	return Config{Digits: 6, Lifetime: 10 * time.Minute, Tries: 5, ResendAfter: time.Minute, Sends: 3}
}

// Code is a security code; it does not print.
type Code = secret.Text

// New draws a code, each as likely as any other, leading zeros kept (R9).
func New(digits int) Code {
	// rand.Text would be shorter, but a code is typed from one device to another: digits only.
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	if err != nil {
		panic(err) // crypto/rand does not fail: it ends the program itself
	}
	s := n.String()
	return secret.New(strings.Repeat("0", digits-len(s)) + s)
}

// What can be wrong with the form of a typed code. None of these costs a try (R19).
var (
	ErrEmpty     = errors.New("no digits")
	ErrShort     = errors.New("too few digits")
	ErrLong      = errors.New("too many digits")
	ErrNotDigits = errors.New("something else than digits")
)

// maxTyped is more than anybody types or pastes for a code, in bytes: the field holds 64 characters.
const maxTyped = 256

// Parse reads a code as people type and paste it: spaces of every kind, hyphens, dots and the invisible marks that come
// with a copy are left out, and digits of other scripts count as digits.
func Parse(typed string, digits int) (Code, error) {
	if len(typed) > maxTyped {
		return Code{}, ErrLong
	}
	var b strings.Builder
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Nd, r):
			b.WriteByte('0' + digitValue(r))
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.Is(unicode.Cf, r), r == '.', r == '\u2212':
		default:
			return Code{}, ErrNotDigits
		}
		if b.Len() > digits {
			return Code{}, ErrLong
		}
	}
	if b.Len() == 0 {
		return Code{}, ErrEmpty
	}
	if b.Len() < digits {
		return Code{}, ErrShort
	}
	return secret.New(b.String()), nil
}

// digitValue gives the value of a decimal digit of any script. Unicode lays each script's ten digits in order and without
// a gap, so the place in the run tells; where scripts lie side by side, as the mathematical digits do, every ten begin anew.
func digitValue(r rune) byte {
	first := r
	for unicode.Is(unicode.Nd, first-1) {
		first--
	}
	return byte((r - first) % 10)
}

// Digest is what is kept of a code. The zero Digest matches no code.
type Digest struct {
	Sum []byte `json:"sum,omitempty"`
}

// Keyer makes digests under one key, so that a stolen state file does not give codes away by trying all million.
type Keyer struct{ digests secret.Digester }

// NewKeyer takes a key of 32 bytes that serves nothing else.
func NewKeyer(key []byte) Keyer { return Keyer{secret.NewDigester(key)} }

// Digest binds c to the reset it belongs to: the same code of another reset has another digest (R12).
func (k Keyer) Digest(reset string, c Code) Digest {
	sum := k.digests.Of(reset, c.Reveal())
	return Digest{sum[:]}
}

// Decoy is a digest that no code has: that of a reset whose address was nobody's.
func Decoy() Digest {
	b := make([]byte, sha256.Size)
	_, _ = rand.Read(b) // it does not fail
	return Digest{b}
}

// Drawn tells whether d is a digest at all: that of a code, or a decoy.
func (d Digest) Drawn() bool { return len(d.Sum) == sha256.Size }

// Equal compares in a time that does not depend on where the two differ.
func (d Digest) Equal(other Digest) bool {
	return d.Drawn() && subtle.ConstantTimeCompare(d.Sum, other.Sum) == 1
}
