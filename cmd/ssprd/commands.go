package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"ssprd/internal/config"
)

// Exit codes, as the help tells them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or configuration

	exitCodes = "0 it went well, 1 it failed, 2 wrong usage or configuration."
)

// errUsage says that the command line was wrong; what is wrong has been printed.
var errUsage = errors.New("wrong usage")

// command is one of the words after ssprd.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string, out, diagnostics io.Writer) error
}

func commands() []command {
	return []command{
		{"serve", "run the portal", serveCommand},
		{"demo", "run the portal with a directory and a mailbox of its own, to try it", demoCommand},
		{"init", "write a configuration to begin with, for a kind of directory", initCommand},
		{"check", "try a configuration on the real servers, and tell what is wrong", checkCommand},
		{"healthcheck", "tell whether the running portal is alive, or ready", healthcheckCommand},
		{"reopen", "let codes be sent again for an account at which too many wrong ones were typed", reopenCommand},
		{"completion", "print what has a shell complete command lines", completionCommand},
		{"man", "print this program's page of the manual", manCommand},
		{"version", "print the version", versionCommand},
	}
}

// run does what the command line asks and returns the exit code.
func run(ctx context.Context, args []string, out, diagnostics io.Writer) int {
	if len(args) == 0 {
		usage(diagnostics)
		return exitUsage
	}
	switch {
	case isHelp(args[0]):
		if len(args) > 1 && !isHelp(args[1]) {
			return run(ctx, []string{args[1], "-h"}, out, diagnostics)
		}
		usage(out)
		return exitOK
	case args[0] == "-version", args[0] == "--version":
		args = []string{"version"}
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return report(c.run(ctx, args[1:], out, diagnostics), diagnostics)
		}
	}
	fmt.Fprintf(diagnostics, "ssprd: there is no command %q\n\n", args[0])
	usage(diagnostics)
	return exitUsage
}

func isHelp(word string) bool {
	return slices.Contains([]string{"help", "-h", "-help", "--help"}, word)
}

// report prints an error, and says with which code the program ends.
func report(err error, diagnostics io.Writer) int {
	var mistakes *config.Mistakes
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	case errors.Is(err, errFound):
		return exitFailed
	case errors.As(err, &mistakes):
		fmt.Fprintln(diagnostics, mistakes)
		return exitUsage
	}
	fmt.Fprintln(diagnostics, "ssprd:", err)
	return exitFailed
}

func usage(w io.Writer) {
	fmt.Fprint(w, "ssprd: self-service password reset for LDAP directories and Active Directory\n\nusage: ssprd COMMAND [OPTIONS]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-11s  %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nssprd COMMAND -h lists a command's options.\nExit codes: "+exitCodes+"\n")
}

// options reads a command's options. What it does not know is printed with what there is. Who asks for a description gets that
// alone.
func options(name, synopsis string, args []string, out, diagnostics io.Writer, declare func(*flag.FlagSet)) error {
	set := flag.NewFlagSet("ssprd "+name, flag.ContinueOnError)
	set.SetOutput(diagnostics)
	set.Usage = func() {
		fmt.Fprintf(set.Output(), "usage: ssprd %s\n\n", synopsis)
		set.PrintDefaults()
	}
	declare(set)
	if d, ok := out.(*description); ok {
		d.synopsis, d.flags = synopsis, set
		return flag.ErrHelp
	}
	for _, arg := range args {
		if isHelp(arg) && arg != "help" {
			set.SetOutput(out)
		}
	}
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errUsage
	}
	if set.NArg() > 0 {
		fmt.Fprintf(diagnostics, "ssprd %s: %q is not expected\n\n", name, set.Arg(0))
		set.Usage()
		return errUsage
	}
	return nil
}
