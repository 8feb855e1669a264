package main

import (
	"fmt"
	"slices"

	"ssprd/internal/breached"
	"ssprd/internal/config"
	"ssprd/internal/policy"
)

// openLists opens the lists of breached passwords that the resets of c need. One that several name is opened once.
func (p *parts) openLists(c *config.Config) (err error) {
	for i, rules := range c.Rules {
		path := rules.BreachedFile
		used := func(population config.Population) bool {
			return population.Reset != nil && population.Reset.Rules == rules.Name
		}
		if path == "" || p.lists[path] != nil || !slices.ContainsFunc(c.Populations, used) {
			continue
		}
		if p.lists[path], err = breached.Open(path); err != nil {
			return fmt.Errorf("rules[%d].breached_file: %q: %w", i, path, err)
		}
	}
	return nil
}

// list is the open list of r, or nil.
func (p *parts) list(r config.Rules) policy.BreachedList {
	if l := p.lists[r.BreachedFile]; l != nil {
		return l
	}
	return nil
}

// rulesFor are the rules of r as they are judged by: where common passwords are refused, so are the portal's own words,
// which are the first that come to mind on its pages.
func rulesFor(c *config.Config, r config.Rules) policy.Rules {
	rules := r.Rules
	if rules.ForbidCommon {
		rules.ForbidWords = slices.Concat(rules.ForbidWords, policy.OwnWords(c.Portal.Name, c.Portal.Organisation))
	}
	return rules
}
