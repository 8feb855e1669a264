package breached_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/breached"
)

// passwords are n of the tests.
func passwords(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("Test-Password-%d", i)
	}
	return all
}

// list is a list of the passwords, in upper case and with counts, each line ended by LF.
func list(passwords []string) string {
	lines := make([]string, len(passwords))
	for i, p := range passwords {
		lines[i] = fmt.Sprintf("%X:%d\n", sha1.Sum([]byte(p)), i*i%5000+1)
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "breached.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, path string) *breached.List {
	t.Helper()
	l, err := breached.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// R33: every password of a list is found in it, the first and the last too, and no other, however its lines are written.
func TestContains(t *testing.T) {
	for _, n := range []int{1, 2, 3, 200, 1000} {
		in := passwords(n)
		text := list(in)
		for name, text := range map[string]string{
			"as it is shipped": text,
			"CRLF":             strings.ReplaceAll(text, "\n", "\r\n"),
			"no final newline": strings.TrimSuffix(text, "\n"),
			"no final CRLF":    strings.TrimSuffix(strings.ReplaceAll(text, "\n", "\r\n"), "\r\n"),
			"lower case":       strings.ToLower(text),
			"no counts":        withoutCounts(text),
			"huge counts":      strings.ReplaceAll(text, ":", ":9999999999999999"),
			"lines twice":      twice(text),
		} {
			t.Run(fmt.Sprintf("%d %s", n, name), func(t *testing.T) {
				l := open(t, write(t, text))
				for i, p := range in {
					has(t, l, p, true)
					if i%5 == 0 {
						has(t, l, p+"!", false)
						has(t, l, fmt.Sprintf("Other-%d", i), false)
					}
				}
				has(t, l, "", false)
				has(t, l, strings.ToLower(in[0]), false)
			})
		}
	}
}

// twice is the list with each line twice, as one made of several may have.
func twice(text string) string {
	var s strings.Builder
	for line := range strings.Lines(text) {
		s.WriteString(line + line)
	}
	return s.String()
}

func withoutCounts(text string) string {
	var s strings.Builder
	for line := range strings.Lines(text) {
		s.WriteString(line[:40] + "\n")
	}
	return s.String()
}

func has(t *testing.T, l *breached.List, password string, want bool) {
	t.Helper()
	if got, err := l.Contains(password); err != nil || got != want {
		t.Errorf("%q: %v %v, want %v", password, got, err, want)
	}
}

// The digest is that of the bytes as they were typed: Have I Been Pwned's own digest of a word without and with accents.
func TestDigestOfTheBytes(t *testing.T) {
	l := open(t, write(t, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:52256179\n"))
	has(t, l, "password", true)
	const composed, apart = "\u00e9t\u00e9", "e\u0301te\u0301"
	l = open(t, write(t, list([]string{composed})))
	has(t, l, composed, true)
	has(t, l, apart, false)
}

// Each mistake is told at the start, with its line, and with what to do.
func TestMistakes(t *testing.T) {
	good := list(passwords(5000))
	lines := strings.SplitAfter(good, "\n")
	lines = lines[:len(lines)-1]
	middle := func(line string) string {
		changed := slices.Clone(lines)
		changed[2499] = line
		return strings.Join(changed, "")
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "it is empty: wanted the list of SHA-1 digests"},
		"other text":         {"soleil\nmotdepasse\n", "line 1: it is not of 40 hexadecimal digits"},
		"a packed file":      {"7z\xbc\xaf\x27\x1c" + strings.Repeat("\x00\x80\xff", 9000), "line 1: it is not of 40 hexadecimal digits"},
		"a mark before it":   {"\ufeff" + good, "line 1: it begins with a byte-order mark"},
		"UTF-16":             {"5\x00B\x00A\x00", "line 1: it is not of 40"},
		"UTF-16 by its mark": {"\xff\xfe5\x00B\x00A\x00", "line 1: it begins with a byte-order mark"},
		"NTLM":               {"00000011059407D743D40689940F858C:6\n", "line 1: it has 32 hexadecimal digits, so this is the list of NTLM digests"},
		"a word in it":       {middle("soleil\n"), "line 2500: it is not of 40"},
		"no digit":           {middle("G" + lines[2499][1:]), "line 2500: it is not of 40"},
		"no count":           {middle(lines[2499][:41] + "\n"), "line 2500: it is not of 40"},
		"no number":          {middle(lines[2499][:41] + "-1\n"), "line 2500: it is not of 40"},
		"a long line":        {middle(lines[2499][:41] + strings.Repeat("1", 100) + "\n"), "line 2500: it is not of 40"},
		"no end of lines":    {strings.ReplaceAll(good, "\n", ""), "line 1: it is not of 40"},
		"an empty line":      {middle(lines[2499] + "\n"), "line 2501: it is blank: remove it"},
		"an empty last":      {good + "\n", "line 5001: it is blank: remove it"},
		"an empty last CRLF": {strings.ReplaceAll(good, "\n", "\r\n") + "\r\n", "line 5001: it is blank: remove it"},
		"zeros at the end":   {good + strings.Repeat("\x00", 9000), "line 5001: it is not of 40"},
		"unsorted":           {middle(lines[2500] + lines[2499]), "line 2501: its digest is not in order"},
		"by how often":       {lines[4000] + lines[7] + lines[2000], "line 2: its digest is not in order"},
		"two in a row":       {good + good, "line 5001: its digest is not in order"},
		"cut in a digest":    {strings.TrimSuffix(good, lines[4999][30:]), "line 5000: it is incomplete, so the file was cut off: fetch it again"},
		"cut at the colon":   {strings.TrimSuffix(good, lines[4999][41:]), "line 5000: it is incomplete"},
		"cut at a line":      {strings.Join(lines[:4900], ""), "it has about 4900 digests and none above "},
		"the beginning cut":  {strings.Join(lines[100:], ""), "it has about 4900 digests and none below "},
		"a hole":             {strings.Join(lines[:2000], "") + strings.Join(lines[3750:], ""), "line 2001: of about 3250 digests none is between "},
		"a small hole":       {strings.Join(lines[:2000], "") + strings.Join(lines[2100:], ""), "line 2001: of about 4900 digests none is between "},
		"two holes":          {strings.Join(lines[:100], "") + strings.Join(lines[200:3000], "") + strings.Join(lines[3200:], ""), "line 2901: of about 4700"},
		"a part twice":       {strings.Join(lines[:2000], "") + strings.Join(lines[1000:], ""), "line 2001: its digest is not in order"},
		"a part of the API":  {strings.Join(lines[:60], ""), "so a part of it is missing: fetch it again"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := breached.Open(write(t, c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "soleil") {
				t.Errorf("what may be a secret is repeated: %v", err)
			}
		})
	}
}

// What is no file at all.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "it cannot be read: no such file or directory",
		dir:                        "it is a folder: wanted the list of SHA-1 digests ordered by hash, as one file and unpacked",
		os.DevNull:                 "it is not a file: wanted",
	} {
		if err := breached.Check(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if err := breached.Check(write(t, list(passwords(10)))); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

// A list of which a small part happens to be missing, or that is small, is none that was cut.
func TestNoFalseAlarm(t *testing.T) {
	lines := strings.SplitAfter(list(passwords(5000)), "\n")
	for _, text := range []string{strings.Join(lines[:4990], ""), strings.Join(lines[10:], ""), strings.Join(lines[:2500], "") + strings.Join(lines[2510:], ""),
		lines[0], lines[2500], lines[4999], lines[0] + lines[4999], lines[0] + strings.Repeat(lines[2500], 5000) + lines[4999], twice(twice(twice(strings.Join(lines[:4992], ""))))} {
		if err := breached.Check(write(t, text)); err != nil {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
	for seed := range 200 { // of many small lists none is told of
		in := make([]string, 60)
		for i := range in {
			in[i] = fmt.Sprint(seed, i)
		}
		if err := breached.Check(write(t, list(in))); err != nil {
			t.Errorf("%d: %v", seed, err)
		}
	}
}

// Nor is a large one, of which only parts are read: chance makes its gaps, and digests may be there many times.
func TestNoFalseAlarmOfLargeLists(t *testing.T) {
	const n = 1_600_000 // too many to be read whole
	random := rand.New(rand.NewPCG(1, 2))
	for name, often := range map[string]func(i int) int{ // how often the digest drawn as number i is there
		"once each":        func(int) int { return 1 },
		"ten times each":   func(int) int { return 10 },
		"one in most":      func(i int) int { return 1 + max(0, 1-i)*n*7/10 },
		"as people choose": func(i int) int { return 1 + n/20/(i+1) },
	} {
		var ranks []float64
		for i := 0; len(ranks) < n; i++ {
			ranks = append(ranks, slices.Repeat([]float64{random.Float64()}, often(i))...)
		}
		slices.Sort(ranks)
		m := &made{n: n, rank: func(i int64) float64 { return ranks[i] }, alike: true}
		if err := breached.In(m, m.size()).Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What goes wrong once the list is open is an error, and never a no.
func TestChangedWhileOpen(t *testing.T) {
	in := passwords(1000)
	good := list(in)
	for name, text := range map[string]string{
		"cut short": good[:20_000], "emptied": "", "other text": strings.Repeat("soleil\n", len(good)/7+1),
		"zeros": strings.Repeat("\x00", len(good)),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, good)
			l := open(t, path)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil { // the same file, written over
				t.Fatal(err)
			}
			for _, p := range []string{in[0], in[999], "Other"} {
				if found, err := l.Contains(p); err == nil && !found {
					t.Errorf("%q is said not to be in the list", p)
				}
			}
		})
	}
	path := write(t, good)
	l := open(t, path)
	if err := os.Rename(write(t, list([]string{"Other"})), path); err != nil {
		t.Fatal(err)
	}
	has(t, l, in[0], true) // the list that was opened, until the next start
	has(t, l, "Other", false)
}

// An error of the disk comes out as it is.
func TestUnreadable(t *testing.T) {
	errDisk := errors.New("input/output error")
	l := breached.In(failing{errDisk}, 1<<30)
	if _, err := l.Contains("x"); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	if err := l.Check(); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// made is a list of n lines that is made as it is read. Each line has lineSize bytes.
type made struct {
	n     int64
	rank  func(i int64) float64 // where the digest of line i stands, from 0 to 1
	alike bool                  // lines of the same rank are the same
	reads int
}

const lineSize = 44

func (m *made) size() int64 { return m.n * lineSize }

func (m *made) digest(i int64) (d [sha1.Size]byte) {
	binary.BigEndian.PutUint64(d[:], uint64(m.rank(i)*(1<<64)))
	if !m.alike {
		binary.BigEndian.PutUint64(d[12:], uint64(i))
	}
	return d
}

// ReadAt takes half of the time of these tests, ten times as long under the race detector, which has nothing to find in it.
//
//go:norace
func (m *made) ReadAt(p []byte, off int64) (int, error) {
	m.reads++
	const digits = "0123456789abcdef"
	first := off / lineSize
	text := make([]byte, 0, len(p)+2*lineSize)
	for i := first; i < m.n && i*lineSize < off+int64(len(p)); i++ {
		for _, b := range m.digest(i) {
			text = append(text, digits[b>>4], digits[b&15])
		}
		text = append(text, ":47\n"...)
	}
	n := copy(p, text[off-first*lineSize:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// R37: a search reads few blocks of a list of the size of the real one, and a bounded number of one that is none. What
// chance makes of a billion even digests is imitated: they stand some ten thousand lines from where they ought to, and of
// a thousand lines from one that is known, some thirty.
func TestReads(t *testing.T) {
	const n = 1_000_000_000
	wave := func(i int64) float64 {
		x := float64(i) / n
		away := 0.0
		for octave := range 20 {
			away += math.Sin(2*math.Pi*x*float64(int(1)<<octave)) / math.Sqrt(float64(int(1)<<octave))
		}
		return x + away/math.Sqrt(n)/2
	}
	for name, c := range map[string]struct {
		rank func(i int64) float64
		most int
	}{
		"even":            {wave, 5},
		"crowded at zero": {func(i int64) float64 { return math.Pow(float64(i)/n, 9) / 2 }, 40},
		"two crowds":      {func(i int64) float64 { return float64(i/(n/2))*0.9 + float64(i)/n/1e6 }, 40},
		"all alike":       {func(int64) float64 { return 0.5 }, 40},
	} {
		t.Run(name, func(t *testing.T) {
			m := &made{n: n, rank: c.rank}
			l, most, total := breached.In(m, m.size()), 0, 0
			for i := range 100 {
				for _, there := range []bool{true, false} {
					m.reads = 0
					d := m.digest(int64(i) * (n - 1) / 99)
					if !there {
						d[10] ^= 1
					}
					if found, err := l.Find(d); err != nil || found != there {
						t.Fatalf("%X: %v %v", d, found, err)
					}
					most, total = max(most, m.reads), total+m.reads
				}
			}
			t.Logf("%d reads at most, %.1f on average", most, float64(total)/200)
			if most > c.most {
				t.Errorf("%d reads, want %d at most", most, c.most)
			}
		})
	}
}

// A list that is out of order where nobody looked at the start is an error once a search meets it.
func TestOutOfOrderWhileSearching(t *testing.T) {
	const n, run = 10_000_000, 100_000
	m := &made{n: n, rank: func(i int64) float64 { // in order for many lines, and these stretches backwards
		return float64(n-i/run*run-run+i%run) / n
	}}
	l := breached.In(m, m.size())
	for i := int64(run + run/3); i < n; i += n / 20 {
		if found, err := l.Find(m.digest(i)); !found && err == nil {
			t.Errorf("line %d is said not to be in the list", i)
		}
	}
}

// A large list is not read whole at the start: mistakes that are all over it, and at its ends, are found by their byte.
func TestLargeList(t *testing.T) {
	const n = 1_000_000_000
	even := func(i int64) float64 { return float64(i) / n }
	m := &made{n: n, rank: even}
	if err := breached.In(m, m.size()).Check(); err != nil || m.reads > 3000 {
		t.Errorf("%v after %d reads", err, m.reads)
	}
	for name, c := range map[string]struct {
		rank func(i int64) float64
		size int64
		want string
	}{
		"unsorted":       {func(i int64) float64 { return math.Mod(even(i)*7, 1) }, m.size(), "its digest is not in order"},
		"cut in a line":  {even, m.size() - lineSize/2, "the line at byte 43999999956: it is incomplete"},
		"cut at a line":  {func(i int64) float64 { return even(i) * 0.999 }, m.size(), "it has about 1000000000 digests and none above FFBE76C4…"},
		"a hole":         {func(i int64) float64 { return even(i)*0.65 + 0.35*float64(i/(n/2)) }, m.size(), "between 5328CC80… and this one are too few digests, so a part of the list is missing"},
		"a small hole":   {func(i int64) float64 { return even(i)*0.999 + 0.001*float64(min(1, i/(n/3))) }, m.size(), "so a part of the list is missing"},
		"many holes":     {func(i int64) float64 { return (even(i) + float64(i/1000*1000)/n) / 2 * 1.0000005 }, m.size(), "of about 1000000000 digests none is between "},
		"a part twice":   {func(i int64) float64 { return (even(i) - 0.2*float64(i/(n/2))) / 0.8 }, m.size(), "its digest is not in order"},
		"begins too far": {func(i int64) float64 { return 0.001 + even(i)*0.999 }, m.size(), "none below 00418937…"},
	} {
		m := &made{n: n, rank: c.rank}
		if err := breached.In(m, c.size).Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Whatever the file is, it is opened or refused, and a search ends.
func FuzzOpen(f *testing.F) {
	good := list(passwords(400))
	for _, text := range []string{"", "\n", good, good[:1000], good[1000:], strings.ToLower(good), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8", strings.Repeat("\x00", 20_000)} {
		f.Add([]byte(text), "Test-Password-7")
	}
	f.Fuzz(func(t *testing.T, text []byte, password string) {
		l := breached.In(bytes.NewReader(text), int64(len(text)))
		checked := l.Check()
		found, err := l.Contains(password) // unchecked as well
		d := sha1.Sum([]byte(password))
		inText := bytes.Contains(bytes.ToUpper(text), []byte(strings.ToUpper(hex.EncodeToString(d[:]))))
		if checked == nil && (err != nil || found != inText) {
			t.Errorf("a good list: %v %v, and it is in the text: %v", found, err, inText)
		}
		if found && !inText {
			t.Error("it is found where it is not")
		}
	})
}

func BenchmarkContains(b *testing.B) {
	l := open(b, write(b, list(passwords(1_000_000)))) // 44 MB
	for i := 0; b.Loop(); i++ {
		if _, err := l.Contains(fmt.Sprintf("Test-Password-%d", i)); err != nil {
			b.Fatal(err)
		}
	}
}
