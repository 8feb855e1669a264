package state

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

// errDamaged says that the file is not as bbolt left it, or that what is in it is not ours.
var errDamaged = errors.New("the file is damaged or of another program or version")

// guard runs f and makes an error of its panic. bbolt reads its file through a memory mapping and believes it: a torn
// page makes it panic, and a file cut short while it is open is a memory fault, which SetPanicOnFault makes a panic too.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return f()
}

// intact looks, before a commit, whether path still leads to the file that was opened, and whether that is as long as
// bbolt believes. Where somebody has deleted it, commits would succeed and be gone with the process; where somebody has
// cut it, bbolt would meet the missing pages in a goroutine of its own and end the program.
func intact(db *bolt.DB, opened os.FileInfo) error {
	now, err := os.Stat(db.Path())
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return db.View(func(tx *bolt.Tx) error {
		if !os.SameFile(now, opened) || now.Size() < tx.Size() {
			return fmt.Errorf("%w: it was replaced or cut while it was open", errDamaged)
		}
		return nil
	})
}

// lockWait is how long OpenFile waits for another process to let go of the file: time enough for one that is ending.
const lockWait = time.Second

// openOrSetAside takes the lock itself and hands bbolt the locked file, because the file has to be looked at before bbolt
// sees it and after every other process is out. The lock on a damaged file is held until its name is gone, so that of
// two processes starting at once only one sets it aside. What is not damaged but foreign keeps its name and its place.
func openOrSetAside(path string, log *slog.Logger) (*bolt.DB, *journal, error) {
	f, err := openLocked(path)
	if err != nil {
		return nil, nil, err
	}
	db, j, err := openBoth(f, log)
	if err == nil {
		return db, j, nil
	}
	defer f.Close()
	if !errors.Is(err, errDamaged) {
		return nil, nil, err
	}
	aside := asideNow(path)
	log.Error("the state file is torn, or of another program or version; it is set aside and a new one begun", "file", path, "aside", aside, "error", err)
	if err := setAside(path, aside); err != nil {
		return nil, nil, err
	}
	if f, err = openLocked(path); err != nil {
		return nil, nil, err
	}
	return openBoth(f, log)
}

// asideNow is where a file is moved that cannot be gone on with.
func asideNow(path string) string {
	return path + ".broken-" + time.Now().UTC().Format("20060102T150405.000Z")
}

// setAside moves a state file, and the journal that belongs to it if there is anything in it.
func setAside(path, aside string) error {
	if err := os.Rename(path, aside); err != nil {
		return err
	}
	info, err := os.Stat(journalPath(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil || info.Size() == 0:
		return err
	}
	return os.Rename(journalPath(path), journalPath(aside))
}

// openBoth takes over f, and opens its journal, of which it puts into f what f does not have. After an error only f is to be
// closed, not the database: where bbolt has panicked, its own Close may wait for ever.
func openBoth(f *os.File, log *slog.Logger) (db *bolt.DB, j *journal, err error) {
	if err := verify(f); err != nil {
		return nil, nil, err
	}
	if j, err = openJournal(f.Name(), log); err != nil {
		return nil, nil, err
	}
	var latest uint64
	err = guard(func() (err error) {
		db, err = bolt.Open(f.Name(), 0o600, &bolt.Options{
			Timeout:        lockWait,
			NoSync:         true,
			NoFreelistSync: true,
			FreelistType:   bolt.FreelistMapType,
			NoStatistics:   true,
			OpenFile:       func(string, int, os.FileMode) (*os.File, error) { return f, nil },
		})
		if err != nil {
			return err
		}
		return db.Update(func(tx *bolt.Tx) error {
			records, err := prepare(tx)
			if err != nil {
				return err
			}
			latest = uint64(tx.ID())
			gathered, err := j.read(latest-1, log)
			if err != nil {
				return err
			}
			return store(records, gathered)
		})
	})
	if err == nil {
		err = j.empty(latest)
	}
	if err != nil {
		_ = j.file.Close()
	}
	return db, j, err
}

// prepare makes the bucket in a new file, and refuses a bbolt file of another program or version, or with a torn record.
func prepare(tx *bolt.Tx) (*bolt.Bucket, error) {
	first, _ := tx.Cursor().First()
	if first != nil && tx.Bucket(bucketName) == nil {
		return nil, fmt.Errorf("%w: it holds %q", errDamaged, first)
	}
	records, err := tx.CreateBucketIfNotExists(bucketName)
	if err != nil {
		return nil, err
	}
	return records, records.ForEach(func(key, value []byte) error {
		_, err := decode(key, value)
		return err
	})
}

// openLocked opens or makes the file and locks it, as bbolt would (flock, so that bbolt's own lock on the same open file
// succeeds).
func openLocked(path string) (*os.File, error) {
	for deadline := time.Now().Add(lockWait); ; time.Sleep(lockWait / 20) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		switch {
		case errors.Is(err, syscall.EISDIR):
			return nil, errForeign
		case err != nil:
			return nil, err
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil && isAt(f, path) {
			return f, nil
		}
		f.Close()
		switch {
		case err != nil && !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, fmt.Errorf("lock it: %w", err)
		case time.Now().After(deadline):
			return nil, errors.New("another process has it open; a state file serves one instance")
		}
	}
}

// isAt tells whether f is still the file at path: another process may have set it aside before the lock was given.
func isAt(f *os.File, path string) bool {
	here, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(here, there)
}
