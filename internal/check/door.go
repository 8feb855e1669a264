package check

import (
	"context"
	"fmt"
	"strings"

	"ssprd/internal/config"
)

// door is where what asks a directory for people waits until its servers were tried: the servers of each directory, by its
// name. Where the service account was refused, nobody else tries: each attempt may count towards a lock-out of the very account
// on which all resets depend; and one cause is told once.
type door map[string][]*server

// before has areas wait.
func (d door) before(c *config.Config, all []area) (waiting []area) {
	said := map[string]bool{}
	for _, a := range all {
		of, main := asked(c, a.key)
		main = main && !said[a.key]
		said[a.key] = true
		waiting = append(waiting, area{a.key, func(ctx context.Context) []Finding {
			switch {
			case of == "" || letsIn(ctx, d[of]) != nil:
				return a.try(ctx)
			case main:
				return []Finding{{Code: NotAsked, Key: a.key, Tried: "asking directory " + of, Seen: "no server of it lets the service account in"}}
			}
			return nil
		}})
	}
	return waiting
}

// asked is the directory that an area at key asks, if any, and whether the area is the one that says so where that cannot be.
func asked(c *config.Config, key string) (directory string, main bool) {
	if key == agentsKey {
		return c.Helpdesk.Directory, true
	}
	for i, p := range c.Populations {
		if p.Reset != nil && strings.HasPrefix(key, fmt.Sprintf("populations[%d].", i)) {
			return p.Reset.Directory, key == populationKey(i)
		}
	}
	return "", false
}
