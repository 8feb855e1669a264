package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/theme"
)

// defaultConfig is where packages put the configuration.
const defaultConfig = "/etc/ssprd/config.yaml"

// loadOption reads the one option of serve and check, --config, and the configuration that it names.
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

func checkCommand(_ context.Context, args []string, out, diagnostics io.Writer) error {
	path, c, err := loadOption("check", args, out, diagnostics)
	var wrong *config.Mistakes
	if errors.As(err, &wrong) {
		wrong.List = append(wrong.List, alsoWrong(wrong)...)
		return wrong
	}
	if err != nil {
		return err
	}
	if err := rehearse(c); err != nil {
		return err
	}
	_, err = io.WriteString(out, path+": the configuration is valid\n")
	return err
}

// alsoWrong looks at the theme of a configuration that has mistakes elsewhere, so that all can be mended at once.
func alsoWrong(m *config.Mistakes) []config.Mistake {
	if m.Read == nil || m.Touch("portal.theme") || m.Touch("portal.languages") {
		return nil
	}
	return lookMistakes(m.Read)
}

// rehearse finds what a configuration that is well written would still fail on: the pages of a theme at the start,
// behind a proxy that it does not name the first busy hour, and an accessibility statement before the law.
func rehearse(c *config.Config) error {
	wrong := config.Mistakes{List: lookMistakes(c)}
	mistake := func(key, want string) { wrong.List = append(wrong.List, c.Mistake(key, want)) }
	dangers(c, mistake)
	unfounded(c, mistake)
	if len(wrong.List) > 0 {
		return &wrong
	}
	return nil
}

// lookMistakes is what is wrong with the theme, the warnings too.
func lookMistakes(c *config.Config) (all []config.Mistake) {
	l, err := newLook(c)
	var look theme.Mistakes
	look.Join("portal.theme", err)
	for _, m := range append(look, l.warnings...) {
		all = append(all, config.Mistake{Source: m.File, Line: m.Line, Want: m.Text})
	}
	return all
}

// dangers reports what a portal can run with and should not.
func dangers(c *config.Config, report func(key, want string)) {
	if missing := c.Server.WrongProxies(c.Portal); missing != "" {
		report("server.trusted_proxies", missing)
	}
	c.Limits.TooLoose(func(key, want string) { report("limits."+key, want) })
}

// unfounded reports what the accessibility statement claims and nothing bears out, today.
func unfounded(c *config.Config, report func(key, want string)) {
	c.Portal.Accessibility.Unfounded(time.Now(), func(key, want string) { report("portal.accessibility."+key, want) })
}

// newLog makes the log that the configuration asks for.
func newLog(c config.Log, level slog.Leveler, w io.Writer) *slog.Logger {
	handler := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(w, handler))
	}
	return slog.New(slog.NewJSONHandler(w, handler))
}

// setLevel has the log say from now on what the configuration asks for.
func setLevel(v *slog.LevelVar, c config.Log) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo // a loaded configuration has a level that slog knows
	}
	v.Set(level)
}
