package attack

import (
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/portaltest"
)

// Tests that wait do so side by side, more of them than there are processors.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "5")
	os.Exit(m.Run())
}

// A volley is one: each request is there but for its last byte, which comes when it is told to.
func TestVolley(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := &Site{t: t, Address: listener.Addr().String()}
	rq := s.Browser().Request(http.MethodPost, "/", "a=b")
	var ready, end sync.WaitGroup
	now := make(chan struct{})
	ready.Add(1)
	var a Answer
	end.Go(func() { a, err = s.shoot(rq, &ready, now) })
	conn, acceptErr := listener.Accept()
	if acceptErr != nil {
		t.Fatal(acceptErr)
	}
	got := make([]byte, len(rq.bytes()))
	if _, err := io.ReadFull(conn, got[:len(got)-1]); err != nil {
		t.Fatal(err)
	}
	ready.Wait()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, _ := conn.Read(got[len(got)-1:]); n > 0 {
		t.Error("the last byte was not held back")
	}
	close(now)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(conn, got[len(got)-1:]); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n")
	_ = conn.Close()
	end.Wait()
	if err != nil || a.Status != http.StatusNoContent || string(got) != string(rq.bytes()) {
		t.Errorf("%q was answered by %+v, %v", got, a, err)
	}
}

// What is made plain must not hide a difference, and must hide what is none.
func TestPlain(t *testing.T) {
	answer := func(date, cookie, body string) Answer {
		return Answer{Head: "HTTP/1.1 200 OK\r\nDate: " + date + "\r\nSet-Cookie: ssprd=" + cookie + "; Path=/", Body: body}
	}
	a := answer("today", "abc",
		`You gave a&amp;b@x. Valid for another 9 minutes. <b>0BCP1-N1M81</b> <input type="hidden" name="form" value="t1">`)
	same := answer("tomorrow", "xyz",
		"You gave c@x. Valid for another 59\u00a0seconds. "+`<b>KH89B-G6WM3</b> <input type="hidden" name="form" value="t2">`)
	if got, want := same.Plain("c@x"), a.Plain("a&b@x"); got != want {
		t.Errorf("%q is not %q", got, want)
	}
	for name, other := range map[string]Answer{
		"a sentence":      answer("today", "abc", a.Body+"."),
		"another name":    answer("today", "abc", strings.Replace(a.Body, "form", "from", 1)),
		"no cookie":       {Head: "HTTP/1.1 200 OK\r\nDate: today", Body: a.Body},
		"another status":  {Head: strings.Replace(a.Head, "200", "422", 1), Body: a.Body},
		"a cookie's path": {Head: a.Head + "x", Body: a.Body},
	} {
		if other.Plain("a&b@x") == a.Plain("a&b@x") {
			t.Errorf("%s is not seen", name)
		}
	}
}

// Secrets are found as they are and as programs print them, and digits only where they are not part of a number.
func TestNeedles(t *testing.T) {
	n := needlesOf(map[string]string{"482915": "code", "Epreuve-1-Test": "password"})
	for text, want := range map[string]int{
		"the code is 482915.": 0, "the code is 482915, yes": 1, "code=482915": 1, "482\u00a0915": 1,
		"at 21:55:16.482915Z": 0, "port 4829151": 0,
		"typed Epreuve-1-Test": 1, "pw=RXByZXV2ZS0xLVRlc3Q=": 1, "457072657576652d312d54657374": 1, "Epreuve-2-Test": 0,
		"": 0,
	} {
		if got := len(n.in(text)); got != want {
			t.Errorf("%q: %d found, want %d", text, got, want)
		}
	}
}

// Every sentence that the attacks look for is there, and is found in a page.
func TestTold(t *testing.T) {
	for _, reason := range []string{"code-wrong", "code-short", "limited", "busy", "resend-often", "address-malformed"} {
		if got := (Answer{Status: 422, Body: "<p>" + portaltest.Sentences()["reason."+reason] + "</p>"}).Told(); got != reason {
			t.Errorf("%s is told as %s", reason, got)
		}
	}
	if got := (Answer{Status: 303, Header: http.Header{"Location": {"/en/ended"}}}).Told(); got != "/en/ended" {
		t.Error(got)
	}
	for _, key := range []string{"code.expired", "code.wait", "done.changed"} {
		if len(portaltest.Sentences()[key]) < 10 {
			t.Errorf("%s is %q", key, portaltest.Sentences()[key])
		}
	}
}

// R2: the figures of peers (171 ms against 12, 52.8 against 1.6) would be found for certain, and even 2 ms against 2.6;
// what is the same is not, whatever its outliers.
func TestApart(t *testing.T) {
	// spread are thirty times around a middle, as far from it as a busy machine makes them, one of them far out.
	spread := func(middle, width time.Duration) (took []time.Duration) {
		for i := range 30 {
			took = append(took, middle+width*time.Duration(i-15)/15)
		}
		took[7] += time.Second
		return took
	}
	const ms = time.Millisecond
	for _, c := range []struct {
		name           string
		known, unknown []time.Duration
		apart          bool
	}{
		{"LTB", spread(171*ms, 60*ms), spread(12*ms, 8*ms), true},
		{"netresearch", spread(52800*time.Microsecond, 20*ms), spread(1600*time.Microsecond, ms), true},
		{"the known ones sooner", spread(12*ms, 8*ms), spread(171*ms, 60*ms), true},
		{"a little", spread(2600*time.Microsecond, 800*time.Microsecond), spread(2*ms, 800*time.Microsecond), true},
		{"nothing", spread(2*ms, ms), spread(2*ms, ms), false},
		{"next to nothing", spread(2050*time.Microsecond, ms), spread(2*ms, ms), false},
		{"another width", spread(2*ms, 100*time.Microsecond), spread(2*ms, ms), false},
	} {
		longer := Longer(c.known, c.unknown)
		if got := Apart([]float64{longer, longer, longer}); got != c.apart {
			t.Errorf("%s: %.2f, apart: %v", c.name, longer, got)
		}
		if Apart([]float64{longer, longer}) || Apart([]float64{0.9, 0.1, 0.9}) || Apart([]float64{1, 1, 0.6}) {
			t.Errorf("%s: less than three rounds on one side are enough", c.name)
		}
	}
	if Longer(nil, nil) != 0.5 || Longer([]time.Duration{2}, []time.Duration{1}) != 1 ||
		Longer([]time.Duration{1, 2}, []time.Duration{2, 3}) != 0.125 {
		t.Error("the statistic is wrong")
	}
	if !Within(0.5) || Within(0.8) || Within(0.2) {
		t.Error("the band is wrong")
	}
}
