package attack

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// Attack is one thing to try.
type Attack struct {
	Holds string // the requirements that it is about: "R13 R14"
	Name  string // of the test
	Tried string // in a few words
	Run   func(*Site) Outcome
}

// Outcome is what came of an attack.
type Outcome struct {
	Tries int
	Came  string   // in words
	Broke []string // where the promise did not hold; none if it did
}

// Want notes a promise: broken says how it was, if it was not kept.
func (o *Outcome) Want(kept bool, broken string, args ...any) {
	if !kept {
		o.Broke = append(o.Broke, fmt.Sprintf(broken, args...))
	}
}

// Say puts in words what came of it.
func (o *Outcome) Say(format string, args ...any) { o.Came = fmt.Sprintf(format, args...) }

// FullVariable names the environment variable that, set to "full", makes the numbers those of a real attack, and prints
// a line for each: `make attack` sets it.
const FullVariable = "ATTACK"

// Full tells whether the numbers are to be those of a real attack.
func Full() bool { return os.Getenv(FullVariable) == "full" }

// Some is how often something is done: few times in a test, many times in a real attack.
func Some(few, many int) int {
	if Full() {
		return many
	}
	return few
}

// Run runs attacks on a site, one after the other, and at last looks for everything secret that went through it.
func (s *Site) Run(t *testing.T, attacks ...Attack) {
	t.Helper()
	for _, a := range append(attacks, secrets) {
		t.Run(a.Name, func(t *testing.T) {
			s.t = t
			o := a.Run(s)
			if Full() {
				fmt.Println(line(a, o))
			} else {
				t.Log(line(a, o))
			}
			for _, broken := range o.Broke {
				t.Errorf("%s: %s", a.Holds, broken)
			}
		})
	}
}

// line is the attack in one line, of which the columns stand below one another.
func line(a Attack, o Outcome) string {
	came, end := o.Came, "held"
	if len(o.Broke) > 0 {
		came, end = o.Broke[0], "BROKEN"
	}
	text := pad(a.Holds, 10) + pad(a.Tried, 82) + fmt.Sprintf("%6d tries   ", o.Tries) + pad(came, 92) + end
	return strings.ReplaceAll(text, "\n", " ")
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(2, width-utf8.RuneCountInString(text)))
}
