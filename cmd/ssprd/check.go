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
	var asJSON, offline bool
	var o check.Options
	var one onePerson
	err := options("check", checkSynopsis, args, out, diagnostics, func(set *flag.FlagSet) {
		set.StringVar(&path, "config", defaultConfig, "the configuration, a YAML `FILE`")
		set.BoolVar(&asJSON, "json", false, "print one JSON object, for machines")
		set.BoolVar(&offline, "offline", false, "judge the file alone, and ask no server")
		set.StringVar(&o.SendTo, "send-to", "", "send a real message to this `ADDRESS`")
		one.declare(set)
	})
	if err != nil {
		return err
	}
	if wrong := one.wrong(offline, o); wrong != "" {
		fmt.Fprintln(diagnostics, "ssprd check:", wrong)
		return errUsage
	}
	begun := time.Now()
	c, err := readToCheck(path)
	if err != nil {
		return unusable(path, err, asJSON, out)
	}
	if offline {
		_, err = io.WriteString(out, path+": the configuration is valid\n")
		return err
	}
	findings := func() []check.Finding { return check.Run(ctx, c, o) }
	if one.asked() {
		i, wrong := one.in(c)
		if wrong != "" {
			fmt.Fprintln(diagnostics, "ssprd check:", wrong)
			return errUsage
		}
		findings = func() []check.Finding { return one.findings(ctx, c, i) }
	}
	report := check.Report{Config: path, Findings: findings(), Took: time.Since(begun)}
	write := report.WriteText
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

// readToCheck reads a configuration, and gives all that makes it unusable at once.
func readToCheck(path string) (*config.Config, error) {
	c, err := config.Load(path)
	var wrong *config.Mistakes
	if errors.As(err, &wrong) {
		wrong.List = append(wrong.List, alsoWrong(wrong)...)
		return nil, wrong
	}
	if err != nil {
		return nil, err
	}
	return c, rehearse(c)
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
