package mailtest

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

type backend struct{ sink *Sink }

func (b backend) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &session{sink: b.sink, known: b.sink.user == ""}, nil
}

type session struct {
	sink  *Sink
	known bool // the client may send
	from  string
	to    []string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.known = user == s.sink.user && subtle.ConstantTimeCompare([]byte(password), []byte(s.sink.password)) == 1
		if !s.known {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	code := 0
	s.sink.change(func() {
		if len(s.sink.fail) > 0 {
			code, s.sink.fail = s.sink.fail[0], s.sink.fail[1:]
		}
	})
	if code != 0 {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "not today, " + to}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := parse(s.from, s.to, raw)
	if err != nil {
		s.sink.t.Errorf("the message cannot be read: %v\n%s", err, raw)
		return errors.New("unreadable")
	}
	s.sink.mu.Lock()
	delay := s.sink.delay
	s.sink.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.sink.t.Context(), delay)
	defer cancel()
	<-ctx.Done()
	s.sink.change(func() { s.sink.keep(m) })
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}
