package mail

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"ssprd/internal/flow"
)

// render makes the text of a message; *Renderer does.
type render interface {
	Render(m flow.Mail) (Message, error)
}

// errHeader says that a text cannot stand in a header: it would begin another one (R29).
var errHeader = errors.New("a control character in a header")

// errAddress says that a recipient is not exactly one address.
var errAddress = errors.New("not one mail address")

// delivery is a message on its way. Its number and date are the same at each attempt.
type delivery struct {
	mail     flow.Mail
	id       string // the left part of the Message-ID
	date     time.Time
	attempts int
}

func newDelivery(m flow.Mail) *delivery { return &delivery{mail: m, id: rand.Text(), date: time.Now()} }

// compose writes the letter as RFC 5322 wants it, with the headers that keep robots from answering (RFC 3834, R30).
func (l *delivery) compose(from *mail.Address, r render) (*gomail.Msg, error) {
	to, err := recipient(l.mail.To)
	if err != nil {
		return nil, err
	}
	text, err := r.Render(l.mail)
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	if hasControl(text.Subject) || hasControl(l.mail.Lang) {
		return nil, errHeader
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent()) // UTF-8, quoted-printable
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(text.Subject)
	msg.SetDateWithValue(l.date)
	msg.SetMessageIDWithValue(l.id + "@" + domain)
	msg.SetGenHeader(gomail.HeaderContentLang, l.mail.Lang)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, text.Text)
	if text.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, text.HTML)
	}
	return msg, nil
}

// recipient takes exactly one bare address. What the directory holds is not under our control: several addresses in a
// value, or a name before it, are refused rather than understood (R29).
func recipient(s string) (*mail.Address, error) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || hasControl(s) {
		return nil, errAddress
	}
	return a, nil
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
