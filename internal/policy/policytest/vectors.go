// Package policytest has the table of passwords to which every place is held that judges one: policy itself, the pages,
// the directories. Only tests use it.
package policytest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/go-viper/mapstructure/v2"

	"ssprd/internal/policy"
)

// Vector is one line of policy's testdata/vectors.json.
type Vector struct {
	Name     string
	Rules    map[string]any // as in the configuration
	Demands  policy.Demands
	Who      []string
	Breached Listed // the passwords in the list of breached ones; without any there is no list
	Password string
	Broken   []policy.Name
}

// Listed is a list of breached passwords.
type Listed []string

// Contains is policy.Breached.
func (l Listed) Contains(password string) (bool, error) { return slices.Contains(l, password), nil }

// Vectors reads the table.
func Vectors(t testing.TB) []Vector {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []Vector
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// Set is what is demanded of the vector's password.
func (v Vector) Set(t testing.TB) policy.Set {
	t.Helper()
	s := policy.Set{Demands: v.Demands}
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: &s.Rules, ErrorUnused: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Decode(v.Rules); err != nil {
		t.Fatal(err)
	}
	if len(v.Breached) > 0 {
		s.Breached = v.Breached
	}
	return s
}
