package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
)

// The journal stands beside the state file, as PATH-journal. What is synced is appended to it, by one write; some time later
// all that has gathered goes into the state file in one transaction, each record once, and the journal is emptied. So ten
// changes of a reset, a few milliseconds apart, cost the tree of bbolt one.
//
// It begins with a head, which names the latest transaction of the state file at that time, and goes on with entries:
//
//	head   "ssprd journal 1\n", the transaction (8 bytes), a CRC-32C of both
//	entry  length of the key (4 bytes), of the value (4 bytes), a CRC-32C of these and of what follows, the key, the value
//
// Numbers are big endian. A value is what format.go makes of a record, or nothing for one that is removed. Where the state file
// has had another transaction since, all of the journal is in it; or a power failure has kept of the two what does not belong
// together: either way the journal is left out. One without a whole head is set aside. Of the entries those up to the first that is torn count: a process that was
// killed in the midst of a write has promised nothing of it.
type journal struct {
	file   *os.File
	opened os.FileInfo // what was at its path when it was opened
	size   int64       // of what is good in it: 0, or a head and whole entries
	after  uint64      // the latest transaction of the state file
	limit  int64       // of the size, in bytes
	buf    []byte      // the next write
	ragged bool        // something stands behind size that is to be cut off before anything is written
}

const (
	journalMagic = "ssprd journal 1\n"
	journalHead  = len(journalMagic) + 8 + 4
	entryHead    = 4 + 4 + 4

	// maxJournal is far beyond what gathers while the state file can be written, in bytes.
	maxJournal = 64 << 20
)

var errJournalFull = errors.New("the journal is full, since the state file cannot be written")

func journalPath(path string) string { return path + "-journal" }

// openJournal opens the journal of the state file at path, or makes one. What has no head is set aside first: it is not a journal,
// or a power failure has torn it, of which nobody is locked out until somebody repairs it (R70).
func openJournal(path string, log *slog.Logger) (*journal, error) {
	f, err := os.OpenFile(journalPath(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if headless(f) {
		aside := asideNow(journalPath(path))
		log.Error("the journal of the state file is torn, or no journal; it is set aside and a new one begun", "file", f.Name(), "aside", aside)
		if err := errors.Join(f.Close(), os.Rename(journalPath(path), aside)); err != nil {
			return nil, err
		}
		return openJournal(path, log)
	}
	opened, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &journal{file: f, opened: opened, limit: maxJournal}, nil
}

// read gives what the journal holds that the state file, whose latest transaction is after, does not have: by its key, the newest
// of each; a Record without Data is one that was removed.
func (j *journal) read(after uint64, log *slog.Logger) (map[string]Record, error) {
	content, err := io.ReadAll(io.NewSectionReader(j.file, 0, 1<<40))
	if err != nil || len(content) == 0 {
		return nil, err
	}
	if began, whole := parseJournalHead(content); !whole || began != after {
		log.Debug("a journal is left out that is not the state file's, or is in it already", "file", j.file.Name())
		return nil, nil
	}
	records := map[string]Record{}
	for rest := content[journalHead:]; len(rest) > 0; {
		key, r, size, ok := parseEntry(rest)
		if !ok {
			log.Debug("the end of the journal is torn, and left out", "file", j.file.Name(), "bytes", len(rest))
			break
		}
		records[key], rest = r, rest[size:]
	}
	return records, nil
}

// headless tells whether there is something in f, and not at least the beginning of a head, which a process leaves that was
// killed in its first write.
func headless(f *os.File) bool {
	head := make([]byte, journalHead)
	n, _ := f.ReadAt(head, 0)
	if n < journalHead {
		return string(head[:min(n, len(journalMagic))]) != journalMagic[:min(n, len(journalMagic))]
	}
	_, whole := parseJournalHead(head)
	return !whole
}

func parseJournalHead(b []byte) (after uint64, ok bool) {
	if len(b) < journalHead || string(b[:len(journalMagic)]) != journalMagic {
		return 0, false
	}
	sum := crc32.Checksum(b[:journalHead-4], castagnoli)
	return binary.BigEndian.Uint64(b[len(journalMagic):]), sum == binary.BigEndian.Uint32(b[journalHead-4:])
}

// parseEntry reads the entry at the beginning of b, of which the record's data are a part. False for one that is torn.
func parseEntry(b []byte) (key string, r Record, size int, ok bool) {
	if len(b) < entryHead {
		return "", Record{}, 0, false
	}
	keySize, valueSize := int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))
	if keySize > MaxKey || valueSize > MaxData+recordHeader || entryHead+keySize+valueSize > int64(len(b)) {
		return "", Record{}, 0, false
	}
	size = int(entryHead + keySize + valueSize)
	if crc32.Update(crc32.Checksum(b[:8], castagnoli), castagnoli, b[entryHead:size]) != binary.BigEndian.Uint32(b[8:]) {
		return "", Record{}, 0, false
	}
	name, value := b[entryHead:entryHead+keySize], b[entryHead+keySize:size]
	if valueSize == 0 {
		return string(name), Record{}, size, true
	}
	r, err := decode(name, value)
	return string(name), r, size, err == nil
}

// append writes records. What fails leaves the journal as it was.
func (j *journal) append(records map[string]Record) error {
	j.buf = j.buf[:0]
	if j.size == 0 {
		j.buf = append(j.buf, journalMagic...)
		j.buf = binary.BigEndian.AppendUint64(j.buf, j.after)
		j.buf = binary.BigEndian.AppendUint32(j.buf, crc32.Checksum(j.buf, castagnoli))
	}
	for key, r := range records {
		j.buf = appendEntry(j.buf, key, r)
	}
	if j.size+int64(len(j.buf)) > j.limit {
		return errJournalFull
	}
	if err := j.trim(); err != nil {
		return err
	}
	if _, err := j.file.WriteAt(j.buf, j.size); err != nil {
		j.ragged = true
		return errors.Join(err, j.trim())
	}
	j.size += int64(len(j.buf))
	if cap(j.buf) > maxKept {
		j.buf = nil
	}
	return nil
}

// trim cuts off what a write that failed has left.
func (j *journal) trim() error {
	if !j.ragged {
		return nil
	}
	err := j.file.Truncate(j.size)
	j.ragged = err != nil
	return err
}

// maxKept is how large a buffer is kept for the next write, in bytes.
const maxKept = 256 << 10

func appendEntry(b []byte, key string, r Record) []byte {
	start := len(b)
	b = append(b, make([]byte, entryHead)...)
	b = append(b, key...)
	name := len(b)
	if len(r.Data) > 0 {
		b = appendRecord(b, []byte(key), r)
	}
	head := b[start:]
	binary.BigEndian.PutUint32(head, uint32(len(key)))
	binary.BigEndian.PutUint32(head[4:], uint32(len(b)-name))
	binary.BigEndian.PutUint32(head[8:], crc32.Update(crc32.Checksum(head[:8], castagnoli), castagnoli, head[entryHead:]))
	return b
}

// empty forgets everything: it is in the state file, whose latest transaction is after.
func (j *journal) empty(after uint64) error {
	if err := j.file.Truncate(0); err != nil {
		return err
	}
	j.size, j.after = 0, after
	return nil
}

// intact tells whether the journal is still at its place and whole.
func (j *journal) intact() error {
	now, err := os.Stat(j.file.Name())
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	if !os.SameFile(now, j.opened) || now.Size() < j.size {
		return fmt.Errorf("%w: the journal was replaced or cut while it was open", errDamaged)
	}
	return nil
}

// remove ends an empty journal.
func (j *journal) remove() error { return errors.Join(os.Remove(j.file.Name()), j.file.Close()) }
