package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/state"
)

// reopenCommand asks the running portal to let codes be sent again for accounts at which too many wrong ones were typed.
func reopenCommand(ctx context.Context, args []string, out, diagnostics io.Writer) error {
	var path, population, address string
	err := options("reopen", "reopen [--config FILE] --population NAME --address ADDRESS", args, out, diagnostics, func(set *flag.FlagSet) {
		set.StringVar(&path, "config", defaultConfig, "the configuration of the running portal, a YAML `FILE`")
		set.StringVar(&population, "population", "", "the `NAME` of the population")
		set.StringVar(&address, "address", "", "the mail `ADDRESS`, or whatever the person types to be found")
	})
	if err != nil {
		return err
	}
	if population == "" || address == "" {
		fmt.Fprintln(diagnostics, "ssprd reopen: --population and --address are wanted")
		return errUsage
	}
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(c.Populations, func(p config.Population) bool { return p.Name == population && p.Reset != nil }) {
		return fmt.Errorf("there is no population %q with a reset in %s", population, path)
	}
	n, err := askReopen(ctx, c, population, address)
	if err != nil {
		return err
	}
	if n == "0" {
		return fmt.Errorf("nobody in %s who may be reset is found by %q", population, address)
	}
	_, err = fmt.Fprintf(out, "accounts to which codes are sent again, closed before or not: %s\n", n)
	return err
}

func askReopen(ctx context.Context, c *config.Config, population, address string) (n string, err error) {
	if c.Server.Operations == "" {
		return "", errors.New("server.operations is empty: the running portal cannot be asked")
	}
	if c.State.URL == "memory:" {
		return "", errors.New("state.url is memory: the portal forgets its counts when it is restarted")
	}
	key, err := state.LoadKey(c.State.KeyFile, false)
	if err != nil {
		return "", err
	}
	q := reopenRequest{population, address, time.Now().Unix()}
	form := url.Values{"population": {population}, "address": {address}, "at": {strconv.FormatInt(q.at, 10)}, "signature": {q.sign(key)}}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+reachable(c.Server.Operations)+reopenPath, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	rq.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := direct().Do(rq)
	if err != nil {
		return "", fmt.Errorf("asking the running portal: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if err != nil {
		return "", fmt.Errorf("asking the running portal: %w", err)
	}
	if answer.StatusCode == http.StatusForbidden {
		return "", errors.New("the running portal refuses: it has another state.key_file, or another clock")
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the running portal says: %q", strings.TrimSpace(string(text)))
	}
	if _, err := strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
		return "", fmt.Errorf("%s does not answer as a portal does", c.Server.Operations)
	}
	return strings.TrimSpace(string(text)), nil
}

// reachable is the address under which this machine reaches a listener that is open on all of its addresses.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}
