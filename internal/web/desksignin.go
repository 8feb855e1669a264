package web

import (
	"errors"
	"net/http"

	"ssprd/internal/desk"
	"ssprd/internal/secret"
)

// signInPage asks for name and password. Whoever is signed in is led on.
func (d *helpdesk) signInPage(rq *request) (answer, error) {
	if id := d.sessions.GetString(rq, deskSession); id != "" {
		_, err := d.Desk.Agent(rq, id)
		if err == nil {
			return goTo(d.home(rq.lang)), nil
		}
		if !errors.Is(err, desk.ErrSignedOut) {
			return answer{}, err
		}
	}
	page := d.signInForm(rq, "")
	switch why := d.told(rq, deskEnded); why {
	case "idle":
		page.Ended = true
	default:
		page.Reason, page.Error = desk.SignInReason(why), why != ""
	}
	return show(page), nil
}

func (d *helpdesk) signInForm(rq *request, reason desk.SignInReason) DeskSignInPage {
	page := DeskSignInPage{DeskFrame: d.frame(rq), Action: d.home(rq.lang) + "sign-in", Name: shown(rq.form.Get("name")), Reason: reason}
	page.Error = reason != desk.SignedIn
	return page
}

// signIn tries them. The password goes no further than desk.
func (d *helpdesk) signIn(rq *request) (answer, error) {
	id, open, reason, err := d.Desk.SignIn(rq, rq.client, rq.form.Get("name"), secret.New(rq.form.Get("password")))
	if err != nil {
		return answer{}, err
	}
	if reason != desk.SignedIn {
		a := correct(d.signInForm(rq, reason))
		if reason == desk.SignInLimited {
			a.status = http.StatusTooManyRequests
		}
		return a, nil
	}
	if former := d.sessions.GetString(rq, deskSession); former != "" {
		if err := d.Desk.SignOut(rq, rq.client, former); err != nil {
			return answer{}, err
		}
	}
	return d.begin(rq, id, open)
}

// begin makes id the session of this browser, under another token (R21).
func (d *helpdesk) begin(rq *request, id string, open bool) (answer, error) {
	if err := d.sessions.RenewToken(rq); err != nil {
		return answer{}, err
	}
	if err := d.sessions.Clear(rq); err != nil { // of what whoever sat here before has looked for, too
		return answer{}, err
	}
	d.sessions.Put(rq, deskSession, id)
	if open {
		return goTo(d.home(rq.lang)), nil
	}
	return goTo(d.home(rq.lang) + "code"), nil
}

// codePage asks for the mailed code.
func (d *helpdesk) codePage(rq *request) (answer, error) {
	id := d.sessions.GetString(rq, deskSession)
	if id == "" {
		return goTo(d.home(rq.lang) + "sign-in"), nil
	}
	_, err := d.Desk.Agent(rq, id)
	switch {
	case err == nil:
		return goTo(d.home(rq.lang)), nil
	case !errors.Is(err, desk.ErrSignedOut):
		return answer{}, err
	}
	return show(d.codeForm(rq, id, desk.SignedIn)), nil
}

func (d *helpdesk) codeForm(rq *request, id string, reason desk.SignInReason) DeskCodePage {
	page := DeskCodePage{DeskFrame: d.frame(rq), Action: d.home(rq.lang) + "code", Digits: desk.CodeDigits, Reason: reason}
	page.Form, page.SignOut, page.Error = d.form(id), d.home(rq.lang)+"sign-out", reason != desk.SignedIn
	return page
}

// enter judges it.
func (d *helpdesk) enter(rq *request) (answer, error) {
	id := d.sessions.GetString(rq, deskSession)
	if id == "" || !d.isForm(rq, id) {
		d.sessions.Put(rq, deskEnded, string(desk.SignInLost))
		return goTo(d.home(rq.lang) + "sign-in"), nil
	}
	next, reason, err := d.Desk.Enter(rq, rq.client, id, rq.form.Get("code"))
	switch {
	case err != nil:
		return answer{}, err
	case reason == desk.SignedIn:
		return d.begin(rq, next, true)
	case reason == desk.SignInOver:
		return d.signedOut(rq, string(reason))
	}
	return correct(d.codeForm(rq, id, reason)), nil
}

// signedOut leads to the sign-in, which tells why.
func (d *helpdesk) signedOut(rq *request, why string) (answer, error) {
	if err := d.sessions.Clear(rq); err != nil {
		return answer{}, err
	}
	d.sessions.Put(rq, deskEnded, why)
	return goTo(d.home(rq.lang) + "sign-in"), nil
}

// signOut ends the session, here and in the store.
func (d *helpdesk) signOut(rq *request) (answer, error) {
	if id := d.sessions.GetString(rq, deskSession); id != "" && d.isForm(rq, id) {
		if err := d.Desk.SignOut(rq, rq.client, id); err != nil {
			return answer{}, err
		}
		if err := d.sessions.Destroy(rq); err != nil {
			return answer{}, err
		}
	}
	return goTo(d.home(rq.lang) + "sign-in"), nil
}
