package check

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/mail"
	"ssprd/internal/mail/mailtest"
)

// tried gives what areas find.
func tried(t *testing.T, all []area) []Finding {
	t.Helper()
	return inOrder(t.Context(), all)
}

// codes are those of findings that are no more than known, unless all are wanted.
func codes(found []Finding, levels ...Level) (all []string) {
	for _, f := range found {
		if len(levels) == 0 || slices.Contains(levels, f.Level()) {
			all = append(all, f.Code)
		}
	}
	return all
}

// expect fails the test unless these codes were found, in this order, and no other.
func expect(t *testing.T, found []Finding, want ...string) {
	t.Helper()
	if got := codes(found); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
		for _, f := range found {
			t.Log(f)
		}
	}
}

// secretFile writes a secret to a file of its own.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mailFindings(t *testing.T, c mail.Config, to string) []Finding {
	t.Helper()
	all := config.Defaults()
	all.Mail, all.Portal.Name = c, "Mon compte"
	return tried(t, mailServer(&all, Options{SendTo: to}))
}

// A mail server as it should be, and a message to it.
func TestMail(t *testing.T) {
	sink := mailtest.Start(t, mailtest.StartTLS("127.0.0.1"), mailtest.Auth("portal", "Epreuve-2026"))
	c := sink.Config()
	c.Username, c.PasswordFile = "portal", secretFile(t, "Epreuve-2026")
	expect(t, mailFindings(t, c, ""), MailTLSOK, MailOK)
	if n := len(sink.Messages()); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
	found := mailFindings(t, c, "admin@example.org")
	expect(t, found, MailTLSOK, MailSent)
	m := sink.WaitFor("admin@example.org")
	if m.Header.Get("Auto-Submitted") != "auto-generated" || !strings.Contains(m.Text, "Mon compte") || !strings.Contains(m.Subject, "test") {
		t.Errorf("%+v", m)
	}
	if last := found[len(found)-1]; !strings.HasPrefix(last.Seen, "250 ") {
		t.Error(last)
	}
	sink.FailNext(550)
	expect(t, mailFindings(t, c, "admin@example.org"), MailTLSOK, MailNotSent)
	expect(t, mailFindings(t, c, "Admin <admin@example.org>"), MailNoAddress)

	wrong := c
	wrong.PasswordFile = secretFile(t, "Autre-2026")
	expect(t, mailFindings(t, wrong, ""), MailTLSOK, MailAuthRefused)
	wrong = c
	wrong.Username, wrong.PasswordFile = "", ""
	expect(t, mailFindings(t, wrong, ""), MailTLSOK, MailSenderRefused)
	wrong = c
	wrong.CAFile = ""
	expect(t, mailFindings(t, wrong, ""), MailTLSChain)
	wrong = c
	wrong.Server = strings.Replace(c.Server, "smtp:", "smtps:", 1)
	expect(t, mailFindings(t, wrong, ""), MailTLSFailed)
	sink.Stop()
	expect(t, mailFindings(t, c, ""), MailUnreachable)

	plain := mailtest.Start(t)
	expect(t, mailFindings(t, plain.Config(), ""), MailOK)
	c = plain.Config()
	c.Server = strings.Replace(c.Server, "smtp+plain:", "smtp:", 1)
	expect(t, mailFindings(t, c, ""), MailNoStartTLS)

	secure := mailtest.Start(t, mailtest.TLS("mx.example.org"))
	expect(t, mailFindings(t, secure.Config(), ""), MailTLSName)
}

// Mail servers that lie, hang or refuse.
func TestMailServersOfOtherKinds(t *testing.T) {
	dir := t.TempDir()
	authority, err := dirtest.NewAuthority(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	good := "250-mx\n250-AUTH PLAIN\n250 SIZE 20000000"
	for name, c := range map[string]struct {
		script    map[string]string // the answer to a command; "" is the greeting; none is silence
		tls, user bool
		want      []string
	}{
		"silent":        {map[string]string{}, false, false, []string{MailSilent}},
		"busy":          {map[string]string{"": "554 no"}, false, false, []string{MailNoGreeting}},
		"another":       {map[string]string{"": "HTTP/1.1 400 Bad Request"}, false, false, []string{MailNoGreeting}},
		"no hello":      {map[string]string{"": "220 mx", "EHLO": "550 no", "HELO": "550 no"}, false, false, []string{MailNoGreeting}},
		"hangs later":   {map[string]string{"": "220 mx", "EHLO": good}, false, false, []string{MailSilent}},
		"no way in":     {map[string]string{"": "220 mx", "EHLO": "250 mx"}, false, true, []string{MailNoAuth}},
		"small":         {map[string]string{"": "220 mx", "EHLO": "250-mx\n250 SIZE 5000", "MAIL": "250 ok", "RSET": "250 ok", "QUIT": "221 ok"}, false, false, []string{MailSmall}},
		"sender":        {map[string]string{"": "220 mx", "EHLO": good, "MAIL": "553 not you"}, false, false, []string{MailSenderRefused}},
		"expired":       {map[string]string{"": "220 mx", "EHLO": good}, true, false, []string{MailTLSDates}},
		"as it ought":   {map[string]string{"": "220 mx", "EHLO": good, "MAIL": "250 ok", "RSET": "250 ok", "QUIT": "221 ok"}, false, false, []string{MailOK}},
		"forged lines":  {map[string]string{"": "554 no\x1b[2J"}, false, false, []string{MailNoGreeting}},
		"an odd answer": {map[string]string{"": "220 mx", "EHLO": good, "MAIL": "hello"}, false, false, []string{MailSenderRefused}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scheme, secured := "smtp+plain", (*tls.Config)(nil)
			if c.tls {
				certificate, key := filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
				if err := authority.IssueExpired(certificate, key); err != nil {
					t.Fatal(err)
				}
				pair, err := tls.LoadX509KeyPair(certificate, key)
				if err != nil {
					t.Fatal(err)
				}
				scheme, secured = "smtps", &tls.Config{Certificates: []tls.Certificate{pair}}
			}
			m := mail.Config{Server: scheme + "://" + scripted(t, secured, c.script), From: "portal@example.org", Timeout: 500 * time.Millisecond}
			if c.tls {
				m.CAFile, m.Timeout = authority.File, child.Patience
			}
			if c.user {
				m.Username, m.PasswordFile = "portal", secretFile(t, "Epreuve-2026")
			}
			found := mailFindings(t, m, "")
			expect(t, found, c.want...)
			if line := found[0].String(); strings.ContainsAny(line, "\x1b\n") {
				t.Errorf("%q", line)
			}
		})
	}
}

// scripted is a server of lines that answers by a script, and gives its address.
func scripted(t *testing.T, secured *tls.Config, script map[string]string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if secured != nil {
					conn = tls.Server(conn, secured)
				}
				say := func(word string) {
					if answer, ok := script[word]; ok {
						fmt.Fprint(conn, strings.ReplaceAll(answer, "\n", "\r\n")+"\r\n")
					}
				}
				say("")
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					word, _, _ := strings.Cut(lines.Text(), " ")
					say(word)
				}
			}()
		}
	}()
	return l.Addr().String()
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
