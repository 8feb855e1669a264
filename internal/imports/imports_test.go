// Package imports_test holds the arrows of the architecture: who may import whom. It reads the import clauses of the
// source, not what a build needs, so that it names the line to blame.
package imports_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "ssprd/"

// everything lets a package import any other of ours.
const everything = "*"

// arrows are, for each package, the packages of ours that its code may import; tests may import what they like, but
// nothing may import a test package. The adapters point at the domain, nothing points at web but what joins, and
// nothing at the join.
var arrows = map[string][]string{
	"cmd/ssprd": {everything},
	"templates": {},

	// The domain.
	"internal/flow": {"internal/audit", "internal/code", "internal/limit", "internal/panics", "internal/policy", "internal/reference", "internal/secret", "internal/seldom",
		"internal/state"},
	"internal/code":   {"internal/secret", "internal/want"},
	"internal/policy": {"internal/want"},
	"internal/limit":  {"internal/secret", "internal/state", "internal/want"},
	"internal/audit":  {"internal/reference", "internal/seldom", "internal/want"},
	"internal/state":  {"internal/mapped", "internal/secret", "internal/want"},

	"internal/redisstate": {"internal/certificate", "internal/secret", "internal/seldom", "internal/state", "internal/want"},

	// What says nothing about resets.
	"internal/breached":    {},
	"internal/secret":      {},
	"internal/mapped":      {},
	"internal/want":        {"internal/secret"},
	"internal/theme":       {"internal/want"},
	"internal/pagecheck":   {"internal/theme", "internal/want"},
	"internal/bake":        {},
	"internal/locale":      {"internal/pagecheck", "internal/theme", "internal/want"},
	"internal/panics":      {},
	"internal/reference":   {},
	"internal/seldom":      {},
	"internal/certificate": {},

	"internal/desk": {"internal/audit", "internal/code", "internal/flow", "internal/limit", "internal/reference", "internal/secret", "internal/seldom", "internal/state", "internal/want"},
	// The adapters.
	"internal/ldapx": {"internal/certificate", "internal/desk", "internal/flow", "internal/policy", "internal/secret", "internal/seldom", "internal/want"},
	"internal/mail":  {"internal/bake", "internal/certificate", "internal/code", "internal/flow", "internal/locale", "internal/pagecheck", "internal/panics", "internal/reference", "internal/secret", "internal/seldom", "internal/theme", "internal/want"},
	"internal/web":   {"internal/audit", "internal/bake", "internal/code", "internal/desk", "internal/flow", "internal/locale", "internal/pagecheck", "internal/panics", "internal/policy", "internal/reference", "internal/secret", "internal/seldom", "internal/state", "internal/theme", "internal/want"},
	// What counts: it stands between the domain and the adapters on one side and the join on the other.
	"internal/metrics": {"internal/audit", "internal/desk", "internal/flow", "internal/ldapx", "internal/limit", "internal/mail", "internal/state"},
	"internal/config": {"internal/audit", "internal/breached", "internal/code", "internal/desk", "internal/ldapx", "internal/limit", "internal/mail", "internal/policy",
		"internal/redisstate", "internal/state", "internal/want", "internal/web"},

	"internal/check": {"internal/audit", "internal/breached", "internal/certificate", "internal/code", "internal/config", "internal/desk", "internal/flow", "internal/ldapx", "internal/limit",
		"internal/mail", "internal/panics", "internal/policy", "internal/redisstate", "internal/secret", "internal/state", "internal/want", "internal/web"},

	"internal/demo":            {"internal/demo/ldapserver"},
	"internal/demo/ldapserver": {},

	// What only tests and tools use.
	"internal/child":             {},
	"internal/cputest":           {},
	"internal/theme/themetest":   {},
	"internal/want/wanttest":     {},
	"internal/state/statetest":   {"internal/state"},
	"internal/mail/mailtest":     {"internal/child", "internal/mail"},
	"internal/policy/policytest": {"internal/policy"},
	"internal/web/webtest":       {"internal/audit", "internal/desk", "internal/flow", "internal/policy", "internal/web"},
	"internal/dirtest":           {"internal/child", "internal/desk", "internal/flow", "internal/policy", "internal/policy/policytest", "internal/secret"},
	"internal/redistest":         {"internal/child", "internal/dirtest"},
	"internal/portaltest":        {"internal/child", "internal/dirtest", "internal/mail/mailtest", "templates"},
	"internal/attack":            {"internal/child", "internal/dirtest", "internal/mail/mailtest", "internal/portaltest"},
	"internal/faults":            {"internal/child", "internal/dirtest", "internal/mail/mailtest", "internal/portaltest", "internal/redistest"},
	"internal/bench":             {"internal/child", "internal/dirtest", "internal/mail/mailtest", "internal/portaltest"},
	"internal/browsertest":       {"internal/dirtest"},
	"internal/visitor":           {},
	"internal/model":             {},
	"internal/desktest":          {},
	"internal/canary":            {},
}

// onlyForTests are the packages that no code of the program may import.
var onlyForTests = []string{
	"internal/child", "internal/want/wanttest", "internal/state/statetest", "internal/mail/mailtest", "internal/web/webtest",
	"internal/policy/policytest", "internal/theme/themetest", "internal/cputest",
	"internal/dirtest", "internal/portaltest", "internal/attack", "internal/faults", "internal/bench", "internal/browsertest", "internal/canary", "internal/model",
	"internal/desktest",
	"internal/redistest", "internal/visitor",
}

// homes are the packages of others that only some of ours may import, tests apart: each library has one place where it
// is known, so that it can be changed there.
var homes = map[string][]string{
	"github.com/gin-gonic/":       {"internal/web"},
	"github.com/alexedwards/scs/": {"internal/web"},
	"github.com/go-ldap/":         {"internal/ldapx", "internal/demo", "internal/demo/ldapserver", "internal/dirtest", "internal/bench"},
	"github.com/wneessen/":        {"internal/mail"},
	"github.com/spf13/":           {"internal/config"},
	"go.etcd.io/bbolt":            {"internal/state"},
	"github.com/gomodule/":        {"internal/redisstate"},
	"github.com/VictoriaMetrics/": {"internal/metrics"},
	"net/http": {"cmd/ssprd", "internal/web", "internal/demo", "internal/portaltest", "internal/visitor", "internal/bench",
		"internal/attack", "internal/faults", "internal/check"},
	"html/template": {"internal/web", "internal/mail", "internal/demo"},
	"math/rand":     {}, // R9: what must not be guessed comes from crypto/rand, and nothing else is drawn
}

// source is one import of one file.
type source struct {
	pkg, imports string
	where        string // file:line
	test         bool
}

func TestArrows(t *testing.T) {
	sources := read(t)
	if len(sources) < 100 {
		t.Fatalf("only %d imports were found", len(sources))
	}
	strangers := map[string]bool{}
	for _, s := range sources {
		if _, known := arrows[s.pkg]; !known && strangers[s.pkg] {
			continue // once is enough to say that a package is not in the table
		}
		if wrong := judge(s); wrong != "" {
			t.Error(wrong)
			strangers[s.pkg] = true
		}
	}
}

// A package that is gone from the tree is to go from the table too.
func TestTableIsCurrent(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range read(t) {
		seen[s.pkg] = true
		seen[strings.TrimPrefix(s.imports, module)] = true
	}
	for pkg := range arrows {
		if !seen[pkg] {
			t.Errorf("the table has %s, and the tree has not", pkg)
		}
	}
}

// The judgement itself must be able to find something.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		source
		want string
	}{
		{source{"internal/flow", "ssprd/internal/web", "internal/flow/x.go:12", false}, "internal/flow must not import internal/web: internal/flow/x.go:12"},
		{source{"internal/flow", "ssprd/internal/web", "internal/flow/x_test.go:12", true}, ""},
		{source{"internal/flow", "ssprd/internal/state", "x.go:1", false}, ""},
		{source{"internal/flow", "net/http", "x.go:1", false}, "internal/flow must not import net/http: x.go:1"},
		{source{"internal/flow", "net/http/httptest", "x.go:1", false}, "internal/flow must not import net/http/httptest: x.go:1"},
		{source{"internal/flow", "net/netip", "x.go:1", false}, ""},
		{source{"internal/code", "math/rand/v2", "x.go:1", false}, "internal/code must not import math/rand/v2: x.go:1"},
		{source{"internal/demo", "github.com/gin-gonic/gin", "x.go:1", false}, "internal/demo must not import github.com/gin-gonic/gin: x.go:1"},
		{source{"cmd/ssprd", "ssprd/internal/web", "x.go:1", false}, ""},
		{source{"cmd/ssprd", "ssprd/internal/dirtest", "x.go:1", false}, "cmd/ssprd must not import internal/dirtest: x.go:1"},
		{source{"internal/new", "fmt", "x.go:1", false}, "internal/new is not in the table of who may import whom: x.go:1"},
	} {
		if got := judge(c.source); got != c.want {
			t.Errorf("%+v: %q, want %q", c.source, got, c.want)
		}
	}
}

// judge says what is wrong with an import, or "".
func judge(s source) string {
	allowed, known := arrows[s.pkg]
	imported, ours := strings.CutPrefix(s.imports, module)
	wrong := fmt.Sprintf("%s must not import %s: %s", s.pkg, imported, s.where)
	switch {
	case s.test:
		return ""
	case !known:
		return fmt.Sprintf("%s is not in the table of who may import whom: %s", s.pkg, s.where)
	case ours && slices.Contains(allowed, everything) && !slices.Contains(onlyForTests, imported):
		return ""
	case ours && !slices.Contains(allowed, imported):
		return wrong
	}
	for library, pkgs := range homes {
		if within(s.imports, library) && !slices.Contains(pkgs, s.pkg) {
			return wrong
		}
	}
	return ""
}

// within tells whether a package is of a library: it, or one below it.
func within(imported, library string) bool {
	library = strings.TrimSuffix(library, "/")
	return imported == library || strings.HasPrefix(imported, library+"/")
}

// read gives every import of the module's own source.
func read(t *testing.T) (all []source) {
	t.Helper()
	const root = "../.."
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == "testdata" || name == "node_modules" || len(name) > 2 && name[0] == '.') {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(file) != ".go" {
			return nil
		}
		found, err := readFile(root, file)
		all = append(all, found...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readFile(root, file string) ([]source, error) {
	name, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	name = filepath.ToSlash(name)
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var found []source
	for _, clause := range parsed.Imports {
		imported, err := strconv.Unquote(clause.Path.Value)
		if err != nil {
			return nil, err
		}
		found = append(found, source{
			pkg: path.Dir(name), imports: imported, test: strings.HasSuffix(name, "_test.go"),
			where: fmt.Sprintf("%s:%d", name, set.Position(clause.Pos()).Line),
		})
	}
	return found, nil
}
