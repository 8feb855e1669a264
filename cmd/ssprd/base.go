package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/config"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/locale"
	mailing "ssprd/internal/mail"
	"ssprd/internal/metrics"
	"ssprd/internal/redisstate"
	"ssprd/internal/state"
)

// base is what lasts as long as the process: a reload goes on with it.
type base struct {
	mail    *mailing.Queue
	audit   *audit.Record
	syslog  *audit.Syslog // the copy of audit
	endKeep func()        // of what keeps audit to its retention
	journal *desk.Journal // in front of audit; nil where there is no helpdesk
	store   state.Store
	key     state.Key
	metrics *metrics.Metrics
	log     *slog.Logger
}

// openBase makes what every part stands on.
func openBase(c *config.Config, mails *mailing.Renderer, log *slog.Logger) (b *base, err error) {
	b = &base{metrics: metrics.New(locale.Codes()), log: log}
	opened := b
	defer func() {
		if err != nil {
			opened.close(context.Background())
		}
	}()
	if b.key, err = key(c.State); err != nil {
		return nil, fmt.Errorf("state.key_file: %w", err)
	}
	if b.store, err = openStore(c.State, b.key, log); err != nil {
		return nil, fmt.Errorf("state.url: %w", err)
	}
	b.store = b.metrics.Store(b.store)
	if b.audit, err = openAudit(c); err != nil {
		return nil, err
	}
	target, err := audit.NewTarget(c.Audit)
	if err != nil {
		return nil, err
	}
	b.syslog = audit.NewSyslog(log)
	b.syslog.Turn(target)
	b.audit.CopyTo(b.syslog)
	b.endKeep = background(func(ctx context.Context) { b.audit.Keep(ctx, log) })
	if c.Helpdesk.Enabled {
		b.journal = desk.NewJournal(b.audit, b.store, b.key, log)
	}
	b.mail, err = mailing.Open(c.Mail, mails, log, mailing.Observed(b.metrics.Mail()))
	if err != nil {
		return nil, err
	}
	b.metrics.ExpectMail(b.mail.Server())
	return b, nil
}

// recorder is where events are written, and counted.
func (b *base) recorder() flow.Recorder {
	if b.journal != nil {
		return b.metrics.Recorder(b.journal)
	}
	return b.metrics.Recorder(b.audit)
}

func openAudit(c *config.Config) (*audit.Record, error) {
	r, err := audit.Open(c.Audit.File)
	if err != nil {
		return nil, fmt.Errorf("audit.file: %w", err)
	}
	r.Retain(c.Audit.Retention)
	return r, nil
}

// background does something until end is called, which waits for it.
func background(do func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); do(ctx) }()
	return func() { cancel(); <-ended }
}

// openStore opens the place where everything is remembered.
func openStore(c state.Config, key state.Key, log *slog.Logger) (state.Store, error) {
	if c.Shared() {
		return redisstate.Open(c, key, log)
	}
	return state.Open(c.URL, log)
}

// key is read from its file, which is made at the first start; a store that forgets needs none that lasts, and one that is
// shared has the key of all who share it.
func key(c state.Config) (state.Key, error) {
	if c.URL == "memory:" {
		return state.NewKey(), nil
	}
	return state.LoadKey(c.KeyFile, !c.Shared())
}

// How long an orderly end may take.
const (
	changesEnd = 50 * time.Second // longer than a write and its search may take
	mailEnd    = 10 * time.Second
	journalEnd = 2 * time.Second
	syslogEnd  = 5 * time.Second
)

// closeMail lets queued mails go out.
func (b *base) closeMail(ctx context.Context) {
	if b.mail == nil {
		return
	}
	end, cancel := context.WithTimeout(ctx, mailEnd)
	defer cancel()
	if n := b.mail.Close(end); n > 0 {
		b.log.Error("mails were given up at the stop", "number", n)
	}
}

// close ends it; nothing may use it any more.
func (b *base) close(ctx context.Context) {
	b.closeMail(ctx) // if nobody has yet
	if b.journal != nil {
		end, cancel := context.WithTimeout(ctx, journalEnd)
		b.journal.Close(end)
		cancel()
	}
	if b.endKeep != nil {
		b.endKeep()
	}
	if b.audit != nil {
		_ = b.audit.Close()
	}
	if b.syslog != nil {
		end, cancel := context.WithTimeout(ctx, syslogEnd)
		b.syslog.Close(end)
		cancel()
	}
	if b.store != nil {
		if err := b.store.Close(); err != nil {
			b.log.Error("closing the state", "error", err)
		}
	}
}
