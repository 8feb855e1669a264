package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/state"
)

// lifetime is longer than a reset lives under one token, however long its codes live and however often more time is asked
// for: what ends is the reset, not the session under it.
func lifetime(c code.Config) time.Duration {
	const slack = time.Hour
	codes, verified := 2*c.Lifetime*time.Duration(c.Sends), flow.VerifiedFor*(1+flow.MaxExtensions)
	return max(codes, verified) + slack
}

// What a session holds. It is loaded whole and saved whole, and the last writer wins: nothing that must be counted
// may stand in it, only which reset is this visitor's.
const (
	sessionReset = "reset" // the reset's id
	sessionGrant = "grant" // from the right code on
)

// sessions are the visitors' sessions: scs over the shared store.
type sessions struct{ *scs.SessionManager }

// newSessions keeps them in a table, which has a keyed digest of each token and not the token; the cookie has this name.
func newSessions(name string, table *state.Table[[]byte], lifetime time.Duration, secure bool) sessions {
	m := &scs.SessionManager{} // scs.New starts a sweep of a store of its own, which nobody can end: one more at each reload
	m.Lifetime = lifetime
	m.Codec = sessionCodec{}
	m.Store = sessionStore{table}
	m.Cookie.Name, m.Cookie.Path, m.Cookie.HttpOnly = name, "/", true
	m.Cookie.SameSite, m.Cookie.Persist = http.SameSiteStrictMode, false
	if secure {
		m.Cookie.Name, m.Cookie.Secure = "__Host-"+name, true // bound to this host by the browser itself (RFC 6265bis)
	}
	return sessions{m}
}

// load puts the request's session into its context; an unknown token begins an empty one and is not adopted.
func (s sessions) load(r *http.Request) (context.Context, error) {
	token := ""
	if cookie, err := r.Cookie(s.Cookie.Name); err == nil {
		token = cookie.Value
	}
	ctx, err := s.Load(r.Context(), token)
	if err != nil {
		return nil, fmt.Errorf("loading the session: %w", err)
	}
	return ctx, nil
}

// save stores the session if the request has changed it, and hands out its cookie.
func (s sessions) save(ctx context.Context, w http.ResponseWriter) error {
	switch s.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.Commit(ctx)
		if err != nil {
			return fmt.Errorf("saving the session: %w", err)
		}
		s.writeCookie(ctx, w, token, expiry)
	case scs.Destroyed:
		s.writeCookie(ctx, w, "", time.Time{})
	}
	return nil
}

// writeCookie sets the cookie and leaves the other headers as they are: scs adds a weaker Cache-Control beside our own.
func (s sessions) writeCookie(ctx context.Context, w http.ResponseWriter, token string, expiry time.Time) {
	s.WriteSessionCookie(ctx, w, token, expiry)
	w.Header().Set("Cache-Control", headers["Cache-Control"])
}

// visit is what the request's session holds of its reset.
func (p *portal) visit(rq *request) flow.Visit {
	return flow.Visit{ID: p.sessions.GetString(rq, sessionReset), Grant: p.sessions.GetString(rq, sessionGrant), Client: rq.client}
}

// keep makes v the session's reset, under a new token: the session changes what it may do (R21).
func (s sessions) keep(ctx context.Context, v flow.Visit) error {
	if err := s.RenewToken(ctx); err != nil {
		return fmt.Errorf("renewing the session: %w", err)
	}
	s.Put(ctx, sessionReset, v.ID)
	s.Put(ctx, sessionGrant, v.Grant)
	return nil
}

// forget takes the cookie back from the browser, and with it what else it may have kept of these pages (R50). Other
// cookies are left: « "cookies" » would take those of the whole domain, and sign people out of other sites.
func (s sessions) forget(ctx context.Context, w http.ResponseWriter) {
	s.writeCookie(ctx, w, "", time.Time{})
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

// sessionCodec writes the two strings of a session as JSON: the default, gob, takes ten times the room and the time.
type sessionCodec struct{}

type sessionRecord struct {
	Deadline time.Time         `json:"deadline"`
	Values   map[string]string `json:"values"`
}

func (sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	record := sessionRecord{deadline, make(map[string]string, len(values))}
	for name, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("session value %s is no string", name)
		}
		record.Values[name] = text
	}
	return json.Marshal(record)
}

func (sessionCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var record sessionRecord
	if err := json.Unmarshal(b, &record); err != nil {
		return time.Time{}, nil, err
	}
	values := make(map[string]any, len(record.Values))
	for name, text := range record.Values {
		values[name] = text
	}
	return record.Deadline, values, nil
}

// sessionStore is scs.CtxStore over a table.
type sessionStore struct{ table *state.Table[[]byte] }

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, err := s.table.Get(ctx, token)
	if errors.Is(err, state.ErrNotFound) {
		return nil, false, nil
	}
	return b, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	_, err := s.table.Update(ctx, token, func([]byte, bool) ([]byte, time.Time, error) { return b, expiry, nil })
	return err
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.table.Delete(ctx, token)
}

// scs asks for these as well, and calls them only where there is no context.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
