package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/config"
	mailing "ssprd/internal/mail"
	"ssprd/internal/theme"
)

// reload is how a running portal comes by another configuration. The zero reload never does.
type reload struct {
	asked <-chan os.Signal
	load  func() (*config.Config, error)
	level *slog.LevelVar // of the log
}

// errStopping ends a reload that comes too late.
var errStopping = errors.New("the portal stops")

// followReloads does what it is asked for, one reload at a time: of several requests during one, one is left (R75). The
// returned function ends that, and waits for a reload under way.
func (r *running) followReloads() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-r.extras.reload.asked:
				r.reload()
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// reload takes the configuration anew, whole or not at all, and tells which.
func (r *running) reload() {
	err := r.renew()
	if err == nil {
		r.log.Info("the configuration was reloaded")
		return
	}
	for _, mistake := range told(err) {
		r.log.Error("the configuration cannot be taken", "mistake", mistake)
	}
	r.rotate()
	r.log.Error("the configuration was not reloaded; the former one serves on")
}

// rotate begins the record anew where the configuration of now has it, whatever is wrong with the next one: the file may have
// been renamed, and whoever renamed it expects it to grow no more.
func (r *running) rotate() {
	record, err := openAudit(r.now.config)
	if err == nil {
		err = r.audit.Take(record)
	}
	if err != nil {
		r.log.Error("the audit record could not be opened anew", "error", err)
	}
}

// told gives each mistake a line, as check does.
func told(err error) (lines []string) {
	var wrong *config.Mistakes
	var look theme.Mistakes
	switch {
	case errors.As(err, &wrong):
		for _, m := range append(wrong.List, alsoWrong(wrong)...) {
			lines = append(lines, m.String())
		}
	case errors.As(err, &look):
		for _, m := range look {
			lines = append(lines, config.Mistake{Source: m.File, Line: m.Line, Want: m.Text}.String())
		}
	default:
		lines = []string{err.Error()}
	}
	return lines
}

// renew makes everything that the configuration describes before anything of it is used. Only this changes r.now, so that
// it may be read here.
func (r *running) renew() error {
	c, err := r.extras.reload.load()
	if err != nil {
		return err
	}
	if wrong := needRestart(r.now.config, c); len(wrong) > 0 {
		return &config.Mistakes{List: wrong}
	}
	l, err := openLook(c, r.log)
	if err != nil {
		return err
	}
	mails, err := mailing.NewSetup(c.Mail, l.mails)
	if err != nil {
		return err
	}
	next, err := r.build(c, l)
	if err != nil {
		return err
	}
	if err := r.replace(next, mails); err != nil {
		next.closeFlow(context.Background())
		next.release()
		return err
	}
	return nil
}

// replace lets next answer from now on, and the former parts come to their end.
func (r *running) replace(next *parts, mails *mailing.Setup) error {
	former := r.now
	if err := next.serve(r.extras); err != nil {
		return err
	}
	next.health.expect(former.health)
	next.health.answer(context.Background()) // connects, for a moment: nobody is to hear that it was not asked yet
	target, err := audit.NewTarget(next.config.Audit)
	if err != nil {
		return err
	}
	record, err := openAudit(next.config) // anew each time: the file may have been renamed, to be rotated
	if err != nil {
		return err
	}
	r.mu.Lock()
	if r.stopping {
		r.mu.Unlock()
		return errors.Join(errStopping, record.Close())
	}
	r.now = next
	r.mail.Reconfigure(mails)
	r.metrics.ExpectMail(r.mail.Server())
	err = r.audit.Take(record)
	r.syslog.Turn(target)
	setLevel(r.extras.reload.level, next.config.Log)
	r.mu.Unlock()
	if err != nil {
		r.log.Error("closing the former audit record", "error", err) // each of its lines was written when it was
	}
	next.warn()
	next.warm()
	former.endStreams() // browsers come again by themselves
	former.flow.HandOver(next.flow)
	r.former.Go(former.retire)
	return nil
}

// retire lets requests and changes of before a reload come to their end. Where the servers are still waited for, the parts
// of now go on with it.
func (p *parts) retire() {
	ended := make(chan struct{})
	go func() { p.requests.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(writeTimeout):
		p.log.Error("a request of before the reload does not end")
	}
	p.closeFlow(context.Background())
	p.release()
}

// needRestart is what differs of the settings that a running portal cannot change, each with its place.
func needRestart(former, next *config.Config) (wrong []config.Mistake) {
	changed := func(key string, is bool) {
		if is {
			wrong = append(wrong, next.Mistake(key, "it was another one at the start: it changes only with a restart"))
		}
	}
	was, will := former.Server, next.Server
	changed("server.listen", was.Listen != will.Listen)
	changed("server.operations", was.Operations != will.Operations)
	changed("server.tls", (was.TLS.CertificateFile == "") != (will.TLS.CertificateFile == ""))
	changed("helpdesk.enabled", former.Helpdesk.Enabled != next.Helpdesk.Enabled)
	changed("helpdesk.listen", former.Helpdesk.Listen != next.Helpdesk.Listen)
	changed("log.format", former.Log.Format != next.Log.Format)
	state, other := reflect.ValueOf(former.State), reflect.ValueOf(next.State)
	for field, value := range state.Fields() {
		changed("state."+field.Tag.Get("mapstructure"), !reflect.DeepEqual(value.Interface(), other.FieldByIndex(field.Index).Interface()))
	}
	return wrong
}
