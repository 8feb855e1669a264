package locale_test

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"text/template/parse"
	"time"

	"ssprd/internal/locale"
	"ssprd/templates"
)

// own is what every language must have for dates and durations.
const own = `
number.decimal: ","
duration.hours: {one: "{n} heure", other: "{n} heures"}
duration.minutes: {one: "{n} minute", other: "{n} minutes"}
duration.seconds: {one: "{n} seconde", other: "{n} secondes"}
duration.took: "{seconds} s"
date: "{day} {month} {year} à {hour} h {minute}"
date.day: {one: 1er, other: "{n}"}
date.whole: "{day} {month} {year}"
date.months: janvier février mars avril mai juin juillet août septembre octobre novembre décembre
`

func load(t *testing.T, lang, text string) (*locale.Locale, error) {
	t.Helper()
	return locale.Load(fstest.MapFS{"locales/" + lang + ".yaml": {Data: []byte(text + own)}}, lang)
}

func TestText(t *testing.T) {
	l, err := load(t, "fr", `
plain: Bonjour
hello: Bonjour {name}, {name} !
tries: {one: "{n} essai", other: "{n} essais"}
wait: Dans {wait}
some: {one: un seul, other: plusieurs}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key     string
		args    []any
		want    string
		problem string
	}{
		{"plain", nil, "Bonjour", ""},
		{"hello", []any{"name", "{n} <b>"}, "Bonjour {n} <b>, {n} <b> !", ""}, // a value is never read as a message
		{"tries", []any{"n", 0}, "0 essai", ""},                               // French counts nought as one
		{"tries", []any{"n", 1}, "1 essai", ""},
		{"tries", []any{"n", 2}, "2 essais", ""},
		{"tries", []any{"n", 1_000_000}, "1000000 essais", ""}, // CLDR's "many", which this file does not have
		{"some", []any{"n", 2}, "plusieurs", ""},
		{"wait", []any{"wait", 45 * time.Second}, "Dans 45 secondes", ""},
		{"absent", nil, "", `no message "absent"`},
		{"hello", nil, "", "no value for {name}"},
		{"hello", []any{"name"}, "", "by name and value"},
		{"hello", []any{"name", nil}, "", "no value"},
		{"hello", []any{1, "x"}, "", "no name"},
		{"plain", []any{"name", "x"}, "", "has no {name}"},
		{"tries", []any{"n", "2"}, "", "no int"},
	} {
		got, err := l.Text(c.key, c.args...)
		if got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.key, c.args, got, c.want)
		}
		if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s %v: error %v, want one with %q", c.key, c.args, err, c.problem)
		}
	}
}

func TestWord(t *testing.T) {
	type reason string
	l, err := load(t, "fr", "reason.code-wrong: Faux\nerror.404: Introuvable {where}\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Word("reason", reason("code-wrong")); got != "Faux" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := l.Word("error", 404, "where", "ici"); got != "Introuvable ici" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := l.Word("reason", reason("")); err == nil {
		t.Error("no word, and no error")
	}
}

func TestEnglishCountsNoughtAsOther(t *testing.T) {
	l, err := load(t, "en", `tries: {one: "{n} try", other: "{n} tries"}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := l.Text("tries", "n", 0); got != "0 tries" {
		t.Errorf("got %q", got)
	}
}

func TestShow(t *testing.T) {
	l, err := load(t, "fr", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		value any
		want  string
	}{
		{10 * time.Minute, "10 minutes"},
		{time.Minute, "1 minute"},
		{45 * time.Second, "45 secondes"},
		{90 * time.Second, "90 secondes"},
		{44*time.Second + time.Millisecond, "45 secondes"},
		{time.Second, "1 seconde"},
		{-time.Second, "0 seconde"},
		{9*time.Minute + 54*time.Second, "9 minutes"},
		{9*time.Minute + 59*time.Second, "10 minutes"}, // the page took a moment
		{time.Minute + 56*time.Second, "2 minutes"},
		{time.Minute + 54*time.Second, "114 secondes"},
		{23*time.Hour + 59*time.Minute + 58*time.Second, "24 heures"},
		{time.Hour, "1 heure"},
		{90 * time.Minute, "90 minutes"},
		{24 * time.Hour, "24 heures"},
		{time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC), "23 novembre 2026 à 14 h 05"},
		{time.Date(2026, 8, 1, 0, 30, 0, 0, time.UTC), "1er août 2026 à 0 h 30"},
		{7, "7"},
		{72.5, "72,5"},
		{100.0, "100"},
	} {
		if got := l.Show(c.value); got != c.want {
			t.Errorf("%v: got %q, want %q", c.value, got, c.want)
		}
	}
	if got := l.Day(time.Date(2026, 8, 1, 0, 30, 0, 0, time.UTC)); got != "1er août 2026" {
		t.Errorf("the day is %q", got)
	}
	for d, want := range map[time.Duration]string{
		400 * time.Millisecond: "0,4 s", 0: "0,0 s", 9940 * time.Millisecond: "9,9 s", 72 * time.Second: "72 s",
	} {
		if got := l.Took(d); got != want {
			t.Errorf("took %v: got %q, want %q", d, got, want)
		}
	}
}

func TestLoadNamesEveryMistake(t *testing.T) {
	_, err := load(t, "fr", `
open: Bonjour {name
nested: Bonjour {na{me}}
unnamed: Bonjour {}
empty: " "
list: [a, b]
none: {one: un}
odd: {some: x, other: y}
`)
	if err == nil {
		t.Fatal("no error")
	}
	for _, key := range []string{"open", "nested", "unnamed", "empty", "list", "none", "odd"} {
		if !regexp.MustCompile(`fr\.yaml:\d+: ` + key + ": ").MatchString(err.Error()) {
			t.Errorf("the error does not name %s: %v", key, err)
		}
	}
	for name, c := range map[string]struct{ lang, text string }{
		"twice the same key": {"fr", "a: x\na: y\n"},
		"no YAML":            {"fr", "\t"},
		"no language":        {"!", "a: x\n"},
	} {
		if _, err := load(t, c.lang, c.text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := locale.Load(fstest.MapFS{}, "fr"); err == nil {
		t.Error("no file: no error")
	}
	lacking := fstest.MapFS{"locales/fr.yaml": {Data: []byte("a: x")}}
	if _, err := locale.Load(lacking, "fr"); err == nil || !strings.Contains(err.Error(), "date.months") {
		t.Errorf("without the locale's own messages: %v", err)
	}
}

func TestUses(t *testing.T) {
	tree := func(text string) *parse.Tree {
		p := parse.New("page")
		p.Mode = parse.SkipFuncCheck
		trees := map[string]*parse.Tree{}
		if _, err := p.Parse(text, "", "", trees); err != nil {
			t.Fatal(err)
		}
		return p
	}
	var uses locale.Uses
	err := uses.Find(tree(`{{t "a"}}{{if .X}}{{with .Y}}{{rich "b" "x" (t "c")}}{{else}}{{t "d"}}{{end}}{{end}}
{{range .Z}}{{$v := say "reason" .}}{{t "a" | printf "%s"}}{{end}}{{template "x" (t "e")}}{{.T "f"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(uses.Keys, " "); got != "a b c d e" {
		t.Errorf("keys %q", got)
	}
	if got := strings.Join(uses.Families, " "); got != "reason" {
		t.Errorf("families %q", got)
	}
	for _, text := range []string{`{{t .Key}}`, `{{"a" | t}}`, `{{say .Family "x"}}`} {
		if err := uses.Find(tree(text)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// Every built-in language has every message, with the same placeholders.
func TestLanguagesAgree(t *testing.T) {
	languages := builtIn(t)
	first := languages["fr"]
	for lang, l := range languages {
		if err := l.Require(first.Keys()...); err != nil {
			t.Error(err)
		}
		if err := first.Require(l.Keys()...); err != nil {
			t.Error(err)
		}
		for _, key := range first.Keys() {
			if got, want := l.Placeholders(key), first.Placeholders(key); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s: %s has the placeholders %v, fr has %v", lang, key, got, want)
			}
		}
	}
}

// Every code of the log is explained to the helpdesk in every built-in language, in whole sentences; no other one is.
func TestCodes(t *testing.T) {
	for lang, l := range builtIn(t) {
		for _, code := range locale.Codes() {
			if got, err := l.Code(code); err != nil || !strings.HasSuffix(got, ".") {
				t.Errorf("%s: %s: %q, %v", lang, code, got, err)
			}
		}
		if got, err := l.Code("NO_SUCH_CODE"); err == nil {
			t.Errorf("%s: a code that nobody knows: %q", lang, got)
		}
	}
}

// French typography: no-break spaces, curved apostrophes, guillemets.
func TestFrenchTypography(t *testing.T) {
	text, err := fs.ReadFile(templates.FS, "locales/fr.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, bad := range []string{" ;", " !", " ?", " »", "« ", " :", "'", "...", "e-mail", "Etape", " %"} {
			if strings.Contains(line, bad) {
				t.Errorf("fr.yaml:%d: %q in %s", n+1, bad, line)
			}
		}
	}
}

func builtIn(t *testing.T) map[string]*locale.Locale {
	t.Helper()
	names, err := fs.Glob(templates.FS, "locales/*.yaml")
	if err != nil || len(names) < 2 {
		t.Fatal(names, err)
	}
	languages := map[string]*locale.Locale{}
	for _, name := range names {
		lang := strings.TrimSuffix(strings.TrimPrefix(name, "locales/"), ".yaml")
		l, err := locale.Load(templates.FS, lang)
		if err != nil {
			t.Fatal(err)
		}
		languages[lang] = l
	}
	return maps.Clone(languages)
}

// BenchmarkText is a sentence without placeholders, one with two, and one that counts.
func BenchmarkText(b *testing.B) {
	l, err := locale.Load(templates.FS, "fr")
	if err != nil {
		b.Fatal(err)
	}
	for name, args := range map[string][]any{
		"constant": {"code.title"}, "filled": {"frame.step", "step", 2, "steps", 4}, "counted": {"code.tries-left", "n", 3},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Text(args[0].(string), args[1:]...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A built-in language, whose messages are parsed one by one, has those that its file has for whoever reads it whole.
func TestBuiltInMessagesOneByOne(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		text, err := fs.ReadFile(templates.FS, "locales/"+lang+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		whole, err := locale.Load(fstest.MapFS{"locales/" + lang + ".yaml": {Data: text}}, lang)
		if err != nil {
			t.Fatal(err)
		}
		single, err := locale.Load(templates.FS, lang)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(whole.Keys(), single.Keys()) || len(whole.Keys()) < 500 {
			t.Errorf("%s: %d keys, %d one by one", lang, len(whole.Keys()), len(single.Keys()))
		}
		for _, key := range whole.Keys() {
			if got, want := single.Message(key), whole.Message(key); got != want {
				t.Errorf("%s, %s: %s, want %s", lang, key, got, want)
			}
		}
	}
}
