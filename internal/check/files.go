package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/breached"
	"ssprd/internal/config"
)

// Codes of files.
const (
	AsRoot         = "CHECKED_AS_ROOT"
	FilesOK        = "FILES_OK"
	FileOpen       = "FILE_OPEN"
	FileGroup      = "FILE_GROUP"
	FileOwner      = "FILE_OWNER"
	FolderOpen     = "FOLDER_OPEN"
	ConfigOpen     = "CONFIG_OPEN"
	ConfigSecret   = "CONFIG_SECRET"
	AuditOK        = "AUDIT_OK"
	AuditUnwritten = "AUDIT_UNWRITTEN"
	SyslogOK       = "AUDIT_SYSLOG_OK"
	SyslogAway     = "AUDIT_SYSLOG_AWAY"
	DiskLow        = "DISK_LOW"
	BreachedOK     = "BREACHED_OK"
	BreachedOld    = "BREACHED_OLD"
)

var fileCodes = []Meaning{
	{AsRoot, Warning, "The check ran as root, who may read and write everything: whether the user that ssprd runs as can read the configuration and what it names, write the state and the record, and listen below port 1024, was not judged.", "Run the check as that user: runuser -u ssprd -- ssprd check."},
	{FilesOK, OK, "The files of secrets are for ssprd alone, and not everybody may change what it relies on.", ""},
	{FileOpen, Error, "Everybody on this machine may change a file that ssprd relies on.", "Take that away: chmod o-w."},
	{FileGroup, Warning, "A group may change a file with a secret.", "Take that away: chmod 0640, or 0600."},
	{FileOwner, Warning, "A file with a secret belongs to another user than root or the one who runs this, and that user can read and change it.", "Give it to the user that ssprd runs as; run the check as that user."},
	{FolderOpen, Warning, "Others may put another file in the place of one that ssprd trusts.", "Take the right to write to the folder away from its group and everybody: chmod go-w."},
	{ConfigOpen, Error, "Others than its owner may change the configuration, and with it where passwords go.", "chmod go-w"},
	{ConfigSecret, Error, "Everybody on this machine may read the configuration, and there is a password in it.", "chmod o-rwx; or put the password into a file of its own, for state.password_file."},
	{AuditOK, OK, "The record can be written.", ""},
	{AuditUnwritten, Error, "The record cannot be written by this user: nobody can reset a password then.", "Give the folder and the file to the user that ssprd runs as, and run the check as that user."},
	{SyslogOK, OK, "The syslog server takes connections, over TLS that is trusted where the address says TLS.", ""},
	{SyslogAway, Warning, "The syslog server cannot be reached: the record is kept in its file, and copied when the server is back, up to what there is room for.", "Correct audit.syslog and its certificates, or start the server."},
	{DiskLow, Warning, "There is little room on the disk.", "Make room: without any no reset can be recorded, and so none is made."},
	{BreachedOK, OK, "The list of breached passwords is in order.", ""},
	{BreachedOld, Warning, "The list of breached passwords is old.", "Fetch a newer one (docs/breached.md), put it in its place by renaming, and reload."},
}

func files(c *config.Config) []area {
	all := []area{
		{"files", func(context.Context) []Finding { return secretFiles(c) }},
		{"audit.file", func(context.Context) []Finding { return auditFile(c.Audit.File) }},
	}
	var seen []string
	for i, r := range c.Rules {
		if r.BreachedFile == "" || slices.Contains(seen, r.BreachedFile) {
			continue
		}
		seen = append(seen, r.BreachedFile)
		key := fmt.Sprintf("rules[%d].breached_file", i)
		all = append(all, area{key, func(context.Context) []Finding { return breachedFile(key, r.BreachedFile, time.Now()) }})
	}
	return all
}

// file is what there is to judge of one that is trusted.
type file struct {
	key, path string
	secret    bool // it must not be read either
	mode      fs.FileMode
	owner     uint32
	folder    fs.FileMode
}

// runBy says what cannot be judged where root runs the check, whom nothing is refused.
func runBy(user int) area {
	return area{"", func(context.Context) []Finding {
		if user != 0 {
			return nil
		}
		return []Finding{{Code: AsRoot, Tried: "the user of this check", Seen: "root"}}
	}}
}

// secretFiles looks at who may read and change what must not be read or changed. What is said of a folder is said once.
func secretFiles(c *config.Config) (all []Finding) {
	add := func(found []Finding) {
		for _, f := range found {
			if !slices.ContainsFunc(all, func(said Finding) bool { return said.Code == FolderOpen && said.Tried == f.Tried }) {
				all = append(all, f)
			}
		}
	}
	for _, f := range trustedFiles(c) {
		add(judgeTrusted(f, uint32(os.Geteuid())))
	}
	if f, ok := look("", c.File()); ok {
		add(judgeConfig(f, passwordIn(c)))
	}
	if len(all) == 0 {
		all = append(all, Finding{Code: FilesOK, Tried: "the modes and owners of the configuration and of the files it names", Seen: "none is open to everybody"})
	}
	return all
}

// trustedFiles are those that hold secrets, and those that ssprd relies on. One that is not there is told of elsewhere.
func trustedFiles(c *config.Config) (all []file) {
	add := func(key, path string, secret bool) {
		if f, ok := look(key, path); ok {
			f.secret = secret
			all = append(all, f)
		}
	}
	if c.State.URL != "memory:" {
		add("state.key_file", c.State.KeyFile, true)
	}
	add("state.password_file", c.State.PasswordFile, true)
	add("mail.password_file", c.Mail.PasswordFile, true)
	add("audit.syslog_key_file", c.Audit.SyslogKeyFile, true)
	add("server.tls.key_file", c.Server.TLS.KeyFile, true)
	for i, d := range c.Directories {
		add(fmt.Sprintf("directories[%d].bind_password_file", i), d.BindPasswordFile, true)
		add(fmt.Sprintf("directories[%d].ca_file", i), d.CAFile, false)
	}
	if path, isFile := strings.CutPrefix(c.State.URL, "file:"); isFile {
		add("state.url", path, false)
		add("state.url", path+"-journal", false)
	}
	add("state.ca_file", c.State.CAFile, false)
	add("mail.ca_file", c.Mail.CAFile, false)
	add("server.tls.certificate_file", c.Server.TLS.CertificateFile, false)
	add("audit.file", c.Audit.File, false)
	add("audit.syslog_ca_file", c.Audit.SyslogCAFile, false)
	for i, r := range c.Rules {
		add(fmt.Sprintf("rules[%d].breached_file", i), r.BreachedFile, false)
	}
	return all
}

// passwordIn tells whether a password stands in the file of the configuration itself: that of the shared state may, in its address.
func passwordIn(c *config.Config) bool {
	_, rest, _ := strings.Cut(c.State.URL, "://")
	account, _, of := strings.Cut(rest, "@")
	_, password, _ := strings.Cut(account, ":")
	return of && password != "" && c.Mistake("state.url", "").Source == c.File()
}

// look takes down what there is to judge of a file; false where there is none.
func look(key, path string) (file, bool) {
	if path == "" {
		return file{}, false
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return file{}, false
	}
	f := file{key: key, path: path, mode: info.Mode(), owner: ownerOf(info)}
	if folder, err := os.Stat(filepath.Dir(path)); err == nil {
		f.folder = folder.Mode()
	}
	return f, true
}

func ownerOf(info fs.FileInfo) uint32 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Uid
	}
	return 0
}

// judgeTrusted says what to think of who may read and change a file. That everybody can read or change a secret is refused when the
// configuration is read. Who runs the check is taken for the user of the portal, but root, who can do everything.
func judgeTrusted(f file, user uint32) (all []Finding) {
	say := func(code, tried, seen string) {
		all = append(all, Finding{Code: code, Key: f.key, Tried: tried + f.path, Seen: seen})
	}
	mode := fmt.Sprintf("%04o", f.mode.Perm())
	switch {
	case f.mode.Perm()&0o002 != 0:
		say(FileOpen, "the mode of ", mode)
	case f.secret && f.mode.Perm()&0o020 != 0:
		say(FileGroup, "the mode of ", mode)
	}
	if f.secret && user != 0 && f.owner != 0 && f.owner != user {
		say(FileOwner, "the owner of ", fmt.Sprintf("user %d, and this is user %d", f.owner, user))
	}
	return append(all, judgeFolder(f)...)
}

// judgeFolder says what to think of the folder of a file. In one like /tmp others cannot replace what is not theirs.
func judgeFolder(f file) []Finding {
	if f.folder.Perm()&0o022 == 0 || f.folder&fs.ModeSticky != 0 {
		return nil
	}
	return []Finding{{Code: FolderOpen, Key: f.key, Tried: "the mode of the folder " + filepath.Dir(f.path), Seen: fmt.Sprintf("%04o", f.folder.Perm())}}
}

// judgeConfig says what to think of who may change the configuration, and of who may read it where there is a password in it.
func judgeConfig(f file, password bool) (all []Finding) {
	say := func(code string) {
		all = append(all, Finding{Code: code, Tried: "the mode of " + f.path, Seen: fmt.Sprintf("%04o", f.mode.Perm())})
	}
	if f.mode.Perm()&0o022 != 0 {
		say(ConfigOpen)
	}
	if password && f.mode.Perm()&0o004 != 0 {
		say(ConfigSecret)
	}
	return append(all, judgeFolder(f)...)
}

// auditFile looks whether the record can be written.
func auditFile(path string) []Finding {
	f := Finding{Code: AuditOK, Key: "audit.file", Tried: "writing to " + path, Seen: "it can be written"}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Seen = "it will be made"
		path = filepath.Dir(path)
	case err != nil:
		f.Code, f.Seen = AuditUnwritten, err.Error()
		return []Finding{f}
	case !info.Mode().IsRegular():
		f.Code, f.Seen = AuditUnwritten, "it is no file"
		return []Finding{f}
	}
	if seen := unwritable(path); seen != "" {
		f.Code, f.Seen = AuditUnwritten, seen
	}
	return append([]Finding{f}, space("audit.file", path)...)
}

// unwritable tells why this user cannot write to what is at path, or make it; "" where they can. Nothing is written.
func unwritable(path string) string {
	const writeAndEnter = 2 | 1
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path: // it is made with its folders
		return unwritable(filepath.Dir(path))
	case err != nil:
		return err.Error()
	}
	mode := uint32(2)
	if info.IsDir() {
		mode = writeAndEnter
	}
	if err := syscall.Access(path, mode); err != nil {
		return fmt.Sprintf("%s: %v", path, err)
	}
	return ""
}

// littleRoom is what a disk ought to have free, in bytes.
const littleRoom = 200 << 20

// space tells where there is little room on the disk of a file, or of its folder.
func space(key, path string) []Finding {
	var s syscall.Statfs_t
	for syscall.Statfs(path, &s) != nil {
		if filepath.Dir(path) == path {
			return nil
		}
		path = filepath.Dir(path)
	}
	free := s.Bavail * uint64(s.Bsize)
	if free >= littleRoom {
		return nil
	}
	return []Finding{{Code: DiskLow, Key: key, Tried: "the room on the disk of " + path, Seen: fmt.Sprintf("%d MB", free>>20)}}
}

// oldList is after how long a list of breached passwords lacks what many have typed since.
const oldList = 2 * 365 * 24 * time.Hour

// breachedFile tells of a list of breached passwords, which was looked through when the configuration was read.
func breachedFile(key, path string, now time.Time) []Finding {
	about, err := breached.Describe(path)
	if err != nil {
		return []Finding{{Code: Failed, Key: key, Tried: path, Seen: err.Error()}}
	}
	code := BreachedOK
	if now.Sub(about.Made) > oldList {
		code = BreachedOld
	}
	return []Finding{{Code: code, Key: key, Tried: path, Seen: fmt.Sprintf("%.1f MB, about %.0f digests in order, of %s",
		float64(about.Size)/1e6, about.Digests, about.Made.Format(time.DateOnly))}}
}

// syslogServer connects to where the record is copied to, and sends nothing.
func syslogServer(c *config.Config) []area {
	const key = "audit.syslog"
	if c.Audit.Syslog == "" {
		return nil
	}
	return []area{{key, func(ctx context.Context) []Finding {
		f := Finding{Code: SyslogOK, Key: key, Tried: "connecting to " + c.Audit.Syslog, Seen: "it answers"}
		if err := audit.Try(ctx, c.Audit); err != nil {
			f.Code, f.Seen = SyslogAway, err.Error()
		}
		return []Finding{f}
	}}}
}
