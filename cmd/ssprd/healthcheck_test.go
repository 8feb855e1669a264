package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ssprd/internal/theme/themetest"
)

// R62: the command tells of a running portal what its listener does, wherever the configuration, or the environment, has that
// listen, though nothing that the configuration names may be read.
func TestHealthcheck(t *testing.T) {
	p := startProgram(t)
	await(t, "ready", func() bool { status, _ := p.readyz(t); return status == http.StatusOK })
	_, port, _ := strings.Cut(p.operations, ":")
	text := read(t, p.ConfigFile)
	file := filepath.Join(t.TempDir(), "config.yaml")
	configure := func(pairs ...string) {
		t.Helper()
		themetest.Write(t, filepath.Dir(file), filepath.Base(file), replaced(t, text, pairs...))
	}
	wants := func(code int, out, diagnostics string, options ...string) {
		t.Helper()
		gotCode, gotOut, gotDiagnostics := call(t, append([]string{"healthcheck", "--config", file}, options...)...)
		if gotCode != code || gotOut != out || !strings.Contains(gotDiagnostics, diagnostics) || code == exitOK && gotDiagnostics != "" {
			t.Errorf("%v: %d\n%s%s", options, gotCode, gotOut, gotDiagnostics)
		}
	}
	const all = "audit: ok\ndirectory region: ok\nmail: ok\nstate: ok\n"
	configure()
	wants(exitOK, "ok\n", "")
	wants(exitOK, all, "", "--ready")
	for _, listen := range []string{":" + port, "0.0.0.0:" + port, "'[::]:" + port + "'"} {
		configure("operations: "+p.operations, "operations: "+listen)
		wants(exitOK, "ok\n", "")
	}
	configure("bind_password_file: ", "bind_password_file: /no/such/file #")
	wants(exitOK, "ok\n", "")

	configure("operations: "+p.operations, `operations: ""`)
	wants(exitFailed, "", "server.operations is empty")
	t.Setenv("SSPRD_SERVER_OPERATIONS", p.operations)
	wants(exitOK, "ok\n", "")
	t.Setenv("SSPRD_SERVER_OPERATIONS", "nowhere")
	wants(exitUsage, "", "SSPRD_SERVER_OPERATIONS: server.operations: ")
	if err := os.Unsetenv("SSPRD_SERVER_OPERATIONS"); err != nil {
		t.Fatal(err)
	}

	configure()
	if err := p.servers.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, "not ready", func() bool { status, _ := p.readyz(t); return status != http.StatusOK })
	wants(exitOK, "ok\n", "")
	wants(exitFailed, "", "directory region: not available\n", "--ready")
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.Exited()
	wants(exitFailed, "", "asking the running portal: ")
}
