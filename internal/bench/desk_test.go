package bench_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/audit"
	"ssprd/internal/bench"
	"ssprd/internal/code"
	"ssprd/internal/desk"
	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/limit"
	"ssprd/internal/state"
)

// deskPeople is how many people the helpdesk of `make bench` has.
const deskPeople = 100_000

// helpdesk is one with three populations of a real directory, all but a few of its people in the first, and a connection of the
// service account's on which the same is asked of the directory alone.
type helpdesk struct {
	t       testing.TB
	slapd   *dirtest.Slapd
	people  int
	service *desk.Service
	journal *desk.Journal
	conn    *ldap.Conn
	groups  []string
	looks   int // that agents have had
}

// documented are the rules that docs/directories.md proposes: the tests' usual ones match DNs by regular expressions, which slapd
// tries for each attribute of each person that it looks at, and which make a search several times as long.
const documented = `
access to dn.subtree="ou=usagers,dc=region,dc=example" attrs=userPassword
  by dn.exact="cn=ssprd,ou=services,dc=region,dc=example" =w
  by self =w
  by anonymous auth
access to attrs=userPassword
  by self =w
  by anonymous auth
access to dn.subtree="ou=usagers,dc=region,dc=example" attrs=pwdAccountLockedTime,pwdFailureTime
  by dn.exact="cn=ssprd,ou=services,dc=region,dc=example" manage
  by * break
access to dn.subtree="dc=region,dc=example"
  by dn.exact="cn=ssprd,ou=services,dc=region,dc=example" read
  by * break
`

// units are the populations, and what their bases are called.
var units = []string{"usagers", "elus", "services"}

func openDesk(t testing.TB, people int) *helpdesk {
	t.Helper()
	h := &helpdesk{t: t, people: people}
	h.slapd = dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, Extra: people, Phones: true, Access: documented})
	h.groups = []string{"cn=assistance,ou=groupes," + h.slapd.BaseDN, "cn=informatique,ou=groupes," + h.slapd.BaseDN}
	directory := h.directory()
	var err error
	if h.conn, err = bench.Connect(&h.slapd.Server); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.conn.Close() })
	parts := h.parts()
	parts.Agents, parts.People = directory.Agents(h.slapd.BaseDN, []string{"mail", "uid"}, h.groups), map[string]desk.People{}
	for _, group := range h.groups {
		parts.Config.Roles = append(parts.Config.Roles, desk.Role{Group: group, Populations: units, May: []string{"view", "send-code", "unlock"}})
	}
	for _, unit := range units {
		parts.People[unit] = directory.Population(ldapx.Search{
			Base: h.base(unit), Filter: inetOrgPerson, FindBy: []string{"mail", "uid"}, Mail: []string{"mail"}, Identifier: "uid",
		}).People()
	}
	h.service = desk.New(parts)
	return h
}

// directory is slapd as the configuration of an administrator describes it.
func (h *helpdesk) directory() *ldapx.Directory {
	h.t.Helper()
	config := ldapx.Defaults()
	config.Name, config.Kind, config.Servers, config.CAFile = "region", ldapx.OpenLDAP, []string{h.slapd.URL}, h.slapd.CAFile
	config.BindDN, config.BindPasswordFile = h.slapd.ServiceDN, h.slapd.ServicePasswordFile
	config.Protected, config.PasswordPolicy = []string{dirtest.ProtectedFilter}, h.slapd.PolicyDN
	directory, err := ldapx.Open(config, slog.New(slog.DiscardHandler))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(directory.Close)
	return directory
}

// parts are what stands around a helpdesk, on files as in production.
func (h *helpdesk) parts() desk.Parts {
	h.t.Helper()
	log, key, dir := slog.New(slog.DiscardHandler), state.NewKey(), h.t.TempDir()
	store, err := state.OpenFile(filepath.Join(dir, "state.db"), log)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = store.Close() })
	record, err := audit.Open(filepath.Join(dir, "audit.jsonl"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = record.Close() })
	h.journal = desk.NewJournal(record, store, key, log)
	h.t.Cleanup(func() { h.journal.Close(context.Background()) })
	codes := flow.NewService(flow.Parts{Code: code.Defaults(), Limits: limit.Defaults(), Store: store, Key: key, Audit: h.journal, Log: log})
	h.t.Cleanup(func() { _ = codes.Close(context.Background()) })
	return desk.Parts{Codes: codes, Events: h.journal, Limits: limit.Defaults(), Store: store, Key: key, Audit: h.journal, Log: log}
}

// agent is who looks next: each looks at no more than somebody on the telephone does.
func (h *helpdesk) agent() desk.Agent {
	h.looks++
	return desk.Agent{ID: flow.AccountID(fmt.Sprint("agent ", h.looks/200)), Groups: h.groups[:1]}
}

const inetOrgPerson = "(objectClass=inetOrgPerson)"

func (h *helpdesk) base(unit string) string { return "ou=" + unit + "," + h.slapd.BaseDN }

// extra is one of the people, each time another one.
func (h *helpdesk) extra(i int) dirtest.Person { return dirtest.Extra(1 + i*7919%h.people) }

// kindOfText is something that agents type of a person, and how many people are on the page that they ask for.
type kindOfText struct {
	name string
	text func(dirtest.Person) string
	from int
	hits int
}

var kindsOfText = []kindOfText{
	{"a family name", func(p dirtest.Person) string { return p.Surname }, 0, desk.PageSize},
	{"a family name, the last page", func(p dirtest.Person) string { return p.Surname }, 180, desk.PageSize},
	{"two letters of a family name", func(p dirtest.Person) string { return letters(p.Surname, 2) }, 0, desk.PageSize},
	{"given and family name", func(p dirtest.Person) string { return p.Given + " " + p.Surname }, 0, desk.PageSize},
	{"family and given name", func(p dirtest.Person) string { return p.Surname + " " + p.Given }, 0, desk.PageSize},
	{"an identifier", func(p dirtest.Person) string { return p.UID }, 0, 1},
	{"a mail address", func(p dirtest.Person) string { return p.Mail }, 0, 1},
	{"a telephone number", dirtest.Person.Phone, 0, 1},
	{"nobody's name", func(dirtest.Person) string { return "Quatrebarbes" }, 0, 0},
	{"nobody's name, four letters of many people's", func(p dirtest.Person) string { return letters(p.Surname, 4) + "ix" }, 0, 0},
}

// letters are the first n of a name.
func letters(name string, n int) string { return string([]rune(name)[:n]) }

// searched is how long the searches of one kind of text took, and what is first asked for each took the directory alone.
type searched struct {
	kind        kindOfText
	desk, alone []time.Duration
}

// searches measures each kind of text n times, by turns with the directory alone.
func (h *helpdesk) searches(n int) (all []searched) {
	h.t.Helper()
	for _, kind := range kindsOfText {
		s := searched{kind: kind}
		for i := range n + 1 {
			text := kind.text(h.extra(i))
			desk, alone := took(func() { h.search(kind, text) }), took(func() { h.find(text) })
			if i > 0 { // by the first one everything is connected
				s.desk, s.alone = append(s.desk, desk), append(s.alone, alone)
			}
		}
		all = append(all, s)
	}
	return all
}

// search is an agent's, in all populations.
func (h *helpdesk) search(kind kindOfText, text string) (found []desk.Person) {
	h.t.Helper()
	hits, err := h.service.Search(context.Background(), netip.Addr{}, h.agent(), "", text, kind.from)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, each := range hits {
		found = append(found, each.People...)
	}
	if len(found) != kind.hits {
		h.t.Fatalf("%s: %q finds %d people, want %d", kind.name, text, len(found), kind.hits)
	}
	return found
}

// find asks the directory alone for those whom a text names, in each population, as many as the helpdesk makes its pages of.
func (h *helpdesk) find(text string) {
	h.t.Helper()
	filter := begins(text)
	if words := strings.Fields(text); len(words) > 1 {
		all := ""
		for _, word := range words {
			all += begins(word)
		}
		filter = "(|" + filter + "(&" + all + "))"
	}
	for _, unit := range units {
		h.ask(h.base(unit), ldap.ScopeWholeSubtree, 201, "(&"+inetOrgPerson+filter+")", "entryUUID", "uid", "displayName", "cn")
	}
}

// begins is the filter of those of whom some attribute begins with text.
func begins(text string) string {
	var filter strings.Builder
	for _, attribute := range []string{"cn", "displayName", "givenName", "mail", "sn", "uid"} {
		fmt.Fprintf(&filter, "(%s=%s*)", attribute, ldap.EscapeFilter(text))
	}
	if strings.Trim(text, "+0123456789 ") == "" {
		for _, attribute := range []string{"telephoneNumber", "mobile"} {
			fmt.Fprintf(&filter, "(%[1]s=%[2]s*)(%[1]s=%[3]s*)", attribute, text, strings.ReplaceAll(text, " ", ""))
		}
	}
	return "(|" + filter.String() + ")"
}

// ask asks the directory alone.
func (h *helpdesk) ask(base string, scope, limit int, filter string, attributes ...string) []*ldap.Entry {
	h.t.Helper()
	result, err := h.conn.Search(ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, limit, 5, false, filter, attributes, nil))
	if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
		h.t.Fatal(err)
	}
	return result.Entries
}

// carded is how long cards took, and their readings alone, one for one.
type carded struct {
	readings    int // of one card
	desk, alone []time.Duration
}

// over is how much longer each card took than its readings alone.
func (c carded) over() (all []time.Duration) {
	for i := range c.desk {
		all = append(all, c.desk[i]-c.alone[i])
	}
	return all
}

// cards measures n of them, by turns with what they read, alone. That this is as much as they read is counted by the directory.
func (h *helpdesk) cards(n int) (c carded) {
	h.t.Helper()
	for i := range n + 2 {
		id := h.search(kindOfText{"an identifier", nil, 0, 1}, h.extra(i).UID)[0].ID
		h.happens(id)
		card, alone := func() { h.card(id) }, func() { h.read(id) }
		switch i {
		case 0: // by this one everything is connected, and the policy known
			card()
			alone()
		case 1:
			c.readings = h.counted(card)
			if n := h.counted(alone); n != c.readings {
				h.t.Fatalf("a card is %d searches in the directory, and what stands here for it is %d", c.readings, n)
			}
		default:
			c.desk, c.alone = append(c.desk, took(card)), append(c.alone, took(alone))
		}
	}
	return c
}

// eventful is how many events there are to show of each account, which is the most that are shown.
const eventful = 20

// happens fills the memory of what has happened to an account.
func (h *helpdesk) happens(id flow.AccountID) {
	h.t.Helper()
	for i := range eventful {
		e := audit.Event{Event: audit.CodeSent, Ref: fmt.Sprint(i), Population: units[0], Account: string(id), Client: "10.0.0.7"}
		if err := h.journal.Record(context.Background(), e); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := h.journal.Flush(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

// card is what an agent looks at.
func (h *helpdesk) card(id flow.AccountID) {
	h.t.Helper()
	card, err := h.service.Card(context.Background(), netip.Addr{}, h.agent(), units[0], id)
	if err != nil {
		h.t.Fatal(err)
	}
	if card.Person.ID != id || card.Person.Demands.MinLength == 0 || card.Operator || len(card.Acts) != 2 || len(card.Events) != eventful {
		h.t.Fatalf("%+v; want a whole card, of nobody who is an agent", card)
	}
}

// read asks the directory alone for what is on a card: the person, whether they are protected, their account as that of an agent,
// and whether the groups of the roles have them.
func (h *helpdesk) read(id flow.AccountID) {
	h.t.Helper()
	named := "(entryUUID=" + string(id) + ")"
	for _, filter := range []string{named, "(&" + dirtest.ProtectedFilter + named + ")"} {
		h.ask(h.base(units[0]), ldap.ScopeWholeSubtree, 2, "(&"+inetOrgPerson+filter+")", onCard...)
	}
	found := h.ask(h.slapd.BaseDN, ldap.ScopeWholeSubtree, 2, "(&(objectClass=person)"+named+")", onCard...)
	if len(found) != 1 {
		h.t.Fatalf("%s: %d entries", named, len(found))
	}
	dn, uid := ldap.EscapeFilter(found[0].DN), ldap.EscapeFilter(found[0].GetAttributeValue("uid"))
	for _, group := range h.groups {
		h.ask(group, ldap.ScopeBaseObject, 1, "(|(member="+dn+")(uniqueMember="+dn+")(memberUid="+uid+"))", "1.1")
	}
}

var onCard = []string{"entryUUID", "uid", "mail", "displayName", "cn", "givenName", "sn", "telephoneNumber", "mobile", "entryCSN",
	"pwdChangedTime", "pwdAccountLockedTime", "pwdReset", "pwdPolicySubentry", "pwdStartTime", "pwdEndTime"}

// counted is how many searches the directory has completed meanwhile.
func (h *helpdesk) counted(f func()) int {
	h.t.Helper()
	before := h.completed()
	f()
	return h.completed() - before - 1 // the reading of before had not completed when it was read
}

func (h *helpdesk) completed() int {
	h.t.Helper()
	entry, err := h.slapd.Entry("cn=Search,cn=Operations,cn=Monitor", "monitorOpCompleted")
	if err != nil {
		h.t.Fatal(err)
	}
	n, err := strconv.Atoi(entry.GetAttributeValue("monitorOpCompleted"))
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// took is how long something took.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// milliseconds is a percentile of what something took.
func milliseconds(all []time.Duration, p int) float64 {
	each := make([]float64, len(all))
	for i, d := range all {
		each[i] = float64(d) / float64(time.Millisecond)
	}
	return bench.Percentile(each, p)
}

func printSearches(out io.Writer, people int, all []searched) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%-46s\tp50\tp95\tLDAP p50\tp95\t\n", fmt.Sprintf("milliseconds, of %d people", people))
	for _, s := range all {
		fmt.Fprintf(t, "%-46s\t%.1f\t%.1f\t%.1f\t%.1f\t\n", s.kind.name,
			milliseconds(s.desk, 50), milliseconds(s.desk, 95), milliseconds(s.alone, 50), milliseconds(s.alone, 95))
	}
	return t.Flush()
}

func (c carded) print(out io.Writer, people int) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, all []time.Duration) {
		fmt.Fprintf(t, "%-46s\t%.1f\t%.1f\t\n", name, milliseconds(all, 50), milliseconds(all, 95))
	}
	fmt.Fprintf(t, "%-46s\tp50\tp95\t\n", fmt.Sprintf("milliseconds, of %d people", people))
	row("a card", c.desk)
	row(fmt.Sprintf("its %d LDAP reads alone", c.readings), c.alone)
	row("the card less its LDAP reads", c.over())
	return t.Flush()
}

// BenchmarkDeskSearch tells how long the helpdesk takes to find people among 100,000.
func BenchmarkDeskSearch(b *testing.B) {
	all := openDesk(b, deskPeople).searches(100)
	worst := 0.0
	for _, s := range all {
		worst = max(worst, milliseconds(s.desk, 50))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(worst, "ms/worst-median")
	report(b, "desk-search", nil, func(out io.Writer) error { return printSearches(out, deskPeople, all) })
}

// BenchmarkDeskCard tells what a card costs beside what it reads.
func BenchmarkDeskCard(b *testing.B) {
	c := openDesk(b, deskPeople).cards(500)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(c.over(), 50), "ms/over-LDAP")
	report(b, "desk-card", nil, func(out io.Writer) error { return c.print(out, deskPeople) })
}

// Both with few people, as many as have names enough for ten pages. They ask for no speed.
func TestDesk(t *testing.T) {
	const people, n = 2000, 3
	h := openDesk(t, people)
	all, c := h.searches(n), h.cards(n)
	for _, s := range all {
		if len(s.desk) != n || len(s.alone) != n || milliseconds(s.desk, 50) <= 0 || milliseconds(s.alone, 50) <= 0 {
			t.Errorf("%s: %v, %v", s.kind.name, s.desk, s.alone)
		}
	}
	if len(c.desk) != n || len(c.alone) != n || c.readings != 5 {
		t.Errorf("%+v", c)
	}
	var table strings.Builder
	if err := errors.Join(printSearches(&table, people, all), c.print(&table, people)); err != nil || strings.Contains(table.String(), "%!") {
		t.Errorf("%v: %s", err, table.String())
	}
	t.Log("\n" + table.String())
}
