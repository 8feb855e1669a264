package redisstate

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	slots        = 16384                  // in all
	redirections = 5                      // of one question, at most
	learnedFor   = 100 * time.Millisecond // what was learned is not doubted again so soon, nor is more waited for longer
)

// elsewhere is the address in « MOVED SLOT HOST:PORT », whose host may be left out.
func elsewhere(asked string, err error) (string, error) {
	words := strings.Fields(err.Error())
	if len(words) != 3 {
		return "", err
	}
	at := strings.LastIndexByte(words[2], ':') // the address before it may be one of IPv6, without brackets
	if at < 0 {
		return "", err
	}
	return orOf(words[2][:at], words[2][at+1:], asked), nil
}

// orOf is an address that a server has told, of that server's host where it leaves the host out.
func orOf(host, port, asked string) string {
	if host == "" || host == "?" { // which says that none is known
		host, _, _ = net.SplitHostPort(asked)
	}
	return net.JoinHostPort(host, port)
}

// parts are the servers of a Cluster and the slots of each; and who is to be asked for them another time.
type parts struct {
	of      []part
	hosts   []string
	learned time.Time
}

type part struct {
	first, last int64
	host        string
}

// hostOf is where a key is, as it was learned last.
func (c *client) hostOf(ctx context.Context, key string) (*parts, string, error) {
	p := c.parts.Load()
	if p == nil {
		var err error
		if p, err = c.learn(ctx); err != nil {
			return nil, "", err
		}
	}
	n := slot(key)
	for _, part := range p.of {
		if part.first <= n && n <= part.last {
			return p, part.host, nil
		}
	}
	c.doubt(p)
	return nil, "", errors.New("no server of the Cluster has this key")
}

// doubt has the parts learned anew.
func (c *client) doubt(p *parts) {
	if time.Since(p.learned) > learnedFor {
		c.parts.CompareAndSwap(p, nil)
	}
}

// learn asks the servers by turns until one answers.
func (c *client) learn(ctx context.Context) (*parts, error) {
	c.learning.Lock()
	defer c.learning.Unlock()
	if p := c.parts.Load(); p != nil {
		return p, nil // another one has learned them meanwhile
	}
	err := errors.New("there is no server")
	var most *parts // of one that has been emptied, or is just joining, there are few or none
	for _, host := range c.known() {
		p, failed := c.learnFrom(ctx, host, most.slots() > 0)
		if failed != nil {
			err = failed
			continue
		}
		if most == nil || p.slots() > most.slots() {
			most = p
		}
		if most.slots() == slots {
			break
		}
	}
	if most == nil {
		return nil, err
	}
	if most.slots() == 0 {
		return nil, errors.New("no server of the address knows of any part of the Cluster")
	}
	c.forget(most)
	c.parts.Store(most)
	return most, nil
}

// learnFrom asks one server. Where some parts are known already nobody waits for long for the rest: they may be nobody's.
func (c *client) learnFrom(ctx context.Context, host string, someKnown bool) (*parts, error) {
	s := c.server(host)
	if someKnown {
		if s.down.Load() {
			return nil, errDown
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, learnedFor)
		defer cancel()
	}
	answer, err := redis.Values(s.ask(&question{command: "cluster", args: []any{"slots"}, ctx: ctx}))
	if err != nil {
		return nil, err
	}
	return told(answer, host), nil
}

var errDown = errors.New("the server could not be asked a moment ago")

// slots is how many of them are some server's.
func (p *parts) slots() (n int64) {
	if p == nil {
		return 0
	}
	for _, part := range p.of {
		n += part.last - part.first + 1
	}
	return n
}

// known are the servers of the address, and those that a Cluster has named, another one first each time (one may be behind the
// others in what it knows), but those that failed last come last.
func (c *client) known() (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	hosts := slices.Sorted(maps.Keys(c.servers))
	var down []string
	for i := range hosts {
		host := hosts[(c.asked+i)%len(hosts)]
		if c.servers[host].down.Load() {
			down = append(down, host)
		} else {
			all = append(all, host)
		}
	}
	c.asked++
	return append(all, down...)
}

// forget stops the carriers to servers that a Cluster names no more, and has those that it does known.
func (c *client) forget(p *parts) {
	for _, host := range p.hosts {
		c.server(host)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for host, s := range c.servers {
		if !slices.Contains(p.hosts, host) && !slices.Contains(c.hosts, host) {
			s.stop()
			delete(c.servers, host)
		}
	}
}

// told takes in the answer to CLUSTER SLOTS of a server: from slot, to slot, the primary, its replicas.
func told(answer []any, asked string) *parts {
	p := &parts{learned: time.Now()}
	for _, row := range answer {
		row, _ := redis.Values(row, nil)
		for i, server := range row[min(2, len(row)):] {
			server, _ := redis.Values(server, nil)
			if len(server) < 2 {
				continue
			}
			name, _ := redis.String(server[0], nil)
			port, _ := redis.Int64(server[1], nil)
			host := orOf(name, strconv.FormatInt(port, 10), asked)
			p.hosts = append(p.hosts, host)
			if i == 0 {
				first, _ := redis.Int64(row[0], nil)
				last, _ := redis.Int64(row[1], nil)
				p.of = append(p.of, part{first, last, host})
			}
		}
	}
	return p
}

// slot is a key's in a Cluster: CRC-16 (XMODEM) of it, or of what stands in its first braces.
func slot(key string) int64 {
	if _, rest, found := strings.Cut(key, "{"); found {
		if tag, _, found := strings.Cut(rest, "}"); found && tag != "" {
			key = tag
		}
	}
	var crc uint16
	for _, b := range []byte(key) {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return int64(crc) % slots
}
