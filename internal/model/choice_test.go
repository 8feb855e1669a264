package model

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ssprd/internal/dirtest"
)

// card is one request of the deck.
type card struct {
	method string
	route  route
}

// newDeck has each route with each method, in an order of the seed.
func newDeck(rnd *rand.Rand) (all []card) {
	for _, r := range routes {
		for _, m := range methods {
			all = append(all, card{m, r})
		}
	}
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// draw is the next card of this step, if there is one that nobody has had yet. Each visitor begins at another place of
// the deck, so that together they soon have been through it in each step.
func (v *visitor) draw(s step) card {
	from := len(v.w.deck) * v.n / visitors
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	for _, next := range slices.Concat(v.w.deck[from:], v.w.deck[:from]) {
		if !v.w.seen[act{method: next.method, route: next.route}.seenIn(s)] {
			return next
		}
	}
	return one(v, v.w.deck...)
}

// some is anything at all: what a visitor would do who wants to come to the end, the next card, or something wild.
func (v *visitor) some() act {
	a := act{method: http.MethodPost, lang: one(v, "fr", "en")}
	steps := v.places.steps()
	now := steps[v.rnd.IntN(len(steps))]
	kind, lasting := v.rnd.IntN(6), now == challenge || now == choose
	if v.late && len(v.w.missed(now)) > 0 {
		kind = 3 + v.rnd.IntN(2)
	}
	switch {
	case kind <= 2 && (lasting || v.rnd.IntN(3) == 0): // the others are soon left, and have to be seen too
		v.forward(&a, now)
		return a
	case kind == 3:
		v.skip(&a, now)
		return a
	case kind == 4:
		next := v.draw(now)
		a.method, a.route = next.method, next.route
		if a.input = v.anyInput(a.route.path); a.begins() {
			a.input = noAddress // else nobody would come far
		}
		return a
	}
	a.method, a.route = one(v, methods...), one(v, routes...)
	if v.rnd.IntN(3) == 0 {
		a.method = http.MethodPost
	}
	if a.input = v.anyInput(a.route.path); a.begins() && a.method == http.MethodPost && v.rnd.IntN(4) > 0 {
		a.input = noAddress // else nobody would come far
	}
	a.cookie = v.anyCookie()
	if a.cookie != own && (a.input == person || a.input == nobody) {
		a.input = noAddress
	}
	if v.rnd.IntN(4) == 0 {
		a.form = one(v, staleForm, bareForm)
	}
	if a.method == http.MethodPost && a.route.post && v.rnd.IntN(6) == 0 {
		a.fault = one(v, crossOrigin, foreignHost, notAForm, doubled, tooLarge, unknownField)
	}
	return a
}

// one is one of several things.
func one[T any](v *visitor, things ...T) T { return things[v.rnd.IntN(len(things))] }

// begins tells whether a posts an address.
func (a act) begins() bool { return strings.HasPrefix(a.route.path, "/p/") }

// needsForm tells whether a posts a form that stands on a page of the reset.
func (a act) needsForm() bool {
	return a.method == http.MethodPost && a.route.step && a.route.post && a.cookie == own
}

// skip is what would lead on, or end it, from a step that may be another one (CVE-2026-18963).
func (v *visitor) skip(a *act, now step) {
	r := one(v, table...)
	v.w.mu.Lock()
	for _, unseen := range table {
		if unseen.in = now; !v.w.seen[unseen.String()] {
			r = unseen
		}
	}
	v.w.mu.Unlock()
	a.route, a.input = routeOf(r.post), r.input
	if r.post == "/cancel" && v.rnd.IntN(2) == 0 { // else nobody would come far
		a.route, a.input = routeOf("/password"), good
	}
}

// forward is what leads on from a step.
func (v *visitor) forward(a *act, now step) {
	switch now {
	case challenge:
		a.route, a.input = routeOf("/code"), one(v, mailed, mailed, mailed, wrongCode)
		if v.rnd.IntN(4) == 0 {
			a.route, a.input = routeOf("/code/resend"), nothing
		}
	case pick:
		a.route, a.input = routeOf("/account"), one(v, account, account, noAccount)
	case choose:
		a.route, a.input = routeOf("/password"), one(v, good, refused, noPassword)
		if v.rnd.IntN(4) == 0 {
			a.route, a.input = routeOf("/password/check"), typing
		}
	case changing:
		a.method, a.route = http.MethodGet, routeOf(one(v, "/wait", "/wait/events"))
	default:
		if v.over() && v.cookie != "" && v.rnd.IntN(2) == 0 {
			v.close()
		}
		a.route, a.input = routeOf("/p/usagers"), one(v, person, person, person, nobody)
	}
}

func (v *visitor) anyInput(path string) input {
	switch path {
	case "/code":
		return one(v, mailed, wrongCode, noCode)
	case "/account":
		return one(v, account, noAccount)
	case "/password":
		return one(v, good, refused, noPassword)
	case "/password/check":
		return typing
	case "/p/usagers":
		return one(v, person, nobody, noAddress)
	case "/p/elus":
		return one(v, noAddress)
	}
	return nothing
}

func (v *visitor) anyCookie() cookie {
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	switch c := one(v, own, own, own, own, own, own, former, finished, invented, none); {
	case c == former && len(v.former) == 0, c == finished && len(v.w.over) == 0:
		return invented
	default:
		return c
	}
}

// dressed gives a what it is sent with.
func (v *visitor) dressed(a act) act {
	a.fields = url.Values{}
	v.fill(&a)
	hidden := v.hidden[strings.TrimSuffix(a.route.path, "/check")]
	switch {
	case a.form == staleForm:
		if hidden = v.othersForm(a.route.path); hidden == nil {
			a.form = bareForm
		}
	case a.form == rightForm && a.needsForm() && (v.on == "" || hidden == nil):
		a.form = unsureForm
		if hidden == nil {
			hidden = v.othersForm(a.route.path)
		}
	}
	if a.form != bareForm {
		for name, values := range hidden {
			a.fields[name] = values
		}
	}
	switch a.fault {
	case doubled:
		a.fields["code"] = []string{"000000", "000001"}
	case tooLarge:
		a.fields.Set("code", strings.Repeat("0", 40<<10))
	case unknownField:
		a.fields.Set("next", "https://evil.example/")
	}
	return a
}

// othersForm are the fields of a form that another visitor was shown: one for that address, if there is one.
func (v *visitor) othersForm(address string) (fields url.Values) {
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	for _, other := range v.w.token {
		if other.visitor != v.n && (fields == nil || other.address == address) {
			fields = other.fields
		}
	}
	return fields
}

// fill types what the input says.
func (v *visitor) fill(a *act) {
	set := a.fields.Set
	switch a.input {
	case person, nobody, noAddress:
		set("address", v.address(a))
	case mailed, wrongCode, noCode:
		set("code", v.code(a))
	case account:
		set("account", one(v, "1", "2"))
	case noAccount:
		set("account", one(v, "", "0", "3", "-1", "x", "p00001"))
	case good, refused, noPassword:
		v.password(a)
	case typing:
		set("password", one(v, "", "court", "Falaise-26-Brume", "a\x00b", strings.Repeat("x", 5000)))
	case nothing:
		if a.route.path == "/code/resend" {
			v.paused(a)
		}
	}
}

// address is a person's in one of the ways to type it, or nobody's.
func (v *visitor) address(a *act) string {
	if a.input == person && v.next > v.last {
		a.input = nobody // everybody has had a turn
	}
	switch a.input {
	case person:
		p := dirtest.Extra(v.next)
		box := dirtest.Extra(mailbox(v.next)).Mail
		if a.several = mailbox(v.next+1) == v.next; a.several {
			return one(v, box, strings.ToUpper(box))
		}
		return one(v, box, strings.ToUpper(box), p.UID, " "+box+" ")
	case nobody:
		return one(v, fmt.Sprintf("personne.%d.%d@exemple.fr", v.n, v.rnd.IntN(1000)), "*)(uid=*",
			dirtest.Protected.Mail, dirtest.LockedForGood.Mail, dirtest.Helene.Mail, dirtest.Outsider.Mail)
	}
	return one(v, "", " ", "a@", "@b.example", "a@b@c.example", "a\x00b@c.example", strings.Repeat("a", 250)+"@b.example")
}

// code is one of the kind. Whoever has got no code from a mail types a wrong one.
func (v *visitor) code(a *act) string {
	if sends := v.sends(); a.input == mailed && v.box != "" && sends > 0 {
		a.send = sends
		if v.rnd.IntN(3) == 0 {
			a.send = 1 + v.rnd.IntN(sends)
		}
		code, came := v.w.mailedTo(v.box, a.send)
		last, lastCame := v.w.mailedTo(v.box, sends)
		if came && lastCame {
			if code == last {
				a.send = sends // two codes can be the same
			}
			if a.moves() && a.send == sends {
				v.typed, v.spent = true, code
			}
			return one(v, code, code[:3]+" "+code[3:], code[:3]+"-"+code[3:])
		}
	}
	if a.input == mailed && v.spent != "" && v.sends() == 0 {
		return v.spent
	}
	if a.input == mailed {
		a.input = wrongCode
	}
	if a.input == noCode {
		return one(v, "", "1", "12345", "1234567", "abcdef", "12 34", "12345x")
	}
	return v.wrong()
}

// moves tells whether a can move the visitor's reset at all.
func (a act) moves() bool {
	return a.method == http.MethodPost && a.route.post && a.cookie == own && (a.fault == "" || a.fault == unknownField) &&
		(a.form == rightForm || a.form == unsureForm)
}

// wrong is a code that was never mailed to this visitor: a drawn one, or another's.
func (v *visitor) wrong() string {
	v.w.collect()
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	mine := map[string]bool{}
	for _, code := range v.w.codes[v.box] {
		mine[code] = true
	}
	if v.rnd.IntN(2) == 0 {
		i := 1 + v.rnd.IntN(v.last)
		if theirs := v.w.codes[dirtest.Extra(i).Mail]; len(theirs) > 0 && !mine[theirs[len(theirs)-1]] {
			return theirs[len(theirs)-1]
		}
	}
	for {
		if code := fmt.Sprintf("%06d", v.rnd.IntN(1_000_000)); !mine[code] {
			return code
		}
	}
}

// paused tells whether the pause between two codes has passed. The last code is waited for first: the mail of one that
// was asked for once more before it was drawn never comes, and the next could not be told from it.
func (v *visitor) paused(a *act) {
	if sends := v.sends(); sends > 0 && v.box != "" {
		v.w.mailedTo(v.box, sends)
	}
	a.late = time.Since(v.asked[1]) >= pause
}

// password types one of the kind, twice. A good one is nobody else's.
func (v *visitor) password(a *act) {
	v.submitted++
	letters := strings.NewReplacer("0", "b", "1", "c", "2", "d", "3", "f", "4", "g", "5", "h", "6", "j", "7", "k", "8", "m", "9", "n")
	a.password = "Falaise-26-" + letters.Replace(strconv.Itoa(v.n)+"-"+strconv.Itoa(v.submitted)) + "-Brume"
	confirm := a.password
	switch a.input {
	case refused:
		a.password, confirm = dirtest.InitialPassword, dirtest.InitialPassword
	case noPassword:
		a.password = one(v, a.password, "", "court", "tout-en-minuscules", a.password+"\x00")
		confirm = one(v, "", "autre chose")
	}
	a.fields.Set("password", a.password)
	a.fields.Set("confirm", confirm)
}
