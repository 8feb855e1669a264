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
	"ssprd/internal/ldapx"
	"ssprd/internal/web"
)

func TestJudgeFiles(t *testing.T) {
	const me, other = 1000, 1001
	good := file{key: "mail.password_file", path: "/etc/ssprd/mail", secret: true, mode: 0o600, owner: me, folder: fs.ModeDir | 0o750}
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
		"for everybody":      {with(func(f *file) { f.mode = 0o666 }), me, []string{FileOpen}},
		"no secret":          {with(func(f *file) { f.secret, f.mode, f.owner = false, 0o664, other }), me, nil},
		"no secret, open":    {with(func(f *file) { f.secret, f.mode = false, 0o646 }), me, []string{FileOpen}},
		"everything at once": {with(func(f *file) { f.mode, f.owner, f.folder = 0o660, other, fs.ModeDir|0o777 }), me, []string{FileGroup, FileOwner, FolderOpen}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, judgeTrusted(c.file, c.user), c.want...) })
	}
	expect(t, judgeConfig(with(func(f *file) { f.mode = 0o644 }), false))
	expect(t, judgeConfig(with(func(f *file) { f.mode, f.folder = 0o666, 0o777 }), false), ConfigOpen, FolderOpen)
	expect(t, judgeConfig(with(func(f *file) { f.mode = 0o640 }), true))
	expect(t, judgeConfig(with(func(f *file) { f.mode = 0o644 }), true), ConfigSecret)
	for user, want := range map[int][]string{me: nil, 0: {AsRoot}} {
		expect(t, tried(t, []area{runBy(user)}), want...)
	}
}

// Each file that is relied on, and is there, is looked at; and what is said of their folder is said once.
func TestTrustedFiles(t *testing.T) {
	dir := t.TempDir()
	there := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o606); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c := config.Defaults()
	c.State.URL, c.State.KeyFile, c.State.PasswordFile, c.State.CAFile = "file:"+there("state.db"), there("state.key"), there("state.password"), there("state.pem")
	there("state.db-journal")
	c.Mail.PasswordFile, c.Mail.CAFile = there("mail.password"), there("mail.pem")
	c.Server.TLS = web.TLS{CertificateFile: there("own.pem"), KeyFile: there("own.key")}
	c.Audit.File, c.Audit.SyslogKeyFile, c.Audit.SyslogCAFile = there("audit.jsonl"), there("syslog.key"), there("syslog.pem")
	c.Directories = []ldapx.Config{{BindPasswordFile: there("ldap.password"), CAFile: there("ldap.pem")}, {CAFile: dir}}
	c.Rules = []config.Rules{{BreachedFile: there("breached")}}
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := secretFiles(&c)
	for _, name := range names {
		if !hasFinding(found, FileOpen, "the mode of "+filepath.Join(dir, name.Name())+": 0606") {
			t.Errorf("nothing is said of %s", name.Name())
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if all := secretFiles(&c); len(found) != len(names) || len(all) != len(names)+1 {
		t.Errorf("%d files: %d findings, %d of an open folder", len(names), len(found), len(all))
	}
}

// A password that stands in the file is the file's secret; one of the environment is not.
func TestPasswordInConfiguration(t *testing.T) {
	for url, want := range map[string]bool{
		"redis://portal:Epreuve@redis.region.example:6379": true, "rediss://:Epreuve@a:1,b:2/?master_name=m": true, "redis://portal@a:1": false,
		"redis://portal:@a:1": false, "rediss://a:1": false, "file:/var/lib/a:b@c": false, "memory:": false,
	} {
		c := config.Defaults()
		if c.State.URL = url; passwordIn(&c) != want {
			t.Errorf("%s: wanted %t", url, want)
		}
	}
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
