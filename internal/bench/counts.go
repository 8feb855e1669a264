package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Counts is what was spent up to some moment, or between two.
type Counts struct {
	User, System time.Duration // processor time of the portal
	Load         time.Duration // that of the people and the mail server, in this process
	Searches     int           // completed by the directory
	Writes       int           // likewise: modify and extended operations
	Mail         int           // connections to the mail server
}

// Portal is all of the portal's processor time.
func (c Counts) Portal() time.Duration { return c.User + c.System }

// add adds what was spent between two moments.
func (c *Counts) add(after, before Counts) {
	c.User += after.User - before.User
	c.System += after.System - before.System
	c.Load += after.Load - before.Load
	c.Searches += after.Searches - before.Searches
	c.Writes += after.Writes - before.Writes
	c.Mail += after.Mail - before.Mail
}

func (w *world) counts(p *portal) (c Counts, err error) {
	if c.User, c.System, err = processorTime(p); err != nil {
		return c, err
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return c, err
	}
	c.Load = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	_, _, c.Mail = w.sink.counts()
	c.Searches, c.Writes, err = w.dir.operations()
	return c, err
}

func processorTime(p *portal) (user, system time.Duration, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
	if err != nil {
		return 0, 0, err
	}
	return processorTimeIn(string(stat))
}

// processorTimeIn reads utime and stime, the fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. The name,
// the second field, may hold spaces.
func processorTimeIn(stat string) (user, system time.Duration, err error) {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 13 {
		return 0, 0, fmt.Errorf("no processor time in %q", stat)
	}
	ticks := func(field string) time.Duration {
		n, wrong := strconv.Atoi(field)
		if wrong != nil {
			err = fmt.Errorf("processor time: %w", wrong)
		}
		return time.Duration(n) * 10 * time.Millisecond
	}
	user, system = ticks(fields[11]), ticks(fields[12])
	return user, system, err
}

// Memory is what a process has in it, in bytes (proc_pid_status(5)).
type Memory struct {
	Resident  int64 // VmRSS
	Anonymous int64 // RssAnon: of that, what is not the program's or another file's
}

// orMore is the larger of two readings.
func (m Memory) orMore(n Memory) Memory {
	return Memory{max(m.Resident, n.Resident), max(m.Anonymous, n.Anonymous)}
}

func memory(p *portal) (Memory, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid()))
	if err != nil {
		return Memory{}, err
	}
	return Memory{kilobytes(string(status), "VmRSS:"), kilobytes(string(status), "RssAnon:")}, nil
}

// kilobytes reads one line of proc_pid_status(5), 0 if there is none, and gives it in bytes.
func kilobytes(status, name string) int64 {
	_, value, _ := strings.Cut(status, "\n"+name)
	fields := strings.Fields(value)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64)
	return n * 1024
}
