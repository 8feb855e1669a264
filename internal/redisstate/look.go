package redisstate

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"ssprd/internal/certificate"
	"ssprd/internal/state"
	"ssprd/internal/want"
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
	v := View{Servers: servers(ctx, c)}
	if slices.ContainsFunc(v.Servers, func(s Server) bool { return s.Err == nil }) { // else it would be waited for in vain again
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		v.Err = v.ask(ctx, client, key)
	} else {
		v.Err = v.Servers[0].Err
	}
	v.Refused = redis.IsAuthError(v.Err) || redis.IsPermissionError(v.Err)
	return v, nil
}

// servers connects to each that the address names, to see what it shows of itself: go-redis tells of a failure alone.
func servers(ctx context.Context, c state.Config) (all []Server) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil // nothing that newClient takes
	}
	for _, address := range append([]string{u.Host}, u.Query()["addr"]...) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			host, port = (&url.URL{Host: address}).Hostname(), ""
		}
		all = append(all, connect(ctx, c, net.JoinHostPort(cmp.Or(host, "localhost"), cmp.Or(port, "6379"))))
	}
	return all
}

// connectWithin is what a connection may take, TLS too: a server that speaks none waits for more to come.
const connectWithin = 2 * time.Second

func connect(ctx context.Context, c state.Config, address string) Server {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	s := Server{Address: address}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		s.Err = err
		return s
	}
	defer raw.Close()
	s.Reached = true
	if !c.Secured() {
		return s
	}
	roots, err := want.Pool(c.CAFile)
	if err != nil {
		s.Err = err
		return s
	}
	host, _, _ := net.SplitHostPort(address)
	config, shown := certificate.Watch(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: host}, host)
	s.Err = tls.Client(raw, config).HandshakeContext(ctx)
	if len(shown.Chain) > 0 {
		s.TLS = shown
	}
	return s
}

// ask asks what the server tells of itself, and for the word about the key.
func (v *View) ask(ctx context.Context, client redis.UniversalClient, key state.Key) error {
	word, err := client.Get(ctx, prefix+keyRecord).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	if seen, err := parse(word); err == nil && live(seen.record(), time.Now()) {
		v.Others = AnotherKey
		if string(seen.record().Data) == identity(key) {
			v.Others = SameKey
		}
	}
	told := map[string]string{}
	for _, section := range []string{"server", "memory", "persistence", "replication"} {
		if told[section], err = client.Info(ctx, section).Result(); err != nil {
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
	v.Ahead, err = ahead(ctx, client)
	return err
}

// ahead is by how much our clock is ahead of the server's.
func ahead(ctx context.Context, client redis.UniversalClient) (time.Duration, error) {
	asked := time.Now()
	theirs, err := client.Time(ctx).Result()
	ours := asked.Add(time.Since(asked) / 2)
	return ours.Sub(theirs).Round(time.Second), err
}
