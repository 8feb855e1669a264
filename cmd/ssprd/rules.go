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
