package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// peopleFile keeps the entries of the directory as one JSON file, which is always whole: it is written beside itself
// and renamed.
type peopleFile string

// load gives the entries of the file, or those of seed if there is none yet.
func (f peopleFile) load(seed func() ([]*entry, error)) ([]*entry, error) {
	b, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return f.begin(seed)
	}
	if err != nil {
		return nil, fmt.Errorf("people of the demo: %w", err)
	}
	var entries []*entry
	if err := json.Unmarshal(b, &entries); err != nil {
		return nil, fmt.Errorf("people of the demo: %s: %w", f, err)
	}
	return entries, parseAll(entries)
}

func (f peopleFile) begin(seed func() ([]*entry, error)) ([]*entry, error) {
	entries, err := seed()
	if err != nil {
		return nil, err
	}
	if err := parseAll(entries); err != nil {
		return nil, err
	}
	return entries, f.save(entries)
}

func parseAll(entries []*entry) error {
	for _, e := range entries {
		if err := e.parse(); err != nil {
			return err
		}
	}
	return nil
}

// save writes the entries; the file is the old one or the new one, whatever happens.
func (f peopleFile) save(entries []*entry) error {
	b, err := json.MarshalIndent(entries, "", " ")
	if err != nil {
		return fmt.Errorf("people of the demo: %w", err)
	}
	if err := replaceFile(string(f), b); err != nil {
		return fmt.Errorf("people of the demo: %w", err)
	}
	return nil
}

// replaceFile writes a file that only its owner reads, in one step as far as readers can see.
func replaceFile(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already where all went well
	_, err = tmp.Write(content)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
