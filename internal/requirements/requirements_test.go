// Package requirements_test holds docs/requirements.md to the tests: what is promised there is held by a test that names
// the number, and every test named there is there.
package requirements_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// requirement is one entry of the document.
type requirement struct {
	number  int
	text    string
	holders []string // of `package.Test` and `visitor/SCRIPT`
}

var (
	heading = regexp.MustCompile(`(?m)^### R(\d+) (.+)$`)
	holder  = regexp.MustCompile("`([^`]+)`")
)

func document(t *testing.T) (all []requirement) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "docs", "requirements.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	found := heading.FindAllStringSubmatchIndex(text, -1)
	for i, at := range found {
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		r := requirement{number: len(all) + 1, text: text[at[1]:end]}
		if got, want := text[at[2]:at[3]], fmt.Sprint(r.number); got != want {
			t.Fatalf("R%s stands where R%s is to stand", got, want)
		}
		said, held, _ := strings.Cut(r.text, "\nHeld by ")
		r.text = said
		held, _, _ = strings.Cut(held, "\n\n")
		for _, match := range holder.FindAllStringSubmatch(held, -1) {
			r.holders = append(r.holders, match[1])
		}
		all = append(all, r)
	}
	return all
}

// promised tells whether the entry claims anything.
func (r requirement) promised() bool { return !strings.Contains(r.text, "**Not yet:**") }

func TestEveryPromiseHasItsTests(t *testing.T) {
	all := document(t)
	if len(all) != 75 {
		t.Fatalf("there are %d entries, want R1 to R75", len(all))
	}
	for _, r := range all {
		if r.promised() && len(r.holders) == 0 {
			t.Errorf("R%d is promised, and no test holds it", r.number)
		}
		for _, name := range r.holders {
			if wrong := check(r.number, name); wrong != "" {
				t.Errorf("R%d: %s: %s", r.number, name, wrong)
			}
		}
	}
}

// check tells what is wrong with a test that is said to hold a number; "" if nothing is.
func check(number int, name string) string {
	var text string
	if script, ok := strings.CutPrefix(name, "visitor/"); ok {
		b, err := os.ReadFile(filepath.Join(root, "internal", "visitor", "testdata", script))
		if err != nil {
			return "there is no such script"
		}
		text = string(b)
	} else if text = source(name); text == "" {
		return "there is no such test"
	}
	if !regexp.MustCompile(fmt.Sprintf(`\bR%d\b`, number)).MatchString(text) {
		return fmt.Sprintf("it does not name R%d", number)
	}
	return ""
}

// source is the text of a test, its comment included; "" if there is none of that name.
func source(name string) string {
	pkg, function, _ := strings.Cut(name, ".")
	dir := filepath.Join(root, "internal", pkg)
	if strings.HasPrefix(pkg, "cmd/") {
		dir = filepath.Join(root, pkg)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // a bad pattern matches nothing
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), "func "+function+"(") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, text, parser.ParseComments)
		if err != nil {
			return ""
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != function {
				continue
			}
			from := f.Pos()
			if f.Doc != nil {
				from = f.Doc.Pos()
			}
			return string(text[set.Position(from).Offset:set.Position(f.End()).Offset])
		}
	}
	return ""
}

// The check itself must be able to fail.
func TestCheckFails(t *testing.T) {
	for name, number := range map[string]int{"flow.TestNoSuchTest": 1, "nowhere.TestMachine": 1, "visitor/none.txt": 1, "flow.TestMachine": 75} {
		if check(number, name) == "" {
			t.Errorf("R%d: %s passes", number, name)
		}
	}
}
