package state

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"ssprd/internal/secret"
)

// ErrSealed says that a record is there but cannot be opened: it was changed, moved to another id, or sealed under
// another key. It never means that there is none.
var ErrSealed = errors.New("the record cannot be opened")

// Remove is what the function given to Update returns as its error to remove the record.
var Remove = errors.New("remove the record")

// Table keeps values of one type in a Store, as JSON sealed by AES-256-GCM. Ids (session tokens, addresses) never stand
// in the store, only a keyed digest of them; and a record opens only under the id it was stored for. With another key a
// table looks empty, because the digests are others too: whoever loses the key begins anew.
//
// A value that a table has given, or was given, is shared with whoever asks for it next: what its slices, maps and pointers lead
// to is not to be changed.
type Table[T any] struct {
	store  Store
	name   string
	ids    secret.Digester
	seal   cipher.AEAD // with a random nonce: good for 2^32 records a table, some centuries of a busy portal
	opened *opened[T]
}

// NewTable returns the table called name in s. Tables of different names have nothing in common but the store.
func NewTable[T any](s Store, name string, key Key) *Table[T] {
	ids := secret.NewDigester(key.Derive("state: ids of the table " + name))
	return &Table[T]{store: s, name: name, ids: ids, seal: seal(name, key), opened: newOpened[T]()}
}

// seal is what closes and opens the records of the table called name.
func seal(name string, key Key) cipher.AEAD {
	block, err := aes.NewCipher(key.Derive("state: seal the table " + name))
	if err != nil {
		panic(err) // only for a key of a wrong length
	}
	sealed, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for a cipher that is not AES
	}
	return sealed
}

// Format makes every verb of fmt print the name, and not what seals the table.
func (t *Table[T]) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "[table "+t.name+"]") }

// Get returns the value of id, or ErrNotFound if there is none or it has expired.
func (t *Table[T]) Get(ctx context.Context, id string) (T, error) {
	key := t.key(id)
	r, err := t.store.Get(ctx, key)
	if err != nil {
		return *new(T), fmt.Errorf("%s: %w", t.name, err)
	}
	return t.open(key, r.Data)
}

// Update changes the value of id in one atomic step and returns what is there now. f gets the value there is, or
// found=false and the zero value, and returns the next one and when it expires. If its error is Remove, the value is
// removed and Update returns what f gave and no error, so that a value can be taken out; any other error changes nothing
// and is returned. f may run more than once and must not call the Store.
func (t *Table[T]) Update(ctx context.Context, id string, f func(old T, found bool) (next T, expires time.Time, err error)) (T, error) {
	key := t.key(id)
	var result T
	err := t.store.Update(ctx, key, func(data []byte) (Record, error) {
		var old T
		if data != nil {
			var err error
			if old, err = t.open(key, data); err != nil {
				return Record{}, err
			}
		}
		next, expires, err := f(old, data != nil)
		if errors.Is(err, Remove) {
			result = next
			t.opened.forget(key)
			return Record{}, nil
		}
		if err != nil {
			return Record{}, err
		}
		result = next
		return t.close(key, next, expires)
	})
	if err != nil {
		return *new(T), err
	}
	return result, nil
}

// Delete removes the value of id. That there is none is no error, and neither is one that cannot be opened.
func (t *Table[T]) Delete(ctx context.Context, id string) error {
	key := t.key(id)
	t.opened.forget(key)
	return t.store.Update(ctx, key, func([]byte) (Record, error) { return Record{}, nil })
}

// key is what stands in the store: 144 bits of a digest are enough that two ids never meet.
func (t *Table[T]) key(id string) string {
	sum := t.ids.Of(id)
	return t.name + "/" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

func (t *Table[T]) open(key string, data []byte) (T, error) {
	if v, kept := t.opened.find(key, data); kept {
		return v, nil
	}
	var v T
	plain, err := t.seal.Open(nil, nil, data, []byte(key))
	if err != nil {
		return v, fmt.Errorf("%s: %w", t.name, ErrSealed)
	}
	if err := json.Unmarshal(plain, &v); err != nil {
		return *new(T), fmt.Errorf("%s: read the record: %w", t.name, err)
	}
	t.opened.keep(key, data, v)
	return v, nil
}

func (t *Table[T]) close(key string, v T, expires time.Time) (Record, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return Record{}, fmt.Errorf("%s: write the record: %w", t.name, err)
	}
	return Record{Data: t.seal.Seal(nil, nil, plain, []byte(key)), Expires: expires}, nil
}
