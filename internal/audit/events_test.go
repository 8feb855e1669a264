package audit_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/audit"
)

// R58: docs/audit.md tells of every event and every field, and of no others.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([a-z]+(?:\\.[a-z]+)?)` \\|").FindAllStringSubmatch(string(text), -1) {
		told = append(told, match[1])
	}
	var fields []string
	for _, match := range regexp.MustCompile(`json:"([a-z]+)`).FindAllStringSubmatch(source(t), -1) {
		fields = append(fields, match[1])
	}
	want := slices.Concat(fields, audit.Events())
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("docs/audit.md tells of %q\nand there are %q", told, want)
	}
}

// source is the file that has the type of a line.
func source(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("audit.go")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// R58: whatever stands in an event, it is one line, and reads again as it was.
func FuzzRecord(f *testing.F) {
	f.Add("usagers", "192.0.2.1", "code-wrong")
	f.Add("a\r\n{\"event\":\"account.reopened\"}", "\x1b[31m", "\u2028\u2029\x00")
	f.Add("\xc1\x9f", "", "")
	f.Fuzz(func(t *testing.T, population, client, reason string) {
		var out bytes.Buffer
		e := audit.Event{Event: audit.Started, Population: population, Client: client, Reason: reason}
		if err := audit.To(&out).Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		lines := 0
		for scanner := bufio.NewScanner(strings.NewReader(out.String())); scanner.Scan(); lines++ {
			var read audit.Event
			if err := json.Unmarshal(scanner.Bytes(), &read); err != nil || read.Event != audit.Started {
				t.Fatalf("%q: %v", scanner.Text(), err)
			}
			if want := string([]rune(population)); read.Population != want {
				t.Errorf("%q reads as %q", population, read.Population)
			}
		}
		if lines != 1 || strings.ContainsFunc(strings.TrimSuffix(out.String(), "\n"), func(r rune) bool { return r < ' ' || r == '\u2028' }) {
			t.Errorf("%d lines: %q", lines, out.String())
		}
	})
}

// full is a file on a disk that has room for so many bytes; a disk that is emptied has endless room.
type full struct {
	bytes.Buffer
	room int
}

const endless = 1 << 30

func (f *full) Write(b []byte) (int, error) {
	n := min(len(b), f.room)
	_, _ = f.Buffer.Write(b[:n])
	if f.room -= n; n < len(b) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

// R58: half a line does not take the next one with it.
func TestTornLine(t *testing.T) {
	disk := &full{room: 30}
	r := audit.To(disk)
	if err := r.Record(t.Context(), audit.Event{Event: audit.Started}); err == nil || r.Health(t.Context()) == nil {
		t.Fatal("half a line, and no error")
	}
	disk.room = endless
	if err := r.Record(t.Context(), audit.Event{Event: audit.Changed}); err != nil || r.Health(t.Context()) != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(disk.String()), "\n")
	var e audit.Event
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &e); err != nil || e.Event != audit.Changed || len(lines) != 2 {
		t.Errorf("%q: %v", lines, err)
	}
}

// R62: a record that can be written again is known to be so before anything is to be written: nobody may come before.
func TestHealthOfTheRecord(t *testing.T) {
	disk := &full{room: 30}
	r := audit.To(disk)
	if err := r.Record(t.Context(), audit.Event{Event: audit.Started}); err == nil || r.Health(t.Context()) == nil {
		t.Fatal("the disk is full, and nobody knows")
	}
	disk.room = endless
	if err := r.Health(t.Context()); err != nil {
		t.Error(err)
	}
	before := disk.Len()
	if err := r.Health(t.Context()); err != nil || disk.Len() != before {
		t.Errorf("%d more bytes are written while all is well, %v", disk.Len()-before, err)
	}
	if err := r.Record(t.Context(), audit.Event{Event: audit.Changed}); err != nil {
		t.Error(err)
	}
	if lines := strings.Split(strings.TrimSpace(disk.String()), "\n"); len(lines) != 2 {
		t.Errorf("%q", lines)
	}
}

// BenchmarkRecord is one event, into a file.
func BenchmarkRecord(b *testing.B) {
	r, err := audit.Open(filepath.Join(b.TempDir(), "audit.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	e := audit.Event{Event: audit.Changed, Ref: "K7204-QXAB9", Population: "usagers", Subject: "ad2d85df3ca05b9f",
		Account: "5f2b6c1e-0f6d-4c8e-9a53-0d9c1c5a7e11", Client: "192.0.2.1", Server: "ldaps://dc1.example.org"}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Record(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		b.Error(err)
	}
}
