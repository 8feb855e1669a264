package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
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
	server := newServer(handler, log)
	server.RegisterOnShutdown(endStreams)

	var background sync.WaitGroup
	defer background.Wait()
	warm, endWarm := context.WithCancel(ctx)
	defer endWarm()
	for _, d := range p.directories {
		background.Go(func() { d.Warm(warm) })
	}
	operations, err := p.listenOperations(c.Server.Operations)
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
	stop(server, log)
	return nil
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

// stop takes no new requests and lets those under way be answered, for a while.
func stop(server *http.Server, log *slog.Logger) {
	log.Info("stopping")
	end, cancel := context.WithTimeout(context.Background(), requestsEnd)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		log.Error("some answers were cut off", "error", err)
		_ = server.Close()
	}
}

func serveOn(server *http.Server, listener net.Listener, tls web.TLS) error {
	if tls.CertificateFile != "" {
		return server.ServeTLS(listener, tls.CertificateFile, tls.KeyFile)
	}
	return server.Serve(listener)
}
