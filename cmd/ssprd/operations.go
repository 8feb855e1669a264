package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"ssprd/internal/state"
)

// listenOperations serves what supervisors and administrators ask, on a listener that visitors never reach. The returned
// function ends it.
func (p *parts) listenOperations(address string) (end func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("server.operations: %w", err)
	}
	server := &http.Server{Handler: p.operations(), ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, MaxHeaderBytes: maxHeader}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("the operations listener has ended", "error", err)
		}
	}()
	return func() { _ = server.Close() }, nil
}

// operations answers on that listener.
type operations struct {
	*parts
	mu     sync.Mutex
	asked  time.Time // when the parts were last asked whether they work
	status int
	text   string
	used   map[string]time.Time // signatures of requests to reopen, each good once
}

func (p *parts) operations() http.Handler {
	o := &operations{parts: p, used: map[string]time.Time{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", o.readyz)
	mux.HandleFunc("POST "+reopenPath, o.reopen)
	return mux
}

// readyFor bounds what is asked for one answer of /readyz.
const readyFor = 3 * time.Second

// readyz tells of each part on which resets depend whether it works now: 200 if all do, else 503 (R62). The reasons are in
// the log: what is told here may be read by whoever can reach the listener. Who asks again within a second gets the same
// answer: nobody makes the directory work by asking.
func (o *operations) readyz(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Since(o.asked) > time.Second {
		o.status, o.text = o.ready(context.WithoutCancel(r.Context()))
		o.asked = time.Now()
	}
	w.WriteHeader(o.status)
	_, _ = io.WriteString(w, o.text)
}

// ready asks every part.
func (p *parts) ready(ctx context.Context) (status int, text string) {
	ctx, cancel := context.WithTimeout(ctx, readyFor)
	defer cancel()
	works := map[string]func(context.Context) error{"state": p.store.Sync, "mail": p.mail.Health, "audit": p.audit.Health}
	for name, d := range p.directories {
		works["directory "+name] = d.Health
	}
	status = http.StatusOK
	for _, name := range slices.Sorted(maps.Keys(works)) {
		word := "ok"
		if err := works[name](ctx); err != nil {
			p.log.Warn("not ready", "part", name, "error", err)
			word, status = "not available", http.StatusServiceUnavailable
		}
		text += name + ": " + word + "\n"
	}
	return status, text
}

// reopenPath is where `ssprd reopen` asks the running portal, which alone may touch its state.
const reopenPath = "/reopen"

// reopenFor is how old a request to reopen may be.
const reopenFor = time.Minute

// reopenRequest is what is asked for. It is signed with a key derived from state.key_file: whoever can reach the listener
// but not read that file cannot give anybody new tries.
type reopenRequest struct {
	population, address string
	at                  int64 // seconds since 1970
}

func (q reopenRequest) sign(key state.Key) string {
	m := hmac.New(sha256.New, key.Derive("operations: reopen"))
	fmt.Fprintf(m, "%q %q %d", q.population, q.address, q.at)
	return hex.EncodeToString(m.Sum(nil))
}

// reopen answers how many accounts it has reopened.
func (o *operations) reopen(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	at, err := strconv.ParseInt(r.PostFormValue("at"), 10, 64)
	q := reopenRequest{r.PostFormValue("population"), r.PostFormValue("address"), at}
	old := time.Since(time.Unix(at, 0)).Abs() > reopenFor
	signature := q.sign(o.key)
	if err != nil || old || !hmac.Equal([]byte(signature), []byte(r.PostFormValue("signature"))) || o.replayed(signature) {
		http.Error(w, "refused", http.StatusForbidden)
		return
	}
	n, err := o.flow.Reopen(r.Context(), q.population, q.address)
	if err != nil {
		o.log.Error("an account could not be reopened", "population", q.population, "error", err)
		http.Error(w, "it could not be done; the log says why", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, n)
}

// replayed tells whether a signature was used before; from now on it was.
func (o *operations) replayed(signature string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(o.used, func(_ string, at time.Time) bool { return now.Sub(at) > 2*reopenFor })
	_, before := o.used[signature]
	o.used[signature] = now
	return before
}
