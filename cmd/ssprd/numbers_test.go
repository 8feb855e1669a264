package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/config"
	"ssprd/internal/reference"
)

// R58: what a visitor asks for has one number in the log and in the record, also where it is done long after the answer: by the
// search, the write, the mails. No client chooses it.
func TestOneNumber(t *testing.T) {
	log := &lines{}
	var file string
	w := openWorldLogging(t, slog.New(reference.Log(slog.NewJSONHandler(log, nil))), func(c *config.Config) { file = c.Audit.File })
	v := w.come(t, "usagers", people[0], "password")
	form := url.Values{"password": {"Cerisier-Tramway-84-Lune"}, "confirm": {"Cerisier-Tramway-84-Lune"}}
	maps.Copy(form, v.hidden)
	const chosen = "chosen-by-a-client"
	w.ask(t, stranger, "POST", request{method: "POST", target: "/fr/password", cookie: v.cookie, contentType: formType, body: []byte(form.Encode()),
		header: []string{"X-Request-ID", chosen, "Traceparent", chosen, "X-Correlation-ID", chosen}}.bytes())

	mails := func() (sent []map[string]any) {
		for line := range bytes.Lines([]byte(log.String())) {
			var l map[string]any
			if err := json.Unmarshal(line, &l); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			if l["msg"] == "mail sent" {
				sent = append(sent, l)
			}
		}
		return sent
	}
	for began := time.Now(); len(mails()) < 2; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatalf("no two mails were sent: %s", log)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(raw) + log.String(); strings.Contains(text, chosen) {
		t.Errorf("what a client sends stands in the log or the record: %s", text)
	}
	of := map[string]audit.Event{}
	for line := range bytes.Lines(raw) {
		var e audit.Event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if _, is := reference.Parse(e.Request); !is {
			t.Errorf("an event has no number of a request: %s", line)
		}
		of[e.Event] = e
	}
	for _, same := range [][]string{{audit.Started, audit.CodeSent}, {audit.Typed, audit.Accepted}, {audit.Writing, audit.Changed}} {
		if first, second := of[same[0]], of[same[1]]; first.Request != second.Request || first.Ref != second.Ref {
			t.Errorf("%+v\nand %+v", first, second)
		}
	}
	if of[audit.Started].Request == of[audit.Typed].Request || of[audit.Typed].Request == of[audit.Writing].Request {
		t.Errorf("several requests have one number: %+v", of)
	}
	for kind, cause := range map[string]audit.Event{"code": of[audit.CodeSent], "changed": of[audit.Changed]} {
		found := false
		for _, l := range mails() {
			found = found || l["kind"] == kind && l["request"] == cause.Request && l["ref"] == cause.Ref
		}
		if !found {
			t.Errorf("the log does not tell by the numbers of %+v that its mail was sent: %s", cause, log)
		}
	}
}
