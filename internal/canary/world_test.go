package canary

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
)

// world is the portal and its surroundings.
type world struct {
	t *testing.T
	ledger
	slapd      *dirtest.Slapd
	proxy      *dirtest.Proxy
	sink       *mailtest.Sink
	portal     *portaltest.Portal
	url        string
	desk       string // the helpdesk's
	operations string
	client     *http.Client
	files      map[string]string // what the program writes, by name
	answers    int               // that were taken down
	agents     int               // of the helpdesk, made so far
	people     int               // of whom this many have had their turn
}

// people are enough for every scene.
const people = 20

// full is a file in which there is never any room.
const full = "/dev/full"

// start starts a portal with that format of the log, whose audit record is that file, or one of its own.
func start(t *testing.T, format, audit string) *world {
	t.Helper()
	w := &world{t: t, ledger: ledger{secrets: map[string]secret{}}}
	w.slapd = dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 12, InHistory: 3, Extra: people})
	w.proxy = dirtest.StartProxy(t, w.slapd.URL)
	w.sink = mailtest.Start(t, mailtest.TLS("127.0.0.1"), mailtest.Auth("ssprd", w.secret("the mail server's password", "Courrier-")))
	w.environment(format, audit)
	w.furnish()
	through := *w.slapd
	through.URL = w.proxy.URL()
	desk := portaltest.FreeAddress(t)
	w.desk = "http://" + desk
	region := portaltest.Region{
		Slapd: &through, Mail: w.sink, Address: portaltest.FreeAddress(t),
		More: portaltest.FarLimits(t) + "code: {digits: 10, resend_after: 1s}\n" + // ten digits are nothing else by chance
			fmt.Sprintf(deskConfig, desk, agentsBase, agents),
	}
	w.url = region.URL()
	w.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.portal = portaltest.Serve(t, w.url, region.Config(t))
	return w
}

// environment sets what the region's configuration leaves open, and takes down the secrets in it.
func (w *world) environment(format, audit string) {
	w.t.Helper()
	dir := w.t.TempDir()
	w.files = map[string]string{"the audit record": filepath.Join(dir, "audit.jsonl"), "the state file": filepath.Join(dir, "state.db")}
	if audit != "" {
		w.setenv("AUDIT_FILE", audit)
		delete(w.files, "the audit record")
	} else {
		w.setenv("AUDIT_FILE", w.files["the audit record"])
	}
	w.operations = portaltest.FreeAddress(w.t)
	password, err := w.slapd.ServicePassword()
	if err != nil {
		w.t.Fatal(err)
	}
	w.add(secret{what: "the service account's password", value: password})
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	for what, text := range map[string]string{"in hexadecimal": hex.EncodeToString(key), "in base64": base64.StdEncoding.EncodeToString(key), "as it is": string(key)} {
		w.add(secret{what: "the key of the state " + what, value: text})
	}
	w.setenv("STATE_KEY_FILE", w.written(dir, "state.key", hex.EncodeToString(key)))
	w.setenv("MAIL_PASSWORD_FILE", w.written(dir, "mail.password", w.valueOf("the mail server's password")))
	w.setenv("MAIL_USERNAME", "ssprd")
	w.setenv("MAIL_CA_FILE", w.sink.Config().CAFile)
	w.setenv("STATE_URL", "file:"+w.files["the state file"])
	w.setenv("SERVER_OPERATIONS", w.operations)
	w.setenv("LOG_LEVEL", "debug")
	w.setenv("LOG_FORMAT", format)
}

func (w *world) setenv(name, value string) { w.t.Setenv("SSPRD_"+name, value) }

func (w *world) written(dir, name, content string) string {
	w.t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// secret draws one that nobody else has, and takes it down. All of them keep the rules for passwords.
func (w *world) secret(what, prefix string) string {
	return w.add(secret{what: what, value: prefix + "é<7>&" + rand.Text()[:12] + "x"})
}

func (w *world) valueOf(what string) string {
	for _, s := range w.secrets {
		if s.what == what {
			return s.value
		}
	}
	w.t.Fatalf("there is no %s", what)
	return ""
}

// next is somebody whom no scene has used yet.
func (w *world) next() dirtest.Person {
	w.people++
	return dirtest.Extra(w.people)
}

var codeInMail = regexp.MustCompile(`[0-9](\s?[0-9]){9}`)

// code waits for the n-th code mailed to a person, and takes it down.
func (w *world) code(p dirtest.Person, n int) string {
	w.t.Helper()
	var codes []string
	w.until(fmt.Sprintf("code %d to %s", n, p.Mail), func() bool {
		codes = nil
		for _, m := range w.sink.Messages() {
			line, _, _ := strings.Cut(m.Text, "\n")
			if code := codeInMail.FindString(line); code != "" && strings.EqualFold(m.To[0], p.Mail) {
				codes = append(codes, string(dense([]byte(code))))
			}
		}
		return len(codes) >= n
	})
	return w.add(secret{what: "a code", value: codes[n-1], mail: p.Mail})
}

// until waits for something.
func (w *world) until(what string, there func() bool) {
	w.t.Helper()
	deadline, again := time.After(child.Patience), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for !there() {
		select {
		case <-again.C:
		case <-deadline:
			w.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// logged waits until the program has said something.
func (w *world) logged(text string) {
	w.t.Helper()
	w.until("the log to say "+text, func() bool { return strings.Contains(w.portal.Output(), text) })
}

// collect takes down what has come out by the end.
func (w *world) collect() {
	w.t.Helper()
	w.put(output{what: "what the program wrote", content: []byte(w.portal.Output())})
	for name, path := range w.files {
		content, err := os.ReadFile(path)
		if err != nil || len(content) == 0 {
			w.t.Errorf("%s: %d bytes, %v", name, len(content), err)
		}
		w.put(output{what: name, content: content})
	}
	for _, m := range w.sink.Messages() {
		for _, text := range [][]byte{[]byte(m.Raw), dense([]byte(m.Text)), dense([]byte(m.HTML))} {
			w.put(output{what: "a mail to " + m.To[0], content: text, mail: m.To[0]})
		}
	}
}
