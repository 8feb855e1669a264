package locale

import (
	"bytes"
	"fmt"
	"sync"

	"ssprd/internal/theme"
)

// entry is a message of a file. One that the program was built with is parsed when it is first asked for: to parse all of them takes
// longer than all else at the start, a page needs some forty, and tests have seen that they are right.
type entry struct {
	text   []byte // YAML; nil of one that was parsed at once
	once   sync.Once
	parsed message
}

// entriesOf cuts a built-in file into its messages: each begins a line with its key.
func entriesOf(text []byte) map[string]*entry {
	all := map[string]*entry{}
	var last *entry
	begin, at := 0, 0 // of the entry, of the line
	for line := range bytes.Lines(text) {
		key, _, found := bytes.Cut(line, []byte(":"))
		if found && line[0] != ' ' && line[0] != '#' {
			last, begin = new(entry), at
			all[string(key)] = last
		}
		if at += len(line); last != nil {
			last.text = text[begin:at]
		}
	}
	return all
}

func (e *entry) message() message {
	e.once.Do(func() {
		if e.text == nil {
			return
		}
		var wrong theme.Mistakes
		for _, e.parsed = range read(theme.File{Text: e.text}, &wrong) {
		}
		if err := wrong.Err(); err != nil {
			panic(fmt.Errorf("locale: a built-in message: %w", err))
		}
		e.text = nil
	})
	return e.parsed
}
