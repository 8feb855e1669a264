package check

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"ssprd/internal/certificate"
	"ssprd/internal/child"
	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/redisstate"
	"ssprd/internal/redistest"
	"ssprd/internal/state"
)

func stateFindings(t *testing.T, c state.Config) []Finding {
	t.Helper()
	return tried(t, stateStore(&config.Config{State: c}))
}

// The state of one instance: before the first start, while a portal runs, and as it must not be.
func TestStateFile(t *testing.T) {
	dir := t.TempDir()
	c := state.Config{URL: "file:" + filepath.Join(dir, "state.db"), KeyFile: filepath.Join(dir, "state.key")}
	expect(t, stateFindings(t, c), StateKeyNew, StateNew)
	if names, err := os.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("%v was made: %v", names, err)
	}
	key, err := state.LoadKey(c.KeyFile, true)
	if err != nil {
		t.Fatal(err)
	}
	store, err := state.Open(c.URL, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, err = state.NewTable[string](store, "reset", key).Update(t.Context(), "x", func(string, bool) (string, time.Time, error) {
		return "a", time.Now().Add(time.Hour), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, stateFindings(t, c), StateKeyOK, StateInUse)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, stateFindings(t, c), StateKeyOK, StateOK)

	other := c
	other.KeyFile = secretFile(t, "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b")
	expect(t, stateFindings(t, other), StateKeyOK, StateOtherKey)
	other.KeyFile = secretFile(t, "short")
	expect(t, stateFindings(t, other), StateKeyWrong)
	if err := os.Chmod(c.KeyFile, 0o640); err != nil {
		t.Fatal(err)
	}
	expect(t, stateFindings(t, c), StateKeyWrong)
	if err := os.Chmod(c.KeyFile, 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := c
	foreign.URL = "file:" + secretFile(t, "this is a letter, and no state file whatever it is called")
	expect(t, stateFindings(t, foreign), StateKeyOK, StateForeign)
	foreign.URL = "file:" + c.KeyFile + "/state.db"
	expect(t, stateFindings(t, foreign), StateKeyOK, StateFolder)
	if err := os.Truncate(filepath.Join(dir, "state.db"), 9000); err != nil {
		t.Fatal(err)
	}
	expect(t, stateFindings(t, c), StateKeyOK, StateDamaged)
	expect(t, stateFindings(t, state.Config{URL: "memory:"}), StateMemory)
}

// A server that several instances share.
func TestSharedState(t *testing.T) {
	dir := t.TempDir()
	ca, err := dirtest.NewAuthority(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	certificate, private := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := ca.Issue(certificate, private); err != nil {
		t.Fatal(err)
	}
	ports, err := child.ReservePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(ports[0])
	server := redistest.Start(t, "--appendonly", "yes", "--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", private,
		"--tls-ca-cert-file", ca.File, "--tls-auth-clients", "no")
	const hexKey = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
	plain := state.Config{URL: server.URL, KeyFile: secretFile(t, hexKey)}
	secure := state.Config{URL: "rediss://127.0.0.1:" + port, KeyFile: plain.KeyFile, CAFile: ca.File}
	expect(t, stateFindings(t, plain), StateKeyOK, StateOK)
	expect(t, stateFindings(t, secure), StateKeyOK, StateTLSOK, StateOK)

	wrong := secure
	wrong.CAFile = ""
	expect(t, stateFindings(t, wrong), StateKeyOK, StateTLSChain)
	wrong = secure
	wrong.URL = "rediss://" + server.Address
	expect(t, stateFindings(t, wrong), StateKeyOK, StateTLSFailed)
	wrong = plain
	wrong.CAFile = ca.File
	expect(t, stateFindings(t, wrong), StateKeyOK, StateCAUnused, StateOK)

	key, err := state.LoadKey(plain.KeyFile, false)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := redisstate.Open(plain, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer instance.Close()
	expect(t, stateFindings(t, plain), StateKeyOK, StateOK)
	wrong = plain
	wrong.KeyFile = secretFile(t, hexKey[2:]+"00")
	expect(t, stateFindings(t, wrong), StateKeyOK, StateKeysDiffer)

	server.Stop()
	expect(t, stateFindings(t, plain), StateKeyOK, StateUnreachable)

	forgets := redistest.Start(t, "--maxmemory-policy", "allkeys-lru", "--requirepass", "Epreuve")
	wrong.URL = forgets.URL
	expect(t, stateFindings(t, wrong), StateKeyOK, StateRefused)
	wrong.PasswordFile = secretFile(t, "Autre")
	expect(t, stateFindings(t, wrong), StateKeyOK, StateRefused)
	wrong.PasswordFile = secretFile(t, "Epreuve")
	expect(t, stateFindings(t, wrong), StateKeyOK, StateEvicts, StateForgets)
}

func TestJudgeShared(t *testing.T) {
	remote := []redisstate.Server{{Address: "redis.example.org:6379", Reached: true}}
	good := redisstate.View{Servers: []redisstate.Server{{Address: "127.0.0.1:6379", Reached: true}}, Version: "Redis 8", Policy: "noeviction", Appends: true}
	with := func(change func(*redisstate.View)) redisstate.View { v := good; change(&v); return v }
	for name, c := range map[string]struct {
		view redisstate.View
		want []string
	}{
		"good":    {good, []string{StateOK}},
		"far":     {with(func(v *redisstate.View) { v.Servers = remote }), []string{StateClear, StateOK}},
		"clock":   {with(func(v *redisstate.View) { v.Ahead = -3 * time.Second }), []string{StateClock}},
		"replica": {with(func(v *redisstate.View) { v.ReadOnly = true }), []string{StateReadOnly}},
		"later":   {with(func(v *redisstate.View) { v.Err = context.DeadlineExceeded }), []string{StateUnreachable}},
		"untrusted": {with(func(v *redisstate.View) {
			v.Err = errors.New("x509")
			v.Servers = []redisstate.Server{{Address: "127.0.0.1:1", Reached: true, TLS: &certificate.Shown{Wrong: errors.New("no")}, Err: errors.New("no")}}
		}), []string{StateTLSFailed}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, judgeShared(c.view, state.Config{URL: "redis://x"}, time.Now()), c.want...)
		})
	}
}
