package redisstate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/redisstate"
	"ssprd/internal/redistest"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

var key = state.NewKey()

func open(t testing.TB, url string, log *slog.Logger) state.Store {
	t.Helper()
	s, err := redisstate.Open(state.Config{URL: url}, key, log)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// R68: the contract of every store, alone and shared, and over its own end.
func TestContract(t *testing.T) {
	server := redistest.Start(t)
	again := func(t *testing.T) state.Store { return open(t, server.URL, discard()) }
	statetest.Run(t, again)
	statetest.RunLasting(t, again)
	statetest.RunShared(t, again)
}

func BenchmarkRedis(b *testing.B) {
	server := redistest.Start(b)
	statetest.Benchmark(b, func(b *testing.B) state.Store { return open(b, server.URL, discard()) })
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick, deadline := time.NewTicker(10*time.Millisecond), time.After(child.Patience)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}

func put(ctx context.Context, s state.Store, key, text string) error {
	return s.Update(ctx, key, func([]byte) (state.Record, error) {
		return state.Record{Data: []byte(text), Expires: time.Now().Add(time.Hour)}, nil
	})
}

// R62: while the server is away or hangs everything is refused, soon; when it is back all goes on, and the log has a line
// for the one and one for the other.
func TestAway(t *testing.T) {
	t.Parallel() // it waits
	server := redistest.Start(t)
	var log lines
	s := open(t, server.URL, log.logger())
	defer s.Close()
	for name, f := range map[string]struct {
		breaks func() error
		mends  func() error
		kept   string
	}{
		"stopped": {func() error { server.Stop(); return nil }, server.Restart, ""},
		"hanging": {server.Pause, server.Resume, "x"},
	} {
		down, up := log.count("nothing can be begun"), log.count("can be used")
		if err := put(t.Context(), s, "key", "x"); err != nil {
			t.Fatal(err)
		}
		if err := f.breaks(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err := s.Get(t.Context(), "key")
		for what, err := range map[string]error{"get": err, "update": put(t.Context(), s, "key", "y"), "health": s.Health(t.Context())} {
			if err == nil || errors.Is(err, state.ErrNotFound) {
				t.Errorf("%s: %s gives %v", name, what, err)
			}
		}
		if took := time.Since(began); took > child.Patience {
			t.Errorf("%s: refusals took %s", name, took)
		}
		eventually(t, "the log says that it is away", func() bool { return log.count("nothing can be begun") == down+1 })
		if err := f.mends(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it can be used again", func() bool { return s.Health(t.Context()) == nil && log.count("can be used") == up+1 })
		if r, err := s.Get(t.Context(), "key"); name == "stopped" != errors.Is(err, state.ErrNotFound) || string(r.Data) != f.kept && string(r.Data) != "y" {
			t.Errorf("%s: afterwards it has %q, %v", name, r.Data, err)
		}
	}
}

// R62: the log tells when it is something else that keeps the server from being used, once a minute at most.
func TestAwayForAnotherReason(t *testing.T) {
	server := redistest.Start(t)
	var log lines
	s := open(t, server.URL, log.logger())
	defer s.Close()
	rights := func(change ...any) {
		ask(t, server.Address, "ACL", append([]any{"SETUSER", "default"}, change...)...)
	}
	rights("-evalsha")
	if err := put(t.Context(), s, "key", "x"); err == nil {
		t.Error("what the server refuses is done")
	}
	eventually(t, "the log says what is refused", func() bool { return log.count("evalsha") == 1 })
	rights("+evalsha", "-getrange")
	eventually(t, "the log says what else is refused", func() bool { return log.count("executing the script") == 1 })
	rights("-evalsha")
	refused := stat(t, server, "errorstats", "errorstat_NOPERM", "count")
	eventually(t, "it is refused again and again", func() bool {
		return stat(t, server, "errorstats", "errorstat_NOPERM", "count") >= refused+4
	})
	if n := log.count("level=ERROR"); n != 2 {
		t.Errorf("%d lines: %s", n, &log.text)
	}
}

// R62: portals start while their server is away, and are there once that is, which has nothing in it.
func TestOpenedBeforeTheServer(t *testing.T) {
	server := redistest.Start(t)
	server.Stop()
	var log lines
	s, err := redisstate.OpenRenewing(state.Config{URL: server.URL}, key, log.logger(), 10*time.Millisecond)
	must(t, err)
	defer s.Close()
	other := renewing(t, server.URL, key, 10*time.Millisecond)
	if log.count("level=ERROR") != 1 || s.Health(t.Context()) == nil {
		t.Errorf("health: %v, and the log says %s", s.Health(t.Context()), &log.text)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it can be used", func() bool { return put(t.Context(), s, "key", "x") == nil })
	eventually(t, "another one too", func() bool { return other.Health(t.Context()) == nil })
	eventually(t, "the log says so", func() bool { return log.count("can be used") == 1 })
}

// R68: an instance with another key says so at its start; one that finds out later reads and writes nothing.
func TestOtherKey(t *testing.T) {
	server := redistest.Start(t)
	first := open(t, server.URL, discard())
	if _, err := redisstate.Open(state.Config{URL: server.URL}, state.NewKey(), discard()); !errors.Is(err, redisstate.ErrOtherKey) {
		t.Fatalf("%v, want ErrOtherKey", err)
	}
	second := open(t, server.URL, discard()) // with the same one
	if err := errors.Join(second.Close(), first.Close()); err != nil {
		t.Fatal(err)
	}
}

// renewing opens an instance with a key, which renews its word about it after a time.
func renewing(t *testing.T, url string, key state.Key, after time.Duration) state.Store {
	t.Helper()
	s, err := redisstate.OpenRenewing(state.Config{URL: url}, key, discard(), after)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// stat is a number in what a server tells of itself.
func stat(t *testing.T, server *redistest.Server, section, name, number string) (n int) {
	t.Helper()
	_, _ = fmt.Sscanf(field(askText(t, server.Address, "INFO", section), name), number+"=%d", &n)
	return n
}

// R68: whoever has another key and comes while the server is away or empty takes nothing from those who were there.
func TestOtherKeyFindsNobody(t *testing.T) {
	server := redistest.Start(t)
	server.Stop()
	stranger := renewing(t, server.URL, state.NewKey(), time.Hour) // and waits for two
	must(t, server.Restart())
	told := func(s state.Store, want error) {
		t.Helper()
		eventually(t, want.Error(), func() bool { return errors.Is(s.Health(t.Context()), want) })
		if err := put(t.Context(), s, "key", "x"); !errors.Is(err, want) {
			t.Errorf("it writes: %v, want %v", err, want)
		}
	}
	told(stranger, redisstate.ErrVacant)
	gets := func() int { return stat(t, server, "commandstats", "cmdstat_get", "calls") }
	looked := gets()
	eventually(t, "it looks again and again", func() bool { return gets() >= looked+3 })
	told(stranger, redisstate.ErrVacant)
	ours := renewing(t, server.URL, key, time.Hour)
	must(t, ours.Health(t.Context()))
	told(stranger, redisstate.ErrOtherKey)

	empty := func() { ask(t, server.Address, "FLUSHALL") }
	empty()
	told(stranger, redisstate.ErrVacant)
	redisstate.Renew(ours)
	told(stranger, redisstate.ErrOtherKey)
	must(t, ours.Health(t.Context()))

	server.Stop()
	if err := ours.Health(t.Context()); err == nil {
		t.Error("the server that is away is healthy")
	}
	eventually(t, "it is noticed that the server is away", func() bool { return !errors.Is(stranger.Health(t.Context()), redisstate.ErrOtherKey) })
	must(t, server.Restart())
	eventually(t, "those that were there have it again", func() bool { return ours.Health(t.Context()) == nil })
	told(stranger, redisstate.ErrOtherKey)

	empty()
	renewing(t, server.URL, state.NewKey(), time.Hour) // at its start, which is not prevented
	redisstate.Renew(ours)
	told(ours, redisstate.ErrOtherKey)
	empty()
	told(ours, redisstate.ErrVacant)
}

// The server keeps a record for as long as it lives, and a minute: nothing stays for ever, and nothing goes too early.
func TestServerForgets(t *testing.T) {
	server := redistest.Start(t)
	s := renewing(t, server.URL, key, time.Hour)
	for _, lives := range []time.Duration{time.Hour, 3 * time.Hour, 10 * time.Minute, 0} {
		before := time.Now()
		must(t, s.Update(t.Context(), "key", func([]byte) (state.Record, error) {
			if lives == 0 {
				return state.Record{}, nil // what is removed leaves a word
			}
			return state.Record{Data: []byte("x"), Expires: before.Add(lives)}, nil
		}))
		kept := time.Duration(askNumber(t, server.Address, "PTTL", "ssprd:key")) * time.Millisecond
		if longest := lives + time.Minute; kept > longest || kept < longest-time.Since(before)-time.Second {
			t.Errorf("a record that lives for %s is kept for %s", lives, kept)
		}
	}
}

// A password that the server refuses ends the start, and is in no message.
func TestPassword(t *testing.T) {
	const right, wrong = "Epreuve-mot-de-passe", "Epreuve-faux"
	server := redistest.Start(t, "--requirepass", right)
	file := filepath.Join(t.TempDir(), "password")
	with := func(c state.Config) error {
		s, err := redisstate.Open(c, key, discard())
		if err == nil {
			err = errors.Join(put(t.Context(), s, "key", "x"), s.Close())
		}
		return err
	}
	for text, good := range map[string]bool{right + "\n": true, wrong: false} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := with(state.Config{URL: server.URL, PasswordFile: file})
		if !good && !strings.Contains(fmt.Sprint(err), "WRONGPASS") {
			t.Errorf("a wrong password is told as %v", err)
		}
		if (err == nil) != good || err != nil && strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v", text, err)
		}
	}
	address := strings.TrimPrefix(server.URL, "redis://")
	if err := with(state.Config{URL: "redis://:" + right + "@" + address}); err != nil {
		t.Error(err)
	}
	if err := with(state.Config{URL: "redis://:" + wrong + "@" + address}); err == nil || strings.Contains(err.Error(), wrong) {
		t.Errorf("a wrong one in the address: %v", err)
	}
	if err := with(state.Config{URL: server.URL}); !strings.Contains(fmt.Sprint(err), "NOAUTH") {
		t.Errorf("no password: %v", err)
	}
}

// A server that may throw away what was counted is told of.
func TestEviction(t *testing.T) {
	for policy, want := range map[string]int{"allkeys-lru": 1, "volatile-ttl": 1, "noeviction": 0} {
		server := redistest.Start(t, "--maxmemory", "50mb", "--maxmemory-policy", policy)
		var log lines
		s := open(t, server.URL, log.logger())
		if n := log.count("level=ERROR"); n != want {
			t.Errorf("%s: %d lines, want %d: %s", policy, n, want, &log.text)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// So is one that comes to do so later.
func TestInspectedAgain(t *testing.T) {
	server := redistest.Start(t, "--maxmemory-policy", "noeviction")
	var log lines
	s, err := redisstate.OpenInspecting(state.Config{URL: server.URL}, key, log.logger())
	must(t, err)
	defer s.Close()
	ask(t, server.Address, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	eventually(t, "the log tells of it", func() bool { return log.count("allkeys-lru") > 0 })
}

// An address is judged before anything is opened, and its password is in no message.
func TestCheck(t *testing.T) {
	for url, want := range map[string]string{
		"redis://127.0.0.1:6379/0":                                               "",
		"rediss://user:Epreuve@redis.example.org":                                "",
		"redis://a.example.org:6379?addr=b.example.org:6379":                     "",
		"redis://a.example.org:26379?addr=b.example.org:26379&master_name=ssprd": "",
		"redis://127.0.0.1:6379/zero":                                            "invalid database number",
		"redis://u:Epreuve@127.0.0.1:port":                                       "it is no address",
		"redis://u:Epreuve@host?reed_timeout=1s":                                 "unexpected option: reed_timeout",
		"rediss://u:Epreuve@host?skip_verify=true":                               "skip_verify is not taken",
		"redis://s?master_name=ssprd&password=Epreuve":                           "",
		"redis://s?username=ssprd":                                               "unexpected option: username",
		"redis://s?dial_timeout=3&read_timeout=1s&write_timeout=1m&pool_size=4":  "",
		"redis://s?read_timeout=-1s":                                             "invalid read_timeout: wanted a time such as 1s",
		"redis://s?write_timeout=soon":                                           "invalid write_timeout: wanted a time such as 1s",
		"redis://s?pool_size=0":                                                  "invalid pool_size: wanted 1 to 100 connections",
		"redis://u:1%2FEpreuve@host":                                             "",
		"rediss://user@redis.example.org":                                        "there is a user name in url",
		"file:/somewhere/state.db":                                               "",
	} {
		var got []string
		redisstate.Check(state.Config{URL: url}, func(_, want string) { got = append(got, want) })
		text := strings.Join(got, "; ")
		if !strings.Contains(text, want) || (text == "") != (want == "") || strings.Contains(text, "Epreuve") {
			t.Errorf("%s: %q, want %q", url, text, want)
		}
	}
}

// R57: a password with what an address gives another meaning: no part of it is in a message, and none is taken for a host or port.
func TestCheckTellsNoPassword(t *testing.T) {
	for _, url := range []string{
		"redis://u:%s@host:6379/0",
		"redis://:%s@host",
		"rediss://u:%s@host?addr=other:6379",
		"redis://u:%s@host?master_name=ssprd",
		"redis://host?master_name=ssprd&password=%s",
		"redis://host?addr=u:%s%%40other:6379",
	} {
		for _, password := range []string{"Epre/uve", "12/uve", "12/34/uve", "Epre?uve", "12?uve", "12?uve=34", "Epre#uve", "12#uve", "12#34",
			"12/34%%40uve", "Epre%%uve", "12&uve", "12 uve", "12[uve", "12:uve/34", "12@34/uve", "12?protocol=uve", "12/uve?addr=34"} {
			address := fmt.Sprintf(url, strings.ReplaceAll(password, "%%", "%"))
			var got []string
			redisstate.Check(state.Config{URL: address}, func(_, want string) { got = append(got, want) })
			text := strings.Join(got, "; ")
			for _, part := range []string{"Epre", "uve", "12", "34"} {
				if strings.Contains(text, part) {
					t.Errorf("%s: %s", address, text)
				}
			}
			if strings.Contains(url, "%s@") && strings.ContainsAny(password, "/?#") && text == "" {
				t.Errorf("%s is taken for an address", address)
			}
		}
	}
}

// R29: over TLS the server has to prove the name under which it is asked for, by an authority of ca_file or the system.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	certificate, private := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	ca, err := dirtest.NewAuthority(filepath.Join(dir, "ca.pem"))
	must(t, err)
	stranger, err := dirtest.NewAuthority(filepath.Join(dir, "stranger.pem"))
	must(t, err)
	must(t, ca.Issue(certificate, private, "localhost"))
	ports, err := child.ReservePorts(1)
	must(t, err)
	port := strconv.Itoa(ports[0])
	redistest.Start(t, "--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", private, "--tls-ca-cert-file", ca.File, "--tls-auth-clients", "no")
	for name, c := range map[string]struct {
		state.Config
		good bool
	}{
		"its authority":     {state.Config{URL: "rediss://localhost:" + port, CAFile: ca.File}, true},
		"another authority": {state.Config{URL: "rediss://localhost:" + port, CAFile: stranger.File}, false},
		"the system's":      {state.Config{URL: "rediss://localhost:" + port}, false},
		"another name":      {state.Config{URL: "rediss://127.0.0.1:" + port, CAFile: ca.File}, false},
		"without TLS":       {state.Config{URL: "redis://127.0.0.1:" + port}, false},
	} {
		if err := healthy(t, c.Config); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Run("a Cluster", func(t *testing.T) { tlsCluster(t, ca.File, certificate, private) })
}

func healthy(t *testing.T, c state.Config) error {
	s, err := redisstate.Open(c, key, discard())
	if err == nil {
		err = errors.Join(s.Health(t.Context()), s.Close())
	}
	return err
}

// tlsCluster lets a server of a Cluster, whose certificate is for localhost, name itself otherwise.
func tlsCluster(t *testing.T, ca, certificate, private string) {
	ports, err := child.ReservePorts(1)
	must(t, err)
	port := strconv.Itoa(ports[0])
	server := startNode(t, "--cluster-announce-ip", "127.0.0.1", "--cluster-announce-hostname", "localhost", "--tls-cluster", "yes",
		"--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", private, "--tls-ca-cert-file", ca, "--tls-auth-clients", "no")
	ask(t, server.Address, "CLUSTER", "ADDSLOTSRANGE", 0, 16383)
	eventually(t, "the Cluster is there", func() bool {
		return field(askText(t, server.Address, "CLUSTER", "INFO"), "cluster_state") == "ok"
	})
	c := state.Config{URL: "rediss://localhost:" + port + "?addr=localhost:" + port, CAFile: ca}
	if err := healthy(t, c); err == nil {
		t.Error("the server that the Cluster names by its address is taken without a certificate for it")
	}
	ask(t, server.Address, "CONFIG", "SET", "cluster-preferred-endpoint-type", "hostname")
	if err := healthy(t, c); err != nil {
		t.Errorf("the server that the Cluster names by the name of its certificate: %v", err)
	}
}

// documentedRights are the arguments of ACL for the portal's user, by the words that stand between two others in the documentation.
func documentedRights(t *testing.T, after, before string) (rights []any) {
	t.Helper()
	document, err := os.ReadFile("../../docs/instances.md")
	must(t, err)
	_, words, found := strings.Cut(string(document), after)
	words, _, _ = strings.Cut(words, before)
	if !found {
		t.Fatalf("docs/instances.md has no %q", after)
	}
	if strings.HasPrefix(after, "ACL SETUSER") {
		rights = []any{"SETUSER", "ssprd"}
	}
	for _, word := range strings.Fields(strings.Replace(words, "PASSWORD", "Epreuve", 1)) {
		rights = append(rights, word)
	}
	return rights
}

// The rights that the documentation gives the portal's user are enough.
func TestDocumentedRights(t *testing.T) {
	server := redistest.Start(t)
	ask(t, server.Address, "ACL", documentedRights(t, "ACL SETUSER ssprd ", "\n")...)
	var log lines
	statetest.Run(t, func(t *testing.T) state.Store {
		return open(t, "redis://ssprd:Epreuve@"+server.Address, log.logger())
	})
	if n := log.count("level=ERROR") + log.count("level=WARN"); n > 0 {
		t.Errorf("%s", &log.text)
	}
	if refused, err := redis.Values(ask(t, server.Address, "ACL", "LOG"), nil); err != nil || len(refused) > 0 {
		t.Errorf("the server has refused %q, %v", refused, err)
	}
}
