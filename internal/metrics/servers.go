package metrics

import (
	"context"
	"errors"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/mail"
	"ssprd/internal/state"
)

// Directory is what hears of a directory and its servers, replicas too.
func (m *Metrics) Directory(name string, servers []string) ldapx.Observer {
	for _, server := range servers {
		for _, operation := range ldapx.Operations() {
			m.histogram(ldapDuration, values{name, server, string(operation)})
			m.counter(ldapErrors, values{name, server, string(operation)})
		}
		m.histogram(replicaDelay, values{name, server})
		m.counter(replicaMissed, values{name, server})
	}
	return directory{m, name}
}

type directory struct {
	m    *Metrics
	name string
}

func (d directory) Answered(server string, o ldapx.Operation, took time.Duration, failed bool) {
	v := values{d.name, server, string(o)}
	d.m.histogram(ldapDuration, v).Update(took.Seconds())
	if failed {
		d.m.counter(ldapErrors, v).Inc()
	}
}

func (d directory) Reached(server string, after time.Duration, arrived bool) {
	if !arrived {
		d.m.counter(replicaMissed, values{d.name, server}).Inc()
		return
	}
	d.m.histogram(replicaDelay, values{d.name, server}).Update(after.Seconds())
}

// Mail is what hears of deliveries.
func (m *Metrics) Mail() mail.Observer { return post{m} }

type post struct{ m *Metrics }

func (p post) Attempted(server string, took time.Duration, failed bool) {
	p.m.histogram(smtpDuration, values{server}).Update(took.Seconds())
	if failed {
		p.m.counter(smtpErrors, values{server}).Inc()
	}
}

func (p post) Settled(kind flow.MailKind, o mail.Outcome) {
	p.m.counter(mails, values{string(kind), string(o)}).Inc()
}

// Store is another store of which each operation is measured.
func (m *Metrics) Store(next state.Store) state.Store {
	return store{next, m.operation("get"), m.operation("update"), m.operation("sync")}
}

type store struct {
	state.Store
	get, update, sync operation
}

// operation is what is told of one. It is at hand: a reset has many of them.
type operation struct {
	took   *metrics.PrometheusHistogram
	errors *metrics.Counter
}

func (m *Metrics) operation(name string) operation {
	return operation{m.histogram(stateDuration, values{name}), m.counter(stateErrors, values{name})}
}

// ended counts what the store has done. That nobody waited for it any more is no failure.
func (o operation) ended(began time.Time, err error) {
	o.took.UpdateDuration(began)
	if err != nil && !errors.Is(err, context.Canceled) {
		o.errors.Inc()
	}
}

func (s store) Get(ctx context.Context, key string) (state.Record, error) {
	began := time.Now()
	r, err := s.Store.Get(ctx, key)
	failure := err
	if errors.Is(err, state.ErrNotFound) {
		failure = nil
	}
	s.get.ended(began, failure)
	return r, err
}

func (s store) Update(ctx context.Context, key string, f func(old []byte) (state.Record, error)) error {
	began := time.Now()
	var own error // of f, which is no failure of the store
	err := s.Store.Update(ctx, key, func(old []byte) (r state.Record, err error) {
		r, own = f(old)
		return r, own
	})
	failure := err
	if own != nil && errors.Is(err, own) {
		failure = nil
	}
	s.update.ended(began, failure)
	return err
}

func (s store) Sync(ctx context.Context) error {
	began := time.Now()
	err := s.Store.Sync(ctx)
	s.sync.ended(began, err)
	return err
}
