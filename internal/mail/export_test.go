package mail

import (
	"net/mail"
	"strings"

	"ssprd/internal/flow"
)

// Compose writes a message as it would be sent.
func Compose(m flow.Mail, from mail.Address, r render) (string, error) {
	return newDelivery(m).write(&from, r)
}

// ComposeTwice writes it for two attempts.
func ComposeTwice(m flow.Mail, from mail.Address, r render) (first, second string) {
	d := newDelivery(m)
	first, _ = d.write(&from, r)
	second, _ = d.write(&from, r)
	return first, second
}

func (d *delivery) write(from *mail.Address, r render) (string, error) {
	msg, err := d.compose(from, r)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	_, err = msg.WriteTo(&b)
	return b.String(), err
}
