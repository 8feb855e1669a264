package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shown is a command line of ours on a page: at the beginning of a line of code, behind && in one, or in words between backticks.
var shown = regexp.MustCompile("(?:(?m:^ {4,})|&& |`)(?:\\./|go run \\./cmd/)?ssprd ([a-z]+)([^`\n&|]*)")

// What pages and messages of the project have people type is understood: there is such a command, with such options.
func TestPagesNameCommands(t *testing.T) {
	t.Parallel()
	known := map[string]*description{}
	for _, d := range describe() {
		known[d.name] = d
	}
	n := 0
	for _, pattern := range []string{"*.md", "*.yaml", "docs/*.md", "cmd/ssprd/*.tmpl"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range shown.FindAllStringSubmatch(string(text), -1) {
				n++
				if wrong := misunderstood(known, found[1], found[2]); wrong != "" {
					t.Errorf("%s: %s: %s", file, strings.TrimSpace(found[0]), wrong)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d command lines were found", n)
	}
}

// misunderstood says what is wrong with a command line, or "".
func misunderstood(known map[string]*description, command, rest string) string {
	if command == "help" {
		return ""
	}
	d := known[command]
	if d == nil {
		return "there is no such command"
	}
	for _, word := range strings.Fields(rest) {
		name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if strings.HasPrefix(word, "--") && d.flags.Lookup(name) == nil {
			return "there is no " + word
		}
	}
	return ""
}
