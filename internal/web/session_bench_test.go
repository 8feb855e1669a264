package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/state"
)

// BenchmarkSession is what sessions cost: to load the one of a cookie, which each page does, and to keep a reset under a new
// token, as after the right code.
func BenchmarkSession(b *testing.B) {
	s := newSessions("ssprd", state.NewTable[[]byte](state.NewMemory(), "session", state.NewKey()), time.Hour, true)
	visit := flow.Visit{ID: "ZQ3FJ2YYBX5XAY6PJIDTGZ7ZSI", Grant: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
	keep := func(r *http.Request) *http.Cookie {
		ctx, err := s.load(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.keep(ctx, visit); err != nil {
			b.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := s.save(ctx, w); err != nil {
			b.Fatal(err)
		}
		return w.Result().Cookies()[0]
	}
	r := httptest.NewRequest(http.MethodGet, "/fr/code", nil)
	r.AddCookie(keep(r))
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ctx, err := s.load(r)
			if err != nil || s.GetString(ctx, sessionReset) != visit.ID {
				b.Fatal(err)
			}
		}
	})
	b.Run("keep", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := httptest.NewRequest(http.MethodGet, "/fr/code", nil)
			keep(r)
		}
	})
}
