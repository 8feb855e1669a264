package check

import (
	"context"
	"fmt"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/mail"
	"ssprd/internal/want"
)

// Codes of the mail server.
const (
	MailOK            = "MAIL_OK"
	MailUnreachable   = "MAIL_UNREACHABLE"
	MailSilent        = "MAIL_SILENT"
	MailNoGreeting    = "MAIL_NO_GREETING"
	MailNoStartTLS    = "MAIL_NO_STARTTLS"
	MailTLSOK         = "MAIL_TLS_OK"
	MailTLSSoon       = "MAIL_TLS_SOON"
	MailTLSDates      = "MAIL_TLS_DATES"
	MailTLSName       = "MAIL_TLS_NAME"
	MailTLSChain      = "MAIL_TLS_CHAIN"
	MailTLSFailed     = "MAIL_TLS_FAILED"
	MailNoAuth        = "MAIL_NO_AUTH"
	MailAuthRefused   = "MAIL_AUTH_REFUSED"
	MailSenderRefused = "MAIL_SENDER_REFUSED"
	MailSmall         = "MAIL_SMALL"
	MailSent          = "MAIL_SENT"
	MailNotSent       = "MAIL_NOT_SENT"
	MailNoAddress     = "MAIL_NO_ADDRESS"
)

var mailCodes = []Meaning{
	{MailOK, OK, "The mail server lets ssprd in, and takes the sender's address. Nothing was sent.", ""},
	{MailUnreachable, Error, "No connection to the mail server can be made.", "Look at mail.server, at the name in it, and at the firewalls on the way."},
	{MailSilent, Error, "The mail server accepts connections and does not answer within mail.timeout.", "Look at the mail server; a firewall that drops packets, or TLS on a port without it (smtps:// where smtp:// is meant), looks like this too."},
	{MailNoGreeting, Error, "What answers does not speak SMTP, or refuses this machine.", "Look at the port in mail.server, and whether the mail server lets this machine in."},
	{MailNoStartTLS, Error, "The mail server does not offer STARTTLS, and without TLS no mail is sent.", "Have it offer STARTTLS, or write smtps:// if its port speaks TLS from the first byte. If it did so yesterday, somebody may stand between."},
	{MailTLSOK, OK, "The mail server's certificate is trusted.", ""},
	{MailTLSSoon, Warning, "The mail server's certificate will expire before long.", "Renew it: from that day on no code reaches anybody."},
	{MailTLSDates, Error, "The mail server's certificate has expired, or is not valid yet.", "Renew it; look at the clocks of both machines."},
	{MailTLSName, Error, "The mail server's certificate is for another name.", "Write a name of the certificate in mail.server, or have one issued for this name."},
	{MailTLSChain, Error, "The mail server's certificate is by an authority that is not trusted here.", "Name the authority's certificate in mail.ca_file, and have the server send those between."},
	{MailTLSFailed, Error, "TLS with the mail server fails.", "TLS 1.2 or later is needed; look at the log of the mail server."},
	{MailNoAuth, Error, "The mail server offers no way to sign in that ssprd knows, and there is a mail.username.", "Use the port for submission (587 or 465), or leave username and password_file out if the server knows this machine."},
	{MailAuthRefused, Error, "The mail server refuses mail.username with the password in mail.password_file.", "Try both by hand; the password is the whole content of the file."},
	{MailSenderRefused, Error, "The mail server does not take mail from the sender's address.", "Have it let this account, or this machine, send as mail.from; give a username where it asks to be signed in."},
	{MailSmall, Warning, "The mail server takes small messages only.", "Let it take 100 kB and more: a message with a theme of its own is larger."},
	{MailSent, OK, "The mail server has accepted a real message.", ""},
	{MailNotSent, Error, "The mail server has not accepted the message that was to be sent.", "Its answer says why; it may not relay to other domains for this account."},
	{MailNoAddress, Error, "The address of --send-to is none.", "Give one bare address, such as name@example.org."},
}

// smallest is what a message may need.
const smallest = 100_000

// mailTLS are the codes for the mail server's certificate.
var mailTLS = certificateCodes{MailTLSOK, MailTLSSoon, MailTLSDates, MailTLSName, MailTLSChain, MailTLSFailed}

func mailServer(c *config.Config, o Options) []area {
	return []area{{"mail.server", func(ctx context.Context) []Finding {
		if o.SendTo != "" {
			if wrong := want.Mail(o.SendTo); wrong != "" {
				return []Finding{{Code: MailNoAddress, Key: "--send-to", Tried: "the address", Seen: wrong}}
			}
		}
		p, err := mail.Try(ctx, c.Mail, o.SendTo, c.Portal.Name)
		if err != nil {
			return []Finding{{Code: Failed, Key: "mail", Tried: "the section mail", Seen: err.Error()}}
		}
		return judgeMail(p, c.Mail, o.SendTo, time.Now())
	}}}
}

// judgeMail says what to think of a connection to the mail server.
func judgeMail(p mail.Probe, c mail.Config, to string, now time.Time) (all []Finding) {
	if p.TLS != nil {
		all = append(all, mailTLS.judge("mail.server", host(p.Address), *p.TLS, now))
	}
	f := Finding{Key: "mail.server", Tried: p.Address}
	if p.Err != nil {
		f.Seen = p.Err.Error()
	}
	switch {
	case p.Step == mail.Connecting && !p.TimedOut():
		f.Code = MailUnreachable
	case p.TimedOut():
		f.Code, f.Seen = MailSilent, fmt.Sprintf("no answer within %s, %s", c.Timeout, waitedFor(p.Step))
	case p.Step == mail.Securing && p.TLS != nil && p.TLS.Wrong != nil:
		return all // which has been told
	case p.Step == mail.Securing:
		f.Code = MailTLSFailed
	case p.Step == mail.Greeting:
		f.Code = MailNoGreeting
	case p.Step == mail.Offering:
		f.Code = MailNoStartTLS
	default:
		return append(all, judgeSession(p, f, c, to)...)
	}
	return append(all, f)
}

// judgeSession says what to think of a connection from when it was secured on.
func judgeSession(p mail.Probe, f Finding, c mail.Config, to string) []Finding {
	switch {
	case p.Step == mail.Choosing:
		f.Code, f.Key = MailNoAuth, "mail.username"
	case p.Step == mail.Signing:
		f.Code, f.Key, f.Tried = MailAuthRefused, "mail.username", f.Tried+", as "+c.Username
	case p.Step == mail.Sending && to == "":
		f.Code, f.Key, f.Tried = MailSenderRefused, "mail.from", f.Tried+", MAIL FROM "+c.From
	case p.Step == mail.Sending:
		f.Code, f.Key, f.Tried = MailNotSent, "--send-to", f.Tried+", a message to "+to
	case p.Size > 0 && p.Size < smallest:
		f.Code, f.Seen = MailSmall, fmt.Sprintf("messages of %d bytes at most", p.Size)
	case to != "":
		f.Code, f.Key, f.Tried, f.Seen = MailSent, "--send-to", f.Tried+", a message to "+to, "250 "+p.Answer
	default:
		f.Code, f.Seen = MailOK, "it takes mail from "+c.From
		if !p.UTF8 {
			f.Seen += "; it does not offer SMTPUTF8, so nobody with an address beyond ASCII gets a code"
		}
	}
	return []Finding{f}
}

// waitedFor is what a server was silent about.
func waitedFor(s mail.Step) string {
	switch s {
	case mail.Connecting:
		return "for a connection"
	case mail.Securing:
		return "in the handshake of TLS"
	case mail.Greeting:
		return "for its greeting"
	case mail.Signing:
		return "while signing in"
	}
	return "for an answer to the message"
}
