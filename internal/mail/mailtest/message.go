package mailtest

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
)

// Message is what the server received.
type Message struct {
	From, Subject string   // of the envelope; decoded
	To            []string // of the envelope
	Header        mail.Header
	Text, HTML    string // decoded
	Raw           string
}

// ownLine is a code of six digits as it stands in a mail, alone.
var ownLine = regexp.MustCompile(`(?m)^\d{3}\D?\d{3}$`)

// Code is the security code in the message, in digits alone; "" if there is none.
func (m Message) Code() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, ownLine.FindString(m.Text))
}

func parse(from string, to []string, raw []byte) (Message, error) {
	m := Message{From: from, To: to, Raw: string(raw)}
	read, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = read.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil {
		return m, err
	}
	kind, params, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return m, err
	case kind == "text/plain" && read.Header.Get("Content-Transfer-Encoding") == "quoted-printable":
		text, err := io.ReadAll(quotedprintable.NewReader(read.Body))
		m.Text = unix(text)
		return m, err
	case kind == "multipart/alternative":
		return m, m.readParts(multipart.NewReader(read.Body, params["boundary"]))
	}
	return m, fmt.Errorf("a message of the type %s, %s", kind, read.Header.Get("Content-Transfer-Encoding"))
}

func (m *Message) readParts(parts *multipart.Reader) error {
	for {
		part, err := parts.NextPart() // it decodes quoted-printable
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		switch kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind {
		case "text/plain":
			m.Text = unix(body)
		case "text/html":
			m.HTML = unix(body)
		default:
			return fmt.Errorf("a part of the type %q", kind)
		}
	}
}

// unix gives the text with the line ends it was written with.
func unix(b []byte) string { return strings.ReplaceAll(string(b), "\r\n", "\n") }
