package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"ssprd/internal/reference"
	"ssprd/internal/state"
)

// listenOperations serves what supervisors and administrators ask, on a listener that visitors never reach. The returned
// function ends it.
func (r *running) listenOperations(address string) (end func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("server.operations: %w", err)
	}
	server := &http.Server{Handler: numbered(r.operations()), ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, MaxHeaderBytes: maxHeader}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.log.Error("the operations listener has ended", "error", err)
		}
	}()
	return func() { _ = server.Close() }, nil
}

// numbered gives each request its number, as those of the sites have it from web.
func numbered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(reference.ForRequest(r.Context(), reference.New())))
	})
}

// operations answers on that listener.
type operations struct {
	*running
	mu   sync.Mutex
	used map[string]time.Time // signatures of requests to reopen, each good once
}

func (r *running) operations() http.Handler {
	o := &operations{running: r, used: map[string]time.Time{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", o.readyz)
	mux.HandleFunc("GET /metrics", o.metrics)
	mux.HandleFunc("POST "+reopenPath, o.reopen)
	return mux
}

// readyz tells of each part on which resets depend whether it works now: 200 if all do, else 503 (R62). The reasons are in
// the log: what is told here may be read by whoever can reach the listener. Before a stop it is 503 whatever works: no new
// visitor is to be sent here (R74).
func (o *operations) readyz(w http.ResponseWriter, r *http.Request) {
	p, stopping, done := o.hold()
	defer done()
	if stopping {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	status, text := p.health.answer(r.Context())
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
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
	p, _, done := o.hold()
	defer done()
	n, err := p.flow.Reopen(r.Context(), q.population, q.address)
	if err != nil {
		o.log.ErrorContext(r.Context(), "an account could not be reopened", "population", q.population, "error", err)
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
