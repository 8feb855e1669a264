package browsertest_test

import (
	"net/url"
	"regexp"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/demo"
	"ssprd/internal/portaltest"
)

const newPassword = "Merle-Noir-de-Guéret-26"

// person is somebody in front of the portal, with a second tab for the mailbox.
type person struct {
	*browsertest.Tab
	mail *browsertest.Tab
}

func newPerson(t *testing.T, b *browsertest.Browser, portal *portaltest.Portal) person {
	return person{b.Tab(t, portal.URL), b.Tab(t, portal.URL)}
}

var codeInMail = regexp.MustCompile(`\b[0-9]{3}\p{Zs}[0-9]{3}\b`)

// code reads the newest code sent to an address.
func (p person) code(t *testing.T, address string) string {
	t.Helper()
	p.mail.OpenUntil(demo.MailboxPath+"?to="+url.QueryEscape(address), `document.querySelector("article")`)
	code := codeInMail.FindString(p.mail.Text("article"))
	if code == "" {
		t.Fatalf("no code in the message: %s", p.mail.Text("article"))
	}
	return code
}

// begin goes as far as the page that asks for the code.
func (p person) begin(population, typed string) {
	p.Open("/fr/p/" + population)
	p.Fill("#address", typed)
	p.Submit("button.main")
	p.AwaitPath("/fr/code")
}

// prove enters the code; what comes next is the password, or the choice of an account.
func (p person) prove(t *testing.T, address, next string) {
	t.Helper()
	p.Fill("#code", p.code(t, address))
	p.Submit("button.main")
	p.AwaitPath(next)
}

// choose submits a new password and sees the next page, whatever it is.
func (p person) choose(password, again string) {
	p.Fill("#password", password)
	p.Fill("#confirm", again)
	p.Submit("button.main")
}

// sound tells of everything that a browser would complain of: errors, broken policies, requests to other hosts.
func (p person) sound(t *testing.T) {
	t.Helper()
	for _, problem := range p.Problems() {
		t.Error(problem)
	}
}

// another is a code of as many digits that is not the right one.
func another(code string) string {
	first := (code[0]-'0'+1)%10 + '0'
	return string(first) + code[1:]
}
