package web_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"ssprd/internal/flow"
	"ssprd/internal/locale"
	"ssprd/internal/web"
	"ssprd/internal/web/webtest"
	"ssprd/templates"
)

// templateUses collects what all built-in templates, pages and mail, ask of a language.
func templateUses(t *testing.T) locale.Uses {
	t.Helper()
	uses := locale.UsesOf(templates.FS)
	if len(uses.Keys) < 100 || len(uses.Families) < 5 {
		t.Fatalf("only %d keys and %d families are used", len(uses.Keys), len(uses.Families))
	}
	return uses
}

func document(t *testing.T, p web.Page) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(render(t, rendererOf(t, p), p)))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func named(t testing.TB, lang, name string) web.Page {
	t.Helper()
	for _, s := range webtest.All(lang) {
		if s.Name == name {
			return s.Page
		}
	}
	t.Fatalf("the gallery has no %s", name)
	return nil
}

// The French words are those of the user guide, and the buttons are where it has them.
func TestWordsOfTheGuide(t *testing.T) {
	for name, words := range map[string][]string{
		"populations": {"Mot de passe oublié", "Pour vous diriger vers le bon service, cliquez sur le cas qui vous concerne :"},
		"code": {"Mot de passe oublié", "Pour vérifier votre identité, un code de sécurité a été envoyé à votre adresse de messagerie. Veuillez entrer le code de sécurité ici.",
			"Renvoyer le code", "Vérifier le code", "Annuler"},
		"password": {"Veuillez modifier votre mot de passe. Veuillez préserver la confidentialité de votre nouveau mot de passe. Après avoir entré votre nouveau mot de passe, cliquez sur le bouton « Modifier le mot de passe ». Si vous devez prendre note de votre mot de passe, conservez-le dans un endroit sûr. Votre nouveau mot de passe doit répondre aux exigences suivantes :",
			"Votre mot de passe doit comporter :", "8 caractères minimum", "1 minuscule minimum", "1 majuscule minimum", "1 chiffre minimum",
			"Mots de passe générés automatiquement", "Confirmer le mot de passe", "Réinitialiser", "Annuler"},
		"password-good": {"Force : Bonne"},
		"wait":          {"Veuillez patienter", "Votre mot de passe est en cours de mise à jour. Ce processus peut prendre plusieurs minutes. Merci de votre patience.", "Actualiser"},
		"done":          {"Réussite", "Votre mot de passe a été modifié.", "Votre identifiant est : c…@…", "Votre adresse de messagerie est : c…@…mail.com", "Continuer"},
	} {
		text := plain(content(find(document(t, named(t, "fr", name)), "body")[0]))
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q\n%s", name, w, text)
			}
		}
	}
}

// R31: each rule goes on from the words above its list: none is a prohibition that reads as a permission, nor the other way.
func TestProhibitionsStandApart(t *testing.T) {
	for lang, want := range map[string]string{
		"fr": "Il ne doit pas contenir : votre nom, votre identifiant ou votre adresse, même en partie" +
			" un mot trop facile à deviner ici, comme le nom de l’organisme un mot de passe courant un mot de passe divulgué lors d’une fuite de données L’annuaire refuse aussi vos 12 derniers mots de passe. L’annuaire peut",
		"en": "It must not contain: your name, identifier or address, or a part of them" +
			" a word that is too easy to guess here, such as the name of the organisation a common password a password that was made public by a data breach The directory also refuses your last 12 passwords. The directory may",
	} {
		text := plain(content(find(document(t, named(t, lang, "password-every-rule")), "body")[0]))
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%s lacks %q\n%s", lang, want, text)
		}
	}
}

// plain makes every space the same.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

// A mistake is told in the title, at its field, and nowhere twice (R63, WCAG 2.4.2, 3.3.1).
func TestMistakes(t *testing.T) {
	for name, want := range map[string]struct{ field, id, text string }{
		"address-empty":             {"address", "address-why", "Renseignez cette ligne"},
		"code-code-wrong":           {"code", "code-why", "Ce code n’est pas le bon. Il vous reste 4 essais."},
		"code-last-try":             {"code", "code-why", "Il vous reste 1 essai."},
		"code-code-expired":         {"code", "code-why", "il était valable 10 minutes. Cliquez sur « Renvoyer le code »"},
		"code-code-empty":           {"code", "code-why", "Saisissez le code de sécurité"},
		"code-code-short":           {"code", "code-why", "cet essai n’est pas compté"},
		"password-password-differs": {"confirm", "confirm-why", "ne sont pas identiques"},
		"password-weak":             {"password", "password-why", "toutes les exigences"},
		"password-refused-history":  {"password", "password-why", "déjà utilisé"},
	} {
		root := document(t, named(t, "fr", name))
		if title := content(find(root, "title")[0]); !strings.HasPrefix(plain(title), "Erreur : ") {
			t.Errorf("%s: title %q", name, title)
		}
		if got := plain(content(byID(root, want.id))); !strings.Contains(got, want.text) {
			t.Errorf("%s: %q", name, got)
		}
		field := byID(root, want.field)
		if attr(field, "aria-invalid") != "true" || !strings.Contains(attr(field, "aria-describedby"), want.id) {
			t.Errorf("%s: the field does not point to its reason", name)
		}
	}
	for name, text := range map[string]string{
		"code-resend-soon":           "Vous pourrez en demander un autre dans 42 secondes.",
		"address-limited":            "Trop de demandes",
		"password-write-interrupted": "interrompue",
	} {
		var alerts []string
		root := document(t, named(t, "fr", name))
		each(root, func(n *html.Node) {
			if attr(n, "role") == "alert" {
				alerts = append(alerts, plain(content(n)))
			}
			if attr(n, "aria-invalid") != "" {
				t.Errorf("%s: a field is marked as wrong", name)
			}
		})
		if len(alerts) != 1 || !strings.Contains(alerts[0], text) {
			t.Errorf("%s: alerts %q", name, alerts)
		}
	}
}

// Enter in a field presses the first submit button of its form: that must be the main one. What was typed goes to the
// form's own address only (R18, R48).
func TestForms(t *testing.T) {
	for name, want := range map[string][]string{ // fields and buttons in order
		"address":  {"address", "main"},
		"code":     {"form", "code", "main", "form=resend", "form=cancel"},
		"pick":     {"form", "account", "account", "account", "main", "form=cancel"},
		"password": {"form", "", "password", "confirm", "main", "reset", "form=cancel"},
	} {
		form := find(document(t, named(t, "fr", name)), "form")[0]
		var got []string
		each(form, func(n *html.Node) {
			switch {
			case n.Data == "input":
				got = append(got, attr(n, "name"))
			case n.Data == "button" && attr(n, "form") != "":
				got = append(got, "form="+attr(n, "form"))
			case n.Data == "button" && attr(n, "type") != "":
				got = append(got, attr(n, "type"))
			case n.Data == "button":
				got = append(got, attr(n, "class"))
			}
			if attr(n, "formaction") != "" {
				t.Errorf("%s: what was typed would go to %s", name, attr(n, "formaction"))
			}
		})
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// R35, R66: what password managers and telephones need to fill in the fields.
func TestAutocomplete(t *testing.T) {
	for _, c := range []struct{ page, id, autocomplete, typ, inputmode string }{
		{"address", "address", "email", "email", "email"},
		{"address-identifier", "address", "username", "text", "email"},
		{"code", "code", "one-time-code", "text", "numeric"},
		{"password", "username", "username", "text", ""},
		{"password", "password", "new-password", "password", ""},
		{"password", "confirm", "new-password", "password", ""},
	} {
		n := byID(document(t, named(t, "fr", c.page)), c.id)
		if attr(n, "autocomplete") != c.autocomplete || attr(n, "type") != c.typ || attr(n, "inputmode") != c.inputmode {
			t.Errorf("%s, %s: %v", c.page, c.id, n.Attr)
		}
	}
}

// R36: the warning describes the field of the password on every page that has one, in every language, and is there from
// the start: a script hides it. What was typed is never refused for it by the browser.
func TestKeyboardsWarning(t *testing.T) {
	for _, lang := range languages {
		for _, s := range webtest.Gallery(lang) {
			page, ok := s.Page.(web.PasswordPage)
			if !ok {
				continue
			}
			root := document(t, page)
			region, field := byID(root, "keyboards"), byID(root, "password")
			if !strings.Contains(content(region), "(é, ç, €)") || attr(region, "role") != "status" {
				t.Errorf("%s, %s: the warning is %q", lang, s.Name, content(region))
			}
			if !slices.Contains(strings.Fields(attr(field, "aria-describedby")), "keyboards") {
				t.Errorf("%s, %s: the field is not described by the warning", lang, s.Name)
			}
			has := func(n *html.Node, key string) bool {
				return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
			}
			if hidden, want := has(region.FirstChild, "hidden"), page.Judged && !page.Keyboards; hidden != want {
				t.Errorf("%s, %s: the warning is hidden: %v, want %v", lang, s.Name, hidden, want)
			}
			if judged := has(region, "data-judged"); judged != page.Judged {
				t.Errorf("%s, %s: the script leaves the warning as it is: %v, want %v", lang, s.Name, judged, page.Judged)
			}
		}
	}
}

// What a person typed stays text.
func TestTypedTextIsEscaped(t *testing.T) {
	text := render(t, renderer(t), named(t, "fr", "code-last-try"))
	if strings.Contains(text, "<script>") || !strings.Contains(text, "&lt;script&gt;alert(1)") {
		t.Error("the typed address is not escaped")
	}
	field := byID(document(t, named(t, "fr", "address-identifier")), "address")
	if attr(field, "value") != `<b>"Camille` {
		t.Errorf("value %q", attr(field, "value"))
	}
}

// The parts that the portal sends again while a page stands.
func TestFragment(t *testing.T) {
	r := renderer(t)
	var b strings.Builder
	if err := r.Fragment(&b, named(t, "fr", "wait"), "progress"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<p id="said">3 étapes terminées sur 5</p>`, `value="60"`, "Annuaire de Bordeaux", "Serveur 2", "0,4 s"} {
		if !strings.Contains(plain(b.String()), want) {
			t.Errorf("no %s in %s", want, b.String())
		}
	}
	b.Reset()
	if err := r.Fragment(&b, named(t, "fr", "password-good"), "verdict"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Le mot de passe répond aux exigences, veuillez entrer le mot de passe de confirmation") {
		t.Error(b.String())
	}
	if strings.Contains(b.String(), "<html") {
		t.Error("a fragment is no page")
	}
}

type counter struct{ writes int }

func (c *counter) Write(b []byte) (int, error) { c.writes++; return len(b), nil }

// A page that cannot be rendered writes nothing, so that an error page can be sent in its place (R28).
func TestRenderWritesWholeOrNothing(t *testing.T) {
	r := renderer(t)
	for name, p := range map[string]web.Page{
		"unknown language": web.DonePage{Frame: web.Frame{Standing: web.Standing{Lang: "oc"}}},
		"unknown reason":   web.EndedPage{Frame: web.Frame{Standing: web.Standing{Lang: "fr"}}, Reason: flow.Reason("no-such")},
		"unknown status":   web.ErrorPage{Frame: web.Frame{Standing: web.Standing{Lang: "fr"}}, Status: 999},
	} {
		var c counter
		if err := r.Render(&c, p); err == nil || c.writes != 0 {
			t.Errorf("%s: error %v after %d writes", name, err, c.writes)
		}
	}
	var c counter
	if err := r.Render(&c, named(t, "en", "done")); err != nil || c.writes != 1 {
		t.Errorf("error %v, %d writes", err, c.writes)
	}
}

// NewRenderer refuses what a visitor would otherwise find.
func TestNewRendererFindsMistakes(t *testing.T) {
	for name, c := range map[string]struct{ file, text, problem string }{
		"no template":       {"done.html", "", "built-in done.html: cannot be read"},
		"does not parse":    {"done.html", "{{if}}", "built-in done.html:1: missing value for if"},
		"unknown function":  {"done.html", `{{define "title"}}{{x}}{{end}}{{define "main"}}{{end}}`, `built-in done.html:1: there is no function "x"`},
		"unknown message":   {"code.html", `{{define "title"}}{{t "no.such"}}{{end}}{{define "main"}}{{end}}`, `built-in code.html:1: there is no sentence "no.such"`},
		"made-up key":       {"code.html", `{{define "title"}}{{t .Lang}}{{end}}{{define "main"}}{{end}}`, "constant key"},
		"no title":          {"wait.html", `{{define "main"}}{{end}}`, `does not define "title"`},
		"incomplete locale": {"locales/en.yaml", "a: x", "built-in locales/en.yaml: lacks 9 sentences: duration.hours"},
	} {
		files := builtIn(t)
		files[c.file] = &fstest.MapFile{Data: []byte(c.text)}
		if c.text == "" {
			delete(files, c.file)
		}
		if _, err := readPages(files, languages); err == nil || !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// builtIn is a copy of the built-in files that a test may change.
func builtIn(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(templates.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(templates.FS, name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Nothing of a page stays in the buffer of the next, though its visitor has gone; a buffer that became large is let go.
func TestBuffersAreWiped(t *testing.T) {
	r := newRenderer(t)
	b := bytes.NewBuffer(make([]byte, 0, 100_000))
	r.NewBuffers(func() *bytes.Buffer { return b })
	memory := b.Bytes()[:b.Cap()]
	page := named(t, "fr", "password")
	if err := r.Render(&goesAway{t: t, memory: memory}, page); !errors.Is(err, errGone) {
		t.Fatal(err)
	}
	if left := bytes.Trim(memory, "\x00"); len(left) > 0 {
		t.Errorf("%d bytes are left: %.60q", len(left), left)
	}

	large := 0
	r = newRenderer(t)
	r.NewBuffers(func() *bytes.Buffer { large++; return bytes.NewBuffer(make([]byte, 0, 300<<10)) })
	for range 20 {
		_ = r.Render(io.Discard, page)
	}
	if large != 20 {
		t.Errorf("%d large buffers made for 20 pages", large)
	}
}

// newRenderer is one that no other test has.
func newRenderer(t *testing.T) *web.Renderer {
	t.Helper()
	r, err := readPages(templates.FS, languages)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var errGone = errors.New("the visitor has gone")

// goesAway takes most of a page, which stands in memory until then.
type goesAway struct {
	t      *testing.T
	memory []byte
}

func (g *goesAway) Write(p []byte) (int, error) {
	if !bytes.Contains(g.memory, p[:100]) {
		g.t.Error("the page is made elsewhere")
	}
	return len(p) - 10, errGone
}

func TestRenderFromManyAtOnce(t *testing.T) {
	r := renderer(t)
	pages := webtest.Gallery("fr")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, s := range pages {
				if err := r.Render(io.Discard, s.Page); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkRender is each of the pages that a reset shows.
func BenchmarkRender(b *testing.B) {
	r, err := readPages(templates.FS, languages)
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"address", "code", "password", "wait", "done"} {
		page := named(b, "fr", name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := r.Render(io.Discard, page); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRenderer is what a start pays for the pages, and what they keep.
func BenchmarkRenderer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readPages(templates.FS, languages); err != nil {
			b.Fatal(err)
		}
	}
}
