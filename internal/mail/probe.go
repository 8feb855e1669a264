package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	smtplog "github.com/wneessen/go-mail/log"

	"ssprd/internal/certificate"
	"ssprd/internal/flow"
)

// Step is how far a connection to the mail server came.
type Step int

// The steps, one after the other. A Probe that is Done has failed at none.
const (
	Connecting Step = iota
	Securing        // the handshake of TLS
	Greeting        // until EHLO is answered
	Offering        // STARTTLS was to be offered
	Choosing        // a way to sign in was to be offered
	Signing         // in, by username and password_file
	Sending         // MAIL FROM, and with a recipient the message
	Done
)

// Probe is what one connection to the mail server has shown.
type Probe struct {
	Address string             // HOST:PORT
	Step    Step               // at which it failed
	Err     error              // why; nil where nothing did
	TLS     *certificate.Shown // nil where TLS did not begin
	Size    int                // bytes of the largest message that it takes; 0 where it does not tell
	UTF8    bool               // it takes addresses beyond ASCII (RFC 6531)
	Answer  string             // to the message, where one was sent
}

// TimedOut tells whether the server was silent for too long.
func (p Probe) TimedOut() bool {
	var timeout net.Error
	return errors.Is(p.Err, context.DeadlineExceeded) || errors.As(p.Err, &timeout) && timeout.Timeout()
}

// Try connects as the queue does, and goes as far as the sender's address; nothing is sent. With an address to send to, a test
// message goes there. An error is one of the configuration: nothing was tried.
func Try(ctx context.Context, cfg Config, to, portal string) (Probe, error) {
	s, err := newServer(cfg)
	if err != nil {
		return Probe{}, err
	}
	p := Probe{Address: net.JoinHostPort(s.host, s.port)}
	heard := &transcript{}
	s.heard = heard
	var shown *certificate.Shown
	s.tls, shown = certificate.Watch(s.tls, s.host)
	l := &link{server: s}
	defer l.drop()
	if err := l.dial(ctx); err != nil {
		// A connection that was closed here says so, whatever the reading of it then says.
		p.Step, p.Err = heard.step(l, shown, err), cmp.Or(ctx.Err(), err)
		p.keep(shown)
		return p, nil
	}
	p.keep(shown)
	_, size := l.smtp.Extension("SIZE")
	p.Size, _ = strconv.Atoi(size) // none: it does not tell
	p.UTF8, _ = l.smtp.Extension("SMTPUTF8")
	if p.Err = p.send(ctx, l, to, portal); p.Err != nil {
		p.Step = Sending
		return p, nil
	}
	p.Step = Done
	l.close()
	return p, nil
}

// keep takes what TLS has shown, if it came to that.
func (p *Probe) keep(shown *certificate.Shown) {
	if len(shown.Chain) > 0 {
		p.TLS = shown
	}
}

// send names the sender, and ends there; or it sends a message.
func (p *Probe) send(ctx context.Context, l *link, to, portal string) error {
	if to == "" {
		_ = l.smtp.UpdateDeadline(l.server.timeout)
		l.smtp.SkipSMTPUTF8(true)
		if err := l.smtp.Mail("<" + l.server.from.Address + ">"); err != nil {
			return err
		}
		return l.smtp.Reset()
	}
	msg, err := newDelivery(flow.Mail{To: to}).compose(l.server.from, testMessage(portal))
	if err != nil {
		return err
	}
	err = l.attempt(ctx, msg, isASCII(to))
	p.Answer = msg.ServerResponse()
	return err
}

// testMessage is what an administrator sends to see whether it arrives, from the portal of this name.
type testMessage string

// Render makes it in both languages of the built-in pages: it is for administrators alone, and has no template.
func (portal testMessage) Render(flow.Mail) (Message, error) {
	return Message{
		Subject: fmt.Sprintf("%s: test / essai", string(portal)),
		Text: fmt.Sprintf("An administrator of “%[1]s” has sent this message to see whether mail arrives. There is nothing to do.\n\n"+
			"Un administrateur de « %[1]s » a envoyé ce message pour vérifier que les messages arrivent. Il n’y a rien à faire.\n", string(portal)),
	}, nil
}

// transcript hears what is said on a connection, but for what signs in: the library tells what failed, and not at what.
type transcript struct {
	said     string // the latest command
	answered bool   // with success
	secured  bool   // STARTTLS was
}

// Debugf hears a command, or what is answered to it.
func (t *transcript) Debugf(l smtplog.Log) {
	line := fmt.Sprintf(l.Format, l.Messages...)
	if l.Direction == smtplog.DirClientToServer {
		t.said, _, _ = strings.Cut(line, " ")
		t.answered = false
		return
	}
	t.answered = strings.HasPrefix(line, "2")
	t.secured = t.secured || t.said == "STARTTLS" && t.answered
}

func (*transcript) Infof(smtplog.Log)  {}
func (*transcript) Warnf(smtplog.Log)  {}
func (*transcript) Errorf(smtplog.Log) {}

// step is that at which a connection failed.
func (t *transcript) step(l *link, shown *certificate.Shown, err error) Step {
	var dialling *net.OpError
	switch {
	case l.conn == nil && (l.server.scheme != "smtps" || errors.As(err, &dialling) && dialling.Op == "dial"):
		return Connecting
	case l.conn == nil, shown.Wrong != nil, t.said == "STARTTLS", t.secured && len(shown.Chain) == 0:
		return Securing
	case t.said == "", (t.said == "EHLO" || t.said == "HELO") && !t.answered:
		return Greeting
	case l.server.scheme == "smtp" && !t.secured:
		return Offering
	case t.said == "EHLO" || t.said == "HELO":
		return Choosing
	}
	return Signing
}
