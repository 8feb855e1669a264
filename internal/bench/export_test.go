package bench

import (
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

// What the tests outside of this package look into.
var (
	Digits        = digits
	Drive         = drive
	ProcessorTime = processorTimeIn
	Kilobytes     = kilobytes
	Percentile    = percentile[float64]
	Password      = password
	SignsIn       = signsIn
	Connect       = connect
	Into          = into
	StartSink     = startSink
)

// Visitor is one person.
type Visitor = visitor

// NewVisitor is a person who knows the portal by HOST:PORT.
func NewVisitor(host string) *Visitor {
	return &visitor{client: client{authority: host, hosts: []string{host}, lines: &lines{}}, population: "usagers"}
}

// Reset goes through the pages as a person.
func (v *visitor) Reset(mail, password string, code func(string) (string, error)) (Took, error) {
	return v.reset(mail, password, code)
}

// Ask asks for a page, and gives its status, where it leads, and what stands on it.
func (v *visitor) Ask(method, path, form string) (status int, location, body string, err error) {
	a := v.ask(method, path, form, func(_ answer, b []byte) { body = string(b) })
	return a.status, a.location, body, v.err
}

// Add is add.
func (c *Counts) Add(after, before Counts) { c.add(after, before) }

// Floor is the LDAP work alone, on a server with followers.
func Floor(s *dirtest.Slapd, replicas ...*dirtest.Slapd) (interface {
	Change(p dirtest.Person) error
	Close() error
}, error) {
	f, err := (&openLDAP{Slapd: s, replicas: replicas}).floor()
	return changer{f}, err
}

type changer struct{ floor }

func (c changer) Change(p dirtest.Person) error { return c.change(p, password(p)) }

// The sink, from outside.
func (s *sink) Lose(withCode bool, n int)        { s.lose(withCode, n) }
func (s *sink) Code(to string) (string, error)   { return s.code(to) }
func (s *sink) Counts() (codes, others, all int) { return s.counts() }
func (s *sink) Patience(d time.Duration)         { s.patience = d }

// World is where a run happens.
type World struct{ *world }

// Sink is its mail server.
func (w World) Sink() *sink { return w.sink }

// Server is its directory.
func (w World) Server() *dirtest.Server { return w.dir.server() }

// Reset are those whose password the portal has changed.
func (w World) Reset() []dirtest.Person { return w.reset }

// Spoilt is a run that spoil makes go wrong once the portal runs, and tamper after the last round.
func (o Options) Spoilt(spoil, tamper func(World) error) Options {
	wrap := func(f func(World) error) func(*world) error {
		if f == nil {
			return nil
		}
		return func(w *world) error { return f(World{w}) }
	}
	o.spoil, o.tamper = wrap(spoil), wrap(tamper)
	return o
}

// Measure measures the resets alone.
func Measure(t testing.TB, o Options) (Figures, error) {
	all, err := RunSettings(t, []Options{o})
	if err != nil {
		return Figures{}, err
	}
	return all[0], nil
}
