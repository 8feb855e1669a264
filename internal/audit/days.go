package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// day is a file of the record with the events of a day that is over: its name is that of the record with the day put before the
// extension, audit-2026-11-24.jsonl.
type day struct {
	path  string
	began time.Time // the day, in UTC, of its first event
}

// dayPath is the name of the file of a day.
func dayPath(path string, at time.Time) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + at.UTC().Format(time.DateOnly) + ext
}

// days are the former files of the record of path, the oldest first. What is named in any other way is none of ours.
func days(path string) (all []day, err error) {
	entries, err := os.ReadDir(filepath.Dir(path)) // by name, which is by day
	if err != nil {
		return nil, err
	}
	before, after, _ := strings.Cut(dayPath(filepath.Base(path), time.Time{}), time.Time{}.Format(time.DateOnly))
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), before)
		name, also := strings.CutSuffix(name, after)
		began, err := time.Parse(time.DateOnly, name)
		if ok && also && err == nil && e.Type().IsRegular() {
			all = append(all, day{filepath.Join(filepath.Dir(path), e.Name()), began})
		}
	}
	return all, nil
}

// last is when the last event of a file was written; the end of its day where it has none.
func (d day) last() (time.Time, error) {
	f, err := os.Open(d.path)
	if err != nil {
		return time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, err
	}
	for lines := newBackwards(f, info.Size()); ; {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return d.began.AddDate(0, 0, 1), nil
		}
		if err != nil {
			return time.Time{}, err
		}
		if at, err := time.Parse(toTheSecond, string(stamp(line))); err == nil {
			return at, nil
		}
	}
}

// first is when the first event of a file was written; the zero time where it has none.
func first(f io.Reader) (time.Time, error) {
	beginning := make([]byte, maxLine)
	n, err := io.ReadFull(f, beginning)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return time.Time{}, err
	}
	for line := range strings.Lines(string(beginning[:n])) {
		if at, err := time.Parse(toTheSecond, string(stamp([]byte(line)))); err == nil {
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
		return fmt.Errorf("%s is a symbolic link: have audit.file name the file itself", r.path)
	}
	file, ok := r.out.(*os.File)
	if !ok || !named.Mode().IsRegular() {
		return nil
	}
	open, err := file.Stat()
	if err != nil || !os.SameFile(named, open) {
		return err
	}
	began, err := r.began()
	if err != nil || began.IsZero() || !began.Before(now.UTC().Truncate(24*time.Hour)) {
		return err
	}
	aside := dayPath(r.path, began)
	if _, err := os.Lstat(aside); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is there already", aside), err)
	}
	if err := os.Rename(r.path, aside); err != nil {
		return err
	}
	next, err := appendTo(r.path)
	if err != nil { // the lines go where they went, and it is tried again
		return errors.Join(err, os.Rename(aside, r.path))
	}
	end := r.end
	r.out, r.end, r.torn = next, next.Close, false
	return end()
}

// began is when the first event of the file was written.
func (r *Record) began() (time.Time, error) {
	f, err := os.Open(r.path)
	if err != nil {
		return time.Time{}, err
	}
	defer f.Close()
	return first(f)
}

// purge removes the files of days all of whose events are older than the retention, and returns their names. It takes clocks for
// as far off as a search does.
func purge(path string, retention time.Duration, now time.Time) (removed []string, err error) {
	oldest := now.Add(-retention - clockSteps)
	all, err := days(path)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if !d.began.Before(oldest) {
			break // as are those that follow
		}
		last, err := d.last()
		if err != nil {
			return removed, err
		}
		if !last.Before(oldest) {
			continue
		}
		if err := os.Remove(d.path); err != nil {
			return removed, err
		}
		removed = append(removed, d.path)
	}
	return removed, nil
}
