package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/cputest"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/locale"
	"ssprd/internal/mail"
	"ssprd/internal/metrics"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

// willing records everything, or nothing.
type willing struct{ err error }

func (w willing) Record(context.Context, audit.Event) error { return w.err }

// counting are metrics of a portal with two populations, a helpdesk and two servers.
func counting() *metrics.Metrics {
	m := metrics.New(locale.Codes())
	m.Expect([]string{"usagers", "elus"}, true)
	m.ExpectMail("mail.example:465")
	m.Directory("region", []string{"ldaps://a:636", "ldaps://b:636"})
	m.Store(state.NewMemory())
	return m
}

// exposed is what is told: the value of each series, by its name with its labels. Each line has to be one of the format.
func exposed(t *testing.T, m *metrics.Metrics) (series map[string]string, kinds map[string]string) {
	t.Helper()
	var b bytes.Buffer
	now := metrics.Now{
		Version: "1.2.3", GoVersion: "go1.26", Ready: map[string]bool{"state": true, "directory region": false}, Mails: 3,
		Load: flow.Load{Searches: map[string]int{"usagers": 2}, Changes: 1}, Following: map[string]map[string]int{"region": {"ldaps://b:636": 4}},
	}
	if err := m.Write(&b, now); err != nil {
		t.Fatal(err)
	}
	series, kinds = map[string]string{}, map[string]string{}
	for line := range strings.Lines(b.String()) {
		switch line = strings.TrimSuffix(line, "\n"); {
		case strings.HasPrefix(line, "# TYPE "):
			name, kind, _ := strings.Cut(line[len("# TYPE "):], " ")
			if kinds[name] != "" {
				t.Errorf("the type of %s is told twice", name)
			}
			kinds[name] = kind
		case strings.HasPrefix(line, "# HELP "):
			if !strings.HasSuffix(line, ".") {
				t.Errorf("no help: %s", line)
			}
		default:
			i := strings.LastIndexByte(line, ' ')
			if !seriesForm.MatchString(line[:max(i, 0)]) {
				t.Fatalf("it is no series: %q", line)
			}
			if _, twice := series[line[:i]]; twice {
				t.Errorf("twice: %s", line)
			}
			series[line[:i]] = line[i+1:]
		}
	}
	return series, kinds
}

var seriesForm = regexp.MustCompile(`^[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})?$`)

// wants compares some series, in the form `name{…} value`.
func wants(t *testing.T, m *metrics.Metrics, all ...string) {
	t.Helper()
	series, _ := exposed(t, m)
	for _, one := range all {
		i := strings.LastIndexByte(one, ' ')
		if got := series[one[:i]]; got != one[i+1:] {
			t.Errorf("%s is %q, want %s", one[:i], got, one[i+1:])
		}
	}
}

// Every step, outcome and refusal is counted where it belongs, once it is recorded; what cannot be recorded is counted as that.
func TestRecorder(t *testing.T) {
	m := counting()
	happen := func(e audit.Event) {
		t.Helper()
		if err := m.Recorder(willing{}).Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, m, `ssprd_resets_total{population="usagers",outcome="changed"} 0`, `ssprd_limits_reached_total{population="elus",limit="starts_in_all"} 0`,
		`ssprd_limits_reached_total{population="",limit="agent_codes"} 0`, `ssprd_events_total{population="",event="agent.denied"} 0`)
	for _, event := range []string{audit.Started, audit.CodeSent, audit.Typed, audit.Accepted, audit.Writing, audit.Changed} {
		happen(audit.Event{Event: event, Population: "usagers"})
		wants(t, m, `ssprd_events_total{population="usagers",event="`+event+`"} 1`)
	}
	happen(audit.Event{Event: audit.Refused, Population: "usagers", Reason: "PWD_IN_HISTORY"})
	happen(audit.Event{Event: audit.Rejected, Population: "usagers", Reason: "code-wrong"})
	happen(audit.Event{Event: audit.Withheld, Population: "usagers", Reason: "mails_per_account"})
	happen(audit.Event{Event: audit.Withheld, Population: "usagers", Reason: audit.Closed})
	happen(audit.Event{Event: audit.Limited, Population: "elus", Reason: "starts_in_all"})
	happen(audit.Event{Event: audit.Guessing, Population: "elus", Reason: "failures_per_population"})
	happen(audit.Event{Event: audit.Acted, Population: "elus", Reason: "unlock"})
	happen(audit.Event{Event: audit.ActRefused, Population: "elus", Reason: "too-often"})
	m.LimitReached("acts_per_agent")
	full := errors.New("no space left on device")
	if err := m.Recorder(willing{full}).Record(t.Context(), audit.Event{Event: audit.Started, Population: "elus"}); !errors.Is(err, full) {
		t.Errorf("what could not be recorded: %v", err)
	}
	wants(t, m,
		`ssprd_resets_total{population="usagers",outcome="changed"} 1`,
		`ssprd_resets_total{population="usagers",outcome="refused"} 1`,
		`ssprd_refusals_total{population="usagers",event="password.refused",reason="PWD_IN_HISTORY"} 1`,
		`ssprd_refusals_total{population="usagers",event="code.rejected",reason="code-wrong"} 1`,
		`ssprd_refusals_total{population="usagers",event="code.withheld",reason="mails_per_account"} 1`,
		`ssprd_refusals_total{population="usagers",event="code.withheld",reason="account.closed"} 1`,
		`ssprd_limits_reached_total{population="usagers",limit="mails_per_account"} 1`,
		`ssprd_limits_reached_total{population="elus",limit="starts_in_all"} 1`,
		`ssprd_limits_reached_total{population="elus",limit="failures_per_population"} 1`,
		`ssprd_limits_reached_total{population="",limit="acts_per_agent"} 1`,
		`ssprd_desk_acts_total{population="elus",act="unlock"} 1`,
		`ssprd_desk_refusals_total{population="elus",reason="too-often"} 1`,
		`ssprd_audit_errors_total 1`,
		`ssprd_events_total{population="elus",event="reset.started"} 0`)
}

// R18, R57: what is no word of the program and no name of the configuration stands in no label, whatever there is of it.
func TestLabelsAreBounded(t *testing.T) {
	m := counting()
	for _, event := range audit.Events() { // all that may come is there
		for _, reason := range slices.Concat([]string{""}, locale.Codes(), desk.LimitNames(), []string{"other one"}) {
			for _, population := range []string{"", "usagers", "elus", "other one"} {
				_ = m.Recorder(willing{}).Record(t.Context(), audit.Event{Event: event, Population: population, Reason: reason})
			}
		}
	}
	before, _ := exposed(t, m)
	for i := range 100 {
		text := fmt.Sprintf("camille.%d@exemple.fr", i)
		for _, event := range append(audit.Events(), text) {
			_ = m.Recorder(willing{}).Record(t.Context(), audit.Event{Event: event, Population: text, Reason: text, Subject: text, Account: text,
				Client: text, Agent: text, Note: text, Ref: text, Server: text})
		}
		m.LimitReached(text)
	}
	after, _ := exposed(t, m)
	for name := range after {
		if strings.Contains(name, "camille") {
			t.Errorf("it stands in %s", name)
		}
	}
	if more := len(after) - len(before); more > 3 { // of an event and a limit that there are not
		t.Errorf("%d series more", more)
	}
}

// A name of the configuration may have any character.
func TestLabelsAreEscaped(t *testing.T) {
	m := metrics.New(nil)
	name := "a\"b\\c\nd é"
	m.Expect([]string{name}, false)
	_ = m.Recorder(willing{}).Record(t.Context(), audit.Event{Event: audit.Started, Population: name})
	wants(t, m, `ssprd_events_total{population="a\"b\\c\nd é",event="reset.started"} 1`)
}

// Durations and failures of servers are kept apart by server.
func TestServers(t *testing.T) {
	m := counting()
	d := m.Directory("region", []string{"ldaps://a:636"})
	d.Answered("ldaps://a:636", ldapx.Searching, 30*time.Millisecond, false)
	d.Answered("ldaps://a:636", ldapx.Writing, 3*time.Second, true)
	d.Reached("ldaps://b:636", 2*time.Second, true)
	d.Reached("ldaps://b:636", time.Minute, false)
	m.Mail().Attempted("mail.example:465", 200*time.Millisecond, true)
	m.Mail().Settled(flow.CodeMail, mail.Sent)
	wants(t, m,
		`ssprd_ldap_duration_seconds_bucket{directory="region",server="ldaps://a:636",operation="search",le="0.025"} 0`,
		`ssprd_ldap_duration_seconds_bucket{directory="region",server="ldaps://a:636",operation="search",le="0.05"} 1`,
		`ssprd_ldap_duration_seconds_count{directory="region",server="ldaps://b:636",operation="search"} 0`,
		`ssprd_ldap_errors_total{directory="region",server="ldaps://a:636",operation="search"} 0`,
		`ssprd_ldap_errors_total{directory="region",server="ldaps://a:636",operation="write"} 1`,
		`ssprd_replica_delay_seconds_sum{directory="region",server="ldaps://b:636"} 2`,
		`ssprd_replica_delay_seconds_count{directory="region",server="ldaps://b:636"} 1`,
		`ssprd_replica_missed_total{directory="region",server="ldaps://b:636"} 1`,
		`ssprd_smtp_duration_seconds_count{server="mail.example:465"} 1`,
		`ssprd_smtp_errors_total{server="mail.example:465"} 1`,
		`ssprd_mails_total{kind="code",outcome="sent"} 1`,
		`ssprd_mails_total{kind="code",outcome="refused"} 0`)
}

// What is measured when it is asked for.
func TestNow(t *testing.T) {
	m := counting()
	wants(t, m, `ssprd_ready{part="state"} 1`, `ssprd_ready{part="directory region"} 0`, `ssprd_mail_queue_messages 3`,
		`ssprd_searches_waiting{population="usagers"} 2`, `ssprd_changes_running 1`, `ssprd_changes_followed 0`,
		`ssprd_replica_changes_waiting{directory="region",server="ldaps://b:636"} 4`, `ssprd_build_info{version="1.2.3",goversion="go1.26"} 1`)
	series, _ := exposed(t, m)
	for _, name := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes", "process_start_time_seconds", "process_cpu_seconds_total",
		"process_resident_memory_bytes", "process_open_fds"} {
		if v := series[name]; v == "" || strings.HasPrefix(v, "-") || v == "0" {
			t.Errorf("%s is %q", name, v)
		}
	}
}

// A store that is measured keeps to the contract.
func TestStore(t *testing.T) {
	statetest.Run(t, func(*testing.T) state.Store { return metrics.New(nil).Store(state.NewMemory()) })
}

// broken is a store that is away.
type broken struct{ state.Store }

var errAway = errors.New("connection refused")

func (broken) Get(context.Context, string) (state.Record, error) { return state.Record{}, errAway }
func (broken) Update(_ context.Context, _ string, f func([]byte) (state.Record, error)) error {
	_, _ = f(nil)
	return errAway
}
func (broken) Sync(context.Context) error { return errAway }

// That there is nothing, that a change is not wanted, or that nobody waits any more, is no failure of the store.
func TestStoreErrors(t *testing.T) {
	refuse := func([]byte) (state.Record, error) { return state.Record{}, errors.New("the limit is spent") }
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	use := func(s state.Store) {
		_, _ = s.Get(t.Context(), "key")
		_, _ = s.Get(gone, "key")
		_ = s.Update(t.Context(), "key", refuse)
		_ = s.Sync(t.Context())
	}
	m := metrics.New(nil)
	use(m.Store(state.NewMemory()))
	wants(t, m, `ssprd_state_errors_total{operation="get"} 0`, `ssprd_state_errors_total{operation="update"} 0`,
		`ssprd_state_errors_total{operation="sync"} 0`, `ssprd_state_duration_seconds_count{operation="update"} 1`)
	use(m.Store(broken{state.NewMemory()}))
	wants(t, m, `ssprd_state_errors_total{operation="get"} 2`, `ssprd_state_errors_total{operation="update"} 1`, `ssprd_state_errors_total{operation="sync"} 1`)
}

// Every family is told with its type, and with its labels, no others, from the start.
func TestFamilies(t *testing.T) {
	m := counting()
	series, kinds := exposed(t, m)
	labels := map[string][]string{}
	for name := range series {
		family, rest, _ := strings.Cut(name, "{")
		for _, end := range []string{"_bucket", "_sum", "_count"} {
			if base, cut := strings.CutSuffix(family, end); cut && kinds[base] == "histogram" {
				family = base
			}
		}
		var of []string
		for _, found := range regexp.MustCompile(`(?:^|",)([a-z]+)=`).FindAllStringSubmatch(rest, -1) {
			if found[1] != "le" {
				of = append(of, found[1])
			}
		}
		if before, known := labels[family]; known && !slices.Equal(before, of) {
			t.Errorf("%s has the labels %q and %q", family, before, of)
		}
		labels[family] = of
	}
	for _, f := range metrics.Families() {
		if kinds[f.Name] != f.Kind || !slices.Equal(labels[f.Name], f.Labels) {
			t.Errorf("%s is told as a %s of %q, want a %s of %q", f.Name, kinds[f.Name], labels[f.Name], f.Kind, f.Labels)
		}
		delete(kinds, f.Name)
		for _, label := range f.Labels {
			if !slices.Contains(allowed, label) {
				t.Errorf("%s has the label %s", f.Name, label)
			}
		}
	}
	if len(kinds) > 0 {
		t.Errorf("told, and no family: %v", kinds)
	}
}

// allowed are the labels that there may be: their values come from the configuration, or are words of the program.
var allowed = []string{"act", "directory", "event", "goversion", "kind", "limit", "operation", "outcome", "part", "population", "reason", "server", "version"}

// docs/metrics.md has a line for each family, in order, with its kind, labels and meaning. What is wanted is printed whole.
func TestDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, f := range metrics.Families() {
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s |\n", f.Name, f.Kind, strings.Join(f.Labels, ", "), f.Help)
	}
	_, got, _ := strings.Cut(string(document), "| metric | kind | labels | what it is |\n| --- | --- | --- | --- |\n")
	got, _, _ = strings.Cut(got, "\n\n")
	if got+"\n" != want.String() {
		t.Errorf("docs/metrics.md is to have this table:\n%s", &want)
	}
	named := regexp.MustCompile(`\b(?:ssprd|go|process)_[a-z_]+`)
	for _, name := range named.FindAllString(strings.ReplaceAll(string(document), got, ""), -1) {
		if !isFamily(name) {
			t.Errorf("docs/metrics.md speaks of %s, which there is not", name)
		}
	}
}

// isFamily tells whether a name of a query is one of a family, or of what a histogram is told by.
func isFamily(name string) bool {
	return slices.ContainsFunc(metrics.Families(), func(f *metrics.Family) bool {
		return name == f.Name || f.Kind == "histogram" && (name == f.Name+"_bucket" || name == f.Name+"_sum" || name == f.Name+"_count")
	})
}

// BenchmarkReset is what counting and measuring one complete reset costs, as much of it as a reset asks: to be compared with the
// processor time of a reset that BenchmarkResets measures.
func BenchmarkReset(b *testing.B) {
	m := counting()
	record, d, post := m.Recorder(willing{}), m.Directory("region", []string{"ldaps://a:636", "ldaps://b:636"}), m.Mail()
	store := m.Store(idle{})
	ctx := b.Context()
	nothing := func([]byte) (state.Record, error) { return state.Record{}, nil }
	b.ReportAllocs()
	before := cputest.Used(b)
	for b.Loop() {
		for _, event := range []string{audit.Started, audit.CodeSent, audit.Typed, audit.Accepted, audit.Writing, audit.Changed} {
			_ = record.Record(ctx, audit.Event{Event: event, Population: "usagers"})
		}
		for range 60 { // more than a reset with its session reads and changes
			_ = store.Update(ctx, "key", nothing)
		}
		for range 6 {
			began := time.Now()
			d.Answered("ldaps://a:636", ldapx.Searching, time.Since(began), false)
		}
		d.Reached("ldaps://b:636", time.Second, true)
		for range 2 {
			post.Attempted("mail.example:465", time.Second, false)
			post.Settled(flow.CodeMail, mail.Sent)
		}
	}
	b.ReportMetric((cputest.Used(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/reset")
}

// idle is a store that does nothing.
type idle struct{ state.Store }

func (idle) Update(_ context.Context, _ string, f func([]byte) (state.Record, error)) error {
	_, err := f(nil)
	return err
}
