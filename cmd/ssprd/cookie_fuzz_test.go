package main

import (
	"net/url"
	"strings"
	"testing"
)

// R21: no Cookie header is a session but the one that was given out, and none is adopted. TOKEN stands for that of a
// visitor who has been given a session, LOWER, SHORT and DOUBLE for what is nearly it.
func FuzzCookie(f *testing.F) {
	w := openWorld(f)
	for _, s := range []string{"__Host-ssprd=TOKEN", "ssprd=TOKEN", "__host-ssprd=TOKEN", "__Host-ssprd=LOWER",
		"__Host-ssprd=SHORT", "__Host-ssprd=DOUBLE", "__Host-ssprd=\"TOKEN\"", "__Host-ssprd=evil; __Host-ssprd=TOKEN",
		"__Host-ssprd=TOKEN; __Host-ssprd=evil", "__Host-ssprd=TOKEN,evil", " __Host-ssprd = TOKEN ",
		"__Host-ssprd=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "__Host-ssprd=", "__Host-ssprd", "=", ";;;", "",
		"\x00", "\xff", "__Host-ssprd=\x00", "__Host-ssprd=TOKEN\x00", "__Host-ssprd=../../state.db",
		"__Host-ssprd=%54OKEN", "__Host-ssprd=" + strings.Repeat("a", 9000), strings.Repeat("a=b; ", 2900),
		"$Version=1; __Host-ssprd=TOKEN",
		"__Host-ssprd=a\u0301", "__Host-ssprd=\t", "__Host-ssprd=TOKEN; SameSite=None; Domain=evil.example"} {
		f.Add(s)
	}
	_, token, _ := strings.Cut(w.arrive(f, "code").cookie, "=")
	words := strings.NewReplacer("TOKEN", token, "LOWER", strings.ToLower(token), "SHORT", token[1:],
		"DOUBLE", token[:20]+token)
	f.Fuzz(func(t *testing.T, cookie string) {
		if !line(cookie) {
			return
		}
		cookie = words.Replace(cookie)
		page := w.get(t, "/fr/code", cookie)
		page.whole(t, "GET")
		given := strings.Contains(cookie, "__Host-ssprd="+token) || strings.Contains(cookie, `"`+token+`"`)
		if page.status == 200 && !given {
			t.Error("a session of nobody shows a reset")
		}
		if set := page.header.Values("Set-Cookie"); len(set) > 0 {
			t.Errorf("a page sets %q", set)
		}
		begun := w.post(t, "/fr/p/usagers", cookie, url.Values{"address": {"personne@mail.example"}})
		begun.whole(t, "POST")
		if begun.unread() {
			return
		}
		name, fresh, _ := strings.Cut(begun.cookie(), "=")
		if begun.status != 303 || name != "__Host-ssprd" || len(fresh) < 43 || strings.Contains(cookie, fresh) {
			t.Fatalf("a start is answered %d, with the cookie %q", begun.status, begun.header.Get("Set-Cookie"))
		}
		for _, attribute := range []string{"; Path=/", "; HttpOnly", "; Secure", "; SameSite=Strict"} {
			if set := begun.header.Get("Set-Cookie"); !strings.Contains(set, attribute) || strings.Contains(set, "Domain") {
				t.Errorf("the cookie is %q", set)
			}
		}
	})
}
