package faults

import (
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"ssprd/internal/dirtest"
)

// Visitor is a person at a browser, who wants to reset their password and behaves as people do.
type Visitor struct {
	site    *Site
	client  *http.Client
	person  dirtest.Person
	until   time.Time // by then they must have come to an end
	steps   int
	direct  *Instance // whom they ask; the proxy if nil
	streams bool      // they have JavaScript: the waiting page moves by itself

	begun    bool
	resends  int
	asked    time.Time       // when a code was asked for last
	wrong    map[string]bool // codes that were told to be wrong, or replaced
	chosen   []string        // passwords, in order
	had      []string        // passwords, of which one was theirs when they began; the initial one if nil
	again    int             // how often they were told to begin anew
	lie      string          // what a page said that was not so
	trouble  []string        // requests that failed
	answers  map[int]int     // by status
	progress atomic.Int64    // events of a waiting page so far
	trace    []string        // what they went through
}

// patience is how long a person needs at most without any fault that is going on; a lease of an instance that was killed
// is a part of it.
const patience = 3 * time.Minute

// maxAgain is how often somebody begins anew before they give up.
const maxAgain = 3

func (s *Site) visitor(p dirtest.Person, until time.Time) *Visitor {
	jar, _ := cookiejar.New(nil) // never fails
	from := &net.TCPAddr{IP: net.IPv4(127, byte(1+p.Number/62500), byte(p.Number/250%250), byte(1+p.Number%250))}
	transport := &http.Transport{DialContext: (&net.Dialer{LocalAddr: from, Timeout: 5 * time.Second}).DialContext}
	return &Visitor{site: s, person: p, until: until, wrong: map[string]bool{}, answers: map[int]int{}, streams: p.Number%2 == 0,
		client: &http.Client{Jar: jar, Transport: transport, Timeout: 40 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// end is how somebody's reset came to its end.
type end string

const (
	changed   end = "changed"   // so the page said
	unchanged end = "unchanged" // the page said that nothing was changed
	again     end = "again"     // they were told to begin anew, and have given up
	none      end = "none"      // they never got one
)

// run goes through the pages to an end.
func (v *Visitor) run() end {
	defer v.client.CloseIdleConnections()
	s := v.get(v.here())
	for time.Now().Before(v.until) {
		v.think()
		switch {
		case s.failed():
			pause(300 * time.Millisecond)
			s = v.get(v.here())
		case s.path == "/en/done" && s.says("done.changed"):
			return changed
		case s.reason("ended") != "": // at its address, or in the place of a page of a reset that is gone
			if e := v.ended(s); e != none {
				return e
			}
			s = v.get(v.here())
		case v.begun && (s.path == "/en/" || s.path == "/en/p/usagers"):
			if !v.beginAnew() {
				return again
			}
			s = v.get(v.here())
		default:
			s = v.step(s)
		}
	}
	return none
}

// reach goes on to a page, and stays there.
func (v *Visitor) reach(path string) screen {
	s := v.get(v.here())
	for s.path != path && time.Now().Before(v.until) {
		s = v.step(s)
	}
	if s.path != path {
		v.site.t.Fatalf("%s was not reached: %s", path, v.lost("never"))
	}
	return s
}

// here is the page that a person loads when they do not know where they are: it leads on to where they stand.
func (v *Visitor) here() string {
	if v.begun {
		return "/en/code"
	}
	return "/en/p/usagers"
}

// think is the time that a person takes for a page, which is another one each time.
func (v *Visitor) think() {
	v.steps++
	pause(time.Duration((v.person.Number*7919+v.steps*10477)%150) * time.Millisecond)
}

// step does what a page asks for.
func (v *Visitor) step(s screen) screen {
	switch s.path {
	case "/en/p/usagers":
		return v.address(s)
	case "/en/code":
		return v.code(s)
	case "/en/password":
		return v.password(s)
	case "/en/wait":
		return v.wait(s)
	}
	v.note("a page that nobody expects: %d %s", s.status, s.path)
	pause(time.Second)
	return v.get(v.here())
}

func (v *Visitor) address(s screen) screen {
	next := v.post(s, "/en/p/usagers", url.Values{"address": {v.person.Mail}})
	if next.path == "/en/code" && next.status == http.StatusOK {
		v.begun, v.asked, v.resends = true, time.Now(), 0
	}
	if next.path == "/en/p/usagers" { // busy
		pause(time.Second)
	}
	return next
}

// code types the newest code that came, or asks for another one when none does for a while: a busy machine has sent it
// by then, so that nobody asks who has only to wait, and types one that was replaced meanwhile.
func (v *Visitor) code(s screen) screen {
	wait := 5 * time.Second << min(v.resends, 3)
	var code string
	v.site.comes(time.Until(v.asked.Add(wait)), func() bool { code = v.newest(); return code != "" })
	if code == "" {
		v.resends, v.asked = v.resends+1, time.Now()
		return v.post(s, "/en/code/resend", url.Values{})
	}
	next := v.post(s, "/en/code", url.Values{"code": {code}})
	if next.path == "/en/code" && next.status == http.StatusUnprocessableEntity {
		if why := next.reason("reason"); why == "code-wrong" || why == "code-replaced" {
			v.wrong[code] = true
		} else {
			pause(time.Second)
		}
	}
	return next
}

func (v *Visitor) newest() string {
	for _, code := range slices.Backward(v.site.codes(v.person)) {
		if !v.wrong[code] {
			return code
		}
	}
	return ""
}

// password chooses one: the same again where the change was interrupted or the page could not be had, or another one; half
// of the people do this, half of them that. After a refusal it is another one.
func (v *Visitor) password(s screen) screen {
	why := s.reason("reason")
	switch {
	case why == "unavailable":
		if has, err := v.site.Slapd.SignsIn(v.dn(), v.last()); err == nil && has {
			v.lie, v.until = "told that nothing was changed, and the directory has the new password", time.Time{}
			return s
		}
		pause(Lasting(1100*time.Millisecond, 20*time.Second))
	case why != "" && why != "write-interrupted":
		pause(1100 * time.Millisecond)
	}
	if len(v.chosen) == 0 || why != "" && why != "write-interrupted" && why != "unavailable" || v.person.Number%4 < 2 {
		v.chosen = append(v.chosen, password(v.person, len(v.chosen)+1))
	} else {
		v.chosen = append(v.chosen, v.last())
	}
	return v.post(s, "/en/password", url.Values{"password": {v.last()}, "confirm": {v.last()}})
}

func (v *Visitor) last() string {
	if len(v.chosen) == 0 {
		return dirtest.InitialPassword
	}
	return v.chosen[len(v.chosen)-1]
}

func (v *Visitor) dn() string { return v.person.DN(v.site.Slapd.BaseDN) }

var refresh = regexp.MustCompile(`href="(/en/wait\?[^"]*)"`)

// wait lets the page move by itself, or presses its button.
func (v *Visitor) wait(s screen) screen {
	if v.streams {
		if to := v.events(); to != "" {
			return v.get(to)
		}
	}
	match := refresh.FindStringSubmatch(s.body)
	if match == nil {
		return v.get("/en/wait")
	}
	return v.get(html.UnescapeString(match[1]))
}

// ended reads why a reset is over: none means that they begin anew.
func (v *Visitor) ended(s screen) end {
	why := s.reason("ended")
	v.note("ended: %s", why)
	switch why {
	case "cannot-tell", "superseded", "gone":
	case "expired":
		if v.lie = v.verify(unchanged); v.lie != "" {
			v.until = time.Time{}
		}
	default:
		return unchanged
	}
	if !v.beginAnew() {
		return again
	}
	return none
}

// beginAnew is what somebody does who is told to; false if they have had enough of it. Until then the directory has kept
// the old password, or has one of those that they chose.
func (v *Visitor) beginAnew() bool {
	v.again++
	v.begun = false
	v.note("told to begin anew")
	if v.lie == "" {
		v.lie = v.verify(again)
	}
	if v.lie != "" {
		v.until = time.Time{}
	}
	v.had = append([]string{dirtest.InitialPassword}, v.chosen...)
	for _, code := range v.site.codes(v.person) {
		v.wrong[code] = true
	}
	return v.again <= maxAgain
}

// note takes down what happened, for whoever wants to know how somebody was lost.
func (v *Visitor) note(format string, args ...any) {
	const enough = 30
	v.trace = append(v.trace, time.Now().Format("05.000 ")+fmt.Sprintf(format, args...))
	if len(v.trace) > enough {
		v.trace = v.trace[1:]
	}
}
