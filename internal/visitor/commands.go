package visitor

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// command is one word of the language, and how many words may follow it.
type command struct {
	least, most int
	do          func(*player, []string) error
}

var commands = map[string]command{
	"open":    {1, 1, (*player).openAddress},
	"post":    {1, 99, (*player).post},
	"send":    {2, 4, (*player).sendAny},
	"header":  {2, 2, (*player).setHeader},
	"browser": {1, 1, (*player).useBrowser},
	"back":    {0, 0, (*player).back},
	"reload":  {0, 0, onPage((*player).reload)},
	"follow":  {1, 1, onPage((*player).follow)},
	"press":   {1, 2, onPage((*player).pressButton)},
	"type":    {2, 2, onPage(typeInto)},
	"choose":  {1, 1, onPage(choose)},
	"see":     {1, 2, (*player).see},
	"title":   {1, 1, onPage(title)},
	"holds":   {2, 2, onPage(holds)},
	"at":      {1, 1, onPage(at)},
	"status":  {1, 1, onPage(status)},
	"mail":    {2, 3, (*player).mail},
	"keep":    {1, 1, (*player).keep},
	"no":      {3, 3, (*player).noMail},
}

// onPage is a command that needs a page.
func onPage(do func(*player, *page, []string) error) func(*player, []string) error {
	return func(p *player, args []string) error {
		on, err := p.shown()
		if err != nil {
			return err
		}
		return do(p, on, args)
	}
}

func (p *player) send(method, to, contentType, body string) error {
	target, err := p.home.Parse(to)
	if err != nil {
		return err
	}
	return p.open(request{method: method, to: target, contentType: contentType, body: body})
}

func (p *player) sendAny(args []string) error {
	args = append(args, "", "")
	return p.send(args[0], args[1], args[2], args[3])
}

func (p *player) openAddress(args []string) error { return p.send(http.MethodGet, args[0], "", "") }

func (p *player) post(args []string) error {
	return p.send(http.MethodPost, args[0], formType, encode(args[1:]))
}

func (p *player) setHeader(args []string) error {
	p.header.Set(args[0], args[1])
	return nil
}

// useBrowser goes on with the browser of that name, a new one where there is none.
func (p *player) useBrowser(args []string) (err error) {
	name := args[0]
	if p.browsers[name] == nil {
		if p.browsers[name], err = newBrowser(p.home); err != nil {
			return err
		}
	}
	p.browser = p.browsers[name]
	return nil
}

// encode makes a form of words like name=value, in their order.
func encode(fields []string) string {
	var pairs []string
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	return strings.Join(pairs, "&")
}

func (p *player) back([]string) error {
	if len(p.pages) < 2 {
		return errors.New("there is no page before")
	}
	p.pages = p.pages[:len(p.pages)-1]
	return nil
}

// reload asks for the same address; the page takes the place of the one that it was.
func (p *player) reload(on *page, _ []string) error {
	next, err := p.fetch(p.dressed(request{method: http.MethodGet, to: on.url}))
	if err == nil {
		p.pages[len(p.pages)-1] = next
	}
	return err
}

func (p *player) follow(on *page, args []string) error {
	to, err := on.link(args[0])
	if err != nil {
		return err
	}
	return p.open(request{method: http.MethodGet, to: to})
}

func (p *player) pressButton(on *page, args []string) error {
	form, err := on.press(args[0])
	switch {
	case err != nil || form == nil:
		return err
	case len(args) == 1:
		return p.open(form.request())
	case args[1] == "twice":
		return p.openTwice(form.request())
	}
	return fmt.Errorf("%q is not twice", args[1])
}

func (p *player) see(args []string) error {
	on, err := p.shown()
	if err != nil {
		return err
	}
	return contains("on the page", visible(on.root), args)
}

func typeInto(_ *player, on *page, args []string) error { return on.typeInto(args[0], args[1]) }

func choose(_ *player, on *page, args []string) error { return on.choose(args[0]) }

func title(_ *player, on *page, args []string) error { return same("the title", on.title(), args[0]) }

func status(_ *player, on *page, args []string) error {
	return same("the status", strconv.Itoa(on.status), args[0])
}

func holds(_ *player, on *page, args []string) error {
	n, err := on.field(args[0])
	if err != nil {
		return err
	}
	return same("the field", on.value(n), args[1])
}

// at compares the path, and the query where one is wanted; of another site's page, the whole address.
func at(_ *player, on *page, args []string) error {
	got := on.url.Path
	if strings.Contains(args[0], "?") {
		got = on.url.RequestURI()
	}
	if on.status == 0 {
		got = on.url.String()
	}
	return same("the address", got, args[0])
}

func same(what, got, wanted string) error {
	if fold(got) != fold(wanted) {
		return fmt.Errorf("%s is %q", what, got)
	}
	return nil
}

// codeInMail is the first number that is long enough to be a code, in groups as people read it or in one.
var codeInMail = regexp.MustCompile(`\b([0-9]{3,4}( [0-9]{3,4})+|[0-9]{6,10})\b`)

func (p *player) mail(args []string) error {
	if args[0] == "says" {
		return contains("in the message:\n"+p.letter, p.letter, args[1:])
	}
	if args[0] != "to" || len(args) != 2 {
		return errors.New("a mail is one to somebody, or says something")
	}
	return eventually(func() (bool, error) { return p.readMail(args[1]) })
}

// readMail reads the last of the unread messages, if there is one.
func (p *player) readMail(to string) (bool, error) {
	texts, err := p.world.Mail(to)
	if err != nil || len(texts) <= p.read[to] {
		return false, err
	}
	p.letter, p.read[to] = texts[len(texts)-1], len(texts)
	if code := codeInMail.FindString(fold(p.letter)); code != "" {
		p.words["code"] = code
	}
	return true, nil
}

func (p *player) keep(args []string) error {
	p.words[args[0]] = p.words["code"]
	return nil
}

func (p *player) noMail(args []string) error {
	if args[0] != "mail" || args[1] != "to" {
		return errors.New("only mail can be missing")
	}
	unread, err := p.readMail(args[2])
	if err == nil && unread {
		return fmt.Errorf("there is one: %s", p.letter)
	}
	return err
}
