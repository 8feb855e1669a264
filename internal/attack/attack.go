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

// alongside lets a test run beside others where nothing is measured: most of them wait most of the time.
func alongside(t *testing.T) {
	if !Full() {
		t.Parallel()
	}
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
			o.report(t, a.Holds)
		})
	}
}

// shown is how many of the ways in which one promise was broken are worth reading.
const shown = 8

// report fails the test where the promise did not hold; the line has said so already where lines are printed.
func (o *Outcome) report(t *testing.T, holds string) {
	t.Helper()
	for i, broken := range o.Broke {
		switch {
		case Full():
			t.Fail()
		case i < shown:
			t.Errorf("%s: %s", holds, broken)
		case i == shown:
			t.Errorf("%s: and so on, %d in all", holds, len(o.Broke))
		}
	}
}

// line is the attack in one line, of which the columns stand below one another.
func line(a Attack, o Outcome) string {
	came, end := o.Came, "held"
	if len(o.Broke) > 0 {
		came, end = o.Broke[0], "BROKEN"
	}
	text := pad(a.Holds, 11) + pad(a.Tried, 84) + fmt.Sprintf("%6d tries   ", o.Tries) + pad(came, 92) + end
	return strings.ReplaceAll(text, "\n", " ")
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(2, width-utf8.RuneCountInString(text)))
}
