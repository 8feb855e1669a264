package requirements_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// notOfServe are the folders whose log is not that of a portal in service: tests, and the demo's own servers.
var notOfServe = []string{"attack", "bench", "browsertest", "canary", "child", "cputest", "demo", "desktest", "dirtest", "faults", "imports", "mailtest", "model",
	"policytest", "portaltest", "redistest", "requirements", "statetest", "themetest", "visitor", "wanttest", "webtest"}

// logged are the places where a line is logged that is a warning or an error, by its message.
func logged(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, top := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && slices.Contains(notOfServe, d.Name()):
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				message, is := messageOf(call)
				if !is {
					return true
				}
				text := literal(message)
				if text == "" {
					t.Errorf("%s: the message is no text that stands there, so that nobody finds it in docs/logs.md", set.Position(call.Pos()))
					return true
				}
				all[text] = set.Position(call.Pos()).String()
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// messageOf is the argument that is the message, where a call logs a warning or an error, or at a level of its own.
func messageOf(call *ast.CallExpr) (ast.Expr, bool) {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil, false
	}
	var of string
	switch x := f.X.(type) {
	case *ast.Ident:
		of = x.Name
	case *ast.SelectorExpr:
		of = x.Sel.Name
	}
	place, logs := map[string]int{"Warn": 0, "Error": 0, "WarnContext": 1, "ErrorContext": 1, "Log": 2}[f.Sel.Name]
	if !logs || !strings.EqualFold(of, "log") || len(call.Args) <= place {
		return nil, false
	}
	return call.Args[place], true
}

// literal is the text of a message, or what of it stands there before the rest.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return strings.TrimSpace(text)
	case *ast.BinaryExpr:
		return literal(e.X)
	}
	return ""
}

// Every warning and every error that the log can have stands in docs/logs.md with what to do, and no other does.
func TestLogIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "logs.md"))
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$").FindAllStringSubmatch(string(text), -1) {
		if told[row[1]] {
			t.Errorf("it is there twice: %s", row[1])
		}
		told[row[1]] = true
	}
	all := logged(t)
	if len(all) < 50 {
		t.Fatalf("only %d messages were found", len(all))
	}
	for message, where := range all {
		if !told[message] {
			t.Errorf("docs/logs.md lacks | `%s` | what it means | what to do |, of %s", message, where)
		}
	}
	for message := range told {
		if all[message] == "" {
			t.Errorf("docs/logs.md has what nothing logs: %s", message)
		}
	}
}
