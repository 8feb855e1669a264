package model

import (
	"net/http"
)

// step is where a reset stands, as far as its visitor can tell.
type step string

const (
	nowhere   step = "nowhere" // no session, or none that has a reset
	gone      step = "gone"    // a session whose reset is not, or no longer, its own
	challenge step = "challenge"
	pick      step = "pick"
	choose    step = "choose"
	changing  step = "changing" // until every server has it: the visitor sees one page all along
	done      step = "done"
	ended     step = "ended"
)

// pageOf is the page of each step, to which everybody is led who asks for the page of another one.
var pageOf = map[step]string{
	nowhere: "/", challenge: "/code", pick: "/account", choose: "/password", changing: "/wait", done: "/done", ended: "/ended",
}

// later are the pages that nobody sees without the right code.
var later = []string{"/account", "/password", "/wait", "/done"}

// The bounds of the portal as it is configured here.
const (
	maxTries    = 5
	maxSends    = 3
	maxRefusals = 10
)

// place is where a reset may be, and what has been counted on the way there.
type place struct {
	step     step
	several  bool // accounts behind the address
	tries    int
	sends    int
	claims   int // passwords that went to the directory
	refusals int
	fate     input  // in changing: what will come of it
	written  string // the password that was, or is being, written
}

// input is what is typed, in kind.
type input string

const (
	nothing    input = ""
	person     input = "a person's address"
	nobody     input = "nobody's address"
	noAddress  input = "no address"
	mailed     input = "a code from a mail" // the right one, if it is from the last mail
	wrongCode  input = "a wrong code"       // another visitor's among them
	noCode     input = "no code"            // too short, too long, letters, nothing
	account    input = "an account"
	noAccount  input = "no account"
	good       input = "a good password"
	refused    input = "a password that the directory refuses"
	noPassword input = "no good password" // weak, confirmed otherwise, empty, not to be typed
	typing     input = "a password being typed"
)

// row is one line of the table: in this step, this post with this input is answered so, and leads to that step. if says
// when, and counts; it is given a copy of the place, in which the next step already stands.
type row struct {
	in     step
	post   string
	input  input
	status int
	page   string // shown, or led to; "" is the page of where the reset stands by then
	next   step
	renews bool // the session goes on under another cookie
	when   func(p *place, a act) bool
}

const (
	led   = http.StatusSeeOther
	again = http.StatusUnprocessableEntity
)

// table is all that moves a reset, and all that is answered otherwise than by the page of the step.
var table = []row{
	{challenge, "/code", mailed, led, "/password", choose, true, func(p *place, a act) bool { return alive(p, a) && !p.several }},
	{challenge, "/code", mailed, led, "/account", pick, true, func(p *place, a act) bool { return alive(p, a) && p.several }},
	{challenge, "/code", mailed, again, "/code", challenge, false, func(p *place, a act) bool { return a.send != p.sends && fails(p) < maxTries }},
	{challenge, "/code", mailed, led, "/ended", ended, false, func(p *place, a act) bool { return a.send != p.sends && fails(p) == maxTries }},
	{challenge, "/code", wrongCode, again, "/code", challenge, false, func(p *place, _ act) bool { return fails(p) < maxTries }},
	{challenge, "/code", wrongCode, led, "/ended", ended, false, func(p *place, _ act) bool { return fails(p) == maxTries }},
	{challenge, "/code", noCode, again, "/code", challenge, false, nil},
	{challenge, "/code/resend", nothing, led, "/code?new", challenge, false, func(p *place, a act) bool { p.sends++; return p.sends <= maxSends && !a.soon }},
	{challenge, "/code/resend", nothing, again, "/code", challenge, false, func(p *place, a act) bool { return p.sends == maxSends || !a.late }},
	{challenge, "/cancel", nothing, led, "/ended", ended, false, nil},

	{pick, "/account", account, led, "/password", choose, false, nil},
	{pick, "/account", noAccount, again, "/account", pick, false, nil},
	{pick, "/extend", nothing, http.StatusOK, "/account", pick, false, nil},
	{pick, "/cancel", nothing, led, "/ended", ended, false, nil},

	{choose, "/password", good, led, "", changing, false, func(p *place, a act) bool { p.written = a.password; return claims(p, a) }},
	{choose, "/password", refused, led, "", changing, false, func(p *place, a act) bool { return claims(p, a) }},
	{choose, "/password", noPassword, again, "/password", choose, false, nil},
	{choose, "/password/check", typing, http.StatusOK, "", choose, false, nil}, // a part of a page, which has no title
	{choose, "/extend", nothing, http.StatusOK, "/password", choose, false, nil},
	{choose, "/cancel", nothing, led, "/ended", ended, false, nil},
}

// alive tells whether a mailed code may be good: the newest, or, beside the request for a newer one, the one before it, which
// lives until the newer one is drawn.
func alive(p *place, a act) bool { return a.send == p.sends || a.atOnce && a.send == p.sends-1 }

func fails(p *place) int { p.tries++; return p.tries }

func claims(p *place, a act) bool {
	p.claims++
	p.fate = a.input
	return true
}

// passes is what time does: a change comes to its end.
func passes(p place) []place {
	all := []place{p}
	if p.step != changing {
		return all
	}
	next := p
	next.fate = nothing
	switch {
	case p.fate == good:
		next.step = done
	case p.refusals+1 < maxRefusals:
		next.step, next.refusals = choose, p.refusals+1
	default:
		next.step, next.refusals = ended, p.refusals+1
	}
	return append(all, next)
}

// route is an address of the portal, below a language if it is not bare, and how it can be asked for.
type route struct {
	path      string
	bare      bool
	get, post bool
	step      bool // it is about the visitor's reset, else the same for everybody
	back      bool // the same for everybody, but for who has submitted a password and may come back to see what became of it
	absent    bool // it is asked for as a page, and found to be none
	shows     string
}

var routes = []route{
	{path: "/", get: true, shows: "/", back: true},
	{path: "/p/usagers", get: true, post: true, shows: "address", back: true},
	{path: "/p/elus", get: true, post: true, shows: "address", back: true},
	{path: "/p/support", get: true, shows: "support", absent: true},
	{path: "/accessibility", get: true, shows: "accessibility"},
	{path: "/code", get: true, post: true, step: true},
	{path: "/code/resend", get: true, post: true, step: true},
	{path: "/account", get: true, post: true, step: true},
	{path: "/password", get: true, post: true, step: true},
	{path: "/password/check", get: true, post: true, step: true},
	{path: "/extend", get: true, post: true, step: true},
	{path: "/wait", get: true, step: true},
	{path: "/wait/events", get: true, step: true},
	{path: "/done", get: true, step: true},
	{path: "/ended", get: true, step: true},
	{path: "/cancel", get: true, post: true, step: true},
	{path: "/nowhere"},
	{path: "/p/nobodies", absent: true},
	{path: "/nowhere", bare: true},
}

// methods are asked of every route.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace,
}

// outcome is one way in which a request can go.
type outcome struct {
	status int
	to     string // where it leads, or what the event says
	page   string // what it shows
	renews bool
	parts  bool // the cookie may be taken away, though the reset is seen there once more
	then   place
}

// outcomes are all the ways in which a can go for a reset at p.
func (a act) outcomes(p place) []outcome {
	stay := func(status int, page string) []outcome { return []outcome{{status: status, page: page, then: p}} }
	switch {
	case a.fault == foreignHost:
		return stay(http.StatusMisdirectedRequest, "error")
	case a.fault == crossOrigin:
		return stay(http.StatusForbidden, "error")
	case !a.route.get && !a.route.post && !a.route.absent:
		return stay(http.StatusNotFound, "error")
	case a.method == http.MethodGet && a.route.path == "/wait/events":
		return a.streamed(p)
	case (a.method == http.MethodGet || a.method == http.MethodHead && a.route.path != "/wait/events") && a.route.get:
		return append(a.shown(p), a.strict(p)...)
	case a.route.absent && (a.method == http.MethodGet || a.method == http.MethodHead || a.method == http.MethodPost):
		return append(stay(http.StatusNotFound, "error"), a.strict(p)...)
	case a.method == http.MethodPost && a.route.post:
		return a.posted(p)
	}
	return stay(http.StatusMethodNotAllowed, "error")
}

// strict is what is answered, perhaps, to fields where none belong.
func (a act) strict(p place) []outcome {
	if len(a.fields) == 0 {
		return nil
	}
	return []outcome{{status: http.StatusBadRequest, page: "error", then: p}}
}

// here are the ways to be led to the page of where the reset stands.
func here(p place) (all []outcome) {
	if p.step == gone {
		return []outcome{{status: http.StatusOK, page: "/ended", then: p}}
	}
	for _, q := range passes(p) {
		all = append(all, outcome{status: led, to: pageOf[q.step], then: q})
	}
	return all
}

// shown is what a page is answered with. Showing the outcome ends the session, or may.
func (a act) shown(p place) (all []outcome) {
	if !a.route.step && !(a.route.back && p.submitted()) {
		return []outcome{{status: http.StatusOK, page: a.route.shows, then: p}}
	}
	if a.route.back {
		return a.comesBack(p)
	}
	if p.step == gone {
		return here(p)
	}
	for _, q := range passes(p) {
		switch {
		case a.route.path != pageOf[q.step]:
			all = append(all, outcome{status: led, to: pageOf[q.step], then: q})
			continue
		case q.step == done || q.step == ended:
			left := q
			left.step = nowhere
			all = append(all, outcome{status: http.StatusOK, page: a.route.path, then: left})
		}
		// Of two who look at once, both may see the outcome, and each ends the session.
		all = append(all, outcome{status: http.StatusOK, page: a.route.path, parts: a.atOnce, then: q})
	}
	return all
}

// submitted tells whether a change is under way, or over and not told of.
func (p place) submitted() bool {
	return p.step == changing || p.step == done || p.step == ended && p.claims > 0
}

// comesBack is what the first page, or that of an address, is to somebody who has submitted a password.
func (a act) comesBack(p place) (all []outcome) {
	for _, q := range passes(p) {
		if q.submitted() {
			all = append(all, outcome{status: led, to: pageOf[q.step], then: q})
		} else {
			all = append(all, outcome{status: http.StatusOK, page: a.route.shows, then: q})
		}
	}
	return all
}

// streamed is the first event of the stream: how far it is, or where it leads.
func (a act) streamed(p place) (all []outcome) {
	if p.step == nowhere || p.step == gone {
		return []outcome{{status: http.StatusNotFound, page: "error", then: p}}
	}
	for _, q := range passes(p) {
		to := "over " + pageOf[q.step]
		if q.step == changing {
			to = "progress"
		}
		all = append(all, outcome{status: http.StatusOK, to: to, then: q})
	}
	return all
}

// posted is what a form is answered with: by the table, if there is a row for it.
func (a act) posted(p place) (all []outcome) {
	refuse := func(statuses ...int) {
		for _, status := range statuses {
			all = append(all, outcome{status: status, page: "error", then: p})
		}
	}
	switch a.fault {
	case notAForm:
		refuse(http.StatusBadRequest, http.StatusUnsupportedMediaType)
		return all
	case doubled:
		refuse(http.StatusBadRequest)
		return all
	case tooLarge:
		refuse(http.StatusRequestEntityTooLarge)
		return all
	case unknownField:
		refuse(http.StatusBadRequest)
		return all
	}
	if !a.route.step {
		if a.fields.Has("form") { // the first form has no token, and takes no field that it does not have
			refuse(http.StatusBadRequest)
			return all
		}
		return append(all, a.begun(p)...)
	}
	if a.form != rightForm {
		if all = append(all, here(p)...); a.form != unsureForm {
			return all
		}
	}
	for _, q := range passes(p) {
		all = append(all, a.byTable(q)...)
	}
	return all
}

func (a act) begun(p place) []outcome {
	if a.input != person && a.input != nobody {
		return []outcome{{status: again, page: "address", then: p}}
	}
	return []outcome{{status: led, to: "/code", renews: true, then: place{step: challenge, sends: 1, several: a.several}}}
}

func (a act) byTable(p place) (all []outcome) {
	known := false
	for _, r := range table {
		if r.in != p.step || r.post != a.route.path {
			continue
		}
		known = true
		next := p
		next.step = r.next
		if r.input != a.input || r.when != nil && !r.when(&next, a) {
			continue
		}
		all = append(all, r.outcomes(next, a)...)
	}
	if !known {
		return here(p)
	}
	return all
}

func (r row) outcomes(next place, a act) (all []outcome) {
	switch {
	case r.status != led:
		return []outcome{{status: r.status, page: r.page, then: next}}
	case r.page != "":
		return []outcome{{status: led, to: r.page, renews: r.renews, then: next}}
	case !a.atOnce:
		return here(next)
	}
	// The answer is held until the change is over, and meanwhile others have moved on.
	for _, page := range []string{"/wait", "/done", "/password", "/ended"} {
		all = append(all, outcome{status: led, to: page, then: next})
	}
	return all
}
