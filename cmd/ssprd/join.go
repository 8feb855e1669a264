package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"slices"
	"sync"

	"ssprd/internal/breached"
	"ssprd/internal/config"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/web"
)

// parts are what comes from one configuration, and what it stands on. A reload makes others (R75).
type parts struct {
	*base
	config      *config.Config
	look        *look
	flow        *flow.Service
	directories map[string]*ldapx.Directory
	lists       map[string]*breached.List // by path
	certificate *tls.Certificate          // of the public listener; nil behind a proxy that does TLS
	health      *health

	handler    http.Handler       // of visitors
	desk       http.Handler       // of agents; nil where there is no helpdesk
	endStreams context.CancelFunc // of its waiting pages
	requests   sync.WaitGroup     // under way, of visitors and of the operations listener
	warming    sync.WaitGroup     // of connections made ahead
	life       context.Context    // of those
	end        context.CancelFunc
}

// open makes the parts that c describes. What a part needs at the start and cannot have ends the program: the state
// file, the key, the audit file, a list of breached passwords. A directory or a mail server that is down does not.
func open(c *config.Config, log *slog.Logger) (*parts, error) {
	l, err := openLook(c, log)
	if err != nil {
		return nil, err
	}
	b, err := openBase(c, l.mails, log)
	if err != nil {
		return nil, err
	}
	p, err := b.build(c, l)
	if err != nil {
		b.close(context.Background())
		return nil, err
	}
	return p, nil
}

// openLook is newLook for a portal that runs.
func openLook(c *config.Config, log *slog.Logger) (*look, error) {
	l, err := newLook(c)
	if err != nil {
		return nil, fmt.Errorf("portal.theme:\n%w", err)
	}
	failed := func(err error) {
		log.Error("a template of the theme failed, and the built-in one was shown", "error", err)
	}
	if l.pages.Failed = failed; l.desk != nil {
		l.desk.Failed = failed
	}
	return l, nil
}

// build makes parts over what is there already.
func (b *base) build(c *config.Config, l *look) (p *parts, err error) {
	p = &parts{base: b, config: c, look: l, health: newHealth(b.log), directories: map[string]*ldapx.Directory{},
		lists: map[string]*breached.List{}}
	p.life, p.end = context.WithCancel(context.Background())
	opened := p
	defer func() {
		if err != nil {
			opened.release()
		}
	}()
	p.expect(c)
	for _, d := range c.Directories {
		if p.directories[d.Name], err = ldapx.Open(d, b.log); err != nil {
			return nil, err
		}
		p.directories[d.Name].Observe(p.metrics.Directory(d.Name, slices.Concat(d.Servers, d.Replicas)))
	}
	if err = p.openLists(c); err != nil {
		return nil, err
	}
	if p.certificate, err = certificate(c.Server.TLS); err != nil {
		return nil, fmt.Errorf("server.tls: %w", err)
	}
	p.flow = flow.NewService(flow.Parts{
		Populations: p.populations(c), Code: c.Code, Limits: c.Limits, Store: p.store, Key: p.key,
		Mailer: p.mail, Audit: p.recorder(), Log: b.log,
	})
	p.watch(c)
	return p, nil
}

// certificate reads that of the public listener; it has none behind a proxy that does TLS.
func certificate(c web.TLS) (*tls.Certificate, error) {
	if c == (web.TLS{}) {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.CertificateFile, c.KeyFile)
	return &pair, err
}

// serve makes the handler of visitors.
func (p *parts) serve(x extras) (err error) {
	var streams context.Context
	streams, p.endStreams = context.WithCancel(context.Background())
	if p.handler, err = web.New(streams, p.portal(p.config, x)); err != nil || !p.config.Helpdesk.Enabled {
		return err
	}
	p.desk, err = web.NewDesk(p.helpdesk(p.config, x))
	return err
}

// warm connects to the directories.
func (p *parts) warm() {
	for _, d := range p.directories {
		p.warming.Go(func() { d.Warm(p.life) })
	}
}

// watch names the parts on which resets depend.
func (p *parts) watch(c *config.Config) {
	p.health.add("state", localWithin, p.store.Health)
	p.health.add("mail", localWithin, p.mail.Health)
	p.health.add("audit", localWithin, p.audit.Health)
	for _, d := range c.Directories {
		p.health.add("directory "+d.Name, failOver(d), p.directories[d.Name].Health)
	}
}

// contact is whom a mail names for questions: the telephone of the support, else its address.
func contact(c *config.Config) string {
	for _, population := range c.Populations {
		if s := population.Support; s != nil {
			if s.Phone != "" {
				return s.Phone
			}
			return s.Mail
		}
	}
	return ""
}

// populations are those of the flow: the ones that have a reset.
func (p *parts) populations(c *config.Config) (all []flow.Population) {
	for _, population := range c.Populations {
		r := population.Reset
		if r == nil {
			continue
		}
		rules, _ := c.RulesNamed(r.Rules)
		all = append(all, flow.Population{
			Name: population.Name, Directory: p.directories[r.Directory].Population(r.Search), Rules: c.Judged(rules),
			Breached: p.list(rules), Wait: r.Wait, Suggested: rules.Suggestions,
		})
	}
	return all
}

// portal are the options of the web side.
func (p *parts) portal(c *config.Config, x extras) web.Options {
	o := web.Options{
		Portal: c.Portal, TrustedProxies: c.Server.TrustedProxies, Code: c.Code, Assisted: c.Helpdesk.Enabled, Flow: p.flow, Store: p.store, Key: p.key,
		Pages: p.look.pages, Extra: x.pages, Mailbox: x.mailbox, Log: p.log,
	}
	if sender, err := mail.ParseAddress(c.Mail.From); err == nil {
		o.Sender = sender.Address
	}
	o.Populations = shownPopulations(c)
	return o
}

// shownPopulations are all, as pages show them.
func shownPopulations(c *config.Config) (all []web.Population) {
	for _, population := range c.Populations {
		all = append(all, web.Population{
			Name: population.Name, Label: population.Label, Hint: population.Hint, Link: population.Link,
			Support: population.Support, Identifier: takesIdentifier(population.Reset),
		})
	}
	return all
}

// takesIdentifier tells whether a person may type something else than a mail address: an attribute to find by that is
// none of those that codes are mailed to.
func takesIdentifier(r *config.Reset) bool {
	if r == nil {
		return false
	}
	return slices.ContainsFunc(r.FindBy, func(attribute string) bool {
		return attribute != "mail" && !slices.Contains(r.Mail, attribute)
	})
}

// closeFlow lets searches and changes come to their end.
func (p *parts) closeFlow(ctx context.Context) {
	if p.flow == nil {
		return
	}
	end, cancel := context.WithTimeout(ctx, changesEnd)
	defer cancel()
	if err := p.flow.Close(end); err != nil {
		p.log.Error("stopping", "error", err)
	}
}

// release ends what the flow has stood on.
func (p *parts) release() {
	p.end()
	if p.endStreams != nil {
		p.endStreams()
	}
	p.health.stop()
	for _, d := range p.directories {
		if d != nil {
			d.Close()
		}
	}
	p.warming.Wait()
	for _, l := range p.lists {
		if l != nil {
			_ = l.Close()
		}
	}
	p.health.wait()
}

// close ends all: changes under way first, then the mails they have queued, then what both stood on.
func (p *parts) close(ctx context.Context) {
	p.health.stop()
	p.closeFlow(ctx)
	p.closeMail(ctx)
	p.release()
	p.base.close(ctx)
}
