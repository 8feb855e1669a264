package bench_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ssprd/internal/bench"
	"ssprd/internal/dirtest"
)

func TestPercentile(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	for _, c := range []struct {
		values []float64
		p      int
		want   float64
	}{
		{nil, 50, 0}, {[]float64{7}, 99, 7}, {[]float64{3, 1, 2}, 50, 2}, {[]float64{4, 1, 2, 3}, 50, 2},
		{hundred, 50, 50}, {hundred, 95, 95}, {hundred, 99, 99}, {hundred, 100, 100}, {hundred, 0, 1},
	} {
		if got := bench.Percentile(c.values, c.p); got != c.want {
			t.Errorf("%d %% of %v: %v, want %v", c.p, c.values, got, c.want)
		}
	}
}

// The ratio is of one round: the best resets of one and the best floor of another were never side by side.
func TestPrint(t *testing.T) {
	f := bench.Figures{
		Setting: bench.Setting{People: 10_000, Replicas: 2, AtATime: 8, Kind: bench.Samba, FSync: true},
		Rounds:  []bench.Round{{Resets: 400, Floor: 1000}, {Resets: 600, Floor: 2000}, {Resets: 500, Floor: 1600}},
		Took:    []bench.Took{{Address: time.Millisecond, Whole: 20 * time.Millisecond}, {Address: 3 * time.Millisecond, Whole: 30 * time.Millisecond}},
		Spent:   bench.Counts{User: 4 * time.Millisecond, System: time.Millisecond, Searches: 6, Writes: 2, Mail: 4},
		Idle:    bench.Memory{Resident: 20_000_000, Anonymous: 8_500_000},
		Start:   []time.Duration{90 * time.Millisecond, 40 * time.Millisecond, 50 * time.Millisecond},
		Pages:   []bench.Page{{Path: "/fr/", HTML: 2000, Files: 5000}},
	}
	var out, line strings.Builder
	if err := errors.Join(f.Print(&out), bench.Table{f}.Print(&line)); err != nil {
		t.Fatal(err)
	}
	want := "10000 3 8 600 500 2000 1600 0.400 0.312 2.00+0.50 20.0 30.0 0 MB Samba AD disk sync"
	if got := strings.Join(strings.Fields(strings.SplitN(line.String(), "\n", 2)[1]), " "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	rows := map[string]string{}
	for line := range strings.Lines(out.String()) {
		if cells := strings.SplitN(strings.TrimSpace(line), "  ", 2); len(cells) == 2 {
			rows[cells[0]] = strings.Join(strings.Fields(cells[1]), " ")
		}
	}
	for name, want := range map[string]string{
		"complete resets a second":               "600 500",
		"the LDAP work alone, a second":          "2000 1600",
		"ratio of the two":                       "0.400 0.312",
		"answer to the address":                  "1.0 3.0 3.0",
		"whole reset":                            "20.0 30.0 30.0",
		"portal":                                 "2.00 0.50 2.50",
		"searches and writes in the directory":   "3.00 1.00",
		"connections to the mail server, in all": "4",
		"resident when idle, of it anonymous":    "20.0 MB 8.5 MB",
		"start to first page, median":            "50 ms",
		"/fr/":                                   "2000 5000 7000",
	} {
		if rows[name] != want {
			t.Errorf("%s: %q, want %q", name, rows[name], want)
		}
	}
}

func TestProcessorTime(t *testing.T) {
	const stat = "812 (a ) name) S 1 812 812 0 -1 4194560 100 0 0 0 150 25 7 8 20 0 9 0 5000 1 2 3\n"
	if user, system, err := bench.ProcessorTime(stat); err != nil || user != 1500*time.Millisecond || system != 250*time.Millisecond {
		t.Errorf("%v, %v, %v", user, system, err)
	}
	for _, bad := range []string{"", "812 (ssprd) S 1 2", "812 (ssprd) S 1 2 3 4 5 6 7 8 9 10 x y"} {
		if user, system, err := bench.ProcessorTime(bad); err == nil {
			t.Errorf("%q: %v, %v", bad, user, system)
		}
	}
}

func TestKilobytes(t *testing.T) {
	const status = "Name:\tssprd\nVmHWM:\t   30000 kB\nVmRSS:\t   12345 kB\nRssAnon:\t    8000 kB\n"
	for name, want := range map[string]int64{"VmRSS:": 12345 * 1024, "RssAnon:": 8000 * 1024, "RssShmem:": 0} {
		if got := bench.Kilobytes(status, name); got != want {
			t.Errorf("%s %d, want %d", name, got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	var sum bench.Counts
	before := bench.Counts{User: time.Second, System: time.Second, Load: time.Second, Searches: 10, Writes: 5, Mail: 1}
	after := bench.Counts{User: 3 * time.Second, System: 2 * time.Second, Load: 2 * time.Second, Searches: 40, Writes: 15, Mail: 3}
	sum.Add(after, before)
	sum.Add(after, before)
	if want := (bench.Counts{User: 4 * time.Second, System: 2 * time.Second, Load: 2 * time.Second, Searches: 60, Writes: 20, Mail: 4}); sum != want {
		t.Errorf("%+v, want %+v", sum, want)
	}
}

func TestDigits(t *testing.T) {
	for text, want := range map[string]string{
		"482 915 est votre code de s=C3=A9curit=C3=A9 pour le portail 2.": "482915",
		"4829 1573 is your code":              "48291573",
		"Votre code est le 482915":            "",
		"":                                    "",
		"482=C2=A0915 est votre code de test": "482915",
	} {
		if got := bench.Digits(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A password with a part of the person's name or identifier would be refused, and one that two people have would hide
// that the wrong one was changed.
func TestPasswords(t *testing.T) {
	seen := map[string]bool{}
	for i := 1; i <= 10_000; i++ {
		p := dirtest.Extra(i)
		password := bench.Password(p)
		if seen[password] {
			t.Errorf("%s twice", password)
		}
		seen[password] = true
		for _, part := range []string{p.Given, p.Surname, p.UID, p.UID[1:]} {
			if strings.Contains(strings.ToLower(password), strings.ToLower(part)) {
				t.Errorf("%s holds %s", password, part)
			}
		}
	}
}
