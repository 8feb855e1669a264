// Package metrics counts and measures for Prometheus what the rest of the program does. No other package knows the library:
// they write the audit record, of which most counters come, and tell an Observer of their own what took how long.
//
// The values of labels come from the configuration, or are words of the program: never what somebody has typed, and nothing
// of a person (R18, R57). Whatever else may come is counted as « other », so that there is never more than a bounded number of
// series.
//
//	families.go  the metrics: their names, labels and meanings
//	record.go    what is counted of the audit record
//	servers.go   directories, the mail server, the state
//	now.go       what is measured when it is asked for
package metrics

import (
	"reflect"
	"strings"
	"sync"

	"github.com/VictoriaMetrics/metrics"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/limit"
	"ssprd/internal/mail"
)

// Metrics are those of one process: they go on counting when another configuration is taken. Its methods may be called by many
// goroutines at once.
type Metrics struct {
	set   *metrics.Set
	known map[string]bool // words that may be the value of a label
	codes []string        // by which directories refuse

	mu          sync.RWMutex
	populations map[string]bool // of the configurations so far
	counters    map[series]*metrics.Counter
	histograms  map[series]*metrics.PrometheusHistogram
}

// series is a family with one value of each of its labels.
type series struct {
	family *Family
	values values
}

// values are those of a family's labels, in their order.
type values [3]string

// New makes metrics in which nothing has happened. codes are the words by which directories refuse.
func New(codes []string) *Metrics {
	m := &Metrics{
		set: metrics.NewSet(), codes: codes, known: map[string]bool{}, populations: map[string]bool{"": true},
		counters: map[series]*metrics.Counter{}, histograms: map[series]*metrics.PrometheusHistogram{},
	}
	metrics.ExposeMetadata(true) // else the types of metrics are not told, and Prometheus guesses
	m.know(codes, audit.Events(), limitNames(), desk.LimitNames())
	m.know(words(desk.Rights()), words(desk.Refusals()), []string{"nobody", "unknown"})
	m.know(words(ofCodes))
	m.counter(auditErrors, values{})
	return m
}

// ofCodes are the reasons of codes that were rejected.
var ofCodes = []flow.Reason{flow.CodeWrong, flow.CodeReplaced, flow.TooManyTries}

func (m *Metrics) know(all ...[]string) {
	for _, list := range all {
		for _, word := range list {
			m.known[word] = true
		}
	}
}

func words[T ~string](all []T) (texts []string) {
	for _, word := range all {
		texts = append(texts, string(word))
	}
	return texts
}

// limitNames are the limits of the configuration.
func limitNames() (names []string) {
	for field := range reflect.TypeFor[limit.Config]().Fields() {
		names = append(names, field.Tag.Get("mapstructure"))
	}
	return names
}

// Expect names the populations that have a reset, and tells whether there is a helpdesk. What may happen there is told as 0
// until it does: Prometheus sees no increase from nothing to one.
func (m *Metrics) Expect(populations []string, helpdesk bool) {
	m.mu.Lock()
	for _, name := range populations {
		m.populations[name] = true
	}
	m.mu.Unlock()
	for _, name := range populations {
		m.expectResets(name)
		if helpdesk {
			m.expectHelpdesk(name)
		}
	}
	if helpdesk {
		m.expectHelpdesk("")
		for _, name := range desk.LimitNames() {
			m.counter(limitsReached, values{"", name})
		}
	}
}

// ExpectMail names the mail server, HOST:PORT.
func (m *Metrics) ExpectMail(server string) {
	for _, kind := range []flow.MailKind{flow.CodeMail, flow.HeldMail, flow.ChangedMail, flow.AssistedMail, flow.HelpedMail, flow.AgentMail} {
		for _, outcome := range mail.Outcomes() {
			m.counter(mails, values{string(kind), string(outcome)})
		}
	}
	m.histogram(smtpDuration, values{server})
	m.counter(smtpErrors, values{server})
}

func (m *Metrics) expectResets(population string) {
	for _, event := range audit.Events() {
		if !ofHelpdesk(event) {
			m.counter(events, values{population, event})
		}
	}
	for event := range outcomes {
		m.counter(resets, values{population, outcomes[event]})
	}
	for _, name := range limitNames() {
		m.counter(limitsReached, values{population, name})
	}
	for _, code := range m.codes {
		m.counter(refusals, values{population, audit.Refused, code})
	}
}

// expectHelpdesk does so for a population, and with none for what agents do before they are at one.
func (m *Metrics) expectHelpdesk(population string) {
	for _, event := range audit.Events() {
		if ofHelpdesk(event) && strings.HasPrefix(event, "agent.") == (population == "") {
			m.counter(events, values{population, event})
		}
	}
	if population == "" {
		return
	}
	for _, act := range desk.Acts() {
		m.counter(deskActs, values{population, string(act)})
	}
	for _, why := range desk.Refusals() {
		m.counter(deskRefusals, values{population, string(why)})
	}
}

func ofHelpdesk(event string) bool {
	return strings.HasPrefix(event, "agent.") || strings.HasPrefix(event, "desk.")
}

// other stands for a text that is no word of the program's.
const other = "other"

// word is a text that may stand in a label.
func (m *Metrics) word(text string) string {
	if m.known[text] {
		return text
	}
	return other
}

// population is the name of one of the configuration's.
func (m *Metrics) population(name string) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.populations[name] {
		return name
	}
	return other
}

func (m *Metrics) counter(f *Family, v values) *metrics.Counter {
	return find(m, m.counters, series{f, v}, m.set.GetOrCreateCounter)
}

func (m *Metrics) histogram(f *Family, v values) *metrics.PrometheusHistogram {
	return find(m, m.histograms, series{f, v}, func(name string) *metrics.PrometheusHistogram {
		return m.set.GetOrCreatePrometheusHistogramExt(name, f.buckets)
	})
}

// find is the series of that name: the library would have the name written anew each time it is counted.
func find[T any](m *Metrics, all map[series]T, s series, create func(name string) T) T {
	m.mu.RLock()
	found, ok := all[s]
	m.mu.RUnlock()
	if ok {
		return found
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	all[s] = create(s.family.series(s.values))
	return all[s]
}
