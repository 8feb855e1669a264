package web_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ssprd/internal/locale"
	"ssprd/internal/mail"
)

var (
	action = regexp.MustCompile(`\{\{[^}]*\}\}`)
	member = regexp.MustCompile(`\.[A-Z][A-Za-z]*`)
)

// The templates of pages and mails fit their types: nothing is asked for that there is not. And this is seen in every
// branch: each field and method that they use, misspelt in its place, is told with file and line (R28). No start looks for this
// in what the program was built with.
func TestTemplatesFitTheirPages(t *testing.T) {
	builtIn := builtIn(t)
	check := func(files fstest.MapFS, languages ...string) string {
		_, pages := readPages(files, languages)
		_, desk := readDeskPages(files, languages)
		speech, locales := locale.LoadAll(files, languages)
		_, mails := mail.NewRenderer(files, speech, mail.Portal{})
		if err := errors.Join(locales, pages, desk, mails); err != nil {
			return err.Error()
		}
		return ""
	}
	if said := check(builtIn, languages...); said != "" {
		t.Fatal(said)
	}
	places, tried := membersOf(builtIn), 0
	for round := 0; len(places) > 0; round++ { // one place in each file at a time: all of them at once hide each other
		files := maps.Clone(builtIn)
		for name, ends := range places {
			if round == len(ends) {
				delete(places, name)
				continue
			}
			text := string(builtIn[name].Data)
			files[name] = &fstest.MapFile{Data: []byte(text[:ends[round][1]] + "Xyz" + text[ends[round][1]:])}
		}
		said := strings.Split(check(files, "en"), "\n")
		for name, ends := range places {
			tried++
			text, at := string(builtIn[name].Data), ends[round]
			line := 1 + strings.Count(text[:at[1]], "\n")
			where, what := fmt.Sprintf("built-in %s:%d: ", name, line), text[at[0]+1:at[1]]+"Xyz"
			if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, where) && strings.Contains(s, what) }) {
				t.Errorf("%s:%d: %s passes: %s", name, line, what, strings.Join(said, "\n"))
			}
		}
	}
	if tried < 150 {
		t.Errorf("only %d places were tried", tried)
	}
}

// membersOf finds, in each template, where the names of members begin and end.
func membersOf(files fstest.MapFS) map[string][][2]int {
	places := map[string][][2]int{}
	for name, file := range files {
		if !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".txt") {
			continue
		}
		text := string(file.Data)
		for _, a := range action.FindAllStringIndex(text, -1) {
			for _, m := range member.FindAllStringIndex(text[a[0]:a[1]], -1) {
				places[name] = append(places[name], [2]int{a[0] + m[0], a[0] + m[1]})
			}
		}
	}
	return places
}
