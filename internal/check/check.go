// Package check tries each promise of a configuration on the real servers, and changes nothing there.
//
// Areas are tried side by side: each directory server, each population, the mail server, the state, the portal's own
// files and addresses. An area asks (through ldapx, mail, state: the shell), and judges what came of it (pure functions of
// facts); what it says is a list of findings, each with a code of the table in codes.go.
package check

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/panics"
)

// Options are what the command line adds.
type Options struct {
	SendTo  string           // an address to which a real message is sent; "" for none
	Offline bool             // the file alone is judged, with what it names on this machine, and no server is asked
	Theme   []config.Mistake // what is wrong with the theme, and a portal can run with
}

// longest is what one area may take: a server that hangs must not hold up what there is to say of the others.
const longest = 20 * time.Second

// area is a part of the configuration that is tried by itself, beside the others.
type area struct {
	key string // the setting, as in directories[0].servers[1]
	try func(ctx context.Context) []Finding
}

// Run tries everything that c promises. The findings stand in the order of the configuration, however long each took.
func Run(ctx context.Context, c *config.Config, o Options) []Finding {
	if o.Offline {
		here := append([]area{runBy(os.Geteuid())}, settings(c, o)...)
		if !c.State.Shared() {
			here = append(here, stateStore(c)...)
		}
		return inOrder(ctx, append(here, files(c)...))
	}
	servers, door := directories(c)
	people := door.before(c, slices.Concat(populations(c), rules(c)))
	agents := door.before(c, helpdesk(c))
	return inOrder(ctx, slices.Concat([]area{runBy(os.Geteuid())}, settings(c, o), portal(c), stateStore(c), servers, people, mailServer(c, o), agents, files(c), syslogServer(c)))
}

// inOrder tries areas side by side, and gives what they found one after the other.
func inOrder(ctx context.Context, all []area) []Finding {
	found := make([][]Finding, len(all))
	var trying sync.WaitGroup
	for i, a := range all {
		trying.Go(func() { found[i] = a.within(ctx, longest) })
	}
	trying.Wait()
	return slices.Concat(found...)
}

// within tries an area for so long at most. What it would have said later is not waited for.
func (a area) within(ctx context.Context, limit time.Duration) []Finding {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() {
		var found []Finding
		if err := panics.Catch(func() error { found = a.try(ctx); return nil }); err != nil {
			found = []Finding{{Code: Failed, Key: a.key, Tried: "this check", Seen: err.Error()}}
		}
		done <- found
	}()
	select {
	case found := <-done:
		return found
	case <-ctx.Done():
	}
	select {
	case found := <-done: // it ended together with its time, and says more
		return found
	case <-time.After(time.Second):
		return []Finding{{Code: Failed, Key: a.key, Tried: "this check", Seen: fmt.Sprintf("it did not end within %s", limit)}}
	}
}
