package attack

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
)

// The groups of the helpdesk's agents: what their members may do stands in deskConfig.
const (
	helpers    = "cn=guichet,ou=groupes,dc=region,dc=example"
	leaders    = "cn=responsables,ou=groupes,dc=region,dc=example"
	neighbours = "cn=voisins,ou=groupes,dc=region,dc=example" // who lead in another population than elus

	agentsBase = "ou=agents,dc=region,dc=example"
)

// deskConfig has two populations, in one of which a dictated code needs a second agent.
func (s *Site) deskConfig() string {
	return fmt.Sprintf(`helpdesk:
  enabled: true
  listen: %[1]q
  public_url: https://%[1]s
  directory: region
  base: %[2]q
  find_by: [uid, mail]
  approval: [elus]
  roles:
    - {group: %[3]q, populations: [usagers, elus], may: [view, send-code, unlock, dictate-code]}
    - {group: %[4]q, populations: [usagers, elus], may: [view, send-code, unlock, dictate-code, approve, audit]}
    - {group: %[5]q, populations: [usagers], may: [view, send-code, unlock, dictate-code, approve, audit]}
`, s.Desk, agentsBase, helpers, leaders, neighbours)
}

// furnish makes the place of the agents, and their groups.
func (s *Site) furnish() {
	s.t.Helper()
	s.must(s.Slapd.Add(agentsBase, "objectClass", "organizationalUnit"))
	for _, group := range []string{helpers, leaders, neighbours} {
		s.must(s.Slapd.Add(group, "objectClass", "groupOfNames", "member", s.Slapd.ServiceDN)) // which wants a member
	}
}

// Agent is somebody of the helpdesk, and the browser that they sit at.
type Agent struct {
	dirtest.Person
	Password string
	*Browser
}

// Hire makes an agent who is in some groups, or in none.
func (s *Site) Hire(groups ...string) *Agent {
	s.t.Helper()
	s.agents++
	a := &Agent{Password: fmt.Sprintf("Tournesol-%05d-Agent", s.agents), Browser: s.Visit()}
	a.Person = dirtest.Person{Unit: "agents", Given: "Agent", Surname: "Martin", Number: s.agents, UID: fmt.Sprintf("agent%05d", s.agents)}
	a.Mail = a.UID + "@agence.example"
	s.keepSecret("password", a.Password)
	s.enter(a.Person, a.Password)
	for _, group := range groups {
		s.must(s.Slapd.AddValue(group, "member", a.DN(s.Slapd.BaseDN)))
	}
	return a
}

// Elected is somebody of the population in which a dictated code needs a second agent.
func (s *Site) Elected() dirtest.Person {
	s.t.Helper()
	s.agents++
	p := dirtest.Person{Unit: "elus", Given: "Claude", Surname: "Renard", Number: s.agents, UID: fmt.Sprintf("elu%05d", s.agents)}
	p.Mail = p.UID + "@exemple.fr"
	s.enter(p, dirtest.InitialPassword)
	return p
}

func (s *Site) enter(p dirtest.Person, password string) {
	s.t.Helper()
	s.must(s.Slapd.Add(p.DN(s.Slapd.BaseDN), "objectClass", "inetOrgPerson", "sn", p.Surname, "givenName", p.Given, "displayName", p.Name(),
		"uid", p.UID, "mail", p.Mail, "userPassword", password))
}

// Visit is a new browser before the helpdesk.
func (s *Site) Visit() *Browser {
	b := s.Browser()
	b.To = s.Desk
	return b
}

// Knock types a name and a password.
func (b *Browser) Knock(name, password string) Answer {
	b.site.t.Helper()
	b.reach("/en/sign-in", "/en/sign-in")
	return b.Post("/en/sign-in", "name", name, "password", password)
}

// AtCode lets an agent type the right password, and gives the code that is mailed.
func (a *Agent) AtCode() string {
	s := a.site
	s.t.Helper()
	before := len(s.agentCodes(a.Mail))
	if told := a.Knock(a.UID, a.Password).To(); told != "/en/code" {
		s.t.Fatalf("the right password of %s leads to %q", a.UID, told)
	}
	a.Get("/en/code")
	s.await("the code of "+a.Mail, func() bool { return len(s.agentCodes(a.Mail)) > before })
	return s.agentCodes(a.Mail)[before]
}

// SignedIn is a new agent, who has signed in.
func (s *Site) SignedIn(groups ...string) *Agent {
	s.t.Helper()
	a := s.Hire(groups...)
	if to := a.Post("/en/code", "code", a.AtCode()).To(); to != "/en/" {
		s.t.Fatalf("the right code of %s leads to %q", a.UID, to)
	}
	a.Get("/en/")
	return a
}

// The codes of the helpdesk as they stand in mails: an agent's begins the text, a person's has a line of its own.
var (
	agentCode    = regexp.MustCompile(`^\d{3}\D?\d{3} `)
	assistedCode = regexp.MustCompile(`(?m)^\d{3}(\D?\d{3}){4}$`)
)

// deskCodes keeps the codes of a mail as secrets, and gives that of an agent.
func (s *Site) deskCodes(m mailtest.Message) (agent string) {
	s.keepSecret("code", digits(assistedCode.FindString(m.Text)))
	agent = digits(agentCode.FindString(m.Text))
	s.keepSecret("code", agent)
	return agent
}

func (s *Site) agentCodes(to string) (codes []string) {
	for _, m := range s.Sink.MessagesTo(to) {
		if code := s.deskCodes(m); code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// Search looks for something: the fields of the form and their values by turns. It gives what comes of it.
func (b *Browser) Search(fields ...string) Answer {
	b.site.t.Helper()
	b.reach("/en/search", "/en/")
	if a := b.Post("/en/search", fields...); a.To() != "/en/search" {
		b.site.t.Fatalf("a search for %.80q leads to %s", fields, a.DeskTold())
	}
	return b.Get("/en/search")
}

// Find looks somebody up, and gives the address of their card, which is shown.
func (b *Browser) Find(p dirtest.Person) (card string) {
	s := b.site
	s.t.Helper()
	a := b.Search("text", p.UID)
	if !strings.HasPrefix(a.To(), "/en/p/"+p.Unit+"/") {
		s.t.Fatalf("the search for %s leads to %q, status %d", p.UID, a.To(), a.Status)
	}
	b.Get(a.To())
	return a.To()
}

// Order is what the form of an act sends, from the page on which it stands.
func (b *Browser) Order(card, act, reason string) url.Values {
	b.site.t.Helper()
	page := card
	if act == "dictate-code" {
		page += "/dictate-code"
	}
	b.Get(page)
	form := b.Hidden(card + "/" + act)
	form.Set("reason", reason)
	if act == "dictate-code" {
		form.Set("check-1", "on")
		form.Set("check-2", "on")
	}
	return form
}

// Send posts fields, and nothing beside them.
func (b *Browser) Send(path string, form url.Values) Answer {
	b.site.t.Helper()
	return b.Do(b.Request(http.MethodPost, path, form.Encode()))
}

// Act does something for somebody whose card it is.
func (b *Browser) Act(card, act, reason string) Answer {
	b.site.t.Helper()
	return b.Send(card+"/"+act, b.Order(card, act, reason))
}

// Dictate has a code for somebody.
func (b *Browser) Dictate(p dirtest.Person) string {
	b.site.t.Helper()
	a := b.Act(b.Find(p), "dictate-code", "ticket 4711")
	if a.Dictated() == "" {
		b.site.t.Fatalf("no code is shown for %s: %s", p.UID, a.DeskTold())
	}
	return a.Dictated()
}

// Redeem types a code of the helpdesk on the portal, in a new browser.
func (s *Site) Redeem(population, name, code string) (*Browser, Answer) {
	s.t.Helper()
	b, page := s.Browser(), "/en/p/"+population+"/support-code"
	b.Get(page)
	return b, b.Post(page, "address", name, "code", code)
}

// said is where a page of the helpdesk says what is wrong.
var said = regexp.MustCompile(`role="alert"><p>(.*?)</p>|<p class="why"[^>]*>(.*?)</p>`)

// DeskTold is Told for the helpdesk: "too-often", "wrong", where it leads, or the status.
func (a Answer) DeskTold() string {
	match := said.FindStringSubmatch(a.Body)
	if match == nil || a.To() != "" {
		return a.Told()
	}
	text := html.UnescapeString(match[1] + match[2])
	for _, family := range []string{"desk-sign-in.", "desk-refusal."} {
		for key, sentence := range portaltest.Sentences() {
			if name, ok := strings.CutPrefix(key, family); ok && text == sentence {
				return name
			}
		}
	}
	return text
}

// deskTally counts what answers tell.
func deskTally(answers []Answer) map[string]int {
	counts := map[string]int{}
	for _, a := range answers {
		counts[a.DeskTold()]++
	}
	return counts
}

// repeated is one request many times.
func repeated(rq Request, n int) []Request { return slices.Repeat([]Request{rq}, n) }
