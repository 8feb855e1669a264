package redisstate

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomodule/redigo/redis"

	"ssprd/internal/state"
)

// client asks the servers of an address. It connects to one when there is something to ask it.
//
// In a Cluster each server has a part of the keys, which any of them tells; where one has died its replica has them soon. The
// parts are learned anew after a failure, and where a server says that a key is elsewhere. Replicas are asked for nothing
// else: what was counted they may not know yet.
type client struct {
	*address
	ctx  context.Context // until Close
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	servers map[string]*server // by HOST:PORT
	asked   int                // how often servers were asked for the parts

	learning sync.Mutex
	parts    atomic.Pointer[parts] // of a Cluster; nil where they are to be learned

	sentinel atomic.Uint32          // the one that is asked
	primary  atomic.Pointer[string] // that a sentinel has named last
}

func newClient(c state.Config) (*client, error) {
	a, err := parseAddress(c)
	if err != nil {
		return nil, err
	}
	cl := &client{address: a, servers: map[string]*server{}}
	cl.ctx, cl.stop = context.WithCancel(context.Background())
	cl.only()
	for _, host := range a.hosts {
		if a.cluster {
			cl.server(host)
		}
	}
	if a.set != "" {
		cl.work.Go(cl.watch)
	}
	return cl, nil
}

// Close waits for the answers that are under way.
func (c *client) Close() error {
	c.stop()
	c.work.Wait()
	return nil
}

// text is an answer of bytes; "" where there is nothing.
func text(answer any) string {
	b, _ := answer.([]byte)
	return string(b)
}

// ask asks the server that has a key, and asks once more where there was no answer, or where the server has given its place to
// another. It tells whether an answer was lost: then the first asking may have done what it asked for.
func (c *client) ask(ctx context.Context, key, command string, args ...any) (answer any, lost bool, err error) {
	answer, err = c.askOnce(ctx, key, command, args)
	unasked := errors.As(err, new(unsent))
	if lost = err != nil && said(err) == "" && !unasked; lost || unasked || readOnly(err) {
		answer, err = c.askOnce(ctx, key, command, args)
	}
	return answer, lost, err
}

// askOnce follows where a Cluster sends it: a server that does so has done nothing.
func (c *client) askOnce(ctx context.Context, key, command string, args []any) (answer any, err error) {
	if !c.cluster {
		return c.only().ask(&question{command: command, args: args, ctx: ctx})
	}
	p, host, err := c.hostOf(ctx, key)
	if err != nil {
		return nil, unsent{err}
	}
	asking := false
	for range redirections {
		if err != nil {
			break
		}
		if answer, err = c.server(host).ask(&question{command: command, args: args, asking: asking, ctx: ctx}); err == nil {
			return answer, nil
		}
		word := said(err)
		if slices.Contains([]string{"", "MOVED", "CLUSTERDOWN", "LOADING", "MASTERDOWN"}, word) { // the key may have gone elsewhere
			c.server(host).down.Store(word != "MOVED")
			c.doubt(p)
		}
		if asking = word == "ASK"; !asking && word != "MOVED" {
			break
		}
		host, err = elsewhere(host, err)
	}
	return nil, err
}

// server is the one at an address.
func (c *client) server(host string) *server {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.servers[host]; s != nil {
		return s
	}
	ctx, stop := context.WithCancel(c.ctx)
	s := &server{reading: c.reading, questions: make(chan *question), stop: stop, gone: ctx.Done()}
	s.dial = func(ctx context.Context) (redis.Conn, error) { return c.dial(ctx, host, c.account, c.db) }
	if c.set != "" {
		s.dial = c.dialPrimary
	}
	for range c.carriers {
		c.work.Go((&carrier{server: s}).carry)
	}
	c.servers[host] = s
	return s
}

// only is the one server of an address that is no Cluster's; behind Sentinel, whichever has the place.
func (c *client) only() *server { return c.server(c.hosts[0]) }
