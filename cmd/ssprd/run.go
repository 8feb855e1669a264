package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/web"
)

// extras are what the command adds: the demo further pages, serve the reload.
type extras struct {
	pages       func(css, home string) map[string]http.Handler // by path, beside the portal's
	mailbox     string                                         // the address of the mailbox
	deskMailbox string                                         // the same, as the pages of the helpdesk have it
	ready       func()                                         // called when the portal answers
	reload      reload                                         // not the demo: it obeys a configuration of its own making
}

// Bounds of the public listener: no page of ours needs more, and nobody can hold a connection for long by being slow.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 30 * time.Second // event streams set their own
	idleTimeout       = 60 * time.Second
	maxHeader         = 16 << 10
	requestsEnd       = 15 * time.Second // how long answers under way may take at the stop
)

// serve runs the portal until ctx ends, and then lets what is under way come to its end.
func serve(ctx context.Context, c *config.Config, log *slog.Logger, x extras) error {
	pace()
	if err := forbidCores(); err != nil {
		log.Warn("dumps of the process cannot be forbidden", "error", err)
	}
	p, err := open(c, log)
	if err != nil {
		return err
	}
	r := newRunning(p, x)
	defer func() { r.close(context.WithoutCancel(ctx)); log.Info("stopped") }()
	if err := p.serve(x); err != nil {
		return err
	}
	p.warn()
	sites, err := r.listen(c)
	if err != nil {
		return err
	}
	// Event streams last through the drain: most changes are over by then, and a browser that comes again after it finds
	// the proxy, if there is one, sending it to another instance. Its first answer there is how things stand.
	sites[0].server.RegisterOnShutdown(func() { r.now.endStreams() }) // nothing is reloaded any more
	p.warm()
	operations, err := r.listenOperations(c.Server.Operations)
	if err != nil {
		closeAll(sites)
		return err
	}
	defer operations()
	defer time.AfterFunc(settled, func() { giveBack(log) }).Stop()

	ended := make(chan error, len(sites))
	for _, s := range sites {
		go func() { ended <- r.serveOn(s.server, s.listener, c.Server.TLS) }()
		log.Info("the "+s.name+" is ready", "listen", s.listener.Addr().String(), "public_url", s.publicURL)
	}
	if x.ready != nil {
		x.ready()
	}
	reloads := r.followReloads()
	defer reloads()
	select {
	case err := <-ended:
		closeAll(sites)
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	r.stop(sites)
	return nil
}

// listening is one of the sites: the portal, and the helpdesk if there is one, each with a listener of its own.
type listening struct {
	name, publicURL string
	server          *http.Server
	listener        net.Listener
}

// listen takes the addresses of all sites, or of none.
func (r *running) listen(c *config.Config) (sites []listening, err error) {
	add := func(setting, address, name, publicURL string, of func(*parts) http.Handler) {
		if err != nil {
			return
		}
		s := listening{name: name, publicURL: publicURL, server: newServer(r.answering(of), r.log)}
		if s.listener, err = net.Listen("tcp", address); err != nil {
			err = fmt.Errorf("%s: %w", setting, err)
			closeAll(sites)
			return
		}
		sites = append(sites, s)
	}
	add("server.listen", c.Server.Listen, "portal", c.Portal.PublicURL, func(p *parts) http.Handler { return p.handler })
	if c.Helpdesk.Enabled {
		add("helpdesk.listen", c.Helpdesk.Listen, "helpdesk", c.Helpdesk.PublicURL, func(p *parts) http.Handler { return p.desk })
	}
	return sites, err
}

func closeAll(sites []listening) {
	for _, s := range sites {
		_ = s.server.Close()
		_ = s.listener.Close()
	}
}

// warn tells the log what a portal can run with and should not.
func (p *parts) warn() {
	for _, m := range p.look.warnings {
		p.log.Error("the theme is not as it should be", "file", m.File, "line", m.Line, "want", m.Text)
	}
	unfounded(p.config, func(key, want string) {
		p.log.Warn("the accessibility statement is not borne out", "key", key, "want", want)
	})
	dangers(p.config, func(key, want string) { p.log.Error("the configuration is dangerous", "key", key, "want", want) })
}

// running is the portal while it answers: by the parts of now, and those of before a reload until they are done.
type running struct {
	*base
	extras extras

	mu       sync.RWMutex
	now      *parts
	stopping bool // from then on now stays

	former sync.WaitGroup // parts that come to their end
}

func newRunning(p *parts, x extras) *running { return &running{base: p.base, extras: x, now: p} }

// hold gives the parts that answer now. They are there at least until done is called.
func (r *running) hold() (p *parts, stopping bool, done func()) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	r.now.requests.Add(1)
	return r.now, r.stopping, r.now.requests.Done
}

// answering answers the requests of one site. Once the portal stops, no connection is kept after its answer: the next request
// makes a new one, which the proxy can send elsewhere. Those without a request are left open, for one may be on its way.
func (r *running) answering(of func(*parts) http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
		p, stopping, done := r.hold()
		defer done()
		if stopping {
			w.Header().Set("Connection", "close")
		}
		of(p).ServeHTTP(w, rq)
	})
}

// certificate is the one of now.
func (r *running) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.now.certificate, nil
}

// close ends all parts side by side, since each has the same time for it, then the mails that they have queued, then what
// all stood on.
func (r *running) close(ctx context.Context) {
	r.now.closeFlow(ctx)
	r.former.Wait()
	r.closeMail(ctx)
	r.now.release()
	r.base.close(ctx)
}

// newServer is the public listener's.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		DisableGeneralOptionsHandler: true, // whose answer to « OPTIONS * » lacks our headers
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// stop says that the end comes, and goes on serving until who sends visitors here has had the time to hear it. Then it
// takes no new requests and lets those under way be answered, for a while (R74).
func (r *running) stop(sites []listening) {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
	drain := r.now.config.Server.Drain
	r.log.Info("stopping", "drain", drain.String())
	linger(drain)
	end, cancel := context.WithTimeout(context.Background(), requestsEnd)
	defer cancel()
	var ending sync.WaitGroup
	for _, s := range sites {
		ending.Go(func() {
			if err := s.server.Shutdown(end); err != nil {
				r.log.Error("some answers were cut off", "of", s.name, "error", err)
				_ = s.server.Close()
			}
		})
	}
	ending.Wait()
}

// linger waits for d, or until a further signal says that there is no time for it.
func linger(d time.Duration) {
	again := make(chan os.Signal, 1)
	signal.Notify(again, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(again)
	select {
	case <-time.After(d):
	case <-again:
	}
}

func (r *running) serveOn(server *http.Server, listener net.Listener, c web.TLS) error {
	if c == (web.TLS{}) {
		return server.Serve(listener)
	}
	server.TLSConfig = &tls.Config{GetCertificate: r.certificate}
	return server.ServeTLS(listener, "", "")
}
