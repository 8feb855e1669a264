package web_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"ssprd/internal/mail"
	"ssprd/internal/web"
	"ssprd/templates"
)

var (
	action = regexp.MustCompile(`\{\{[^}]*\}\}`)
	member = regexp.MustCompile(`\.[A-Z][A-Za-z]*`)
)

// The templates of pages and mails fit their types: nothing is asked for that there is not. And this is seen in every
// branch: each field and method that they use, misspelt in its place, is told with file and line (R28).
func TestTemplatesFitTheirPages(t *testing.T) {
	check := func(files fstest.MapFS, name string) error {
		if strings.HasPrefix(name, "mail/") {
			_, err := mail.NewRenderer(files, []string{"en"}, mail.Portal{})
			return err
		}
		read := web.NewRenderer
		if strings.HasPrefix(name, "helpdesk/") {
			read = web.NewDeskRenderer
		}
		_, err := read(files, []string{"en"})
		return err
	}
	files, tried := builtIn(t), 0
	for name, file := range files {
		if !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".txt") {
			continue
		}
		if err := check(files, name); err != nil {
			t.Fatal(err)
		}
		text := string(file.Data)
		for _, a := range action.FindAllStringIndex(text, -1) {
			for _, m := range member.FindAllStringIndex(text[a[0]:a[1]], -1) {
				end := a[0] + m[1]
				files[name] = &fstest.MapFile{Data: []byte(text[:end] + "Xyz" + text[end:])}
				tried++
				line := 1 + strings.Count(text[:end], "\n")
				want := fmt.Sprintf("built-in %s:%d: ", name, line)
				if err := check(files, name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), text[a[0]+m[0]+1:end]+"Xyz") {
					t.Errorf("%s:%d: %sXyz passes: %v", name, line, text[a[0]+m[0]:end], err)
				}
			}
		}
		files[name] = file
	}
	if tried < 150 {
		t.Errorf("only %d places were tried", tried)
	}
	if _, err := web.NewRenderer(templates.FS, languages); err != nil {
		t.Error(err)
	}
}
