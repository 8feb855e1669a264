// Package child runs real programs for tests: each in a process group of its own, which ends with the test process,
// however that ends.
package child

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Patience is how long a real server may take for what it usually does in less than a second: the machine may be busy.
const Patience = 60 * time.Second

// Process is a program that runs as a child of the test.
type Process struct {
	cmd    *exec.Cmd
	out    syncBuffer    // what it said, for the failure message
	exited chan struct{} // closed once it has been waited for
}

// Start starts a program in a process group of its own, which ends when the test process does, however that ends.
func Start(path string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(path, args...), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.WaitDelay = time.Second // a grandchild may hold the pipe for longer than the child lives
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := onLastingThread(p.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// onLastingThread runs f on an operating system thread that lives as long as the process. The kernel sends Pdeathsig
// when the thread that made the child ends, and Go ends threads when it likes, unless a goroutine is locked to one.
func onLastingThread(f func() error) error {
	result := make(chan error)
	lastingThread() <- func() { result <- f() }
	return <-result
}

var lastingThread = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// Signal reaches the whole group: Samba has children of its own. What has ended gets none: its number may be another's.
func (p *Process) Signal(s syscall.Signal) error {
	select {
	case <-p.exited:
		return os.ErrProcessDone
	default:
	}
	return syscall.Kill(-p.cmd.Process.Pid, s)
}

// Stop asks the process to end, and kills it when it takes too long. A process that has ended already is no error.
func (p *Process) Stop() {
	_ = p.Signal(syscall.SIGTERM)
	_ = p.Signal(syscall.SIGCONT)
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
	}
	p.Kill()
}

// Pause freezes the process. It returns once the kernel has stopped it.
func (p *Process) Pause() error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return p.Await(p.stopped)
}

// Resume lets a paused process go on.
func (p *Process) Resume() error { return p.Signal(syscall.SIGCONT) }

// stopped gives no error once the process is in state T of proc_pid_stat(5).
func (p *Process) stopped() error {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
	if err != nil {
		return err
	}
	if _, state, _ := strings.Cut(string(stat), ") "); !strings.HasPrefix(state, "T") {
		return fmt.Errorf("the process is in state %.1s", state)
	}
	return nil
}

// Kill ends the process at once, paused or not, and waits for its end.
func (p *Process) Kill() {
	_ = p.Signal(syscall.SIGKILL)
	<-p.exited
}

// Await asks ready until it gives no error, the process has ended, or Patience is at its end.
func (p *Process) Await(ready func() error) error {
	deadline := time.After(Patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended: %s", p.cmd.Path, p.out.String())
		case <-deadline:
			return fmt.Errorf("%s is not ready after %s: %w: %s", p.cmd.Path, Patience, err, p.out.String())
		case <-tick.C:
		}
	}
}

// Run runs a tool to its end. Its output is in the error.
func Run(path string, args ...string) (string, error) {
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", path, err, out)
	}
	return string(out), nil
}

// syncBuffer takes a process's output while a test may read it.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Pid is the number of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Output is what it has said so far.
func (p *Process) Output() string { return p.out.String() }

// Exited is closed once the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// ExitCode is the code it has ended with; -1 while it runs, and if a signal ended it.
func (p *Process) ExitCode() int {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}
