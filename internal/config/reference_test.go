package config

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"ssprd/internal/web"
)

// writeVariable names the environment variable that, set to the path of docs/configuration.md, makes TestReference write it,
// instead of holding what stands there against the code.
const writeVariable = "WRITE_CONFIGURATION"

// Between these lines of the document stands what the test writes: nothing there is written by hand.
const (
	referenceBegins = "<!-- the code writes from here: make reference -->\n"
	referenceEnds   = "<!-- to here -->"
)

// docs/configuration.md tells of every key what the code makes of it: its default, what is taken, and what its comment says.
func TestReference(t *testing.T) {
	path := os.Getenv(writeVariable)
	write := path != ""
	if !write {
		path = "../../docs/configuration.md"
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(raw), referenceBegins)
	written, after, ends := strings.Cut(rest, referenceEnds)
	if !begins || !ends {
		t.Fatalf("%s lacks the line %q or %q", path, referenceBegins, referenceEnds)
	}
	want := newReference(t).text()
	switch {
	case written == want:
	case !write:
		t.Errorf("%s differs from the code; make reference writes it. The first difference:\n%s", path, difference(written, want))
	default:
		if err := os.WriteFile(path, []byte(before+referenceBegins+want+referenceEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func difference(written, want string) string {
	is, is2 := strings.Split(written, "\n"), strings.Split(want, "\n")
	for i := range min(len(is), len(is2)) {
		if is[i] != is2[i] {
			return "- " + is[i] + "\n+ " + is2[i]
		}
	}
	return "the end"
}

// reference writes what is known of each key.
type reference struct {
	t        *testing.T
	b        strings.Builder
	comments map[string]string // by package path, type and field
	needed   map[string]string // by path: when it cannot be left out
}

func newReference(t *testing.T) *reference {
	t.Helper()
	r := &reference{t: t, comments: map[string]string{}, needed: map[string]string{}}
	missing := func(settings map[string]any, when string) {
		for _, m := range loaded(t, settings) {
			if strings.HasPrefix(m.Want, "missing") {
				r.needed[m.Path] = when
			}
		}
	}
	missing(base(), "none; wanted where `helpdesk.enabled` is true")
	without := base()
	without["helpdesk"] = map[string]any{"roles": []any{map[string]any{}}}
	missing(without, "none; wanted")
	return r
}

// text is the whole of it: a part for each section, those within others after them.
func (r *reference) text() string {
	c := Defaults()
	for _, f := range fields(reflect.TypeFor[Config]()) {
		v := reflect.ValueOf(c).FieldByIndex(f.index)
		r.section(f.key, 2, v)
	}
	return r.b.String()
}

// section writes a table of the keys of one: a struct, or a list of them, of which one is described.
func (r *reference) section(path string, level int, v reflect.Value) {
	if v.Kind() == reflect.Slice {
		path, v = path+"[0]", fresh(v.Type().Elem())
	}
	if v.Kind() == reflect.Pointer {
		v = fresh(v.Type().Elem())
	}
	fmt.Fprintf(&r.b, "\n%s %s\n\n", strings.Repeat("#", level), shown(path))
	if about := r.about(v.Type()); about != "" {
		r.b.WriteString(about + "\n\n")
	}
	r.b.WriteString("| key | what it is | value | default |\n| --- | --- | --- | --- |\n")
	type inner struct {
		path  string
		value reflect.Value
	}
	var within []inner
	for _, f := range fields(v.Type()) {
		at, value := join(path, f.key), v.FieldByIndex(f.index)
		if isSection(value.Type()) {
			within = append(within, inner{at, value})
		}
		r.row(at, f, v, value)
	}
	for _, in := range within {
		r.section(in.path, level+1, in.value)
	}
}

func (r *reference) row(path string, f field, in, value reflect.Value) {
	key := "`" + f.key + "`"
	if isVariable(path) {
		key += "<br>`" + variable(path) + "`"
	}
	takes, wanted := kind(value.Type()), taken(r.t, path, value.Type())
	switch {
	case isSection(value.Type()):
		takes = fmt.Sprintf("[%s](#%s)", takes, anchor(path))
	case wanted != "" && (takes == "text" || takes == "day"):
		takes = wanted
	case wanted != "":
		takes += ": " + wanted
	}
	byDefault := written(value)
	if needed := r.needed[path]; needed != "" && !isSection(value.Type()) {
		byDefault = needed
	}
	fmt.Fprintf(&r.b, "| %s | %s | %s | %s |\n", key, cell(r.comment(in.Type(), f.index)), cell(takes), cell(byDefault))
}

// shown is the path of a section as a heading.
func shown(path string) string { return strings.ReplaceAll(path, "[0]", "[]") }

// anchor is that of a section's heading, as GitHub makes it.
func anchor(path string) string { return strings.NewReplacer("[0]", "", ".", "").Replace(path) }

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// isSection tells whether a type has keys of its own.
func isSection(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && !isText(t)
}

// isVariable tells whether an environment variable overrides the setting at path.
func isVariable(path string) (found bool) {
	leaves(reflect.ValueOf(Defaults()), "", func(at string, _ reflect.Value) { found = found || at == path })
	return found
}

// kind names what a value is written as.
func kind(t reflect.Type) string {
	switch {
	case isText(t):
		return "rate"
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case t == reflect.TypeFor[web.Day]():
		return "day"
	case t.Kind() == reflect.Map:
		return "text, or one for each language"
	case t.Kind() == reflect.Slice && isSection(t):
		return "list of sections"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Map:
		return "list, each a text or one for each language"
	case t.Kind() == reflect.Slice:
		return "list of texts"
	case isSection(t):
		return "section"
	}
	return map[reflect.Kind]string{reflect.String: "text", reflect.Int: "whole number", reflect.Float64: "number", reflect.Bool: "true or false"}[t.Kind()]
}

// written is a default as it would stand in the file; empty for none.
func written(v reflect.Value) string {
	if v.IsZero() && v.Kind() != reflect.Bool && v.Kind() != reflect.Int || isSection(v.Type()) {
		return ""
	}
	text := fmt.Sprint(v.Interface())
	switch value := v.Interface().(type) {
	case time.Duration:
		text = regexp.MustCompile(`([hm])0[ms](0s)?$`).ReplaceAllString(value.String(), "$1")
	case []string:
		text = "[" + strings.Join(value, ", ") + "]"
	}
	return "`" + text + "`"
}

// nonsense is a value that no setting of a type would take, where the type has some.
func nonsense(t reflect.Type) any {
	switch {
	case isText(t):
		return "0/1h"
	case t == reflect.TypeFor[time.Duration]():
		return "-1h"
	case t.Kind() == reflect.Int:
		return -1
	case t.Kind() == reflect.Float64:
		return -1.5
	case t.Kind() == reflect.String:
		return "?"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return []any{"?"}
	}
	return nil
}

// taken asks the checks themselves what a setting takes: they are given nonsense, and say what they had wanted.
func taken(t *testing.T, path string, of reflect.Type) string {
	t.Helper()
	bad := nonsense(of)
	if bad == nil {
		return ""
	}
	settings := base()
	put(settings, path, bad)
	for _, m := range loaded(t, settings) {
		value, wanted, found := strings.Cut(m.Want, ": wanted ")
		if found && value != "missing" && (m.Path == path || m.Path == path+"[0]") && !depends.MatchString(wanted) {
			return regexp.MustCompile(` \([^=]*\)$`).ReplaceAllString(wanted, "") // what was wrong with this very nonsense
		}
	}
	return ""
}

// depends finds what is wanted only beside this or that other setting.
var depends = regexp.MustCompile(`^nothing\b|^none, or |, or no `)

// base is a configuration that has one of everything, empty.
func base() map[string]any {
	one := func() []any { return []any{map[string]any{}} }
	return map[string]any{
		"directories": one(), "rules": one(),
		"populations": []any{map[string]any{"reset": map[string]any{}, "link": map[string]any{}, "support": map[string]any{}}},
		"helpdesk":    map[string]any{"enabled": true, "roles": one()},
	}
}

// put sets what is at path, as in directories[0].kind.
func put(settings map[string]any, path string, value any) {
	head, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		settings[head] = value
		return
	}
	head, isList := strings.CutSuffix(head, "[0]")
	if isList {
		put(settings[head].([]any)[0].(map[string]any), rest, value)
		return
	}
	below, ok := settings[head].(map[string]any)
	if !ok {
		below = map[string]any{}
		settings[head] = below
	}
	put(below, rest, value)
}

// loaded is what is wrong with settings.
func loaded(t *testing.T, settings map[string]any) []Mistake {
	t.Helper()
	text, err := yaml.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(file, "fr", "en")
	var wrong *Mistakes
	if !errors.As(err, &wrong) {
		t.Fatalf("no mistakes but %v", err)
	}
	return wrong.List
}

// comment is what the source says of a field.
func (r *reference) comment(t reflect.Type, index []int) string {
	for _, i := range index[:len(index)-1] {
		t = t.Field(i).Type
	}
	name := t.Field(index[len(index)-1]).Name
	r.read(t)
	text := r.comments[t.PkgPath()+"."+t.Name()+"."+name]
	if text == "" {
		r.t.Errorf("%s.%s has no comment: administrators read it in docs/configuration.md", t, name)
		return ""
	}
	return sentence(text)
}

// about is what the source says of a section's type, its first sentence apart, which says only whose type it is.
func (r *reference) about(t reflect.Type) string {
	r.read(t)
	_, more, _ := strings.Cut(r.comments[t.PkgPath()+"."+t.Name()], ". ")
	return more
}

// number is that of a requirement, of no use to an administrator.
var number = regexp.MustCompile(` \(R[0-9]+(, R[0-9]+)*\)`)

// page is another page of the documentation.
var page = regexp.MustCompile(`\bdocs/([a-z0-9-]+\.md)\b`)

func sentence(text string) string {
	text = page.ReplaceAllString(number.ReplaceAllString(text, ""), "[$1]($1)")
	first := []rune(text)
	first[0] = unicode.ToUpper(first[0])
	if text = string(first); strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// read notes the comments of the package of a type.
func (r *reference) read(t reflect.Type) {
	r.t.Helper()
	if r.comments[t.PkgPath()] != "" {
		return
	}
	r.comments[t.PkgPath()] = "read"
	files, err := filepath.Glob(filepath.Join("../..", strings.TrimPrefix(t.PkgPath(), "ssprd/"), "*.go"))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if types, ok := d.(*ast.GenDecl); ok && types.Tok == token.TYPE {
				r.note(t.PkgPath(), types)
			}
		}
	}
}

func (r *reference) note(pkg string, types *ast.GenDecl) {
	for _, spec := range types.Specs {
		s := spec.(*ast.TypeSpec)
		structure, ok := s.Type.(*ast.StructType)
		if !ok {
			continue
		}
		r.comments[pkg+"."+s.Name.Name] = line(types.Doc)
		for _, f := range structure.Fields.List {
			for _, name := range f.Names {
				r.comments[pkg+"."+s.Name.Name+"."+name.Name] = strings.TrimSpace(line(f.Doc) + " " + line(f.Comment))
			}
		}
	}
}

func line(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
