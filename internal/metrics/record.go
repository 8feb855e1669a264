package metrics

import (
	"context"

	"ssprd/internal/audit"
)

// Recorder keeps the audit record.
type Recorder interface {
	Record(ctx context.Context, e audit.Event) error
}

// Recorder is another recorder whose events are counted, once they are recorded.
func (m *Metrics) Recorder(next Recorder) Recorder { return counted{next, m} }

type counted struct {
	next Recorder
	m    *Metrics
}

func (c counted) Record(ctx context.Context, e audit.Event) error {
	err := c.next.Record(ctx, e)
	if err != nil {
		c.m.counter(auditErrors, values{}).Inc()
		return err
	}
	c.m.happened(e)
	return nil
}

// outcomes are the events that tell how a reset, or a change in it, came out.
var outcomes = map[string]string{
	audit.Changed: "changed", audit.Refused: "refused", audit.Unknown: "unknown", audit.Failed: "failed",
	audit.Exhausted: "exhausted", audit.Cancelled: "cancelled", audit.Overtaken: "overtaken",
}

// happened counts an event.
func (m *Metrics) happened(e audit.Event) {
	population, event, reason := m.population(e.Population), m.word(e.Event), ""
	if e.Reason != "" {
		reason = m.word(e.Reason)
	}
	m.counter(events, values{population, event}).Inc()
	if outcome, is := outcomes[event]; is {
		m.counter(resets, values{population, outcome}).Inc()
	}
	switch event {
	case audit.Refused, audit.Rejected, audit.Exhausted, audit.Withheld:
		m.counter(refusals, values{population, event, reason}).Inc()
		if event == audit.Withheld && reason != audit.Closed { // it names a limit that is told of nowhere else
			m.counter(limitsReached, values{population, reason}).Inc()
		}
	case audit.Limited, audit.Guessing:
		m.counter(limitsReached, values{population, reason}).Inc()
	case audit.Acted:
		m.counter(deskActs, values{population, reason}).Inc()
	case audit.ActRefused:
		m.counter(deskRefusals, values{population, reason}).Inc()
	}
}

// LimitReached counts a limit of the helpdesk, of which the record does not tell.
func (m *Metrics) LimitReached(name string) {
	m.counter(limitsReached, values{"", m.word(name)}).Inc()
}
