package canary

import (
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"ssprd/internal/dirtest"
)

// R37, R48, R57, R58: see the package's comment.
func TestCanaries(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			w := start(t, format, "")
			for _, scene := range []func(){
				w.whole, w.typed, w.wrongFields, w.strangeRequests, w.noHTTP, w.swapped, w.resent, w.exhausted, w.cancelled, w.unknown,
				w.helped, w.wrongAgents, w.strangeAgents, w.directoryDown, w.answerLost, w.agentWithoutDirectory, w.mailDown, w.mailRefused,
				w.askedForHealth, w.quit,
			} {
				scene()
			}
			w.search()
		})
	}
}

// R28, R57: what cannot be recorded is not done, and the page that says so, and the log, tell nothing of what was typed.
func TestIncident(t *testing.T) {
	w := start(t, "text", full)
	for range 3 {
		b := w.browser().post("/fr/p/usagers", "address", w.secret("a password typed as an address", "Incident-13-"))
		b.answered(http.StatusServiceUnavailable)
	}
	w.logged("a request failed")
	w.search()
}

// search fails the test where a secret has come out.
func (w *world) search() {
	w.t.Helper()
	w.collect()
	for _, leak := range w.leaks() {
		w.t.Error(leak)
	}
	w.t.Logf("%d secrets, %d outputs", len(w.secrets), len(w.outputs))
}

// begin types an address.
func (w *world) begin(address string) *browser {
	w.t.Helper()
	return w.browser().post("/fr/p/usagers", "address", address).led("/fr/code").get("/fr/code")
}

// verified comes as far as the new password.
func (w *world) verified() (*browser, dirtest.Person) {
	w.t.Helper()
	p := w.next()
	b := w.begin(p.Mail)
	return b.post("/fr/code", "code", w.code(p, 1)).led("/fr/password").get("/fr/password"), p
}

// submit types a password twice.
func (b *browser) submit(password string) *browser {
	b.w.t.Helper()
	return b.post("/fr/password", "password", password, "confirm", password)
}

// settled waits for the end of a change.
func (b *browser) settled(at string) *browser {
	b.w.t.Helper()
	b.w.until("the end of a change", func() bool { return b.get("/fr/wait").at != "/fr/wait" })
	return b.led(at).get(at)
}

// changed tells whether a person has the password.
func (w *world) changed(p dirtest.Person, password string) {
	w.t.Helper()
	if err := w.slapd.Bind(p.DN(w.slapd.BaseDN), password); err != nil {
		w.t.Errorf("the new password of %s: %v", p.UID, err)
	}
}

// whole is a reset in which much goes wrong and at last all goes well.
func (w *world) whole() {
	p := w.next()
	b := w.begin(p.Mail)
	right := w.code(p, 1)
	b.post("/fr/code", "code", w.add(secret{what: "a wrong code", value: "9182736450"})).answered(http.StatusUnprocessableEntity)
	b.post("/fr/code", "code", right).led("/fr/password").get("/fr/password")
	b.submit(w.secret("a password without capitals and digits", strings.Repeat("long-", 60))).answered(http.StatusUnprocessableEntity)
	b.post("/fr/password", "password", w.secret("a password", "Un-1-"), "confirm", w.secret("another confirmation", "Autre-2-"))
	b.answered(http.StatusUnprocessableEntity)
	b.submit(w.secret("a password with a NUL", "Nul-3-") + "\x00").answered(http.StatusUnprocessableEntity)
	short := w.add(secret{what: "a password too short for the directory", value: "Xk7-vQ9z"})
	b.submit(short).led("/fr/password").get("/fr/password")
	used := w.add(secret{what: "the password that it was", value: dirtest.InitialPassword})
	b.submit(used).led("/fr/password").get("/fr/password")
	good := w.secret("a good password", "Bon-4-")
	if b.submit(good); b.at == "/fr/wait" {
		b.settled("/fr/done")
	}
	b.get("/fr/done").answered(http.StatusOK)
	w.changed(p, good)
	w.until("the notice of the change", func() bool {
		return strings.Contains(w.portal.Output(), "kind=changed") || strings.Contains(w.portal.Output(), `"kind":"changed"`)
	})
}

// typed are passwords that are judged while they are typed, and one that was proposed.
func (w *world) typed() {
	b, p := w.verified()
	for _, typed := range []string{"Frappe-19-", "frappe-", "Frappe-20-\x00"} {
		b.get("/fr/password").post("/fr/password/check", "form", b.forms["/fr/password"].Get("form"), "password", w.secret("a password being typed", typed))
		b.answered(http.StatusOK)
	}
	b.get("/fr/password").post("/fr/password/check", "password", w.secret("a password checked without a form", "Frappe-21-"))
	b.get("/fr/password/check?password=" + w.secret("a password in an address", "Frappe-22-"))
	_, list, _ := strings.Cut(b.get("/fr/password").page, "<li><code>")
	proposed, _, _ := strings.Cut(list, "<")
	if b.submit(proposed); b.at == "/fr/wait" {
		b.settled("/fr/done")
	}
	w.changed(p, proposed)
}

// wrongFields are passwords typed where none belongs.
func (w *world) wrongFields() {
	b, _ := w.verified()
	field := func(what string) string { return w.secret("a password typed "+what, "Champ-5-") }
	b.post("/fr/code", "code", field("as a code, too late"))
	b.post("/fr/password", "password", "", "confirm", field("as the confirmation alone"))
	b.post("/fr/password", "passwort", field("into a field that there is not"))
	b.post("/fr/cancel?password="+escaped(field("into the address of a post")), "code", field("with the cancel"))
	p := w.next()
	b = w.begin(p.Mail)
	b.post("/fr/code", "code", field("as a code"))
	b.post("/fr/account", "account", field("as an account"))
	b.post("/fr/code/resend", "code", field("with the wish for another code"))
	for _, shape := range []string{"%s", "%s@exemple.fr", "quelqu.un@%s.fr", "%s\x00"} {
		b := w.browser()
		typed := w.add(secret{what: "a password typed as an address", value: "Adresse-6-" + rand.Text()[:12], page: b})
		b.post("/fr/p/usagers", "address", fmt.Sprintf(shape, typed))
		if b.at == "/fr/code" {
			b.get("/fr/code")
		}
	}
}

// strangeRequests are requests that no page makes, each with a password in it.
func (w *world) strangeRequests() {
	b, _ := w.verified()
	odd := func(what string) string { return escaped(w.secret("a password "+what, "Requete-7-")) }
	const form = "application/x-www-form-urlencoded"
	b.get("/fr/password?password=" + odd("in a query"))
	b.get("/fr/" + odd("in a path"))
	b.get("/fr/p/" + odd("as a population"))
	b.get("/static/" + odd("as a file"))
	b.get("/fr/wait?seen=" + odd("as a version"))
	b.get("/?a=" + odd("in the query of the first address"))
	b.send("PUT", "/fr/password", form, "password="+odd("in a PUT"), nil)
	b.send("POST", "/fr/password", "application/json", `{"password":"`+odd("in JSON")+`"}`, nil)
	b.send("POST", "/fr/password", "text/plain", odd("in a plain text"), nil)
	b.send("POST", "/fr/password", form, "password="+odd("before a wrong escape")+"&confirm=%zz", nil)
	b.send("POST", "/fr/password", form, "password="+odd("twice")+"&password="+odd("and once more"), nil)
	b.send("POST", "/fr/password", form, "password="+odd("at the head of too much")+strings.Repeat("a", 40<<10), nil)
	b.send("POST", "/fr/password?a;b="+odd("after a semicolon"), form, "", nil)
	for _, name := range []string{"Host", "Origin", "Referer", "User-Agent", "X-Forwarded-For", "Accept-Language", "Authorization", "Last-Event-Id"} {
		method := http.MethodGet
		if name == "Origin" {
			method = http.MethodPost
		}
		value := odd("in the header " + name)
		if name == "Host" {
			value = w.add(secret{what: "a password as the host", value: "hote-8-" + "k2v9x4q7m1"}) + ".example"
		}
		b.send(method, "/fr/", form, "", http.Header{name: {value}})
	}
	b.send("GET", "/fr/code", "", "", http.Header{"Cookie": {cookieName + "=" + odd("as a session")}})
	b.send("POST", "/fr/code", form, "code=1", http.Header{"Cookie": {"other=" + odd("in another cookie") + "; " + cookieName + "=" + odd("as a session")}})
}

func escaped(text string) string {
	return strings.NewReplacer("%", "%25", "é", "%C3%A9", "<", "%3C", ">", "%3E", "&", "%26").Replace(text)
}

// noHTTP is what no HTTP server understands, with a password in it.
func (w *world) noHTTP() {
	for i, text := range []string{"GET /%s HTTP/9.9\r\n\r\n", "%s\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", "GET / HTTP/1.1\r\nHost: %s y\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nX-Long: %s" + strings.Repeat("a", 64<<10) + "\r\n\r\n", "POST /fr/code HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\n\r\n"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(conn, text, w.secret("a password in no HTTP", "Octets-9-"))
		answer, _ := io.ReadAll(conn) // it may be cut
		w.put(output{what: fmt.Sprintf("the answer to no HTTP, %d", i), content: answer})
		_ = conn.Close()
	}
}

// swapped is one visitor's code typed by another.
func (w *world) swapped() {
	p, q := w.next(), w.next()
	first, second := w.begin(p.Mail), w.begin(q.Mail)
	first.post("/fr/code", "code", w.code(q, 1)).answered(http.StatusUnprocessableEntity)
	second.post("/fr/code", "code", w.code(p, 1)).answered(http.StatusUnprocessableEntity)
}

// resent is a code that another has replaced.
func (w *world) resent() {
	p := w.next()
	b := w.begin(p.Mail)
	former := w.code(p, 1)
	w.until("another code", func() bool { return b.post("/fr/code/resend").at == "/fr/code?new" })
	w.code(p, 2)
	b.get("/fr/code").post("/fr/code", "code", former).answered(http.StatusUnprocessableEntity)
	b.post("/fr/code", "code", w.code(p, 2)).led("/fr/password")
}

// exhausted is a reset of wrong codes alone.
func (w *world) exhausted() {
	p := w.next()
	b := w.begin(p.Mail)
	w.code(p, 1)
	for i := range 5 {
		b.post("/fr/code", "code", w.add(secret{what: "a wrong code", value: fmt.Sprintf("70318649%02d", 3*i+11)}))
	}
	b.led("/fr/ended").get("/fr/ended")
}

// cancelled is a reset that its visitor ends after the right code.
func (w *world) cancelled() {
	b, _ := w.verified()
	b.post("/fr/cancel").led("/fr/ended").get("/fr/ended")
}

// unknown are addresses of nobody, or of somebody who cannot be reset: only who typed them may see them again (R58).
func (w *world) unknown() {
	for _, typed := range []string{"inconnue.qjx.7243@exemple.fr", "inconnu-qjx-7244", "qjx.7245+étoile@exemple.fr", "QJX.7246@EXEMPLE.FR"} {
		b := w.browser()
		w.add(secret{what: "an address of nobody", value: typed, page: b})
		b.post("/fr/p/usagers", "address", typed).led("/fr/code").get("/fr/code")
		b.post("/fr/code", "code", w.add(secret{what: "a wrong code", value: "5550123987"})).answered(http.StatusUnprocessableEntity)
		b.post("/fr/code/resend")
	}
}

// directoryDown is a change while no server is there, and a code asked for meanwhile.
func (w *world) directoryDown() {
	b, p := w.verified()
	password := w.secret("a password for a directory that is down", "Panne-10-")
	w.slapd.Stop()
	q := w.next()
	waiting := w.begin(q.Mail)
	b.submit(password)
	if b.at == "/fr/wait" {
		b.settled("/fr/password")
	}
	b.get("/fr/password")
	w.logged("a change could not be made")
	if err := w.slapd.Restart(); err != nil {
		w.t.Fatal(err)
	}
	waiting.post("/fr/code", "code", w.code(q, 1)).led("/fr/password")
	w.until("the change", func() bool {
		if b.get("/fr/password").status == http.StatusOK {
			b.submit(password)
		}
		return b.get("/fr/done").status == http.StatusOK
	})
	w.changed(p, password)
}

// answerLost is a change of which the directory's answer never comes.
func (w *world) answerLost() {
	b, p := w.verified()
	password := w.secret("a password whose answer is lost", "Perdu-11-")
	w.proxy.LoseAnswerTo(2) // the entry is read, then written
	if b.submit(password); b.at == "/fr/wait" {
		b.settled("/fr/done")
	}
	w.logged("the answer to a change was lost")
	w.changed(p, password)
}

// mailDown is a code asked for while the mail server is down.
func (w *world) mailDown() {
	w.sink.Stop()
	p := w.next()
	b := w.begin(p.Mail)
	w.logged("mail not sent yet")
	w.sink.Restart()
	b.post("/fr/code", "code", w.code(p, 1)).led("/fr/password")
}

// mailRefused is a code that the mail server refuses: its answer repeats the address. Of the code nothing is ever seen.
func (w *world) mailRefused() {
	w.sink.FailNext(550)
	p := w.next()
	w.add(secret{what: "an address that the mail server refuses", value: p.Mail, page: w.begin(p.Mail)})
	w.logged("mail dropped")
}

// askedForHealth asks the operations' listener for all that it might say.
func (w *world) askedForHealth() {
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/debug/vars", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap"} {
		answer, err := http.Get("http://" + w.operations + path)
		if err != nil {
			w.t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			w.t.Fatal(err)
		}
		if path == "/metrics" && !strings.Contains(string(text), `ssprd_resets_total{population="usagers",outcome="changed"} `) {
			w.t.Errorf("%s tells nothing of resets: %s", path, answer.Status)
		}
		w.put(output{what: "the operations' answer to " + path, content: text})
	}
}

// quit has the program write the stacks of all goroutines, of which one has a password to write.
func (w *world) quit() {
	w.noCores()
	b, _ := w.verified()
	if err := w.slapd.Pause(); err != nil {
		w.t.Fatal(err)
	}
	w.knocking()
	b.submit(w.secret("a password that is being written", "Pile-12-")).led("/fr/wait")
	b.get("/fr/wait")
	if err := w.portal.Signal(syscall.SIGQUIT); err != nil {
		w.t.Fatal(err)
	}
	<-w.portal.Exited()
	if out := w.portal.Output(); !strings.Contains(out, "SIGQUIT") || !strings.Contains(out, ".SetPassword(") || !strings.Contains(out, ".SignIn(") {
		w.t.Errorf("the stacks do not show a password being written, and an agent signing in:\n%s", out)
	}
}

// noCores looks for the limit of a dump of the process, which would have everything in it.
func (w *world) noCores() {
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", w.portal.Pid()))
	if err != nil {
		w.t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(limits), "Max core file size")
	if fields := strings.Fields(line); len(fields) < 2 || fields[0] != "0" || fields[1] != "0" {
		w.t.Errorf("cores are allowed: %.60s", line)
	}
}
