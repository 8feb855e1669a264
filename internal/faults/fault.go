package faults

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Fault is one thing that goes wrong.
type Fault struct {
	Holds string // the requirements that it is about: "R69"
	Name  string // of the test
	Done  string // in a few words
	Run   func(*Site) Outcome
}

// Outcome is what came of a fault.
type Outcome struct {
	Tally
	UnderWay int      // resets at the moment of the fault; the least of them where it came often
	Came     string   // what else was seen, in words
	Broke    []string // where the promise did not hold; none if it did
}

// Want notes a promise: broken says how it was, if it was not kept.
func (o *Outcome) Want(kept bool, broken string, args ...any) {
	if !kept {
		o.Broke = append(o.Broke, fmt.Sprintf(broken, args...))
	}
}

// Say puts in words what else was seen.
func (o *Outcome) Say(format string, args ...any) { o.Came = fmt.Sprintf(format, args...) }

// FullVariable names the environment variable that, set to "full", makes faults as long and as many as they really are,
// and prints a line for each: `make faults` sets it.
const FullVariable = "FAULTS"

// Full tells whether faults are to be as long and as many as they really are.
func Full() bool { return os.Getenv(FullVariable) == "full" }

// Some is how often something is done: few times in a test, many times in a real fault.
func Some(few, many int) int {
	if Full() {
		return many
	}
	return few
}

// Lasting is how long something is broken.
func Lasting(short, long time.Duration) time.Duration {
	if Full() {
		return long
	}
	return short
}

// alongside lets a test run beside others: most of them wait most of the time.
func alongside(t *testing.T) {
	if !Full() {
		t.Parallel()
	}
}

// Run runs faults on a site, one after the other.
func (s *Site) Run(t *testing.T, faults ...Fault) {
	t.Helper()
	for _, f := range faults {
		t.Run(f.Name, func(t *testing.T) {
			s.t = t
			o := f.Run(s)
			o.Want(o.Lost == 0, "%d lost: %s", o.Lost, strings.Join(o.Why, "; "))
			if Full() {
				fmt.Println(line(f, o))
			} else {
				t.Log(line(f, o))
			}
			o.report(t, f.Holds)
		})
	}
}

// report fails the test where the promise did not hold, with what the visitors of it went through.
func (o *Outcome) report(t *testing.T, holds string) {
	t.Helper()
	for _, broken := range o.Broke {
		t.Errorf("%s: %s", holds, broken)
	}
}

// line is the fault in one line, of which the columns stand below one another.
func line(f Fault, o Outcome) string {
	came, end := o.Came, "held"
	if len(o.Broke) > 0 {
		came, end = o.Broke[0], "BROKEN"
	}
	ends := fmt.Sprintf("%3d under way: %4d changed %3d unchanged %3d start again %2d lost", o.UnderWay, o.Changed, o.Unchanged, o.Again, o.Lost)
	text := pad(f.Holds, 10) + pad(f.Done, 78) + pad(ends, 66) + pad(came, 80) + end
	return strings.ReplaceAll(text, "\n", " ")
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(2, width-utf8.RuneCountInString(text)))
}
