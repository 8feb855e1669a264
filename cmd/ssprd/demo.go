package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"ssprd/internal/config"
	"ssprd/internal/demo"
	"ssprd/internal/reference"
	"ssprd/internal/want"
)

// demoCommand runs the portal, as serve does, on a directory and a mailbox in this very process.
func demoCommand(ctx context.Context, args []string, out, diagnostics io.Writer) error {
	var listen, helpdesk, data *string
	if err := options("demo", "demo [--listen HOST:PORT] [--helpdesk HOST:PORT] [--data DIR]", args, out, diagnostics, func(set *flag.FlagSet) {
		listen = set.String("listen", "127.0.0.1:8080", "the `HOST:PORT` to listen on; port 0 takes a free one")
		helpdesk = set.String("helpdesk", "", "the `HOST:PORT` of the helpdesk; otherwise the port after the portal's, or a free one")
		data = set.String("data", "", "a `DIR` that keeps the people and the state; otherwise both are gone at the end")
	}); err != nil {
		return err
	}
	for _, given := range []struct{ option, address string }{{"--listen", *listen}, {"--helpdesk", cmp.Or(*helpdesk, *listen)}} {
		if host, _, err := net.SplitHostPort(given.address); err != nil || !want.Loopback(host) {
			fmt.Fprintf(diagnostics, "ssprd demo: %s %q: wanted an address of this machine alone, such as 127.0.0.1:8080: its people have well-known passwords\n", given.option, given.address)
			return errUsage
		}
	}
	address, err := freeAddress(*listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	deskAddress, err := deskAddress(*helpdesk, address)
	if err != nil {
		return fmt.Errorf("--helpdesk: %w", err)
	}
	dir, remove, err := demoFolder(*data)
	if err != nil {
		return err
	}
	defer remove()
	return runDemo(ctx, dir, address, deskAddress, out)
}

// freeAddress makes a port of 0 a free one: the demo's configuration names its own address.
func freeAddress(listen string) (string, error) {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// deskAddress is that of the helpdesk: the one that was asked for, or the next one of the portal's, or any that is free.
func deskAddress(asked, portal string) (string, error) {
	if asked != "" {
		return freeAddress(asked)
	}
	host, port, err := net.SplitHostPort(portal)
	if err != nil {
		return "", err
	}
	if n, err := strconv.Atoi(port); err == nil {
		if next, err := freeAddress(net.JoinHostPort(host, strconv.Itoa(n+1))); err == nil {
			return next, nil
		}
	}
	return freeAddress(net.JoinHostPort(host, "0"))
}

func demoFolder(data string) (dir string, remove func(), err error) {
	if data == "" {
		dir, err = os.MkdirTemp("", "ssprd-demo-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	return data, func() {}, os.MkdirAll(data, 0o700)
}

func runDemo(ctx context.Context, dir, address, helpdesk string, out io.Writer) (err error) {
	logFile, err := os.OpenFile(filepath.Join(dir, "ssprd.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, logFile.Close()) }()
	log := slog.New(reference.Log(slog.NewTextHandler(logFile, nil)))
	world, err := demo.Start(dir, log, demo.Defaults())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	path, err := world.WriteConfig(address, helpdesk)
	if err != nil {
		return err
	}
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	return serve(ctx, c, log, extras{
		mailbox: demo.MailboxPath, deskMailbox: c.Portal.PublicURL + demo.MailboxPath,
		pages: func(css, home string) map[string]http.Handler {
			look := demo.Look{CSS: css, Home: home}
			return map[string]http.Handler{
				demo.MailboxPath: world.Mailbox.Page(look), demo.LoginPath: world.Directory.LoginPage(look, log),
			}
		},
		ready: func() { greet(out, c, dir, world) },
	})
}

// greet tells where to go and whom to play.
func greet(out io.Writer, c *config.Config, dir string, world *demo.World) {
	url := c.Portal.PublicURL
	fmt.Fprintf(out, `ssprd demo: a portal, its helpdesk, a directory and a mailbox, all in this process

  portal    %s/
  helpdesk  %s/
  mailbox   %s%s     where the codes arrive
  sign in   %s%s       the site whose password was lost; before a reset it is %s

Addresses to try (fictitious people):

`, url, c.Helpdesk.PublicURL, url, demo.MailboxPath, url, demo.LoginPath, demo.InitialPassword)
	list := func(samples []demo.Sample) {
		for _, s := range samples {
			if s.Address != "" {
				fmt.Fprintf(out, "  %-40s %s\n", s.Address, s.Who)
			}
		}
	}
	list(world.Samples)
	fmt.Fprintf(out, "\nAgents of the helpdesk, whose password is %s too:\n\n", demo.InitialPassword)
	list(world.Agents)
	fmt.Fprintf(out, "\nEverything is in %s. Ctrl-C ends it.\n", dir)
}
