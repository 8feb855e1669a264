package check

import (
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ssprd/internal/config"
)

func TestJudgeFiles(t *testing.T) {
	const me, other = 1000, 1001
	good := file{key: "mail.password_file", path: "/etc/ssprd/mail", mode: 0o600, owner: me, folder: fs.ModeDir | 0o750}
	with := func(change func(*file)) file { f := good; change(&f); return f }
	for name, c := range map[string]struct {
		file file
		user uint32
		want []string
	}{
		"good":               {good, me, nil},
		"of root":            {with(func(f *file) { f.owner, f.mode = 0, 0o640 }), me, nil},
		"tried by root":      {with(func(f *file) { f.owner = other }), 0, nil},
		"of another":         {with(func(f *file) { f.owner = other }), me, []string{FileOwner}},
		"for a group":        {with(func(f *file) { f.mode = 0o660 }), me, []string{FileGroup}},
		"in an open folder":  {with(func(f *file) { f.folder = fs.ModeDir | 0o775 }), me, []string{FolderOpen}},
		"in one like /tmp":   {with(func(f *file) { f.folder = fs.ModeDir | fs.ModeSticky | 0o777 }), me, nil},
		"everything at once": {with(func(f *file) { f.mode, f.owner, f.folder = 0o660, other, fs.ModeDir|0o777 }), me, []string{FileGroup, FileOwner, FolderOpen}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, judgeSecret(c.file, c.user), c.want...) })
	}
	expect(t, judgeConfig(with(func(f *file) { f.mode = 0o644 })))
	expect(t, judgeConfig(with(func(f *file) { f.mode, f.folder = 0o666, 0o777 })), ConfigOpen, FolderOpen)
}

// The record: where it can be written, where not, and where it is something else.
func TestAuditFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "later", "audit.jsonl")
	expect(t, auditFile(path), AuditOK)
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("the folder was made")
	}
	expect(t, auditFile(secretFile(t, "{}")), AuditOK)
	expect(t, auditFile(dir), AuditUnwritten)
	expect(t, auditFile(secretFile(t, "{}")+"/audit.jsonl"), AuditUnwritten)
	expect(t, space("audit.file", "/proc/audit.jsonl"), DiskLow) // which has no room at all
}

// A list of breached passwords tells its age and size, once however often it is named.
func TestBreachedFile(t *testing.T) {
	path := secretFile(t, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9\n7C4A8D09CA3762AF61E59520943DC26494F8941B:9")
	c := config.Config{Rules: []config.Rules{{BreachedFile: path}, {BreachedFile: path}, {}}}
	c.Audit.File = secretFile(t, "{}")
	c.State.URL = "memory:"
	c.Mail.PasswordFile = secretFile(t, "Epreuve")
	found := tried(t, files(&c))
	expect(t, found, FilesOK, AuditOK, BreachedOK)
	if want := "0.0 MB, about 2 digests in order, of " + time.Now().Format(time.DateOnly); found[2].Seen != want {
		t.Errorf("%q, want %q", found[2].Seen, want)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().AddDate(-3, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(c.Mail.PasswordFile, 0o660); err != nil {
		t.Fatal(err)
	}
	expect(t, tried(t, files(&c)), FileGroup, AuditOK, BreachedOld)
}

// The syslog server is connected to, and sent nothing; one that is away is a warning, for the record has its file.
func TestSyslogServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan []byte, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		all, _ := io.ReadAll(conn)
		got <- all
	}()
	c := config.Defaults()
	if len(syslogServer(&c)) != 0 {
		t.Error("a copy that nobody asked for was tried")
	}
	c.Audit.Syslog = "syslog+tcp://" + listener.Addr().String()
	try := func(code string) {
		t.Helper()
		if found := inOrder(t.Context(), syslogServer(&c)); len(found) != 1 || found[0].Code != code {
			t.Errorf("%v, wanted %s", found, code)
		}
	}
	try(SyslogOK)
	if sent := <-got; len(sent) != 0 {
		t.Errorf("it was sent %q", sent)
	}
	_ = listener.Close()
	try(SyslogAway)
}
