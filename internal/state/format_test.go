package state

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func TestFormat(t *testing.T) {
	key, r := []byte("key"), Record{[]byte("data"), time.UnixMilli(1_800_000_000_123)}
	value := encode(key, r)
	if got, err := decode(key, value); err != nil || !bytes.Equal(got.Data, r.Data) || !got.Expires.Equal(r.Expires) {
		t.Errorf("got %+v, %v", got, err)
	}
	// A file outlives the program that wrote it: another format is another bucketName.
	if want := []byte("\x96\xd4\x8f\xfd\x00\x00\x01\xa3\x18\x5c\x50\x7bdata"); !bytes.Equal(value, want) {
		t.Errorf("the format has changed: %x, not %x", value, want)
	}
	for i := range value {
		torn := bytes.Clone(value)
		torn[i] ^= 0x10
		if _, err := decode(key, torn); !errors.Is(err, errDamaged) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := decode(key, value[:i]); !errors.Is(err, errDamaged) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	if _, err := decode([]byte("another"), value); !errors.Is(err, errDamaged) {
		t.Errorf("under another key: %v", err)
	}
}
