package main

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"ssprd/internal/config"
	"ssprd/internal/reference"
)

// defaultConfig is where packages put the configuration.
const defaultConfig = "/etc/ssprd/config.yaml"

// loadOption reads the one option of serve, --config, and the configuration that it names.
func loadOption(name string, args []string, out, diagnostics io.Writer) (path string, c *config.Config, err error) {
	err = options(name, name+" [--config FILE]", args, out, diagnostics, func(set *flag.FlagSet) {
		set.StringVar(&path, "config", defaultConfig, "the configuration, a YAML `FILE`")
	})
	if err != nil {
		return "", nil, err
	}
	c, err = config.Load(path)
	return path, c, err
}

func serveCommand(ctx context.Context, args []string, out, diagnostics io.Writer) error {
	asked := make(chan os.Signal, 1) // one that comes while the portal starts, or reloads, is heard after it
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Ignore(syscall.SIGHUP) // Stop would let it end the process
	path, c, err := loadOption("serve", args, out, diagnostics)
	if err != nil {
		return err
	}
	var level slog.LevelVar
	setLevel(&level, c.Log)
	return serve(ctx, c, newLog(c.Log, &level, diagnostics), extras{
		reload: reload{asked, func() (*config.Config, error) { return config.Load(path) }, &level},
	})
}

// newLog makes the log that the configuration asks for. Each line has the numbers of the request and the reset that it is about.
func newLog(c config.Log, level slog.Leveler, w io.Writer) *slog.Logger {
	handler := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(reference.Log(slog.NewTextHandler(w, handler)))
	}
	return slog.New(reference.Log(slog.NewJSONHandler(w, handler)))
}

// setLevel has the log say from now on what the configuration asks for.
func setLevel(v *slog.LevelVar, c config.Log) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo // a loaded configuration has a level that slog knows
	}
	v.Set(level)
}
