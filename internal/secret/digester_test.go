package secret_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ssprd/internal/secret"
)

// A digest is HMAC-SHA-256 of its texts with a NUL between them, whatever was digested before it and beside it.
func TestDigester(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	d := secret.NewDigester(key)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 100 {
				first, second := strings.Repeat("é", i), fmt.Sprint(worker)
				m := hmac.New(sha256.New, key)
				m.Write([]byte(first + "\x00" + second))
				if got := d.Of(first, second); !hmac.Equal(got[:], m.Sum(nil)) {
					t.Errorf("the digest of %q and %q is %x", first, second, got)
				}
			}
		})
	}
	all.Wait()
	if d.Of("a", "b") == d.Of("ab") || d.Of("a") == secret.NewDigester([]byte(strings.Repeat("l", 32))).Of("a") {
		t.Error("two digests are the same")
	}
	if text := fmt.Sprintf("%v %+v %#v", d, d, d); strings.Contains(text, "kkk") || strings.Contains(text, "107") {
		t.Errorf("it prints its key: %s", text)
	}
}

func BenchmarkDigester(b *testing.B) {
	d := secret.NewDigester(make([]byte, 32))
	b.ReportAllocs()
	for b.Loop() {
		d.Of("reset", "ZQ3FJ2YYBX5XAY6PJIDTGZ7ZSI")
	}
}

// BenchmarkHMAC is the same without keeping anything.
func BenchmarkHMAC(b *testing.B) {
	key := make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		m := hmac.New(sha256.New, key)
		m.Write([]byte("reset\x00ZQ3FJ2YYBX5XAY6PJIDTGZ7ZSI"))
		m.Sum(nil)
	}
}
