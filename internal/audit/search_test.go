package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/audit"
)

var began = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// line is an event as it stands in the file.
func line(t testing.TB, e audit.Event) string {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + "\n"
}

func fileOf(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// search gives the references of what is found.
func search(t testing.TB, path string, q audit.Query) (refs []string) {
	t.Helper()
	err := audit.Search(t.Context(), path, q, func(e audit.Event) bool {
		refs = append(refs, e.Ref)
		return true
	})
	if err != nil {
		t.Errorf("%+v: %v", q, err)
	}
	return refs
}

// R54, R58: what is asked for is found, the newest first, and nothing of another population.
func TestSearch(t *testing.T) {
	var text strings.Builder
	for i, e := range []audit.Event{
		{Event: audit.Started, Ref: "0", Population: "usagers", Subject: "5ab", Client: "192.0.2.1"},
		{Event: audit.Changed, Ref: "1", Population: "usagers", Account: "<c&m>", Server: "dc1"},
		{Event: audit.Acted, Ref: "2", Population: "elus", Account: "xaver", Agent: "alex", Note: "Rappelée à l'ÉTÉ, INC-48213", Reason: "unlock"},
		{Event: audit.AgentSignedIn, Ref: "3", Agent: "alex", Client: "192.0.2.10"},
		{Event: audit.Reopened, Ref: "4", Account: "xaver"},
		{Event: audit.ActRefused, Ref: "5", Population: "usagers", Account: "alex", Agent: "xa", Note: "alex", Reason: "self"},
		{Event: "desk", Ref: "6", Population: "usagers"},
	} {
		e.Time = began.Add(time.Duration(i) * time.Minute)
		text.WriteString(line(t, e))
	}
	path := fileOf(t, text.String())
	at := func(minute int) time.Time { return began.Add(time.Duration(minute) * time.Minute) }
	for name, tt := range map[string]struct {
		q    audit.Query
		want string
	}{
		"everything":            {audit.Query{}, "6543210"},
		"one population":        {audit.Query{Populations: []string{"usagers"}}, "65310"},
		"two":                   {audit.Query{Populations: []string{"usagers", "elus"}}, "653210"},
		"none":                  {audit.Query{Populations: []string{}}, "3"},
		"of no name":            {audit.Query{Populations: []string{""}}, "3"},
		"an event":              {audit.Query{Event: audit.Started}, "0"},
		"an event, not a part":  {audit.Query{Event: "desk"}, "6"},
		"a beginning":           {audit.Query{Event: "desk."}, "52"},
		"no beginning":          {audit.Query{Event: "des."}, ""},
		"account":               {audit.Query{Account: "xaver"}, "42"},
		"account, not a part":   {audit.Query{Account: "xa"}, ""},
		"account with signs":    {audit.Query{Account: "<c&m>"}, "1"},
		"agent":                 {audit.Query{Agent: "alex"}, "32"},
		"ref":                   {audit.Query{Ref: "4"}, "4"},
		"client":                {audit.Query{Client: "192.0.2.1"}, "0"},
		"text in any case":      {audit.Query{Text: "rappelÉe À l'été"}, "2"},
		"text, part of a note":  {audit.Query{Text: "inc-482"}, "2"},
		"text, an agent":        {audit.Query{Text: "alex"}, "532"},
		"text, a subject":       {audit.Query{Text: "5ab"}, "0"},
		"text, a client":        {audit.Query{Text: "192.0.2.10"}, "3"},
		"text, an account":      {audit.Query{Text: "xaver"}, "42"},
		"text, a ref":           {audit.Query{Text: "6"}, "6"},
		"text, not a reason":    {audit.Query{Text: "unlock"}, ""},
		"from":                  {audit.Query{From: at(4)}, "654"},
		"to":                    {audit.Query{To: at(2)}, "10"},
		"from, to":              {audit.Query{From: at(2), To: at(4)}, "32"},
		"to, within the second": {audit.Query{From: at(2), To: at(2).Add(1)}, "2"},
		"from, another zone":    {audit.Query{From: at(5).In(time.FixedZone("", 7200)), To: at(6).In(time.FixedZone("", -7200))}, "5"},
		"all at once":           {audit.Query{[]string{"elus"}, "desk.", "xaver", "alex", "2", "", "INC", at(0), at(9)}, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(search(t, path, tt.q), ""); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	var two []string
	err := audit.Search(t.Context(), path, audit.Query{}, func(e audit.Event) bool {
		two = append(two, e.Ref)
		return len(two) < 2
	})
	if err != nil || !slices.Equal(two, []string{"6", "5"}) {
		t.Errorf("%q, %v: want two, and no more", two, err)
	}
}

// Whatever the lines' lengths, wherever blocks of the file begin: all is found that is short enough, and nothing else.
func TestSearchLengths(t *testing.T) {
	const block, longest = 256 << 10, 64 << 10
	lengths := []int{longest - 1, longest, longest + 1, block - 1, block, block + 1, block + longest, block + longest + 1, 3 * block}
	r := rand.New(rand.NewPCG(1, 2))
	for range 6 {
		var text strings.Builder
		var want []string
		for i := range r.IntN(40) {
			e := audit.Event{Event: audit.Acted, Ref: fmt.Sprint(i)}
			length := 200
			switch r.IntN(3) {
			case 0:
				length = lengths[r.IntN(len(lengths))]
			case 1:
				length = 200 + r.IntN(longest)
			}
			e.Note = strings.Repeat("x", length-len(line(t, e))-len(`,"note":""`)+1)
			if text.WriteString(line(t, e)); length <= longest {
				want = append(want, e.Ref)
			}
			text.WriteString(strings.Repeat("\n", r.IntN(2)*r.IntN(3)))
		}
		slices.Reverse(want)
		if got := search(t, fileOf(t, text.String()), audit.Query{}); !slices.Equal(got, want) {
			t.Fatalf("%q\nwant %q", got, want)
		}
	}
}

// What a full disk, a crash or a stranger to the file left in it takes no event with it.
func TestSearchAmongScraps(t *testing.T) {
	one, two := line(t, audit.Event{Time: began, Event: audit.Started, Ref: "1"}), line(t, audit.Event{Time: began, Event: audit.Changed, Ref: "2"})
	for name, text := range map[string]string{
		"half a line":        one + one[:20] + "\n" + two,
		"half at the end":    one + two + one[:len(one)-2],
		"half at the start":  one[20:] + one + two,
		"no end":             one + strings.TrimSuffix(two, "\n"),
		"no event":           one + "null\n{}\n[1]\n7\n{\"event\":3}\n" + two,
		"a hole":             one + strings.Repeat("\x00", 1<<20) + "\n" + two,
		"a long one":         one + two[:len(two)-1] + strings.Repeat(" ", 3*256<<10) + "\n" + two,
		"an old no event":    one + "{\"time\":\"1970-01-01T00:00:00Z\"}\n{\"time\":\"0 is no time, but is written so\n" + two,
		"only ends of lines": "\n\n\n" + one + "\n" + two + "\n\n",
	} {
		for _, q := range []audit.Query{{}, {From: began}} {
			if got := search(t, fileOf(t, text), q); !slices.Equal(got, []string{"2", "1"}) {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
	if got := search(t, fileOf(t, ""), audit.Query{}); len(got) != 0 {
		t.Errorf("an empty file: %q", got)
	}
}

// A search looks no further back than it must, and yet finds what was written while the clock was some minutes off.
func TestSearchEnds(t *testing.T) {
	at := func(ref string, d time.Duration) string {
		return line(t, audit.Event{Event: audit.Started, Ref: ref, Account: "a", Time: began.Add(d)})
	}
	path := fileOf(t, at("beyond", 0)+at("old", -2*time.Hour)+at("1", 20*time.Minute)+at("set back", -10*time.Minute)+at("2", 0)+at("3", time.Minute))
	for _, q := range []audit.Query{{From: began}, {From: began, Account: "a"}} {
		if got := search(t, path, q); !slices.Equal(got, []string{"3", "2", "1"}) {
			t.Errorf("%q", got)
		}
	}
	if got := search(t, path, audit.Query{From: began, Account: "nobody"}); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// What is written while a search is under way is not its business, nor is it that the file is rotated.
func TestSearchWhileTheFileGrows(t *testing.T) {
	var text strings.Builder
	for i := range 5000 {
		text.WriteString(line(t, audit.Event{Event: audit.Started, Ref: fmt.Sprint(i), Note: strings.Repeat("x", 100)}))
	}
	path := fileOf(t, text.String())
	record, err := audit.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = audit.Search(t.Context(), path, audit.Query{}, func(e audit.Event) bool {
		if n++; e.Ref != fmt.Sprint(5000-n) {
			t.Fatalf("%q is the %dth from the end", e.Ref, n)
		}
		if err := record.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if n == 100 {
			if err := os.Rename(path, path+".1"); err != nil {
				t.Fatal(err)
			}
		}
		return true
	})
	if err != nil || n != 5000 {
		t.Errorf("%d of 5000: %v", n, err)
	}
	if err := record.Close(); err != nil {
		t.Error(err)
	}
}

// A search that did not come to its end does not look like one that did.
func TestSearchFails(t *testing.T) {
	text := strings.Repeat(line(t, audit.Event{Event: audit.Started, Note: strings.Repeat("x", 1000)}), 2000)
	path := fileOf(t, text)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := audit.Search(ctx, path, audit.Query{}, func(audit.Event) bool {
		if n++; n == 3 {
			cancel()
		}
		return true
	})
	if !errors.Is(err, context.Canceled) || n != 3 {
		t.Errorf("cancelled after the third: %d, %v", n, err)
	}
	if err := audit.Search(ctx, path, audit.Query{Ref: "nothing"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, and nothing to be found: %v", err)
	}
	err = audit.Search(t.Context(), path, audit.Query{}, func(audit.Event) bool {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		return true
	})
	if err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("a file that is cut: %v", err)
	}
	if err := audit.Search(t.Context(), path+".0", audit.Query{}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := audit.Search(t.Context(), t.TempDir(), audit.Query{}, nil); err == nil {
		t.Error("a folder is searched")
	}
}

// FuzzSearch compares a search with reading the whole file, whatever stands in it.
func FuzzSearch(f *testing.F) {
	f.Add([]byte(line(f, audit.Event{Event: audit.Acted, Account: "a<", Note: "É"})+"{\n"), "a<", "é", "desk.")
	f.Add([]byte("{\"time\":\"2026-11-24T09:00:00Z\",\"event\":\"x\"}\r\n\n{}"), "", "", "x")
	f.Fuzz(func(t *testing.T, text []byte, account, note, event string) {
		valid := func(s string) string { return string([]rune(s)) } // what is not is another text once it is in the file
		account, note, event = valid(account), valid(note), valid(event)
		e := audit.Event{Time: began, Event: event, Account: account, Note: note, Agent: account}
		text = append(append(text, '\n'), line(t, e)...)
		var want []string
		for l := range bytes.Lines(text) {
			var e audit.Event
			if json.Unmarshal(l, &e) == nil && e.Event != "" {
				want = append(want, fmt.Sprint(e))
			}
		}
		slices.Reverse(want)
		path := fileOf(t, string(text))
		var got []string
		if err := audit.Search(t.Context(), path, audit.Query{}, func(e audit.Event) bool {
			got = append(got, fmt.Sprint(e))
			return true
		}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q\nwant %q, %v", got, want, err)
		}
		if event == "" {
			return
		}
		for _, q := range []audit.Query{{Account: account}, {Agent: account}, {Text: note}, {Text: account}, {Event: event}} {
			found := false
			if err := audit.Search(t.Context(), path, q, func(f audit.Event) bool {
				found = found || f.Account == account && f.Note == note
				return true
			}); err != nil || !found {
				t.Errorf("%+v is not found by %+v, %v", e, q, err)
			}
		}
	})
}

// BenchmarkSearch goes through 100 MB.
func BenchmarkSearch(b *testing.B) {
	path := filepath.Join(b.TempDir(), "audit.jsonl")
	var text bytes.Buffer
	for i := 0; text.Len() < 100e6; i++ {
		e := audit.Event{Time: began.Add(time.Duration(i) * time.Second), Event: audit.Events()[i%20], Ref: fmt.Sprintf("%016x", i/8), Population: "usagers",
			Subject: fmt.Sprintf("%016x", i/9), Account: fmt.Sprintf("6f1d2c3e-0000-4000-8000-%012d", i/8%50000), Client: fmt.Sprintf("192.0.2.%d", i%255)}
		if i%20 == 0 {
			e.Agent, e.Note = "b2a1", "the person called, INC-48213"
		}
		text.WriteString(line(b, e))
	}
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	for name, q := range map[string]audit.Query{
		"account":    {Account: "nobody"},
		"text":       {Text: "INC-4821X"},
		"population": {Populations: []string{"elus"}},
		"an hour":    {To: began.Add(time.Hour)},
		"everything": {},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := audit.Search(b.Context(), path, q, func(audit.Event) bool { return true }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
