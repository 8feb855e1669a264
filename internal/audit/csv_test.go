package audit_test

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"ssprd/internal/audit"
)

// table reads what was written for a spreadsheet, but for the first line.
func table(t *testing.T, events ...audit.Event) (rows [][]string) {
	t.Helper()
	var out bytes.Buffer
	if err := audit.WriteCSV(&out, slices.Values(events)); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(out.String(), "\ufeff")
	if lines := strings.Count(text, "\r\n"); !marked || lines != len(events)+1 || lines != strings.Count(text, "\n") || lines != strings.Count(text, "\r") {
		t.Errorf("%q: wanted the mark of UTF-8 and %d lines, each ended by CR LF", text, len(events)+1)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// Every field of an event has its column, under its own name.
func TestCSVColumns(t *testing.T) {
	var e audit.Event
	want := [][]string{nil, nil}
	for v, i := reflect.ValueOf(&e).Elem(), 0; i < v.NumField(); i++ {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		value := "2026-11-24T09:00:00.5Z"
		if name == "time" {
			e.Time = began.Add(5e8).In(began.Local().Location())
		} else {
			value = "l'été de " + name
			v.Field(i).SetString(value)
		}
		want[0], want[1] = append(want[0], name), append(want[1], value)
	}
	var out bytes.Buffer
	if err := audit.WriteCSV(&out, slices.Values([]audit.Event{e})); err != nil {
		t.Fatal(err)
	}
	if text := "\ufeff" + strings.Join(want[0], ",") + "\r\n" + strings.Join(want[1], ",") + "\r\n"; out.String() != text {
		t.Errorf("%q\nwant %q", out.String(), text)
	}
}

// R58: no spreadsheet takes what somebody has typed for a formula.
func TestCSVFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"INC-48213":                "INC-48213",
		"a = b, +1; c":             "a = b, +1; c",
		"l'été":                    "l'été",
		`=HYPERLINK("http://x/")`:  `'=HYPERLINK("http://x/")`,
		"+33":                      "'+33",
		"-1":                       "'-1",
		"@SUM(A1)":                 "'@SUM(A1)",
		"\tx":                      "'␉x",
		"\rx":                      "'␍x",
		"\nx":                      "␊x",
		"\n=x":                     "'␊=x",
		"  =x":                     "'  =x",
		"\u00a0\u200b\ufeff\x00=x": "'\u00a0\u200b\ufeff␀=x",
		"＝x":                       "'＝x",
		"＋x":                       "'＋x",
		"－x":                       "'－x",
		"＠x":                       "'＠x",
		"INC;=x":                   "INC;'=x",
		"INC\"; \t=x;+y":           "INC\";' ␉=x;'+y",
		"a\r\n=x":                  "a␍␊=x",
		"\x1b[31m\x7f":             "␛[31m␡",
	} {
		if row := table(t, audit.Event{Note: text})[0]; row[10] != want {
			t.Errorf("%q is %q, want %q", text, row[10], want)
		}
	}
}

// FuzzCSV: no cell begins a formula, in a program that parts cells by commas or by semicolons, and no text is lost.
func FuzzCSV(f *testing.F) {
	f.Add("=1", "a\r\n;=1", "\" ,=\"")
	f.Add("'=1", "\t\t;;\r-", "\xff\u2028=")
	f.Fuzz(func(t *testing.T, account, note, reason string) {
		row := table(t, audit.Event{Time: began, Account: account, Note: note, Reason: reason})[0]
		for _, cell := range row {
			for _, part := range strings.Split(cell, ";") {
				part = strings.TrimLeftFunc(part, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) })
				if r := []rune(part + "x")[0]; strings.ContainsRune("=+-@\t\r＝＋－＠", r) {
					t.Errorf("%q begins a formula", cell)
				}
			}
		}
		// But for apostrophes and the pictures of control characters all is as it was.
		bare := func(s string) string {
			return strings.Map(func(r rune) rune {
				switch {
				case r == '\'':
					return -1
				case r >= '␀' && r <= '␟':
					return r - '␀'
				case r == '␡':
					return 0x7f
				}
				return r
			}, strings.ToValidUTF8(s, "\ufffd"))
		}
		for i, text := range map[int]string{6: account, 10: note, 11: reason} {
			if bare(row[i]) != bare(text) || strings.Count(row[i], "'") < strings.Count(text, "'") {
				t.Errorf("%q is %q", text, row[i])
			}
		}
	})
}

// A disk or a browser that is away ends it: no event more is asked for.
func TestCSVFails(t *testing.T) {
	asked := 0
	err := audit.WriteCSV(&full{room: 5000}, func(yield func(audit.Event) bool) {
		for yield(audit.Event{Note: strings.Repeat("x", 100)}) {
			if asked++; asked > 1000 {
				t.Fatal("it goes on and on")
			}
		}
	})
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Error(err)
	}
	for _, room := range []int{0, 4} {
		if err := audit.WriteCSV(&full{room: room}, slices.Values([]audit.Event{{}})); err == nil {
			t.Error("nothing is written, and nobody knows")
		}
	}
}
