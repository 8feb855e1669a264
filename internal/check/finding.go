package check

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
)

// Level says how bad a finding is.
type Level string

// The levels. Error is what makes resets fail or unsafe, Warning what an administrator should know or will need to mend.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Error   Level = "error"
)

// Finding is one thing that was tried.
type Finding struct {
	Code  string // of Codes: it says what was seen, and so how bad it is; it never changes its meaning
	Key   string // the setting that promised it, as in directories[0].servers[1]; "" where it is none
	Tried string // what was tried, and of what
	Seen  string // what came of it, with the values
	Do    string // what to do, if it can be said better here than by the remedy of the code
}

// Level is that of the finding's code.
func (f Finding) Level() Level { return meaning(f.Code).Level }

// Remedy is what to do; "" where nothing is.
func (f Finding) Remedy() string { return cmp.Or(f.Do, meaning(f.Code).Remedy) }

// String is the finding in one line, whatever the servers have said.
func (f Finding) String() string {
	line := fmt.Sprintf("%-7s  %s  ", f.Level(), f.Code)
	if f.Key != "" {
		line += f.Key + ": "
	}
	line += f.Tried + ": " + f.Seen
	if remedy := f.Remedy(); remedy != "" {
		line += ". Do: " + remedy
	}
	return oneLine(line)
}

// oneLine keeps what a server says from writing lines of its own, or to the terminal, or from turning the order of its letters.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == softHyphen || r == nonJoiner || r == joiner: // which words have
			return r
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return ' '
		}
		return r
	}, text)
}

// Of the characters that are not seen (Cf) these do nothing but to the shape of the words around them.
const softHyphen, nonJoiner, joiner = '\u00ad', '\u200c', '\u200d'
