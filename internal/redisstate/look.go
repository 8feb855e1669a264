package redisstate

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"time"

	"github.com/gomodule/redigo/redis"

	"ssprd/internal/certificate"
	"ssprd/internal/state"
)

// View is what the server of a shared state has shown.
type View struct {
	Servers  []Server      // those that the address names
	Err      error         // why it cannot be used; nil where it can
	Refused  bool          // Err is its answer: a wrong password, or a command that the user may not give
	Version  string        // of Redis or Valkey
	Policy   string        // maxmemory-policy
	Appends  bool          // it keeps what it has over a restart
	ReadOnly bool          // it is a replica of another one
	Ahead    time.Duration // by how much our clock is
	Others   Others
}

// Others are the instances that use the server now.
type Others int

// What there is of them.
const (
	Alone Others = iota
	SameKey
	AnotherKey
)

// Server is one that the address names.
type Server struct {
	Address string
	Reached bool               // a connection was made
	TLS     *certificate.Shown // nil where it was not spoken, or did not come to a certificate
	Err     error              // of the connection, or of TLS
}

// Look asks the server that c names, and writes nothing there. An error is one of the configuration: nothing was asked.
func Look(ctx context.Context, c state.Config, key state.Key) (View, error) {
	client, err := newClient(c)
	if err != nil {
		return View{}, err
	}
	defer client.Close()
	v := View{Servers: servers(ctx, client.address)}
	if slices.ContainsFunc(v.Servers, func(s Server) bool { return s.Err == nil }) { // else it would be waited for in vain again
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		v.Err = v.ask(ctx, client, key)
	} else {
		v.Err = v.Servers[0].Err
	}
	v.Refused = refused(v.Err)
	return v, nil
}

// servers connects to each that the address names, to see what it shows of itself: an error of the client tells of a failure alone.
func servers(ctx context.Context, a *address) (all []Server) {
	for _, host := range a.hosts {
		all = append(all, connect(ctx, a, host))
	}
	return all
}

// connectWithin is what a connection may take, TLS too: a server that speaks none waits for more to come.
const connectWithin = 2 * time.Second

func connect(ctx context.Context, a *address, host string) Server {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	s := Server{Address: host}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		s.Err = err
		return s
	}
	defer raw.Close()
	s.Reached = true
	if a.tls == nil {
		return s
	}
	config := a.tlsOf(host)
	config, shown := certificate.Watch(config, config.ServerName)
	s.Err = tls.Client(raw, config).HandshakeContext(ctx)
	if len(shown.Chain) > 0 {
		s.TLS = shown
	}
	return s
}

// ask asks what the server tells of itself, and for the word about the key.
func (v *View) ask(ctx context.Context, client *client, key state.Key) error {
	word, _, err := client.ask(ctx, prefix+keyRecord, "get", prefix+keyRecord)
	if err != nil {
		return err
	}
	if seen, err := parse(text(word)); err == nil && live(seen.record(), time.Now()) {
		v.Others = AnotherKey
		if string(seen.record().Data) == identity(key) {
			v.Others = SameKey
		}
	}
	told := map[string]string{}
	for _, section := range []string{"server", "memory", "persistence", "replication"} {
		if told[section], err = client.info(ctx, section); err != nil {
			return err
		}
	}
	v.Version = "Redis " + field(told["server"], "redis_version")
	if valkey := field(told["server"], "valkey_version"); valkey != "" {
		v.Version = "Valkey " + valkey
	}
	v.Policy = field(told["memory"], "maxmemory_policy")
	v.Appends = field(told["persistence"], "aof_enabled") == "1"
	v.ReadOnly = field(told["replication"], "role") == "slave"
	v.Ahead, err = client.ahead(ctx)
	return err
}

// info is a section of what a server tells of itself; in a Cluster it is the one that has the word about the key.
func (c *client) info(ctx context.Context, section string) (string, error) {
	answer, _, err := c.ask(ctx, prefix+keyRecord, "info", section)
	return text(answer), err
}

// ahead is by how much our clock is ahead of the server's.
func (c *client) ahead(ctx context.Context) (time.Duration, error) {
	asked := time.Now()
	answer, _, err := c.ask(ctx, prefix+keyRecord, "time")
	ours := asked.Add(time.Since(asked) / 2)
	theirs, err := redis.Int64s(answer, err)
	if err != nil || len(theirs) != 2 {
		return 0, err
	}
	return ours.Sub(time.Unix(theirs[0], theirs[1]*1000)).Round(time.Second), nil
}
