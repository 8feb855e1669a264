package theme_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"ssprd/internal/theme"
	"ssprd/templates"
)

// docs/themes.md names every variable of the style sheet, every template and every page type, and none that there is not.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/themes.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, variable := range theme.Variables(templates.FS) {
		known[variable] = true
	}
	err = fs.WalkDir(templates.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := path.Ext(name); ext == ".html" || ext == ".txt" {
			known[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range known {
		if !strings.Contains(string(text), "| `"+name+"`") && !strings.Contains(string(text), ", `"+name+"`") {
			t.Errorf("docs/themes.md does not name %s", name)
		}
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		for name := range strings.SplitSeq(first, ", ") {
			if name = strings.Trim(name, "`"); !known[name] {
				t.Errorf("docs/themes.md names %s, which there is not", name)
			}
		}
	}
	for _, source := range []string{"../web/pages.go", "../web/deskpages.go"} {
		types, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(types)) {
			if page, rest, ok := strings.Cut(line, ") template() string"); ok && !strings.Contains(string(text), "| `"+strings.TrimPrefix(page, "func (")+"` |") {
				t.Errorf("docs/themes.md does not name %s%s", page, rest)
			}
		}
	}
}
