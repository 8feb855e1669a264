package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Counts is what was spent up to some moment, or between two.
type Counts struct {
	Portal   time.Duration // processor time of the portal
	Load     time.Duration // that of the people and the mail server, in this process
	Searches int           // completed by the directory
	Writes   int           // likewise: modify and extended operations
	Mail     int           // connections to the mail server
}

// add adds what was spent between two moments.
func (c *Counts) add(after, before Counts) {
	c.Portal += after.Portal - before.Portal
	c.Load += after.Load - before.Load
	c.Searches += after.Searches - before.Searches - 1 // the reading of `before` had not completed when it was read
	c.Writes += after.Writes - before.Writes
	c.Mail += after.Mail - before.Mail
}

func (w *world) counts(p *portal) (c Counts) {
	w.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
	if err == nil {
		c.Portal, err = processorTime(string(stat))
	}
	var own syscall.Rusage
	if err == nil {
		err = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	}
	if err == nil {
		c.Searches, c.Writes, err = w.operations()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	c.Load = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	c.Mail = w.sink.Connections()
	return c
}

// processorTime reads utime and stime, the fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. The name,
// the second field, may hold spaces.
func processorTime(stat string) (time.Duration, error) {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("no processor time in %q", stat)
	}
	var sum time.Duration
	for _, field := range fields[11:13] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return 0, fmt.Errorf("processor time: %w", err)
		}
		sum += time.Duration(ticks) * 10 * time.Millisecond
	}
	return sum, nil
}

// operations reads cn=Monitor.
func (w *world) operations() (searches, writes int, err error) {
	err = w.slapd.Admin(func(c *ldap.Conn) error {
		result, err := c.Search(ldap.NewSearchRequest("cn=Operations,cn=Monitor", ldap.ScopeSingleLevel, ldap.NeverDerefAliases,
			0, 0, false, "(objectClass=*)", []string{"cn", "monitorOpCompleted"}, nil))
		if err != nil {
			return fmt.Errorf("cn=Monitor: %w", err)
		}
		for _, e := range result.Entries {
			n, err := strconv.Atoi(e.GetAttributeValue("monitorOpCompleted"))
			if err != nil {
				return fmt.Errorf("cn=Monitor: %w", err)
			}
			switch e.GetAttributeValue("cn") {
			case "Search":
				searches = n
			case "Modify", "Extended":
				writes += n
			}
		}
		return nil
	})
	return searches, writes, err
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

func (w *world) memory(p *portal) Memory {
	w.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid()))
	if err != nil {
		w.t.Fatal(err)
	}
	return Memory{kilobytes(string(status), "VmRSS:"), kilobytes(string(status), "RssAnon:")}
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
