package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// writeFindings names the file that is to be written instead of compared.
const writeFindings = "WRITE_FINDINGS"

// docs/findings.md is generated from the codes: make findings writes it.
func TestFindingsAreDocumented(t *testing.T) {
	const path = "../../docs/findings.md"
	want := document(Codes())
	if to := os.Getenv(writeFindings); to != "" {
		if err := os.WriteFile(to, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/findings.md is not what the codes say: run make findings")
	}
}

func document(all []Meaning) string {
	var b strings.Builder
	b.WriteString(`# What ssprd check finds

` + "`ssprd check`" + ` prints one line a finding: how bad it is, a code, the setting, what was tried, what was seen and what to do. On a
terminal it breaks the lines to fit; ` + "`--quiet`" + ` leaves out what is ok, and ` + "`--json`" + ` is for machines. A code keeps its name and its meaning from
version to version. An **error** makes resets fail or unsafe; a **warning** should be known or will need to be mended; **ok** is what was tried
and holds. This page is written from the code (make findings).

| code | level | what was seen | what to do |
| --- | --- | --- | --- |
`)
	for _, m := range all {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Code, m.Level, m.What, m.Remedy)
	}
	return b.String()
}

// Every code is in capitals, says what it means, and what to do where that is needed; and each is the Code of a finding
// somewhere in this package, so that the document tells of nothing that is never said.
func TestCodes(t *testing.T) {
	used := identifiers(t)
	for _, m := range Codes() {
		if strings.ToUpper(m.Code) != m.Code || m.Code == "" || strings.ContainsAny(m.Code, " |-") || strings.ContainsAny(m.What+m.Remedy, "|\n") {
			t.Errorf("%q is no code", m.Code)
		}
		if !slices.Contains([]Level{OK, Warning, Error}, m.Level) || m.What == "" || (m.Remedy == "") != (m.Level == OK) {
			t.Errorf("%s: level %q, %q, %q", m.Code, m.Level, m.What, m.Remedy)
		}
		if used[m.Code] < 2 {
			t.Errorf("%s is found nowhere", m.Code)
		}
	}
}

// identifiers counts, of the constants that are codes, how often each is used in the code of this package.
func identifiers(t *testing.T) map[string]int {
	t.Helper()
	set := token.NewFileSet()
	code := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	packages, err := parser.ParseDir(set, ".", code, 0) //nolint:staticcheck // one folder, one package
	if err != nil {
		t.Fatal(err)
	}
	values, count := map[string]string{}, map[string]int{}
	each := func(f func(ast.Node) bool) {
		for _, p := range packages {
			ast.Inspect(p, f)
		}
	}
	each(func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, v := range spec.Values {
				if literal, ok := v.(*ast.BasicLit); ok && literal.Kind == token.STRING && i < len(spec.Names) {
					values[spec.Names[i].Name] = strings.Trim(literal.Value, "\"`")
				}
			}
		}
		return true
	})
	each(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec: // of a name, only its value may use it
			for _, v := range n.Values {
				ast.Inspect(v, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						count[values[id.Name]]++
					}
					return true
				})
			}
			return false
		case *ast.Ident:
			count[values[n.Name]]++
		}
		return true
	})
	return count
}
