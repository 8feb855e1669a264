package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"ssprd/internal/check"
	"ssprd/internal/config"
)

const checkSynopsis = `check [--config FILE] [--json] [--quiet] [--offline | --send-to ADDRESS]
       ssprd check [--config FILE] [--json] [--quiet] --person ADDRESS [--population NAME]
       ssprd check [--config FILE] [--json] [--quiet] --change-test-person ADDRESS [--population NAME]`

// onePerson is what a check of one person is asked for: whom, as a visitor would type it, and in which population.
type onePerson struct {
	explain, change *string // nil where it was not asked for
	population      string
}

func (o *onePerson) declare(set *flag.FlagSet) {
	kept := func(to **string) func(string) error { return func(s string) error { *to = &s; return nil } }
	set.Func("person", "explain what is made of this `ADDRESS`, or other text that a person types, and nothing else: it prints the person's data", kept(&o.explain))
	set.Func("change-test-person", "really change the password of the one person whom this `ADDRESS` names, to one that nobody is told,\n"+
		"follow it to every server, and sign in there: for an account that is there for tests", kept(&o.change))
	set.StringVar(&o.population, "population", "", "the `NAME` of the population in which that person is looked for; needed where there are several")
}

func (o *onePerson) asked() bool { return o.explain != nil || o.change != nil }

// wrong says which options do not go together, or "".
func (o *onePerson) wrong(also check.Options) string {
	switch {
	case o.explain != nil && o.change != nil:
		return "--person and --change-test-person: one of them at a time"
	case o.asked() && (also.Offline || also.SendTo != ""):
		return "--person and --change-test-person go with neither --offline nor --send-to"
	case !o.asked() && o.population != "":
		return "--population goes with --person or --change-test-person"
	}
	return ""
}

// in is the index of the population; or what is wrong with its name.
func (o *onePerson) in(c *config.Config) (int, string) {
	var names []string
	for i, p := range c.Populations {
		if p.Reset == nil {
			continue
		}
		if p.Name == o.population {
			return i, ""
		}
		names = append(names, p.Name)
	}
	if o.population == "" && len(names) == 1 {
		return slices.IndexFunc(c.Populations, func(p config.Population) bool { return p.Reset != nil }), ""
	}
	return -1, fmt.Sprintf("--population %q: wanted one that has a reset: %s", o.population, strings.Join(names, ", "))
}

func (o *onePerson) findings(ctx context.Context, c *config.Config, i int) []check.Finding {
	if o.change != nil {
		return check.ChangeTestPerson(ctx, c, i, *o.change)
	}
	return check.Person(ctx, c, i, *o.explain)
}
