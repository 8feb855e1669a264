package visitor

import (
	"net/url"
	"strings"
	"testing"
)

func pageOf(t *testing.T, body string) *page {
	t.Helper()
	at, _ := url.Parse("http://portal.example/fr/here")
	p, err := newPage(at, 200, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestVisible(t *testing.T) {
	p := pageOf(t, `<html><head><title>Un titre –  Portail</title><style>p {}</style></head><body>
		<p>Votre adresse : <bdi><b>a@b</b></bdi>.
		Suite</p><script>x()</script><form hidden><button>secret</button></form><noscript>sans script</noscript>
		<ul><li>un</li><li><span>deux</span> trois</li></ul><details><summary>Plus</summary>replié</details></body></html>`)
	const want = "Votre adresse : a@b. Suite\nsans script\nun\ndeux trois\nPlus\nreplié"
	if got := visible(p.root); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if p.title() != "Un titre – Portail" {
		t.Error(p.title())
	}
}

func TestFold(t *testing.T) {
	if got := fold(" l’eau\u00a0:\n tiède\u202f! "); got != "l'eau : tiède !" {
		t.Errorf("%q", got)
	}
}

func TestLink(t *testing.T) {
	p := pageOf(t, `<a href="/whole">Compte</a> <a href="p/part"><b>Compte élu</b><span>aide</span></a> <a href="1">Suite</a><a href="2">Suite</a>`)
	for text, want := range map[string]string{
		"Compte": "http://portal.example/whole", "Compte élu": "http://portal.example/fr/p/part",
		"Suite": "", "Rien": "",
	} {
		got, err := p.link(text)
		if want == "" && err == nil || want != "" && (err != nil || got.String() != want) {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
}

const formPage = `
<form id="main" method="post" action="go" novalidate>
<label for="a">Adresse</label><input id="a" name="address" value="x" maxlength="5">
<label for="fixed">Fixe</label><input id="fixed" name="fixed" value="f" readonly>
<input type="hidden" name="h" value="1"><input name="off" value="1" disabled><input value="no name">
<input type="checkbox" name="box" checked><input type="checkbox" name="empty">
<label for="r1">Un</label><input type="radio" id="r1" name="r" value="1" checked>
<label for="r2">Deux</label><input type="radio" id="r2" name="r" value="2">
<button name="b" value="send">Envoyer</button><button formaction="/other">Ailleurs</button>
<button form="away">Partir</button><button type="reset">Vider</button>
</form>
<form id="away" method="get" action="/away?old=1"></form>
<form><label for="lone">Seul</label><input id="lone" name="lone"></form>
<label for="nothing">Perdu</label>`

// What a form sends is what a browser would send of it (HTML 4.10.21).
func TestPress(t *testing.T) {
	for _, c := range []struct{ button, method, to, body string }{
		{"Envoyer", "POST", "http://portal.example/fr/go", "address=y+z&b=send&box=&fixed=f&h=1&r=2"},
		{"Enter", "POST", "http://portal.example/fr/go", "address=y+z&b=send&box=&fixed=f&h=1&r=2"},
		{"Ailleurs", "POST", "http://portal.example/other", "address=y+z&box=&fixed=f&h=1&r=2"},
		{"Partir", "GET", "http://portal.example/away", ""},
	} {
		p := pageOf(t, formPage)
		if err := p.typeInto("Adresse", "y z"); err != nil {
			t.Fatal(err)
		}
		if err := p.choose("Deux"); err != nil {
			t.Fatal(err)
		}
		form, err := p.press(c.button)
		if err != nil {
			t.Fatal(err)
		}
		if rq := form.request(); rq.method != c.method || rq.to.String() != c.to || rq.body != c.body {
			t.Errorf("%s: %s %s %s", c.button, rq.method, rq.to, rq.body)
		}
	}
}

func TestReset(t *testing.T) {
	p := pageOf(t, formPage)
	if err := p.typeInto("Adresse", "y"); err != nil {
		t.Fatal(err)
	}
	if form, err := p.press("Vider"); form != nil || err != nil {
		t.Fatal(form, err)
	}
	if n, _ := p.field("Adresse"); p.value(n) != "x" {
		t.Error("the field was not reset")
	}
}

// What a person cannot do, a script cannot either.
func TestCannot(t *testing.T) {
	for name, do := range map[string]func(*page) error{
		"a fixed field":      func(p *page) error { return p.typeInto("Fixe", "x") },
		"too long":           func(p *page) error { return p.typeInto("Adresse", "123456") },
		"no such label":      func(p *page) error { return p.typeInto("Nom", "x") },
		"a label of nothing": func(p *page) error { return p.typeInto("Perdu", "x") },
		"choosing a text":    func(p *page) error { return p.choose("Adresse") },
		"no such button":     func(p *page) error { _, err := p.press("Payer"); return err },
		"Enter in no field":  func(p *page) error { _, err := p.press("Enter"); return err },
		"Enter in a poor form": func(p *page) error {
			if err := p.typeInto("Seul", "x"); err != nil {
				return nil
			}
			_, err := p.press("Enter")
			return err
		},
	} {
		if err := do(pageOf(t, formPage)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
