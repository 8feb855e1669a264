package main

import (
	"io"
	"os"
	"syscall"
	"unsafe"
)

// columns is how wide the terminal is that w writes to; 0 where it is none, or does not tell.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	var size struct{ rows, columns, xPixels, yPixels uint16 } // struct winsize of ioctl_tty(2)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
		return 0
	}
	return int(size.columns)
}
