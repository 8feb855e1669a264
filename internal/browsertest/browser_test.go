package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ssprd/internal/browsertest"
)

// A watch that sees nothing would find every page in order.
func TestTheWatchSees(t *testing.T) {
	t.Parallel() // most of it is waiting
	b := browsertest.Start(t)
	for problem, page := range map[string]string{
		"policy violated: script-src-elem inline": `<script>1</script>`,
		"an exception: Uncaught Error: broken":    `<script nonce="n">throw new Error("broken")</script>`,
		"the console: that is wrong":              `<script nonce="n">console.error("that is wrong")</script>`,
		"another host: http://elsewhere.example/": `<img src="http://elsewhere.example/pixel.png" alt="">`,
		"a web socket to ws://elsewhere.example/": `<script nonce="n">new WebSocket("ws://elsewhere.example/")</script>`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "script-src 'nonce-n'")
			fmt.Fprint(w, `<!doctype html><html lang="fr"><title>x</title><link rel="icon" href="data:,"><body>`, page)
		}))
		t.Cleanup(server.Close)
		tab := b.Tab(t, server.URL)
		tab.Open("/")
		if seen := strings.Join(tab.Problems(), "\n"); !strings.Contains(seen, problem) {
			t.Errorf("%s: it has seen %q, want %q", page, seen, problem)
		}
		if n := tab.Sent("GET /"); n != 1 {
			t.Errorf("GET / was sent %d times", n)
		}
	}
}
