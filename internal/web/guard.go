package web

import (
	"maps"
	"net/http"
	"strings"

	"ssprd/internal/panics"
	"ssprd/internal/reference"
)

// headers stand on every answer, errors and static files included (R25). Nothing is loaded from elsewhere, nothing is
// inline, nobody may frame a page, and no browser keeps one.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY", // for browsers that do not know frame-ancestors
	"Referrer-Policy":              "no-referrer",
	"Cache-Control":                "no-store",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
}

// hsts is two years, as the preload list asks; only over TLS does a browser heed it.
const hsts = "max-age=63072000; includeSubDomains"

// guard stands before every route: it gives the request its number, sets the headers, refuses foreign hosts and cross-origin posts, and answers a
// panic as any other error.
func (s *site) guard(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.reject(w, r, http.StatusForbidden)
	}))
	inner := crossOrigin.Handler(next)
	own, ownHost := s.headers(), host(s.origin.Host, s.origin.Scheme)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(reference.ForRequest(r.Context(), reference.New()))
		maps.Copy(w.Header(), own)
		defer s.recovered(w, r)
		if host(r.Host, s.origin.Scheme) != ownHost {
			s.misdirected(r)
			s.reject(w, r, http.StatusMisdirectedRequest)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// headers are those of every answer of the site. All answers share their values, which nobody changes: a header that is set
// gets others.
func (s *site) headers() http.Header {
	all := http.Header{}
	for name, value := range headers {
		all.Set(name, value)
	}
	if s.origin.Scheme == "https" {
		all.Set("Strict-Transport-Security", hsts)
	}
	return all
}

// misdirected tells of a Host that is not ours: behind a proxy that does not pass it on nobody gets a page, and nothing else
// says why. It repeats nothing of what a stranger sent (R57).
func (s *site) misdirected(r *http.Request) {
	if now, unsaid := s.strange.Say(""); now {
		s.log.WarnContext(r.Context(), "a request for another host was refused; a proxy has to pass on that of "+s.setting, "wanted", s.origin.Host, "more_since", unsaid)
	}
}

// host is a Host as it is compared: names have no case, and the scheme's own port goes without saying (RFC 9110
// sections 4.2.3 and 7.2).
func host(h, scheme string) string {
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	h = strings.TrimSuffix(strings.ToLower(h), port)
	if name, port, _ := strings.Cut(h, ":"); name == "localhost" {
		return strings.TrimSuffix("127.0.0.1:"+port, ":") // the two names of this machine are one
	}
	return h
}

func (s *site) recovered(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil || cause == http.ErrAbortHandler {
		return
	}
	s.fail(w, &request{Context: r.Context(), lang: s.languageOf(r)},
		defect{panics.Error(cause)})
}
