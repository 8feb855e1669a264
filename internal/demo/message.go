package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// Message is one message as it arrived.
type Message struct {
	From    string   // of the envelope
	To      []string // of the envelope
	Subject string
	Date    time.Time // as the message says, else when it arrived
	Text    string    // its text/plain part
	HTML    string    // its text/html part
	Raw     string    // all of it
}

// parseMessage reads what people see of a message (RFC 5322, MIME). The envelope is not in it.
func parseMessage(raw []byte, now time.Time) (Message, error) {
	m := Message{Raw: string(raw), Date: now}
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) {
		return Message{}, fmt.Errorf("message: %w", err)
	}
	if m.Subject, err = r.Header.Subject(); err != nil && !message.IsUnknownCharset(err) {
		return Message{}, fmt.Errorf("subject: %w", err)
	}
	if date, err := r.Header.Date(); err == nil && !date.IsZero() {
		m.Date = date
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil && !message.IsUnknownCharset(err) {
			return Message{}, fmt.Errorf("part of a message: %w", err)
		}
		if err := m.addPart(part); err != nil {
			return Message{}, err
		}
	}
}

// addPart keeps the first text of each kind and leaves attachments alone.
func (m *Message) addPart(p *mail.Part) error {
	header, ok := p.Header.(*mail.InlineHeader)
	if !ok {
		return nil
	}
	body, err := io.ReadAll(p.Body)
	if err != nil {
		return fmt.Errorf("part of a message: %w", err)
	}
	switch kind, _, _ := header.ContentType(); {
	case kind == "text/plain" && m.Text == "":
		m.Text = string(body)
	case kind == "text/html" && m.HTML == "":
		m.HTML = string(body)
	}
	return nil
}
