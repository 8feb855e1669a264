package audit

import (
	"bytes"
	"errors"
	"io"
)

// block is how much of the file is read at a time; a longer line than maxLine is passed over. Together they are all the
// memory that a search takes, however long the file.
const (
	block   = 256 << 10
	maxLine = 64 << 10
)

// backwards gives the lines of a file, the last one first.
type backwards struct {
	file io.ReaderAt
	left int64 // so much of the file, from its beginning, is not read yet
	buf  []byte
	end  int  // buf[:end] is read and not given yet
	cut  bool // the line that buf[:end] ends with went on, and what followed was too long to keep
}

func newBackwards(file io.ReaderAt, size int64) *backwards {
	return &backwards{file: file, left: size, buf: make([]byte, block+maxLine)}
}

// next gives a line without its end, good until next is called again; io.EOF after the first line of the file.
func (b *backwards) next() (line []byte, err error) {
	for {
		i := bytes.LastIndexByte(b.buf[:b.end], '\n')
		switch {
		case i < 0 && b.left > 0:
			if err := b.read(); err != nil {
				return nil, err
			}
			continue
		case b.end == 0:
			return nil, io.EOF
		}
		line, whole := b.buf[i+1:b.end], !b.cut
		b.end, b.cut = max(i, 0), false
		if whole && len(line) <= maxLine {
			return line, nil
		}
	}
}

// read puts the block that stands before in front of what there is.
func (b *backwards) read() error {
	if b.end > maxLine {
		b.end, b.cut = 0, true
	}
	n := int(min(block, b.left))
	copy(b.buf[n:], b.buf[:b.end])
	b.end += n
	b.left -= int64(n)
	got, err := b.file.ReadAt(b.buf[:n], b.left)
	switch {
	case got == n:
		return nil
	case errors.Is(err, io.EOF):
		return errCut
	}
	return err
}

// errCut is not io.EOF, which is the beginning of the file.
var errCut = errors.New("the file was cut short while it was read: rotate it by renaming it")
