// Package mapped lets go of pages of files that the process has in its memory: those of the program that only the start has
// needed, and those of the state file. They are the system's to take back at any time, yet count as the process's own wherever
// somebody looks at how much it has (VmRSS), and grow there with whatever it has ever touched.
package mapped

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// LetGo lets go of all pages of the file at path that can only be read, if it is mapped at all. What is touched again comes back,
// from the system's own copy as long as it has one: some 0.1 µs a page. Where there is no /proc nothing happens.
func LetGo(path string) error {
	f, err := os.Open("/proc/self/maps")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if start, size, ok := parse(lines.Text(), path); ok {
			if _, _, failed := syscall.Syscall(syscall.SYS_MADVISE, start, size, syscall.MADV_DONTNEED); failed != 0 {
				return fmt.Errorf("madvise: %w", failed)
			}
		}
	}
	return lines.Err()
}

// LetGoOfProgram is LetGo for the program that runs, where it lies at fixed addresses (ELF's ET_EXEC), as `make build` makes it: in
// any other one the loader has written into pages that can only be read from then on, and what it wrote is in no file.
func LetGoOfProgram() error {
	path, err := os.Readlink("/proc/self/exe")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	program, err := elf.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer program.Close()
	if program.Type != elf.ET_EXEC || program.Section(".interp") != nil {
		return nil
	}
	return LetGo(path)
}

// parse reads a line of /proc/PID/maps (proc_pid_maps(5)), such as « 7f51-7f5a r--s 00000000 fe:00 17 /var/lib/ssprd/state.db », and
// tells whether it is one of the file at path that is not writable.
func parse(line, path string) (start, size uintptr, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 6 || strings.Contains(fields[1], "w") || !strings.HasSuffix(line, " "+path) {
		return 0, 0, false
	}
	from, to, _ := strings.Cut(fields[0], "-")
	first, err := strconv.ParseUint(from, 16, 64)
	last, err2 := strconv.ParseUint(to, 16, 64)
	if err != nil || err2 != nil || last <= first {
		return 0, 0, false
	}
	return uintptr(first), uintptr(last - first), true
}
