package redisstate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gomodule/redigo/redis"
)

// watched is how often the sentinels are asked who has the place.
const watched = 2 * time.Second

var errFollows = errors.New("the server that a sentinel names follows another one")

// dialPrimary connects to the server that a sentinel names, unless it is one that has given its place to another, of which not
// every sentinel has heard: what was counted since then it does not know.
func (c *client) dialPrimary(ctx context.Context) (redis.Conn, error) {
	host, err := c.named(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := c.dial(ctx, host, c.account, c.db)
	if err != nil {
		return nil, err
	}
	info, err := redis.String(redis.DoContext(conn, ctx, "info", "replication"))
	if field(info, "role") == "slave" {
		err = errFollows
	}
	if err != nil && said(err) == "" { // who is refused this answer has to believe the sentinel
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// named asks the sentinels by turns who has the place. Where that is another one than before, what is asked from now on is
// asked on new connections: the former one may live on where the sentinels do not see it, and count for nobody.
func (c *client) named(ctx context.Context) (host string, err error) {
	for range c.hosts {
		n := c.sentinel.Load() // the one that has answered last
		if host, err = c.namedBy(ctx, c.hosts[int(n)%len(c.hosts)]); err == nil {
			break
		}
		c.sentinel.CompareAndSwap(n, n+1)
	}
	if err != nil {
		return "", err
	}
	if before := c.primary.Swap(&host); before != nil && *before != host {
		c.only().renew()
	}
	return host, nil
}

func (c *client) namedBy(ctx context.Context, sentinel string) (string, error) {
	conn, err := c.dial(ctx, sentinel, c.sentinels, 0)
	if err != nil {
		return "", fmt.Errorf("a sentinel: %w", err)
	}
	defer conn.Close()
	answer, err := redis.Strings(redis.DoContext(conn, ctx, "sentinel", "get-master-addr-by-name", c.set))
	switch {
	case errors.Is(err, redis.ErrNil):
		return "", fmt.Errorf("a sentinel watches no set of the name %s", c.set)
	case err != nil:
		return "", fmt.Errorf("a sentinel: %w", err)
	case len(answer) != 2:
		return "", errors.New("a sentinel names no address")
	}
	return net.JoinHostPort(answer[0], answer[1]), nil
}

// watch asks for the place again and again.
func (c *client) watch() {
	for {
		select {
		case <-time.After(watched):
			ctx, cancel := context.WithTimeout(c.ctx, within)
			_, _ = c.named(ctx) // who has something to ask notices by himself that no sentinel answers
			cancel()
		case <-c.ctx.Done():
			return
		}
	}
}
