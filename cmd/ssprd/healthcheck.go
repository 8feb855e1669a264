package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"ssprd/internal/config"
)

// healthcheckIn is how long the running portal may take: more than /readyz does, less than whoever runs the command waits.
const healthcheckIn = 5 * time.Second

// healthcheckCommand asks the running portal whether it is alive. In a container there is nothing else to ask with.
func healthcheckCommand(ctx context.Context, args []string, out, diagnostics io.Writer) error {
	var path string
	var ready bool
	err := options("healthcheck", "healthcheck [--config FILE] [--ready]", args, out, diagnostics, func(set *flag.FlagSet) {
		set.StringVar(&path, "config", defaultConfig, "the configuration of the running portal, a YAML `FILE`")
		set.BoolVar(&ready, "ready", false, "ask whether all parts work too, as a proxy does; a restart mends none of them")
	})
	if err != nil {
		return err
	}
	address, err := operationsOf(path)
	if err != nil {
		return err
	}
	question := "/livez"
	if ready {
		question = "/readyz"
	}
	return healthcheck(ctx, "http://"+reachable(address)+question, out)
}

// operationsOf is where the configuration at path, and the environment, have the portal listen for such questions. Whatever else
// is wrong there, such as a file that may not be read from here, is of no concern: the portal runs, or does not.
func operationsOf(path string) (string, error) {
	c, err := config.Load(path)
	var wrong *config.Mistakes
	if errors.As(err, &wrong) && wrong.Read != nil && !wrong.Touch("server.operations") {
		c, err = wrong.Read, nil
	}
	if err != nil {
		return "", err
	}
	if c.Server.Operations == "" {
		return "", errors.New("server.operations is empty: the running portal cannot be asked")
	}
	return c.Server.Operations, nil
}

// healthcheck prints what is answered; it is an error unless all is well.
func healthcheck(ctx context.Context, address string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckIn)
	defer cancel()
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("server.operations: %w", err)
	}
	answer, err := direct().Do(rq)
	if err != nil {
		return fmt.Errorf("asking the running portal: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("asking the running portal: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s says %s:\n%s", address, answer.Status, strings.TrimSpace(string(text)))
	}
	_, err = out.Write(text)
	return err
}

// direct asks by no proxy, and is led to nowhere else.
func direct() *http.Client {
	return &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
