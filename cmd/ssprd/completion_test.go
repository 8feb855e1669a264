package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// script is a shell's, in a file.
func script(t *testing.T, shell string) string {
	t.Helper()
	code, text, diagnostics := call(t, "completion", shell)
	if code != 0 || diagnostics != "" {
		t.Fatalf("%d %s", code, diagnostics)
	}
	path := filepath.Join(t.TempDir(), "ssprd."+shell)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What a shell of the machine reads is a script, and it names every command and every option.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		path := script(t, shell)
		if program, err := exec.LookPath(shell); err != nil {
			t.Logf("%s is not installed: its script is not read by it", shell)
		} else if said, err := exec.Command(program, "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", shell, err, said)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for _, d := range describe() {
			for _, o := range d.options() {
				if !strings.Contains(text, "--"+o.Name) && !strings.Contains(text, "'__fish_seen_subcommand_from "+d.name+"' -l "+o.Name+" ") {
					t.Errorf("%s: no --%s of %s", shell, o.Name, d.name)
				}
			}
			if !strings.Contains(text, d.name) {
				t.Errorf("%s: no %s", shell, d.name)
			}
		}
	}
	for _, args := range [][]string{{}, {"csh"}, {"bash", "zsh"}} {
		if code, _, diagnostics := call(t, append([]string{"completion"}, args...)...); code != 2 || diagnostics == "" {
			t.Errorf("%q: %d %s", args, code, diagnostics)
		}
	}
}

// bash completes: it is asked what it would offer for the last word of a line.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	dir := t.TempDir()
	for _, name := range []string{"a config.yaml", "other"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	ask := script(t, "bash")
	for _, c := range []struct {
		words []string
		want  []string // among what is offered; "!" before what must not be
	}{
		{[]string{""}, []string{"serve", "check", "help", "!--config"}},
		{[]string{"se"}, []string{"serve", "!check"}},
		{[]string{"serve", ""}, []string{"--config"}},
		{[]string{"demo", "--li"}, []string{"--listen", "!--data"}},
		{[]string{"init", "--kind", ""}, []string{"openldap", "active-directory", "389ds", "generic", "!--kind"}},
		{[]string{"init", "--kind", "=", "act"}, []string{"active-directory", "!openldap"}},
		{[]string{"init", "--kind", "="}, []string{"openldap"}},
		{[]string{"init", "-kind", "3"}, []string{"389ds"}},
		{[]string{"init", "--base", ""}, []string{"!--kind"}},
		{[]string{"check", "--config", "a"}, []string{"a config.yaml", "!other"}},
		{[]string{"demo", "--data", ""}, []string{"other", "a config.yaml"}},
		{[]string{"completion", ""}, []string{"bash", "zsh", "fish"}},
		{[]string{"help", "ch"}, []string{"check"}},
		{[]string{"bogus", ""}, []string{"!serve"}},
	} {
		const asks = `source "$0"; COMP_WORDS=(ssprd "$@"); COMP_CWORD=$#; _ssprd; printf '%s\n' "${COMPREPLY[@]}"`
		command := exec.Command(bash, append([]string{"--norc", "-c", asks, ask}, c.words...)...)
		command.Dir = dir
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%q: %v", c.words, err)
		}
		offered := strings.Split(strings.TrimSpace(string(out)), "\n")
		for _, want := range c.want {
			word, not := strings.CutPrefix(want, "!")
			if slices.Contains(offered, word) == not {
				t.Errorf("%q: %q is offered, want %s", c.words, offered, want)
			}
		}
	}
}
