package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"ssprd/internal/check"
	"ssprd/internal/config"
	"ssprd/internal/theme"
)

// errFound says that a check has found errors, which were printed.
var errFound = errors.New("the check has found errors")

// checkCommand tries a configuration on the real servers.
func checkCommand(ctx context.Context, args []string, out, diagnostics io.Writer) error {
	var path string
	var asJSON, quiet bool
	var o check.Options
	var one onePerson
	err := options("check", checkSynopsis, args, out, diagnostics, func(set *flag.FlagSet) {
		set.StringVar(&path, "config", defaultConfig, "the configuration, a YAML `FILE`")
		set.BoolVar(&asJSON, "json", false, "print one JSON object, for machines")
		set.BoolVar(&quiet, "quiet", false, "leave out what is ok")
		set.BoolVar(&o.Offline, "offline", false, "judge the file alone, and ask no server")
		set.StringVar(&o.SendTo, "send-to", "", "send a real message to this `ADDRESS`")
		one.declare(set)
	})
	if err != nil {
		return err
	}
	if wrong := one.wrong(o); wrong != "" {
		fmt.Fprintln(diagnostics, "ssprd check:", wrong)
		return errUsage
	}
	begun := time.Now()
	c, theme, err := readToCheck(path)
	if err != nil {
		return unusable(path, err, asJSON, out)
	}
	o.Theme = theme
	findings := func() []check.Finding { return check.Run(ctx, c, o) }
	if one.asked() {
		i, wrong := one.in(c)
		if wrong != "" {
			fmt.Fprintln(diagnostics, "ssprd check:", wrong)
			return errUsage
		}
		findings = func() []check.Finding { return one.findings(ctx, c, i) }
	}
	report := check.Report{Config: path, Findings: findings(), Took: time.Since(begun), Quiet: quiet}
	write := func(w io.Writer) error { return report.WriteText(w, columns(w)) }
	if asJSON {
		write = report.WriteJSON
	}
	if err := write(out); err != nil {
		return err
	}
	if report.Count(check.Error) > 0 {
		return errFound
	}
	return nil
}

// readToCheck reads a configuration, and gives all that makes it unusable at once; else what is wrong with the theme.
func readToCheck(path string) (*config.Config, []config.Mistake, error) {
	c, err := config.Load(path)
	var wrong *config.Mistakes
	switch {
	case errors.As(err, &wrong):
		wrong.List = append(wrong.List, alsoWrong(wrong)...)
		return nil, nil, wrong
	case err != nil:
		return nil, nil, err
	}
	unusable, warnings := lookMistakes(c)
	if len(unusable) > 0 {
		return nil, nil, &config.Mistakes{List: append(unusable, warnings...)}
	}
	return c, warnings, nil
}

// unusable tells of a configuration with which nothing can be tried: for machines on the output, as findings.
func unusable(path string, err error, asJSON bool, out io.Writer) error {
	var wrong *config.Mistakes
	if !asJSON || !errors.As(err, &wrong) {
		return err
	}
	if err := check.Unusable(path, wrong).WriteJSON(out); err != nil {
		return err
	}
	return errUsage
}

// alsoWrong looks at the theme of a configuration that has mistakes elsewhere, so that all can be mended at once.
func alsoWrong(m *config.Mistakes) []config.Mistake {
	if m.Read == nil || m.Touch("portal.theme") || m.Touch("portal.languages") {
		return nil
	}
	wrong, warnings := lookMistakes(m.Read)
	return append(wrong, warnings...)
}

// lookMistakes is what is wrong with the theme: what no portal starts with, and what it can run with and should not.
func lookMistakes(c *config.Config) (wrong, warnings []config.Mistake) {
	l, err := newLook(c)
	var look theme.Mistakes
	look.Join("portal.theme", err)
	return asMistakes(look), asMistakes(l.warnings)
}

func asMistakes(list theme.Mistakes) (all []config.Mistake) {
	for _, m := range list {
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
