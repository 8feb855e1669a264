package main

import (
	"context"
	"net/http"

	"ssprd/internal/config"
	"ssprd/internal/metrics"
)

// metrics tells what was counted since the start, and how things stand with the parts that answer now.
func (o *operations) metrics(w http.ResponseWriter, r *http.Request) {
	p, _, done := o.hold()
	defer done()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_ = p.metrics.Write(w, p.measured(r.Context())) // whoever asked has gone
}

// measured is how things stand.
func (p *parts) measured(ctx context.Context) metrics.Now {
	now := metrics.Now{Ready: p.health.works(ctx), Mails: p.mail.Pending(), Load: p.flow.Load(), Following: map[string]map[string]int{}}
	now.Version, now.GoVersion = built()
	for name, d := range p.directories {
		now.Following[name] = d.Following()
	}
	return now
}

// expect names what is counted to those who count.
func (p *parts) expect(c *config.Config) {
	var names []string
	for _, population := range c.Populations {
		if population.Reset != nil {
			names = append(names, population.Name)
		}
	}
	p.metrics.Expect(names, c.Helpdesk.Enabled)
}
