package main

import (
	"context"
	"html"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// visitor is somebody who is on the way: the Cookie header, and what the forms of the page carry hidden.
type visitor struct {
	at     string // the page: "", code, account or password
	cookie string
	hidden url.Values
}

// people are played by visitors. Nobody else types their addresses.
var people = []string{"karim.haddad@mail.example", "lucie.fontanel@mail.example", "fatou.ndiaye@mail.example",
	"maxime.garrigue@mail.example", "lea.soubiran@mail.example", "bruno.teyssier@mail.example", "oceane.vignaud@mail.example"}

// steps are the pages on which a visitor can stand still.
var steps = []string{"", "code", "account", "password"}

// arrive makes a visitor of one page, by the way that people go.
func (w *world) arrive(t testing.TB, at string) visitor {
	t.Helper()
	if at == "" {
		return visitor{}
	}
	address := people[w.people%len(people)]
	if w.people++; at == "account" {
		address = "lycee.montaigne@lycees.example"
	}
	return w.come(t, "usagers", address, at)
}

func (w *world) come(t testing.TB, population, address, at string) visitor {
	t.Helper()
	v := visitor{at: "code", cookie: w.post(t, "/fr/p/"+population, "", url.Values{"address": {address}}).cookie()}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for v.look(t, w); v.at != at; v.look(t, w) {
		letter, err := w.mailbox.WaitFor(ctx, address)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"code": {codeIn(letter.Text)}}
		maps.Copy(form, v.hidden)
		// A mail of before may have been waiting there: its code is wrong, and the next one is tried.
		if r := w.post(t, "/fr/code", v.cookie, form); r.status == 303 {
			v = visitor{at: strings.TrimPrefix(r.header.Get("Location"), "/fr/"), cookie: r.cookie()}
		}
	}
	return v
}

// stands tells whether the visitor is still where they were.
func (v visitor) stands(t testing.TB, w *world) bool {
	t.Helper()
	return v.at == "" || w.get(t, "/fr/"+v.at, v.cookie).status == 200
}

// look reads what the page has hidden in its forms.
func (v *visitor) look(t testing.TB, w *world) {
	t.Helper()
	r := w.get(t, "/fr/"+v.at, v.cookie)
	if r.status != 200 {
		t.Fatalf("the page %s is answered %d", v.at, r.status)
	}
	v.hidden = url.Values{}
	for _, input := range hiddenInput.FindAllString(r.body, -1) {
		name, value := attribute(input, "name"), attribute(input, "value")
		v.hidden.Set(name, value) // of several forms of a page, all carry the same
	}
}

var hiddenInput = regexp.MustCompile(`<input [^>]*type="hidden"[^>]*>`)

func attribute(tag, name string) string {
	_, rest, _ := strings.Cut(tag, " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

// codeIn is the code of a mail, where a telephone shows it: in the first line.
func codeIn(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return regexp.MustCompile(`[0-9]{3}[^0-9A-Za-z]?[0-9]{3}`).FindString(first)
}

// cookie is the Cookie header that a browser sends after this answer.
func (r reply) cookie() string {
	cookie, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";")
	return cookie
}
