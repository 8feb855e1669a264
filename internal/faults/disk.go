package faults

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"ssprd/internal/dirtest"
)

// Disk is a small disk of the test's own, in memory, which can be full.
type Disk struct {
	Dir  string
	t    testing.TB
	fill string
}

// StartDisk mounts a disk. It ends with the test, which is skipped where nothing can be mounted, or fails where everything
// has to run.
func StartDisk(t testing.TB) *Disk {
	t.Helper()
	d := &Disk{Dir: t.TempDir(), t: t}
	d.fill = filepath.Join(d.Dir, "fill")
	if err := syscall.Mount("ssprd-test", d.Dir, "tmpfs", 0, "size=64m,mode=0700"); err != nil {
		dirtest.Unable(t, "a disk cannot be mounted: "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.Dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Fill leaves no room on the disk.
func (d *Disk) Fill() {
	d.t.Helper()
	f, err := os.Create(d.fill)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

// Free makes the room again.
func (d *Disk) Free() {
	d.t.Helper()
	if err := os.Remove(d.fill); err != nil {
		d.t.Fatal(err)
	}
}
