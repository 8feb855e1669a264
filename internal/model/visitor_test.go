package model

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"ssprd/internal/dirtest"
)

// visitor is one browser, and what the model knows of its reset.
type visitor struct {
	w       *world
	n       int // of the visitor
	rnd     *rand.Rand
	parties int // how many use this browser's session at once

	cookie string
	former []string // cookies that were renewed
	places places
	people []dirtest.Person // of the reset; none: a decoy
	box    string           // where its codes arrive
	asked  [2]time.Time     // when the last code was asked for: before it, and after the answer
	hidden map[string]url.Values
	on     string // the page on the screen, whose forms they are; "" once another request has been sent
	typed  bool   // the right code, in this session
	late   bool   // only what nobody has done yet is still to be done
	spent  string // the last of those, of this reset or one before

	next, step, last int // people: the next one, how many households further on the next is, and the last one
	submitted        int // passwords
	trace            []string
}

// walk does as many things as it is told, a few times as many where that is needed to come to everything, and leaves.
func (v *visitor) walk(acts int) (err error) {
	v.places = at(place{step: nowhere})
	for i := 0; i < acts || i < 4*acts && len(v.w.missed(everywhere...)) > 0; i++ {
		v.late = i >= acts
		switch {
		case v.parties > 1 && !v.late && v.rnd.IntN(2) == 0:
			err = v.atOnce()
		case len(v.places.steps()) > 1 && v.rnd.IntN(2) == 0:
			err = v.look()
		default:
			err = v.alone(v.some())
		}
		if err != nil {
			return fmt.Errorf("visitor %d: %w\nbefore that:\n  %s", v.n, err, strings.Join(v.trace, "\n  "))
		}
	}
	v.leave()
	return nil
}

// alone does one thing.
func (v *visitor) alone(a act) error {
	if a.needsForm() {
		if err := v.open(); err != nil {
			return err
		}
	}
	a = v.dressed(a)
	came := time.Now()
	r, err := v.do(a)
	if err != nil {
		return err
	}
	a.soon = time.Since(v.asked[0]) < pause // it is over, so it was asked sooner still
	if a.cookie != own {
		_, _, err := v.strangers(a.cookie).judge(a, r)
		return err
	}
	next, from, err := v.places.judge(a, r)
	if err != nil {
		return err
	}
	v.count(a, from)
	if a.route.path == "/p/usagers" && r.cookie != "" {
		v.begin(a)
	}
	v.took(a, r, came)
	v.places = next
	return v.promised(r)
}

// open shows the page of where the reset stands, of which the next post needs the form.
func (v *visitor) open() error {
	for range len(pageOf) {
		steps := v.places.steps()
		page := pageOf[steps[v.rnd.IntN(len(steps))]]
		if page == "" {
			page = "/"
		}
		if page == pageOf[done] || page == pageOf[ended] {
			return nil // to show it is to end the session
		}
		err := v.alone(act{method: http.MethodGet, lang: "fr", route: routeOf(page)})
		if err != nil || v.on != "" || page == "/" {
			return err
		}
	}
	return nil
}

// look asks for an address that has no page, and is led to where the reset stands.
func (v *visitor) look() error {
	return v.alone(act{method: http.MethodHead, lang: "fr", route: routeOf("/cancel")})
}

// atOnce does several things at once.
func (v *visitor) atOnce() error {
	if err := v.open(); err != nil {
		return err
	}
	acts, codes := make([]act, 2+v.rnd.IntN(v.parties-1)), 0
	same := !v.over() && v.rnd.IntN(2) == 0 // as by a double click
	for i := range acts {
		for {
			if acts[i] = v.some(); same && i > 0 {
				acts[i] = acts[0]
			} else if same {
				acts[i] = act{method: http.MethodPost, lang: "fr"}
				v.forward(&acts[i], v.places.steps()[0])
			}
			// One new code at a time: of two that are asked for at once, only the second comes.
			if !acts[i].begins() && acts[i].cookie == own && (acts[i].route.path != "/code/resend" || codes == 0) {
				break
			}
			same = false
		}
		if acts[i].route.path == "/code/resend" {
			codes++
		}
		acts[i] = v.dressed(acts[i])
		acts[i].late, acts[i].atOnce = false, true
		if acts[i].form == rightForm {
			acts[i].form = unsureForm
		}
	}
	all, errs := make([]told, len(acts)), make([]error, len(acts))
	came := time.Now()
	var parties sync.WaitGroup
	for i, a := range acts {
		parties.Go(func() {
			var r reply
			r, errs[i] = v.w.send(a, v.cookie)
			all[i] = told{a, r}
		})
	}
	parties.Wait()
	for i := range all {
		if errs[i] != nil {
			return fmt.Errorf("%s: %w", acts[i], errs[i])
		}
		v.note("at once: ", all[i].act, all[i].reply)
	}
	next, err := v.places.judgeAtOnce(slices.Clone(all))
	if err != nil {
		return err
	}
	for _, t := range all {
		v.took(t.act, t.reply, came)
	}
	v.places = next
	for _, t := range all {
		if err := v.promised(t.reply); err != nil {
			return err
		}
	}
	return nil
}

// do sends a with the cookie that it names.
func (v *visitor) do(a act) (reply, error) {
	cookie := v.cookie
	switch a.cookie {
	case former:
		cookie = v.former[v.rnd.IntN(len(v.former))]
	case finished:
		v.w.mu.Lock()
		cookie = v.w.over[v.rnd.IntN(len(v.w.over))]
		v.w.mu.Unlock()
	case invented:
		cookie = "WgXcQ-not-a-session-of-ours_0123456789abcdef"
	case none:
		cookie = ""
	}
	r, err := v.w.send(a, cookie)
	if err != nil {
		return r, fmt.Errorf("%s: %w", a, err)
	}
	v.note("", a, r)
	return r, nil
}

// strangers are the places of a session that is not the visitor's own.
func (v *visitor) strangers(c cookie) places {
	if c == finished {
		return at(place{step: done}, place{step: ended}, place{step: ended, claims: 1}, place{step: nowhere}, place{step: gone})
	}
	return at(place{step: nowhere}, place{step: gone})
}

// took keeps what an answer has given.
func (v *visitor) took(a act, r reply, came time.Time) {
	if r.cookie != "" {
		if v.cookie != "" {
			v.former = append(v.former, v.cookie)
		}
		v.cookie = r.cookie
	}
	if r.dropped {
		v.cookie = ""
	}
	if v.on = ""; len(r.hidden) > 0 {
		v.hidden, v.on = r.hidden, r.page
	}
	v.w.remember(v.n, "", r.hidden)
	if r.cookie != "" && a.begins() || r.to == "/code?new" {
		v.asked = [2]time.Time{came, time.Now()}
	}
}

// promised checks what must hold whatever the table says: no page of a later step without the right code in this session.
func (v *visitor) promised(r reply) error {
	if v.typed {
		return nil
	}
	for _, page := range later {
		if r.page == page || r.to == page || r.to == "over "+page || r.to == "progress" {
			return fmt.Errorf("%s, and no right code was typed in this session (CVE-2026-18963)", r)
		}
	}
	return nil
}

// begin makes the reset of the address that was typed the visitor's own.
func (v *visitor) begin(a act) {
	v.leave()
	if a.input != person {
		return
	}
	v.people = []dirtest.Person{dirtest.Extra(v.next)}
	if a.several {
		v.people = append(v.people, dirtest.Extra(v.next+1))
	}
	v.box = dirtest.Extra(mailbox(v.next)).Mail
	if v.next++; a.several { // the next household of this visitor
		v.next = v.next - household + 1 + v.step*household
	}
}

// leave records the reset, and forgets it.
func (v *visitor) leave() {
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	v.w.resets = append(v.w.resets, record{v.people, v.places})
	v.people, v.box, v.typed = nil, "", false
}

// over tells whether the reset is certainly over.
func (v *visitor) over() bool {
	for p := range v.places {
		if p.step != done && p.step != ended && p.step != nowhere {
			return false
		}
	}
	return true
}

// close is the end of the browser: the cookie is gone, and somebody else may find it.
func (v *visitor) close() {
	v.leave()
	v.w.remember(v.n, v.cookie, nil)
	v.cookie, v.places = "", at(place{step: nowhere})
}

// note keeps the last things that were done, for the message of a failure.
func (v *visitor) note(how string, a act, r reply) {
	const enough = 30
	v.trace = append(v.trace, fmt.Sprintf("%s%s: %s", how, a, r))
	v.trace = v.trace[max(0, len(v.trace)-enough):]
}

// count keeps what was done in which step, where that is certain.
func (v *visitor) count(a act, from places) {
	seen := map[step]bool{}
	for p := range from {
		seen[p.step] = true
	}
	if len(seen) != 1 || a.fault != "" {
		return
	}
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	for s := range seen {
		v.w.seen[a.seenIn(s)] = true
		if a.method == http.MethodPost && (a.form == rightForm || a.form == unsureForm) {
			v.w.seen[row{in: s, post: a.route.path, input: a.input}.String()] = true
		}
	}
}

func (a act) seenIn(s step) string { return fmt.Sprintf("%s %s in %s", a.method, a.route.path, s) }

func (r row) String() string { return fmt.Sprintf("in %s, POST %s with %q", r.in, r.post, r.input) }

func routeOf(path string) route {
	i := slices.IndexFunc(routes, func(r route) bool { return r.path == path })
	return routes[i]
}

// sends is how many codes were asked for, if a code is waited for; else 0.
func (v *visitor) sends() int {
	n := 0
	for p := range v.places {
		if p.step != challenge || n > 0 && p.sends != n {
			return 0
		}
		n = p.sends
	}
	return n
}
