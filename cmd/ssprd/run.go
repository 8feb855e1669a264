package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/web"
)

// extras are what only the demo adds.
type extras struct {
	pages   func(css, home string) map[string]http.Handler // by path, beside the portal's
	mailbox string                                         // the address of the mailbox
	ready   func()                                         // called when the portal answers
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
	if err := forbidCores(); err != nil {
		log.Warn("dumps of the process cannot be forbidden", "error", err)
	}
	p, err := open(c, log)
	if err != nil {
		return err
	}
	defer p.close(context.WithoutCancel(ctx))

	streams, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()
	handler, err := web.New(streams, p.portal(c, x))
	if err != nil {
		return err
	}
	for _, m := range p.look.warnings {
		log.Error("the theme is not as it should be", "file", m.File, "line", m.Line, "want", m.Text)
	}
	unfounded(c, func(key, want string) {
		log.Warn("the accessibility statement is not borne out", "key", key, "want", want)
	})
	dangers(c, func(key, want string) { log.Error("the configuration is dangerous", "key", key, "want", want) })
	listener, err := net.Listen("tcp", c.Server.Listen)
	if err != nil {
		return fmt.Errorf("server.listen: %w", err)
	}
	r := &running{parts: p, handler: handler}
	server := newServer(r, log)
	// Event streams last through the drain: most changes are over by then, and a browser that comes again after it finds
	// the proxy, if there is one, sending it to another instance. Its first answer there is how things stand.
	server.RegisterOnShutdown(endStreams)

	var background sync.WaitGroup
	defer background.Wait()
	warm, endWarm := context.WithCancel(ctx)
	defer endWarm()
	for _, d := range p.directories {
		background.Go(func() { d.Warm(warm) })
	}
	operations, err := r.listenOperations(c.Server.Operations)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer operations()

	ended := make(chan error, 1)
	go func() { ended <- serveOn(server, listener, c.Server.TLS) }()
	log.Info("the portal is ready", "listen", listener.Addr().String(), "public_url", c.Portal.PublicURL)
	if x.ready != nil {
		x.ready()
	}
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	r.stop(server, c.Server.Drain)
	return nil
}

// running is the portal while it answers.
type running struct {
	*parts
	handler  http.Handler
	stopping atomic.Bool
}

// ServeHTTP answers a visitor's request. Once the portal stops, no connection is kept after its answer: the next request
// makes a new one, which the proxy can send elsewhere. Those without a request are left open, for one may be on its way.
func (r *running) ServeHTTP(w http.ResponseWriter, rq *http.Request) {
	if r.stopping.Load() {
		w.Header().Set("Connection", "close")
	}
	r.handler.ServeHTTP(w, rq)
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
func (r *running) stop(server *http.Server, drain time.Duration) {
	r.stopping.Store(true)
	r.log.Info("stopping", "drain", drain.String())
	linger(drain)
	end, cancel := context.WithTimeout(context.Background(), requestsEnd)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		r.log.Error("some answers were cut off", "error", err)
		_ = server.Close()
	}
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

func serveOn(server *http.Server, listener net.Listener, tls web.TLS) error {
	if tls.CertificateFile != "" {
		return server.ServeTLS(listener, tls.CertificateFile, tls.KeyFile)
	}
	return server.Serve(listener)
}
