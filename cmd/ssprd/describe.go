package main

import (
	"context"
	"flag"
	"io"
	"regexp"
	"slices"
	"strings"
)

// description is a command as it describes itself: what completes and documents command lines is made of it, so that neither
// has to be told of a new option. It is an output to which options writes the set of them instead of reading any.
type description struct {
	name, summary string
	synopsis      string // after ssprd
	flags         *flag.FlagSet
}

// Write drops what a command would say.
func (*description) Write(b []byte) (int, error) { return len(b), nil }

// describe gives every command of the table.
func describe() (all []*description) {
	for _, c := range commands() {
		d := &description{name: c.name, summary: c.summary}
		_ = c.run(context.Background(), []string{"-h"}, d, io.Discard) // flag.ErrHelp
		all = append(all, d)
	}
	return all
}

// option is one option of a command.
type option struct {
	Name, Usage string
	Value       string   // what its value is called, as in FILE; empty: it has none
	Choices     []string // its values, where there are few
	Default     string   // empty: none
}

// Options are those of the command, in the order of their names.
func (d *description) options() (all []option) {
	d.flags.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		o := option{f.Name, usage, value, d.choices("--" + f.Name + " "), f.DefValue}
		if o.Default == "false" || o.Default == "0" || o.Default == "0s" {
			o.Default = "" // of what is off when it is not asked for
		}
		all = append(all, o)
	})
	return all
}

// words are what the command takes that is no option, as `ssprd completion` takes a shell.
func (d *description) words() []string { return d.choices("^" + d.name + " ") }

// choice is a list of words of a synopsis, as in a|b|c.
var choice = regexp.MustCompile(`^[a-z0-9-]+(\|[a-z0-9-]+)+`)

// choices are the words of which the synopsis offers one behind what matches a pattern.
func (d *description) choices(behind string) []string {
	at := regexp.MustCompile(behind).FindStringIndex(d.synopsis)
	if at == nil {
		return nil
	}
	return slices.DeleteFunc(strings.Split(choice.FindString(d.synopsis[at[1]:]), "|"), func(word string) bool { return word == "" })
}
