package requirements_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// pages are the pages of the project, by their paths from its root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.ToSlash(name)] = string(text)
		}
	}
	return all
}

var (
	linked = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	titled = regexp.MustCompile(`(?m)^#{1,6} +(.*)$`)
	fenced = regexp.MustCompile("(?ms)^ *```.*?^ *```")
)

// What the pages of the project point to is there, down to the heading.
func TestLinks(t *testing.T) {
	all := pages(t)
	if len(all) < 10 {
		t.Fatalf("only %d pages were found", len(all))
	}
	for name, text := range all {
		for _, link := range linked.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if wrong := dead(all, name, link[1]); wrong != "" {
				t.Errorf("%s: %s: %s", name, link[1], wrong)
			}
		}
	}
}

// dead says what is wrong with a link of a page, or "".
func dead(all map[string]string, page, link string) string {
	if strings.Contains(link, ":") { // of the web, or a mail address
		return ""
	}
	path, anchor, _ := strings.Cut(link, "#")
	target := page
	if path != "" {
		target = filepath.ToSlash(filepath.Join(filepath.Dir(page), path))
	}
	text, isPage := all[target]
	if _, err := os.Stat(filepath.Join(root, target)); err != nil && !isPage {
		return "there is no such file"
	}
	if anchor != "" && isPage && !slices.Contains(anchors(text), anchor) {
		return "there is no such heading"
	}
	return ""
}

// anchors are those of a page's headings, as GitHub makes them.
func anchors(text string) (all []string) {
	for _, found := range titled.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(found[1]))
		all = append(all, anchor)
	}
	return all
}

// The judgement of links must be able to find something.
func TestDeadLinks(t *testing.T) {
	all := map[string]string{"docs/a.md": "# One two\n\n```\n# none\n```\n## `ssprd check`: it's (4)\n"}
	for link, want := range map[string]string{
		"https://example.org/": "", "mailto:a@b.c": "", "../README.md": "", "requirements.md": "", "#one-two": "", "#ssprd-check-its-4": "",
		"none.md": "there is no such file", "#none": "there is no such heading", "#three": "there is no such heading",
	} {
		if got := dead(all, "docs/a.md", link); got != want {
			t.Errorf("%s: %q, want %q", link, got, want)
		}
	}
}

// Every end and every error that a visitor's page can show is in docs/administration.md, in the page's own words.
func TestWhatPagesShowIsDocumented(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, "templates/locales/en.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var sentences map[string]any
	if err := yaml.Unmarshal(raw, &sentences); err != nil {
		t.Fatal(err)
	}
	text, n := pages(t)["docs/administration.md"], 0
	for key, sentence := range sentences {
		if !strings.HasPrefix(key, "ended-title.") && !strings.HasPrefix(key, "error-title.") {
			continue
		}
		n++
		status := strings.TrimPrefix(key, "error-title.")
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(sentence.(string)) + ` \| (.*?) \|`).FindStringSubmatch(text)
		if row == nil || status != key && !strings.Contains(row[1], status) {
			t.Errorf("docs/administration.md has no line for %s: %q", key, sentence)
		}
	}
	if n < 10 {
		t.Errorf("only %d titles were found", n)
	}
}
