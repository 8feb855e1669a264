package main

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// BenchmarkStranger takes the time of one answer to the most expensive requests that can be sent, from the bytes of the
// request to those of the answer, and tells how many times that of the plain first page it is. The two are asked for by
// turns, so that both meet the same machine, and of each the median is taken. It is no test: the bounds are elsewhere.
func BenchmarkStranger(b *testing.B) {
	w := openWorld(b)
	costs := w.costs(b)
	for _, c := range costs {
		b.Run(c.name, func(b *testing.B) {
			var pages, answers []time.Duration
			for b.Loop() {
				pages = append(pages, w.serve(b, costs[0]))
				answers = append(answers, w.serve(b, c))
			}
			page, answer := median(pages), median(answers)
			b.ReportMetric(float64(answer), "ns/op")
			b.ReportMetric(float64(answer)/float64(page), "x_first_page")
		})
	}
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}

// serve answers a request in this goroutine, and tells how long it took.
func (w *world) serve(t testing.TB, c cost) time.Duration {
	t.Helper()
	start := time.Now()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(c.raw)))
	if err != nil {
		t.Fatal(err)
	}
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(c.from), 40000).String()
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	took := time.Since(start)
	if answer.Code != c.status {
		t.Fatalf("answered %d, not %d", answer.Code, c.status)
	}
	return took
}

// cost is a request that is expensive to answer, or was thought to be.
type cost struct {
	name   string
	status int
	from   string
	raw    []byte
}

// How much of anything the server takes.
const (
	headers = 15 << 10 // of its 16 KiB, the rest is for what else there is in a request
	body    = 32 << 10
)

// filled repeats a text up to so many bytes.
func filled(size int, text string) string { return strings.Repeat(text, size/len(text)) }

// each hands out the entries in the order of their names.
func each(of map[string]string, f func(name, value string)) {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		f(name, of[name])
	}
}

// counted repeats a format with ever another number, up to so many bytes.
func counted(size int, format string) string {
	var b strings.Builder
	for i := 0; b.Len() < size-len(format)-4; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// costs are all of them. The first one is what the others are compared with.
func (w *world) costs(b *testing.B) (all []cost) {
	add := func(name string, status int, r request) {
		all = append(all, cost{name, status, stranger, r.bytes()})
	}
	add("first page", 200, request{target: "/fr/"})
	each(map[string]string{"plain": "fr-FR,fr;q=0.9,en;q=0.8", "many": filled(headers, "de,"),
		"extended": filled(headers, "de-u-co-phonebk,"), "weighed": filled(headers, "it;q=0.5,"), "hyphens": filled(headers, "a-")}, func(name, value string) {
		add("Accept-Language/"+name, 303, request{target: "/", header: []string{"Accept-Language", value}})
	})
	each(map[string]string{"many": filled(headers, "a=b;"), "too many": filled(headers, "a=;"),
		"of our name": filled(headers, "__Host-ssprd=a;"),
		"long":        "__Host-ssprd=" + filled(headers, "a")}, func(name, value string) {
		add("Cookie/"+name, 303, request{target: "/fr/code", cookie: value})
	})
	w.addressCosts(add)
	w.headerCosts(add, &all)
	w.formCosts(add)
	w.wayCosts(b, add)
	return all
}

func (w *world) addressCosts(add func(string, int, request)) {
	each(map[string]string{"one letter": filled(headers, "a&"), "all different": counted(headers, "%x&"),
		"escaped":  "a=" + filled(headers, "%41"),
		"one name": filled(headers, "a=b&")}, func(name, query string) {
		add("query/"+name+", first page", 200, request{target: "/fr/?" + query})
		add("query/"+name+", address page", 200, request{target: "/fr/p/usagers?" + query})
		add("query/"+name+", form", 400, request{method: "POST", target: "/fr/p/usagers?" + query, contentType: formType,
			body: []byte("address=a@b.example&address=")})
	})
	add("path/deep", 404, request{target: "/fr/" + filled(headers, "a/")})
	add("path/strokes", 404, request{target: filled(headers, "/")})
	add("path/dots", 404, request{target: "/static/" + filled(headers, "../")})
	add("path/escaped", 404, request{target: "/fr/p/" + filled(headers, "%2e")})
	add("path/unknown population", 404, request{target: "/fr/p/" + filled(headers, "a")})
	add("method", 405, request{method: "DELETE", target: "/fr/code"})
}

func (w *world) headerCosts(add func(string, int, request), all *[]cost) {
	add("Host/long", 421, request{target: "/fr/", host: filled(headers, "a")})
	add("Host/colons", 421, request{target: "/fr/", host: filled(headers, ":")})
	add("Origin", 403, request{method: "POST", target: "/fr/p/usagers", header: []string{"Origin",
		"https://" + filled(headers, "a.") + "b"}, contentType: formType})
	add("Accept-Encoding", 404, request{target: "/static/x", header: []string{"Accept-Encoding", filled(headers, "a;q=1,")}})
	many := request{target: "/fr/"}
	for range headers / len("a: b\r\n") {
		many.header = append(many.header, "a", "b")
	}
	add("headers/one name", 200, many)
	for i := range many.header {
		if many.header[i] == "a" {
			many.header[i] = fmt.Sprintf("x%d", i)
		}
	}
	many.header = many.header[:2*(headers/len("x9999: b\r\n"))]
	add("headers/all different", 200, many)
	each(map[string]string{"plain": "203.0.113.5", "proxies": filled(headers, "192.0.2.8,") + "203.0.113.5",
		"IPv6":   filled(headers, "::ffff:192.0.2.8,") + "2001:db8::1",
		"commas": filled(headers, ",")}, func(name, chain string) {
		add("X-Forwarded-For/"+name, 422, request{method: "POST", target: "/fr/p/usagers", contentType: formType,
			body: []byte("address="), header: []string{"X-Forwarded-For", chain}})
		(*all)[len(*all)-1].from = proxy
	})
}

func (w *world) formCosts(add func(string, int, request)) {
	begin := func(name string, status int, form string) {
		add("address/"+name, status, request{method: "POST", target: "/fr/p/usagers", contentType: formType,
			body: []byte(form)})
	}
	begin("plain", 303, "address=personne@mail.example")
	begin("empty", 422, "address=")
	begin("one letter", 400, filled(body, "a&"))
	begin("all different", 400, "address=personne@mail.example&address=&"+counted(body-40, "%x&"))
	begin("escaped", 422, "address="+filled(body-8, "%41"))
	begin("long", 422, "address=a@"+filled(body-16, "b"))
	begin("dots", 422, "address=a@"+filled(body-16, "."))
	begin("at", 422, "address="+filled(body-16, "@"))
	begin("markup", 422, "address="+filled(body-16, "<"))
	begin("quotes", 422, "address="+filled(body-16, "\""))
	begin("no text", 422, "address=a@b"+filled(body-16, "\xff"))
	begin("full-width", 422, "address="+filled(body-16, "\uff41"))
	begin("marks", 422, "address=e"+filled(body-16, "\u0301"))
	begin("unseen", 422, "address=a@b"+filled(body-16, "\u200b"))
	begin("NUL", 422, "address="+filled(body-16, "%00"))
	begin("too long", 413, "address="+filled(body+1000, "a"))
	begin("no form", 400, "%")
}

func (w *world) wayCosts(b *testing.B, add func(string, int, request)) {
	v := w.come(b, "usagers", "personne@mail.example", "code")
	hidden := v.hidden.Encode()
	post := func(name string, v visitor, status int, target, form string) {
		add(name, status, request{method: "POST", target: target, cookie: v.cookie, contentType: formType,
			body: []byte(form)})
	}
	add("code page/plain", 200, request{target: "/fr/code", cookie: v.cookie})
	add("code page/events", 200, request{target: "/fr/wait/events", cookie: v.cookie})
	add("code page/wrong place", 303, request{target: "/fr/password", cookie: v.cookie})
	each(map[string]string{"plain": "12345", "full-width": filled(body-200, "\uff11"),
		"mathematical": filled(body-200, "\U0001d7ff"), "unseen": filled(body-200, "\u200b"),
		"spaces": filled(body-200, "+"), "no text": filled(body-200, "\xff"), "escaped": filled(body-200, "%20"),
		"letters": filled(body-200, "a")}, func(name, code string) {
		post("code/"+name, v, 422, "/fr/code", hidden+"&code="+code)
	})
	post("resend", v, 422, "/fr/code/resend", hidden)
	staff := w.come(b, "agents-siege", "mathieu.laborde@region.example", "password")
	hidden = staff.hidden.Encode()
	longest := func(text string) string { return strings.Repeat(text, 256/utf8.RuneCountInString(text)) } // max_length of these rules
	each(map[string]string{"plain": "Tournevis47+Lampe", "long": longest("a"),
		"look-alike": longest("4@8({[<3961!|0$5"), "expanding": longest("\ufdfa"),
		"words": longest("soleilmotdepassepassword"), "too long": filled(body-200, "x"),
		"escaped": filled(body-200, "%c3%a9")}, func(name, password string) {
		post("password/"+name, staff, 422, "/fr/password", hidden+"&confirm=x&password="+strings.NewReplacer("{", "%7b",
			"|", "%7c").Replace(password))
	})
}
