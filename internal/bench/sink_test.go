package bench_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wneessen/go-mail"

	"ssprd/internal/bench"
)

// What a client of SMTP sends arrives, and the code is read in it. A mail that is lost, or that has none, is missed.
func TestSink(t *testing.T) {
	s := bench.StartSink(t)
	s.Patience(50 * time.Millisecond)
	host, port, _ := strings.Cut(strings.TrimPrefix(s.URL(), "smtp+plain://"), ":")
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		t.Fatal(err)
	}
	client, err := mail.NewClient(host, mail.WithPort(number), mail.WithTLSPolicy(mail.NoTLS))
	if err != nil {
		t.Fatal(err)
	}
	send := func(to, text string) {
		t.Helper()
		m := mail.NewMsg()
		if err := m.From("no-reply@exemple.fr"); err != nil {
			t.Fatal(err)
		}
		if err := m.To(to); err != nil {
			t.Fatal(err)
		}
		m.SetBodyString(mail.TypeTextPlain, text)
		m.AddAlternativeString(mail.TypeTextHTML, "<p>111 222</p>")
		if err := client.DialAndSendWithContext(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	send("a@exemple.fr", "482 915 est votre code de sécurité.\n\n333 444\n")
	send("b@exemple.fr", "Votre mot de passe a été modifié.\n\n482 915\n")
	s.Lose(true, 1)
	send("c@exemple.fr", "482 915 est votre code de sécurité.\n")
	if code, err := s.Code("a@exemple.fr"); code != "482915" || err != nil {
		t.Errorf("%q, %v", code, err)
	}
	for _, to := range []string{"a@exemple.fr", "b@exemple.fr", "c@exemple.fr"} {
		if code, err := s.Code(to); err == nil {
			t.Errorf("%s: a code %q", to, code)
		}
	}
	if codes, others, all := s.Counts(); codes != 1 || others != 1 || all != 3 {
		t.Errorf("%d codes, %d others, %d connections", codes, others, all)
	}
}
