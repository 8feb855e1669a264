package audit

import (
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
	"time"
)

// day is a file of the record with the events of a day that is over: its name is that of the record with the day put before the
// extension, audit-2026-11-24.jsonl; where a clock was set back over midnight there is a further one, audit-2026-11-24.1.jsonl.
type day struct {
	path  string
	began time.Time // the day, in UTC, of its first event
	n     int       // 0 of the first file of the day
}

// dayPath is the name of the nth file of a day.
func dayPath(path string, at time.Time, n int) string {
	ext := filepath.Ext(path)
	further := ""
	if n > 0 {
		further = "." + strconv.Itoa(n)
	}
	return strings.TrimSuffix(path, ext) + "-" + at.UTC().Format(time.DateOnly) + further + ext
}

// days are the former files of the record of path, the oldest first. What is named in any other way is none of ours.
func days(path string) (all []day, err error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	before, after, _ := strings.Cut(dayPath(filepath.Base(path), time.Time{}, 0), time.Time{}.Format(time.DateOnly))
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), before)
		name, also := strings.CutSuffix(name, after)
		name, further, more := strings.Cut(name, ".")
		began, err := time.Parse(time.DateOnly, name)
		n, wrong := 0, error(nil)
		if more {
			n, wrong = strconv.Atoi(further)
		}
		d := day{filepath.Join(filepath.Dir(path), e.Name()), began, n}
		if ok && also && err == nil && wrong == nil && e.Type().IsRegular() && d.path == dayPath(path, began, n) {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b day) int { return cmp.Or(a.began.Compare(b.began), a.n-b.n) })
	return all, nil
}

// errForeign is of a file that has the name of one of ours, and no event.
var errForeign = errors.New("no event of the record is in it")

// last is when the last event of a file was written; the end of its day where it is empty, errForeign where something else is in it.
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
		if errors.Is(err, io.EOF) && info.Size() > 0 {
			return time.Time{}, errForeign
		}
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
	if err != nil {
		return err
	}
	if !os.SameFile(named, open) {
		if !r.isDay(open) {
			return nil
		}
		next, err := appendTo(r.path) // it was opened just before it was put aside, by a reload
		if err != nil {
			return err
		}
		return r.goOn(next)
	}
	began, err := r.began()
	over := began.Before(now.UTC().Truncate(24*time.Hour)) || began.After(now.Add(clockSteps)) // by a clock that was ahead
	if err != nil || began.IsZero() || !over {
		return err
	}
	aside, err := r.free(began)
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
	return errors.Join(next.Chmod(named.Mode().Perm()), r.goOn(next)) // who may read the record is the administrator's to say
}

// goOn goes on in another file.
func (r *Record) goOn(next *os.File) error {
	end := r.end
	r.out, r.end, r.torn = next, next.Close, false
	return end()
}

// isDay tells whether a file is one of a day that is over.
func (r *Record) isDay(file fs.FileInfo) bool {
	all, err := days(r.path)
	return err == nil && slices.ContainsFunc(all, func(d day) bool {
		info, err := os.Lstat(d.path)
		return err == nil && os.SameFile(info, file)
	})
}

// free is a name for the file of a day that no file has.
func (r *Record) free(began time.Time) (string, error) {
	const most = 1000
	for n := range most {
		aside := dayPath(r.path, began, n)
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			return aside, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%s and %d further files of that day are there already", dayPath(r.path, began, 0), most-1)
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
		if errors.Is(err, errForeign) {
			continue
		}
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
