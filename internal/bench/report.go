package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"ssprd/internal/portaltest"
)

// WriteVariable names the environment variable that, set to anything, makes a run write its tables into docs/performance.md.
const WriteVariable = "WRITE_PERFORMANCE"

// Document is the path of that document.
func Document() string { return filepath.Join(portaltest.Root(), "docs", "performance.md") }

// Report prints the tables of a run, and nothing if anything in it went wrong. name is that of their place in the document.
func Report(out io.Writer, name string, run error, tables ...func(io.Writer) error) error {
	if run != nil {
		return fmt.Errorf("no figures: %w", run)
	}
	var text bytes.Buffer
	for i, table := range tables {
		if i > 0 {
			fmt.Fprintln(&text)
		}
		if err := table(&text); err != nil {
			return err
		}
	}
	if _, err := out.Write(text.Bytes()); err != nil {
		return err
	}
	if os.Getenv(WriteVariable) == "" {
		return nil
	}
	return writeInto(Document(), name, Machine()+"\n\n```\n"+trimmed(text.String())+"```\n")
}

// writeInto writes a text at its place in a document.
func writeInto(path, name, text string) error {
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	next, err := into(string(document), name, text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(next), 0o644)
}

// into gives a document with another text at the place of that name, which is between two lines that only its source shows.
func into(document, name, text string) (string, error) {
	begins, ends := "<!-- make bench writes from here: "+name+" -->\n", "<!-- to here -->\n"
	before, rest, ok := strings.Cut(document, begins)
	_, after, ended := strings.Cut(rest, ends)
	if !ok || !ended {
		return "", fmt.Errorf("it lacks the line %q, or %q after it", begins, ends)
	}
	return before + begins + "\n" + text + "\n" + ends + after, nil
}

// trimmed has no spaces at the end of a line.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// Machine tells on what a run was made.
func Machine() string {
	first := func(command string, args ...string) string {
		out, err := exec.Command(command, args...).CombinedOutput()
		line, _, _ := strings.Cut(string(out), "\n")
		if err != nil || line == "" {
			return command + " is not known"
		}
		return strings.TrimSpace(line)
	}
	cpu, memory := "", ""
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, cpu, _ = strings.Cut(string(text), "model name")
		cpu, _, _ = strings.Cut(strings.TrimLeft(cpu, "\t :"), "\n")
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		memory = fmt.Sprintf("%.0f GB", float64(kilobytes("\n"+string(text), "MemTotal:"))/1e9)
	}
	slapd, _, _ := strings.Cut(first("sh", "-c", "PATH=$PATH:/usr/sbin slapd -VV 2>&1"), " (")
	return fmt.Sprintf("On %d cores (%s), %s; Linux %s, %s, %s; ssprd %s.", runtime.NumCPU(), cpu, memory, first("uname", "-r"),
		runtime.Version(), strings.TrimPrefix(strings.TrimPrefix(slapd, "@(#) "), "$"),
		first("git", "-C", portaltest.Root(), "describe", "--tags", "--always", "--dirty"))
}
