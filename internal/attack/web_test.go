package attack

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// R25 to R28, R37, R61: what stands around the pages.
func TestWeb(t *testing.T) {
	alongside(t)
	attacks := []Attack{
		{"R25", "headers", "every address by every method, in every state, and every error", everyHeader},
		{"R26", "hosts", "other hosts, by Host, forwarding headers and absolute addresses", foreignHosts},
		{"R27", "redirects", "addresses that lead elsewhere, in paths and queries", openRedirects},
		{"R61", "paths", "addresses that only insiders need, or that leak files", insidePaths},
		{"R61", "large", "headers and bodies over the limits, and bodies without end", tooLarge},
		{"R61", "streams", "an event stream opened from every state in which nothing is awaited", idleStreams},
		{"R28", "malformed", "requests that are no HTTP", malformedRequests},
		{"R37", "costs", "passwords made to be slow to judge, beside an ordinary one", costlyPasswords},
	}
	crowd := Attack{"R61", "crowd", "the time of an address when very many resets are open, beside a few", crowdOfResets}
	Open(t, Setting{People: 1, More: "limits: {starts_per_population: 1000000/1m, starts_in_all: 1000000/1m}\n"}).Run(t, crowd)
	if Full() { // the time limits are of five and ten seconds
		attacks = append(attacks, Attack{"R61", "slow",
			"headers and bodies that come a byte at a time, while others are served", slowRequests})
	}
	Open(t, Setting{People: 60}).Run(t, attacks...)
}

// promised are the headers that every answer must have, and what must stand in them.
var promised = map[string]string{
	"Content-Security-Policy":    "default-src 'none'",
	"X-Content-Type-Options":     "nosniff",
	"Referrer-Policy":            "no-referrer",
	"Cache-Control":              "no-store",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Strict-Transport-Security":  "includeSubDomains",
	"X-Frame-Options":            "DENY",
}

// missing says what an answer lacks of the promised headers.
func (a Answer) missing(static bool) string {
	for name, part := range promised {
		values := a.Header.Values(name)
		if static && name == "Cache-Control" && len(values) == 1 {
			continue // a file whose name is its digest may be kept
		}
		if len(values) != 1 || !strings.Contains(values[0], part) {
			return fmt.Sprintf("%s is %q", name, values)
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	for _, part := range []string{"object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			return "the policy lacks " + part
		}
	}
	for _, part := range []string{"unsafe", "*", "http:", "https:", "data:"} {
		if strings.Contains(policy, part) {
			return "the policy has " + part
		}
	}
	for _, name := range []string{"Server", "X-Powered-By", "Via", "X-Runtime", "X-Version", "Access-Control-Allow-Origin"} {
		if a.Header.Get(name) != "" {
			return "there is " + name
		}
	}
	return ""
}

// R25, R61.
func everyHeader(s *Site) (o Outcome) {
	statuses := map[int]int{}
	check := func(name string, a Answer, static bool) {
		o.Tries++
		statuses[a.Status]++
		if wrong := a.missing(static); wrong != "" {
			o.Want(false, "%s, status %d: %s", name, a.Status, wrong)
		}
	}
	paths := []string{"/", "/fr", "/en", "/fr/", "/en/", "/en/p/usagers", "/en/p/elus", "/en/p/agents-lycees",
		"/en/p/support", "/en/p/nobody", "/en/accessibility", "/nowhere", "/en/nowhere", "/static/", "/static/nothing.css"}
	for _, r := range routes("000000") {
		paths = append(paths, r.path)
	}
	for _, from := range s.situations() {
		b := from.open()
		for _, path := range paths {
			for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "TRACE", "PUT", "CONNECTED",
				"DELETE"}[:Some(5, 8)] {
				if method == http.MethodPost && from.own[path] { // it would move on
					continue
				}
				check(method+" "+path+", "+from.name, b.Twin().Do(b.Request(method, path, "")), false)
			}
		}
	}
	b := s.Browser()
	home := b.Get("/en/")
	for _, part := range strings.Split(home.Body, `"`) {
		if strings.HasPrefix(part, "/static/") {
			check("GET "+part, b.Get(part), true)
			gzipped := b.Request("GET", part, "")
			gzipped.Header = append(gzipped.Header, "Accept-Encoding: gzip, br", "Range: bytes=0-1")
			check("GET "+part+" zipped, in part", b.Do(gzipped), true)
		}
	}
	for name, change := range map[string]func(*Request){
		"another host": func(rq *Request) { rq.Host = "evil.example" },
		"another origin": func(rq *Request) {
			rq.Header = []string{"Origin: https://evil.example",
				"Sec-Fetch-Site: cross-site"}
		},
		"another type":    func(rq *Request) { rq.Header = []string{"Content-Type: application/json"} },
		"a broken body":   func(rq *Request) { rq.Body = "address=%zz" },
		"a large body":    func(rq *Request) { rq.Body = "address=" + strings.Repeat("a", 40<<10) },
		"an empty field":  func(rq *Request) { rq.Body = "address=" },
		"a doubled field": func(rq *Request) { rq.Body = "address=a&address=b" },
		"no mail address": func(rq *Request) { rq.Body = "address=a@" },
		"* as an address": func(rq *Request) { rq.Method, rq.Target, rq.Body = "OPTIONS", "*", "" },
	} {
		rq := s.Browser().Request(http.MethodPost, "/en/p/usagers", "address=a%40b.example")
		change(&rq)
		check(name, s.Send(rq), false)
	}
	var kinds []string
	for status, n := range statuses {
		kinds = append(kinds, fmt.Sprintf("%d×%d", status, n))
	}
	slices.Sort(kinds)
	o.Say("all headers on every answer: %s", strings.Join(kinds, " "))
	return o
}

// R26: LTB #755, #821.
func foreignHosts(s *Site) (o Outcome) {
	const evil = "evil.example"
	p := s.Person()
	refused := func(name string, a Answer) {
		o.Tries++
		o.Want(a.Status == http.StatusMisdirectedRequest || a.Status == http.StatusBadRequest, "%s: %s", name, a.Told())
		o.Want(!strings.Contains(a.Head+a.Body, evil), "%s: the answer names the host", name)
	}
	port := s.Address[strings.LastIndex(s.Address, ":"):]
	for _, host := range []string{evil, evil + port, s.Address + "." + evil, evil + "#" + s.Address,
		s.Address + "@" + evil, evil + "/" + s.Address, "127.0.0.1" + port + "0", "127.0.0.1", "localhost", "", " ",
		"[::1]" + port, "127.1" + port, "0x7f.1" + port, "2130706433" + port} {
		rq := s.Browser().Request(http.MethodPost, "/en/p/usagers", "address="+p.Mail)
		rq.Host = host
		refused("Host "+host, s.Send(rq))
		rq = s.Browser().Request(http.MethodGet, "/en/", "")
		rq.Host = host
		refused("Host "+host, s.Send(rq))
	}
	for _, target := range []string{"http://" + evil + "/en/", "https://" + evil + "/en/",
		"http://" + s.Address + "@" + evil + "/en/"} {
		rq := s.Browser().Request(http.MethodGet, target, "")
		refused(target, s.Send(rq))
	}
	rq := s.Browser().Request(http.MethodGet, "/en/", "")
	rq.Header = append(rq.Header, "Host: "+evil)
	refused("two hosts", s.Send(rq))

	mails := len(s.Sink.Messages())
	b := s.Browser()
	for _, name := range []string{"X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-HTTP-Host-Override",
		"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded"} {
		value := evil
		switch name {
		case "Forwarded":
			value = "host=" + evil + ";proto=http"
		case "X-Original-URL", "X-Rewrite-URL":
			value = "/" + evil + "/fr/"
		}
		b.Header = append(b.Header, name+": "+value)
	}
	a := b.Begin("usagers", p.Mail)
	o.Want(a.To() == "/en/code", "with forwarding headers the address is told %s", a.Told())
	o.Want(b.Code(s.Mailed(p.Mail, 1)).To() == "/en/password", "with forwarding headers the code is not taken")
	b.Reset(NewPassword(80))
	o.Tries += 3
	s.await("the mail after the change", func() bool { return s.mailsWithout(p.Mail) > 0 })
	for _, m := range s.Sink.Messages()[mails:] {
		o.Want(!strings.Contains(m.Raw+m.Text+m.HTML, evil), "a mail names the host that was sent")
	}
	for page := range s.known.pages {
		o.Want(!strings.Contains(page, evil), "a page names the host that was sent")
	}
	o.Say("421 or 400; what forwarding headers say stands in no page and no mail")
	return o
}

// R27.
func openRedirects(s *Site) (o Outcome) {
	const evil = "evil.example"
	before := len(s.known.away)
	verified := s.Verified(s.Person())
	for _, b := range []*Browser{s.Browser(), verified} {
		for _, to := range []string{"//" + evil, `\\` + evil, "https://" + evil, "https:" + evil, `/\` + evil,
			"///" + evil, "/%09/" + evil, "javascript:alert(1)", "%2f%2f" + evil, "http://" + s.Address + "@" + evil} {
			for _, path := range []string{"/", "/en", "/en/", "/en/p/usagers", "/en/p/agents-lycees", "/en/code",
				"/en/ended", "/en/done", "/en/cancel"} {
				for _, name := range []string{"next", "url", "redirect", "return", "continue", "lang", "seen"}[:Some(2, 7)] {
					o.Tries++
					b.Twin().Get(path + "?" + name + "=" + strings.NewReplacer(`\`, "%5C", " ", "%20").Replace(to))
				}
			}
		}
	}
	for _, target := range []string{"//" + evil, "//" + evil + "/", "//" + evil + "/en", "//" + evil + "/%2e%2e",
		"/" + `\` + evil, "/%5C" + evil, "/%2f" + evil, "/en//" + evil, "//en/", "/en/..//" + evil, "/.//" + evil,
		"/en/%2e%2e//" + evil, "/;@" + evil, "/en/p//" + evil, "/static//" + evil, "/static/..%2f..%2f" + evil,
		"/en/p/https:%2f%2f" + evil, "/%0d%0aLocation:%20https://" + evil} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			o.Tries++
			s.Send(s.Browser().Request(method, target, ""))
		}
	}
	away := slices.DeleteFunc(slices.Clone(s.known.away[before:]), func(to string) bool {
		return to == "https://assistance-lycees.example.org/mot-de-passe"
	})
	o.Want(len(away) == 0, "redirects lead to %v", away)
	for page := range s.known.pages {
		o.Want(!strings.Contains(page, `href="//`) && !strings.Contains(page,
			`href="javascript`) && !strings.Contains(page, "://"+evil), "a page links elsewhere")
	}
	o.Say("every redirect stays here, or leads where the configuration says")
	return o
}

// R61.
func insidePaths(s *Site) (o Outcome) {
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/vars", "/livez", "/readyz", "/healthz", "/health",
		"/status", "/version", "/admin", "/config", "/config.yaml", "/.git/config", "/.env", "/state.db", "/audit.jsonl",
		"/api", "/swagger",
		"/en/debug/pprof/", "/en/livez", "/demo", "/demo/mailbox", "/demo/login", "/mailbox", "/helpdesk",
		"/static/../templates/layout.html", "/static/..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/etc/passwd",
		"/static/....//....//etc/passwd",
		"/static/templates.go", "/static/layout.html", "/locales/en.yaml", "/templates/layout.html",
		"/static/" + strings.Repeat("../", 20) + "etc/passwd", "/server-status", "/actuator/env"} {
		o.Tries++
		a := s.Send(s.Browser().Request(http.MethodGet, path, ""))
		o.Want(a.Status == http.StatusNotFound || a.Status == http.StatusBadRequest, "GET %s: %s", path, a.Told())
	}
	for page := range s.known.pages {
		for _, text := range []string{"go1.", "gin-gonic", "goroutine ", "/internal/", "root:x:", "nginx", "panic:",
			".go:"} {
			o.Want(!strings.Contains(page, text), "a page shows %q", text)
		}
	}
	o.Say("404 each time; no version, no file, no trace of the program in any page")
	return o
}

// R61.
func tooLarge(s *Site) (o Outcome) {
	long := strings.Repeat("a", 64<<10)
	for name, change := range map[string]func(*Request){
		"a header of 64 KiB":   func(rq *Request) { rq.Header = append(rq.Header, "X-Long: "+long) },
		"a cookie of 64 KiB":   func(rq *Request) { rq.Header = append(rq.Header, "Cookie: ssprd="+long) },
		"an address of 64 KiB": func(rq *Request) { rq.Target += "?" + long },
		"20,000 headers": func(rq *Request) {
			rq.Header = append(rq.Header, slices.Repeat([]string{"A: b"},
				20_000)...)
		},
	} {
		o.Tries++
		rq := s.Browser().Request(http.MethodGet, "/en/", "")
		change(&rq)
		status := s.statusOf(rq.bytes())
		o.Want(status == http.StatusRequestHeaderFieldsTooLarge || status == 0, "%s: %d", name, status)
	}
	for name, size := range map[string]int{"a body of 33 KiB": 33 << 10, "a body of 1 MiB": 1 << 20} {
		o.Tries++
		rq := s.Browser().Request(http.MethodPost, "/en/p/usagers", "address="+strings.Repeat("a", size))
		status := s.statusOf(rq.bytes())
		o.Want(status == http.StatusRequestEntityTooLarge || status == 0, "%s: %d", name, status)
	}
	o.Tries++
	taken := s.endless()
	o.Want(taken < 32<<20, "of a body without end %d bytes were taken", taken)
	o.Want(s.Browser().Get("/en/").Status == http.StatusOK, "nobody is served any more")
	o.Say("431 and 413, or cut off; a body without end was cut off when %d KiB were on their way", taken>>10)
	return o
}

// statusOf sends bytes and gives the status of the answer; 0 where the connection was cut before one came.
func (s *Site) statusOf(text []byte) int {
	s.t.Helper()
	conn, err := s.dial(s.client())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = conn.Write(text) }()
	a, _ := read(conn, http.MethodPost)
	return a.Status
}

// endless sends a body in pieces until the portal has had enough, and tells how much it took.
func (s *Site) endless() (taken int) {
	s.t.Helper()
	conn, err := s.dial(s.client())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	_, err = fmt.Fprintf(conn,
		"POST /en/p/usagers HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
			"Sec-Fetch-Site: same-origin\r\nTransfer-Encoding: chunked\r\n\r\n", s.Address)
	piece := fmt.Sprintf("%x\r\n%s\r\n", 4096, strings.Repeat("a", 4096))
	for err == nil && taken < 64<<20 {
		_, err = io.WriteString(conn, piece)
		taken += 4096
	}
	return taken
}

// R61: they are cut by the portal's own time limits; all at once, so that it takes that long only once.
func slowRequests(s *Site) (o Outcome) {
	const n = 200
	var wait sync.WaitGroup
	var mu sync.Mutex
	longest := time.Duration(0)
	for i := range n {
		o.Tries++
		head := "GET /en/ HTTP/1.1\r\nHost: " + s.Address + "\r\n"
		if i%2 == 1 {
			head = "POST /en/p/usagers HTTP/1.1\r\nHost: " + s.Address +
				"\r\nContent-Length: 30000\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\naddress="
		}
		conn, err := s.dial(s.client())
		if err != nil {
			s.t.Fatal(err)
		}
		wait.Go(func() {
			took := drip(conn, head)
			mu.Lock()
			defer mu.Unlock()
			longest = max(longest, took)
		})
	}
	slowest := time.Duration(0)
	for range 20 {
		slowest = max(slowest, s.Browser().Get("/en/").Took)
	}
	wait.Wait()
	o.Want(longest < 25*time.Second, "a slow request was borne for %s", longest)
	o.Want(slowest < 5*time.Second, "meanwhile others waited for %s", slowest)
	o.Say("cut off after %.1f s at most; others were served within %d ms", longest.Seconds(), slowest.Milliseconds())
	return o
}

// drip sends bytes one at a time until the connection is cut.
func drip(conn net.Conn, head string) time.Duration {
	defer conn.Close()
	start := time.Now()
	cut := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, conn); close(cut) }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	_, err := io.WriteString(conn, head)
	for err == nil {
		select {
		case <-cut:
			return time.Since(start)
		case <-tick.C:
			_, err = io.WriteString(conn, "a")
		}
	}
	return time.Since(start)
}

// R61: whoever has nothing to wait for holds no connection.
func idleStreams(s *Site) (o Outcome) {
	for _, from := range s.situations() {
		o.Tries++
		b := from.open()
		conn, err := s.dial(b.From)
		if err != nil {
			s.t.Fatal(err)
		}
		_, _ = conn.Write(b.Request(http.MethodGet, "/en/wait/events", "").bytes())
		_ = conn.SetReadDeadline(time.Now().Add(3 * time.Second))
		_, err = io.Copy(io.Discard, conn)
		var late net.Error
		o.Want(!errors.As(err, &late) || !late.Timeout(), "with %s the stream stays open", from.name)
		_ = conn.Close()
	}
	o.Say("each ends at once")
	return o
}

// R28: what cannot be read is refused without a word of the program, and nobody else notices.
func malformedRequests(s *Site) (o Outcome) {
	host := "Host: " + s.Address + "\r\n"
	for _, text := range []string{
		"\r\n\r\n", "\x00\x00\x00\x00\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n" + host + "\r\n",
		"GET /en/ HTTP/1.1\r\n\r\n", "GET /en/%zz HTTP/1.1\r\n" + host + "\r\n",
		"GET /en/ HTTP/1.1\r\n" + host + "A b: c\r\n\r\n", "GET /en/ HTTP/1.1\r\n" + host + "A: \x01\r\n\r\n",
		"GET en/ HTTP/1.1\r\n" + host + "\r\n", "GET /en/\x7f HTTP/1.1\r\n" + host + "\r\n",
		"POST /en/p/usagers HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
		"POST /en/p/usagers HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
		"POST /en/p/usagers HTTP/1.1\r\n" + host +
			"Content-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"POST /en/p/usagers HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
	} {
		o.Tries++
		conn, err := s.dial(s.client())
		if err != nil {
			s.t.Fatal(err)
		}
		_, _ = conn.Write([]byte(text))
		_ = conn.(*net.TCPConn).CloseWrite()
		raw, _ := io.ReadAll(conn)
		_ = conn.Close()
		answer := string(raw)
		o.Want(answer == "" || strings.HasPrefix(answer, "HTTP/1.1 4") || strings.HasPrefix(answer,
			"HTTP/1.0 4") || strings.HasPrefix(answer, "HTTP/1.1 5"), "%.40q is answered %.80q", text, answer)
		o.Want(!strings.Contains(answer, "goroutine") && !strings.Contains(answer, ".go:") && !strings.Contains(answer,
			"Server:"), "%.40q: the answer shows the program", text)
	}
	o.Want(s.Browser().Get("/en/").Status == http.StatusOK, "nobody is served any more")
	o.Want(!strings.Contains(s.Log(), "panic"), "there was a panic")
	o.Say("refused or cut off; no panic, others are served")
	return o
}

// R61: LTB reads every open reset for each page: 1 ms a page grows to 110 with 10,000 of them.
func crowdOfResets(s *Site) (o Outcome) {
	measure := func() time.Duration {
		var took []time.Duration
		for range 40 {
			o.Tries++
			b := s.Browser()
			took = append(took, b.Do(b.start(s.Nobody())).Took)
		}
		return Median(took)
	}
	few := measure()
	for range Some(5, 100) {
		var shots []Request
		for range 100 {
			shots = append(shots, s.Browser().start(s.Nobody()))
		}
		o.Tries += len(shots)
		s.Volley(shots)
	}
	s.await("the searches", func() bool { return s.Send(s.Browser().start(s.Nobody())).To() == "/en/code" })
	many := measure()
	o.Want(many < 10*few+50*time.Millisecond, "an address takes %s with %d open, and took %s with few", many, o.Tries, few)
	o.Say("%s ms with few, %s ms with %d open", milliseconds(few), milliseconds(many), o.Tries)
	return o
}

// R37: LTB took 30 s for 1,000 characters. The bound is a generous one: a second more than an ordinary one.
func costlyPasswords(s *Site) (o Outcome) {
	b := s.Verified(s.Person())
	b.Get("/en/password")
	measure := func(password string) time.Duration {
		var took []time.Duration
		for range Some(3, 15) {
			o.Tries++
			a := b.Post("/en/password", "password", password, "confirm", "Autre-Epreuve-Test")
			o.Want(a.Status == http.StatusUnprocessableEntity || a.Status == http.StatusRequestEntityTooLarge,
				"a password of %d bytes is told %s", len(password), a.Told())
			took = append(took, a.Took)
		}
		return Median(took)
	}
	ordinary := measure("Epreuve-Mouette-12345")
	worst, which := time.Duration(0), ""
	for name, password := range map[string]string{
		"256 characters": strings.Repeat("aB3-", 64), "256 digits": strings.Repeat("1234567890", 26)[:256],
		"a row of keys": strings.Repeat("azertyuiop", 26)[:256],
		"words":         strings.Repeat("motdepasse", 26)[:256], "one letter": strings.Repeat("a", 256),
		"4 KiB": strings.Repeat("aB3-", 1024), "leet": strings.Repeat("p@55w0rd", 32),
		"13 KiB": strings.Repeat("aB3-", 3328), "emoji": strings.Repeat("👩‍👩‍👧‍👦", 36), "accents": strings.Repeat("é́́́",
			40), "dates": strings.Repeat("01011970", 32), "too long for a form": strings.Repeat("a", 40<<10),
	} {
		if took := measure(password); took > worst {
			worst, which = took, name
		}
	}
	o.Want(worst < ordinary+time.Second, "the worst, %s, takes %s, an ordinary one %s", which, worst, ordinary)
	o.Say("the worst (%s) %.1f ms, %.1f times an ordinary one", which, float64(worst.Microseconds())/1000,
		float64(worst)/float64(max(ordinary, 1)))
	return o
}
