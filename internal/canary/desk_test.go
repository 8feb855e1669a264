package canary

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// Where the agents are, and what they may do: all.
const (
	agentsBase = "ou=agents,dc=region,dc=example"
	agents     = "cn=guichet,ou=groupes,dc=region,dc=example"
	deskConfig = `helpdesk:
  enabled: true
  listen: %[1]q
  public_url: http://%[1]s
  directory: region
  base: %[2]q
  find_by: [uid, mail]
  roles:
    - {group: %[3]q, populations: [usagers, elus], may: [view, send-code, unlock, dictate-code, approve, audit]}
`
)

// agent is somebody of the helpdesk.
type agent struct {
	name, password, mail string
	*browser
}

// furnish makes the place of the agents.
func (w *world) furnish() {
	w.t.Helper()
	w.must(w.slapd.Add(agentsBase, "objectClass", "organizationalUnit"))
	w.must(w.slapd.Add(agents, "objectClass", "groupOfNames", "member", w.slapd.ServiceDN)) // which wants a member
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// hire makes an agent.
func (w *world) hire() *agent {
	w.t.Helper()
	w.agents++
	a := &agent{name: fmt.Sprintf("agent%03d", w.agents), password: w.secret("an agent's password", "Guichet-30-"), browser: w.visit()}
	a.mail = a.name + "@agence.example"
	dn := "cn=" + a.name + "," + agentsBase
	w.must(w.slapd.Add(dn, "objectClass", "inetOrgPerson", "sn", "Martin", "displayName", "Agent "+a.name, "uid", a.name, "mail", a.mail, "userPassword", a.password))
	w.must(w.slapd.AddValue(agents, "member", dn))
	return a
}

// visit is a new browser before the helpdesk.
func (w *world) visit() *browser { return &browser{w: w, url: w.desk, name: "ssprd-desk"} }

// knock types the name and the password.
func (a *agent) knock() *agent {
	a.w.t.Helper()
	a.get("/fr/sign-in").post("/fr/sign-in", "name", a.name, "password", a.password)
	return a
}

// agentCode begins the mail that brings it.
var agentCode = regexp.MustCompile(`^\d{3}\D?\d{3} `)

// mailed waits for the agent's code, and takes it down.
func (a *agent) mailed() (code string) {
	a.w.t.Helper()
	a.w.until("the code of "+a.mail, func() bool {
		for _, m := range a.w.sink.MessagesTo(a.mail) {
			code = digits(agentCode.FindString(m.Text))
		}
		return code != ""
	})
	return a.w.add(secret{what: "an agent's code", value: code, mail: a.mail})
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// signedIn is a new agent, who has signed in.
func (w *world) signedIn() *agent {
	w.t.Helper()
	a := w.hire()
	a.knock().led("/fr/code").get("/fr/code")
	a.post("/fr/code", "code", a.mailed()).led("/fr/").get("/fr/").answered(http.StatusOK)
	return a
}

// found is the address of the card of somebody, which is shown.
func (a *agent) found(name string) string {
	a.w.t.Helper()
	a.get("/fr/").post("/fr/search", "text", name).led("/fr/search").get("/fr/search")
	card := a.at
	a.get(card).answered(http.StatusOK)
	return card
}

var spoken = regexp.MustCompile(`class="spoken[^>]*>(.*?)</(?:p|div)>`)

// dictated is a code that the agent is shown, in one answer.
func (a *agent) dictated(card string) string {
	a.w.t.Helper()
	path := card + "/dictate-code"
	a.get(path).post(path, "reason", "ticket 4711", "check-1", "on", "check-2", "on").answered(http.StatusOK)
	match := spoken.FindStringSubmatch(a.page)
	if match == nil {
		a.w.t.Fatalf("no code is shown: %s", a.page)
	}
	return a.w.add(secret{what: "a dictated code", value: digits(match[1]), once: a.what})
}

// helped is what agents do for people on an ordinary day: codes dictated and mailed, the record read, the sign-out.
func (w *world) helped() {
	a, p, q := w.signedIn(), w.next(), w.next()
	card := a.found(p.UID)
	former := a.dictated(card)
	a.get(card + "/dictate-code").get(card).get("/fr/requests").get("/fr/")
	right := a.dictated(card)
	const page = "/fr/p/usagers/support-code"
	b := w.browser()
	b.get(page).post(page, "address", p.UID, "code", former).answered(http.StatusUnprocessableEntity)
	b.post(page, "address", p.UID, "code", w.add(secret{what: "a wrong dictated code", value: "918273645546372"})).answered(http.StatusUnprocessableEntity)
	b.post(page, "address", q.UID, "code", right).answered(http.StatusUnprocessableEntity)
	b.post(page, "address", p.UID, "code", w.secret("a password typed as a dictated code", "Champ-31-")).answered(http.StatusUnprocessableEntity)
	b.post(page, "address", p.Mail, "code", right).led("/fr/password").get("/fr/password")
	good := w.secret("a good password", "Bon-32-")
	if b.submit(good); b.at == "/fr/wait" {
		b.settled("/fr/done")
	}
	w.changed(p, good)

	other := a.found(q.UID)
	a.post(other+"/send-code", "reason", "ticket 4712").led(other).get(other)
	w.browser().get(page).post(page, "address", q.UID, "code", w.assisted(q.Mail)).led("/fr/password")
	a.get("/fr/record").post("/fr/record", "text", "ticket").answered(http.StatusOK)
	a.get("/fr/record").post("/fr/record/export", "text", "").answered(http.StatusOK)
	w.until("the events of a card", func() bool { return strings.Contains(a.get(card).page, "4711") })
	a.get("/fr/").post("/fr/sign-out").led("/fr/sign-in").get("/fr/sign-in")
}

var assistedCode = regexp.MustCompile(`(?m)^\d{3}(\D?\d{3}){4}$`)

// assisted waits for a code that an agent has had mailed, and takes it down.
func (w *world) assisted(to string) (code string) {
	w.t.Helper()
	w.until("the code of the helpdesk to "+to, func() bool {
		for _, m := range w.sink.MessagesTo(to) {
			code += digits(assistedCode.FindString(m.Text))
		}
		return code != ""
	})
	return w.add(secret{what: "a code mailed by the helpdesk", value: code, mail: to})
}

// shown draws a secret that whoever types it is shown again, to be corrected.
func (b *browser) shown(what, prefix string) string {
	return b.w.add(secret{what: what, value: prefix + "<7>&" + rand.Text()[:12], page: b})
}

// wrongAgents are passwords and codes that do not let anybody in.
func (w *world) wrongAgents() {
	a := w.hire()
	for _, typed := range []string{w.secret("a wrong password of an agent", "Faux-33-"), w.secret("a wrong password with a NUL", "Faux-34-") + "\x00",
		strings.Repeat(w.secret("a wrong password at great length", "Faux-35-"), 40)} {
		a.get("/fr/sign-in").post("/fr/sign-in", "name", a.name, "password", typed).answered(http.StatusUnprocessableEntity)
	}
	for _, shape := range []string{"%s", "%s@agence.example", "%s\x00"} { // who types the password where the name belongs sees it again
		b := w.visit()
		typed := b.shown("a password typed as an agent's name", "Nom-36-")
		b.get("/fr/sign-in").post("/fr/sign-in", "name", fmt.Sprintf(shape, typed), "password", a.name).answered(http.StatusUnprocessableEntity)
	}
	a.knock().led("/fr/code").get("/fr/code")
	right := a.mailed()
	a.post("/fr/code", "code", w.secret("a password typed as an agent's code", "Code-37-")).answered(http.StatusUnprocessableEntity)
	for i := range 5 {
		a.get("/fr/code").post("/fr/code", "code", w.add(secret{what: "an agent's wrong code", value: w.wrong(right, i)}))
	}
	a.led("/fr/sign-in").get("/fr/sign-in").post("/fr/code", "code", right).led("/fr/sign-in")
	w.hire().knock().led("/fr/code") // who never types it
}

// wrong is the i-th code that the right one is not.
func (w *world) wrong(right string, i int) string {
	code := fmt.Sprintf("%06d", 730_519+i)
	if code == right {
		return w.wrong(right, i+10)
	}
	return code
}

// strangeAgents are requests that no page of the helpdesk makes, each with a password in it.
func (w *world) strangeAgents() {
	a := w.signedIn()
	odd := func(what string) string { return escaped(w.secret("an agent's password "+what, "Requete-38-")) }
	const form = "application/x-www-form-urlencoded"
	for _, path := range []string{"/fr/sign-in?password=%s", "/fr/%s", "/fr/p/usagers/%s", "/fr/p/%s/x", "/fr/search?text=%s", "/static/%s", "/?a=%s"} {
		a.get(fmt.Sprintf(path, odd("in an address")))
	}
	a.send("PUT", "/fr/sign-in", form, "password="+odd("in a PUT"), nil)
	a.send("POST", "/fr/sign-in", "application/json", `{"password":"`+odd("in JSON")+`"}`, nil)
	a.send("POST", "/fr/sign-in", form, "name=x&password="+odd("before a wrong escape")+"&confirm=%zz", nil)
	a.send("POST", "/fr/sign-in", form, "name=x&password="+odd("twice")+"&password="+odd("and once more"), nil)
	a.send("POST", "/fr/sign-in", form, "name=x&password="+odd("at the head of too much")+strings.Repeat("a", 40<<10), nil)
	a.send("POST", "/fr/sign-in", form, "name=x&passwort="+odd("in a field that there is not"), nil)
	a.send("POST", "/fr/p/usagers/x/send-code", form, "reason="+odd("in a form without its token"), nil)
	for _, name := range []string{"Origin", "Referer", "User-Agent", "X-Forwarded-For", "Authorization", "Cookie"} {
		method, value := http.MethodGet, odd("in the header "+name)
		switch name {
		case "Origin":
			method = http.MethodPost
		case "Cookie":
			value = a.browser.name + "=" + value
		}
		a.send(method, "/fr/", form, "", http.Header{name: {value}})
	}
	b := w.signedIn()
	b.post("/fr/search", "text", b.shown("a password typed into the search", "Cherche-39-"))
	b.get("/fr/search").answered(http.StatusOK)
	b.get("/fr/record").post("/fr/record", "text", b.shown("a password typed into the record's search", "Cherche-40-"))
	b.answered(http.StatusOK)
	b.get("/fr/record").post("/fr/record", "since", b.shown("a password typed as a date", "Date-41-"))
	b.answered(http.StatusUnprocessableEntity)
}

// agentWithoutDirectory signs in while no server is there, and where the answer never comes.
func (w *world) agentWithoutDirectory() {
	a := w.hire()
	for _, operation := range []int32{1, 2} {
		w.proxy.LoseAnswerTo(operation)
		a.knock()
	}
	w.slapd.Stop()
	a.knock().answered(http.StatusServiceUnavailable)
	w.must(w.slapd.Restart())
	w.logged("a request failed")
	w.until("the sign-in", func() bool { return a.knock().at == "/fr/code" })
	a.mailed()
}

// knocking has agents at the door from now on until the program ends, of whom one at least waits for the directory.
func (w *world) knocking() {
	w.t.Helper()
	for range 3 {
		form := url.Values{"name": {"agent001"}, "password": {w.secret("an agent's password that is being tried", "Pile-42-")}}
		go func() { // ends with the program
			for {
				request, _ := http.NewRequest(http.MethodPost, w.desk+"/fr/sign-in", strings.NewReader(form.Encode())) // of constants
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				request.Header.Set("Origin", w.desk)
				answer, err := w.client.Do(request)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		}()
	}
	typed := func() int {
		record, err := os.ReadFile(w.files["the audit record"])
		w.must(err)
		return strings.Count(string(record), `"agent.typed"`)
	}
	before := typed()
	w.until("agents at the door", func() bool { return typed() > before })
}
