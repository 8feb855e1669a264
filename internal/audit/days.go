package audit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// day is a file of the record with the events of a day that is over: its name is that of the record with the day put before the
// extension, audit-2026-11-24.jsonl; what else of that day was put aside, for the clock was set back, is audit-2026-11-24.1.jsonl.
type day struct {
	path  string
	began time.Time // the day, in UTC, of its first event
	part  int       // 0: the first file of the day
}

// dayPath is the name of a file of a day.
func dayPath(path string, at time.Time, part int) string {
	ext := filepath.Ext(path)
	name := strings.TrimSuffix(path, ext) + "-" + at.UTC().Format(time.DateOnly)
	if part > 0 {
		name += "." + strconv.Itoa(part)
	}
	return name + ext
}

// freePath is the first name of a file of a day that nothing has.
func freePath(path string, at time.Time) (string, error) {
	for part := 0; ; part++ {
		free := dayPath(path, at, part)
		switch _, err := os.Lstat(free); {
		case errors.Is(err, fs.ErrNotExist):
			return free, nil
		case err != nil:
			return "", err
		}
	}
}

// days are the former files of the record of path, the oldest first. What is named in any other way is none of ours.
func days(path string) (all []day, err error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	base := filepath.Base(path)
	before := strings.TrimSuffix(base, filepath.Ext(base)) + "-"
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), before)
		if !ok || len(text) < len(time.DateOnly) || !e.Type().IsRegular() {
			continue
		}
		began, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)])
		number, _, _ := strings.Cut(strings.TrimPrefix(text[len(time.DateOnly):], "."), ".")
		part, _ := strconv.Atoi(number) // 0 where there is none
		if err == nil && part >= 0 && e.Name() == dayPath(base, began, part) {
			all = append(all, day{filepath.Join(filepath.Dir(path), e.Name()), began, part})
		}
	}
	slices.SortFunc(all, func(a, b day) int { return cmp.Or(a.began.Compare(b.began), cmp.Compare(a.part, b.part)) })
	return all, nil
}

// eachTime gives the times of a file's events, the last one first, until more returns false.
func eachTime(f *os.File, more func(time.Time) bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	for lines := newBackwards(f, info.Size()); ; {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if at, ok := timeOf(line); ok && !more(at) {
			return nil
		}
	}
}

// timeOf is when a line was written that is an event of ours. Other programs' lines may begin with a time too.
func timeOf(line []byte) (at time.Time, ok bool) {
	text := stamp(line)
	at, err := time.Parse(toTheSecond, string(text))
	_, rest, _ := bytes.Cut(line, []byte(`","`))
	return at, err == nil && bytes.HasPrefix(rest, []byte(`event":"`))
}

// over tells whether all events of a file were written before a time. Those that are yet to come tell nothing: a clock that was
// wrong wrote them. Of an empty file it is its day that counts. A file without a single event that tells is perhaps somebody
// else's, whatever its name: errUndated.
func (d day) over(before, now time.Time) (bool, error) {
	f, err := os.Open(d.path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if info.Size() == 0 {
		return d.began.AddDate(0, 0, 1).Before(before), nil
	}
	dated, over := false, true
	err = eachTime(f, func(at time.Time) bool {
		if !at.After(now) {
			dated, over = true, at.Before(before)
		}
		return over
	})
	if err == nil && !dated {
		err = fmt.Errorf("%s: %w", d.path, errUndated)
	}
	return over && err == nil, err
}

var errUndated = errors.New("it stays, for no event of an audit record is in it that has a time of the past: move it elsewhere, or remove it")

// first is when the first event of a file was written; the zero time where it has none.
func first(f io.Reader) (time.Time, error) {
	beginning := make([]byte, maxLine)
	n, err := io.ReadFull(f, beginning)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return time.Time{}, err
	}
	for line := range strings.Lines(string(beginning[:n])) {
		if at, ok := timeOf([]byte(line)); ok {
			return at, nil
		}
	}
	return time.Time{}, nil
}

// turn puts the file of a day that is over aside, under the name of that day, and goes on in a new one. Nothing is copied and
// nothing of it is lost: between two lines the file gets another name. It leaves alone what is no file of ours: a device, and a
// file that was renamed by somebody else, which the next SIGHUP lets go of.
func (r *Record) turn(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	named, err := os.Lstat(r.path)
	if err != nil {
		return err
	}
	if named.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("%s is a symbolic link since it was opened: send SIGHUP, upon which it is followed", r.path)
	}
	file, ok := r.out.(*os.File)
	if !ok || !named.Mode().IsRegular() {
		return nil
	}
	open, err := file.Stat()
	if err != nil || !os.SameFile(named, open) {
		return err
	}
	began, err := r.began(now)
	if err != nil || began.IsZero() {
		return err
	}
	aside, err := freePath(r.path, began)
	if err != nil {
		return err
	}
	if err := os.Rename(r.path, aside); err != nil {
		return err
	}
	next, err := appendTo(r.path)
	if err != nil { // the lines go where they went, and it is tried again
		return errors.Join(err, os.Rename(aside, r.path))
	}
	readers(next, open)
	end := r.end
	r.out, r.end, r.torn = next, next.Close, false
	return end()
}

// readers lets those read a new file who may read the former one, such as a group that collects it. A group that cannot be kept
// may not: no other is to have its rights.
func readers(next *os.File, former os.FileInfo) {
	mode := former.Mode().Perm()
	if owner, ok := former.Sys().(*syscall.Stat_t); ok && next.Chown(-1, int(owner.Gid)) != nil {
		mode &^= 0o070
	}
	_ = next.Chmod(mode) // else it is the owner's alone, as a new file is
}

// began is the day of the file that is open, once it is over; the zero time before. A first event that is yet to come was written
// by a clock that has been set back since, perhaps by years: that day is over too, and is that of the earliest event.
func (r *Record) began(now time.Time) (time.Time, error) {
	f, err := os.Open(r.path)
	if err != nil {
		return time.Time{}, err
	}
	defer f.Close()
	at, err := first(f)
	switch {
	case err != nil || at.IsZero() || at.Before(now.UTC().Truncate(24*time.Hour)):
		return at, err
	case !at.After(now):
		return time.Time{}, nil
	}
	err = eachTime(f, func(other time.Time) bool {
		at = earlier(at, other)
		return true
	})
	return at, err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// purge removes the files of days all of whose events are older than the retention, and returns their names. It takes clocks for
// as far off as a search does, and for wrong where no day of the last thirty is there: then nothing goes. A clock that is years ahead
// for a day at most removes nothing by this, however often ssprd is started meanwhile.
func purge(path string, retention time.Duration, now time.Time) (removed []string, err error) {
	oldest := now.Add(-retention - clockSteps)
	all, err := days(path)
	if err != nil {
		return nil, err
	}
	today := now.UTC().Truncate(24 * time.Hour)
	used := slices.ContainsFunc(all, func(d day) bool { return d.began.Before(today) && !d.began.Before(today.AddDate(0, 0, -30)) })
	var failed []error
	for _, d := range all {
		if !d.began.Before(oldest) {
			break // as are those that follow
		}
		over, err := d.over(oldest, now)
		if over && !used {
			return nil, errors.Join(append(failed, errClock)...)
		}
		if over {
			err = os.Remove(d.path)
		}
		switch {
		case err != nil:
			failed = append(failed, err) // the others go all the same
		case over:
			removed = append(removed, d.path)
		}
	}
	return removed, errors.Join(failed...)
}

var errClock = errors.New("by the clock of this machine nothing was recorded on any of the last 30 days: set the clock where it is wrong; " +
	"where it is right and the portal was not used, old records are removed once something is recorded again, from the day after")
