package main

import (
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

	"ssprd/internal/config"
	"ssprd/internal/demo"
	"ssprd/internal/want"
)

// demoCommand runs the portal, as serve does, on a directory and a mailbox in this very process.
func demoCommand(ctx context.Context, args []string, out, diagnostics io.Writer) error {
	var listen, data *string
	if err := options("demo", "demo [--listen HOST:PORT] [--data DIR]", args, out, diagnostics, func(set *flag.FlagSet) {
		listen = set.String("listen", "127.0.0.1:8080", "the `HOST:PORT` to listen on; port 0 takes a free one")
		data = set.String("data", "", "a `DIR` that keeps the people and the state; otherwise both are gone at the end")
	}); err != nil {
		return err
	}
	if host, _, err := net.SplitHostPort(*listen); err != nil || !want.Loopback(host) {
		fmt.Fprintf(diagnostics, "ssprd demo: --listen %q: wanted an address of this machine alone, such as 127.0.0.1:8080: its people have well-known passwords\n", *listen)
		return errUsage
	}
	address, err := freeAddress(*listen)
	if err != nil {
		return err
	}
	dir, remove, err := demoFolder(*data)
	if err != nil {
		return err
	}
	defer remove()
	return runDemo(ctx, dir, address, out)
}

// freeAddress makes a port of 0 a free one: the demo's configuration names its own address.
func freeAddress(listen string) (string, error) {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return "", fmt.Errorf("--listen: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

func demoFolder(data string) (dir string, remove func(), err error) {
	if data == "" {
		dir, err = os.MkdirTemp("", "ssprd-demo-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	return data, func() {}, os.MkdirAll(data, 0o700)
}

func runDemo(ctx context.Context, dir, address string, out io.Writer) (err error) {
	logFile, err := os.OpenFile(filepath.Join(dir, "ssprd.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, logFile.Close()) }()
	log := slog.New(slog.NewTextHandler(logFile, nil))
	world, err := demo.Start(dir, log, demo.Defaults())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	path, err := world.WriteConfig(address)
	if err != nil {
		return err
	}
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	return serve(ctx, c, log, extras{
		mailbox: demo.MailboxPath,
		pages: func(css, home string) map[string]http.Handler {
			look := demo.Look{CSS: css, Home: home}
			return map[string]http.Handler{
				demo.MailboxPath: world.Mailbox.Page(look), demo.LoginPath: world.Directory.LoginPage(look, log),
			}
		},
		ready: func() { greet(out, c.Portal.PublicURL, dir, world.Samples) },
	})
}

// greet tells where to go and whom to play.
func greet(out io.Writer, url, dir string, samples []demo.Sample) {
	fmt.Fprintf(out, `ssprd demo: a portal, a directory and a mailbox, all in this process

  portal   %s/
  mailbox  %s%s     where the codes arrive
  sign in  %s%s       the site whose password was lost; before a reset it is %s

Addresses to try (fictitious people):

`, url, url, demo.MailboxPath, url, demo.LoginPath, demo.InitialPassword)
	for _, s := range samples {
		if s.Address == "" {
			continue
		}
		fmt.Fprintf(out, "  %-34s %s\n", s.Address, s.Who)
	}
	fmt.Fprintf(out, "\nEverything is in %s. Ctrl-C ends it.\n", dir)
}
