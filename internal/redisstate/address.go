package redisstate

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"ssprd/internal/secret"
	"ssprd/internal/state"
	"ssprd/internal/want"
)

// errNoAddress repeats nothing of what it is about: where a password has a / or ? of its own, that can be anywhere.
var errNoAddress = errors.New("it is no address (in a user name or password % is written as %25, / as %2F, ? as %3F, # as %23, @ as %40, & as %26)")

// errNoPort does not repeat the port either.
var errNoPort = errors.New("it has a port that is no number from 1 to 65535")

// address is what state.url says: one server; a Cluster where there is a further addr=HOST:PORT; Sentinel where there is
// master_name=NAME.
type address struct {
	hosts     []string // HOST:PORT each: the server, some of the Cluster's, or the sentinels
	cluster   bool
	set       string  // that Sentinel watches
	account   account // of the servers
	sentinels account
	db        int
	tls       *tls.Config // nil without TLS
	dialing   time.Duration
	reading   time.Duration // the answers to a bundle
	writing   time.Duration
	carriers  int // connections to each server
}

// account is none without a password.
type account struct{ user, password string }

// parseAddress takes an address apart. No error repeats what may be part of a password, and neither does the host or port that
// is connected to: after an @ that stands too late both would be its beginning.
//
// A person waits for each of the times, so none is long, and nothing is tried often: there is another instance, or another
// try of the person's. What is asked once more client.ask asks.
func parseAddress(c state.Config) (*address, error) {
	u, err := url.Parse(c.URL)
	if err != nil || strings.Contains(u.RequestURI(), "@") || strings.Contains(c.URL, "#") {
		return nil, errNoAddress
	}
	a := &address{dialing: 2 * time.Second, reading: 2 * time.Second, writing: 2 * time.Second, carriers: 2}
	for _, host := range append([]string{u.Host}, u.Query()["addr"]...) {
		if !want.Port(host) {
			return nil, errNoPort
		}
		a.hosts = append(a.hosts, hostPort(host))
	}
	if c.Secured() {
		a.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if a.tls.RootCAs, err = want.Pool(c.CAFile); err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
	}
	if err := a.read(u); err != nil {
		if strings.Contains(c.URL, "password=") || strings.Contains(c.URL, "%40") {
			err = errNoAddress // what is wrong may be the end of a password
		}
		return nil, err
	}
	if c.PasswordFile != "" && a.account.password == "" {
		password, err := secret.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("password_file: %w", err)
		}
		a.account.password = password.Reveal()
	}
	return a, nil
}

// hostPort completes what an address leaves out.
func hostPort(host string) string {
	u := url.URL{Host: host}
	return net.JoinHostPort(cmp.Or(u.Hostname(), "localhost"), cmp.Or(u.Port(), "6379"))
}

// read takes in the account, the database and the options.
func (a *address) read(u *url.URL) (err error) {
	a.account.user = u.User.Username()
	a.account.password, _ = u.User.Password()
	if path := strings.Trim(u.Path, "/"); path != "" {
		if a.db, err = strconv.Atoi(path); err != nil || a.db < 0 {
			return fmt.Errorf("invalid database number: %q", path)
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errNoAddress
	}
	if query.Has("master_name") && query.Get("master_name") == "" {
		return errors.New("invalid master_name: wanted the name of the set that Sentinel watches")
	}
	a.set, a.cluster = query.Get("master_name"), query.Has("addr") && !query.Has("master_name")
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if err := a.option(name, query.Get(name)); err != nil {
			return err
		}
	}
	return nil
}

// option takes in one option. Where the servers behind Sentinel have an account of their own, by options, the one before the
// host is that of the sentinels.
func (a *address) option(name, value string) (err error) {
	switch name {
	case "addr", "master_name": // read by then
	case "dial_timeout":
		a.dialing, err = duration(value)
	case "read_timeout":
		a.reading, err = duration(value)
	case "write_timeout":
		a.writing, err = duration(value)
	case "pool_size":
		if a.carriers, err = strconv.Atoi(value); err == nil && (a.carriers < 1 || a.carriers > 100) {
			err = errors.New("wanted 1 to 100 connections")
		}
	case "skip_verify":
		return errors.New("skip_verify is not taken: name the authority that has signed the server's certificate in state.ca_file")
	default:
		if a.set == "" || name != "username" && name != "password" {
			return fmt.Errorf("unexpected option: %s", name)
		}
		if name == "password" {
			a.sentinels, a.account = a.account, account{"", value}
		} else {
			a.account.user = value // which is later in the alphabet
		}
	}
	if err != nil {
		return fmt.Errorf("invalid %s: %w", name, err)
	}
	return nil
}

// duration is of seconds where it has no unit.
func duration(value string) (d time.Duration, err error) {
	if n, err := strconv.Atoi(value); err == nil {
		d = time.Duration(n) * time.Second
	} else if d, err = time.ParseDuration(value); err != nil {
		return 0, errors.New("wanted a time such as 1s")
	}
	if d <= 0 {
		return 0, errors.New("wanted a time such as 1s")
	}
	return d, nil
}

// dial connects to a server.
func (a *address) dial(ctx context.Context, host string, who account, db int) (redis.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, a.dialing)
	defer cancel()
	conn, err := redis.DialContext(ctx, "tcp", host, redis.DialContextFunc(a.connect),
		redis.DialUsername(who.user), redis.DialPassword(who.password), redis.DialDatabase(db),
		redis.DialReadTimeout(a.reading), redis.DialWriteTimeout(a.writing))
	if err != nil && who.password != "" && strings.Contains(err.Error(), who.password) { // who does not know a command repeats its words
		return nil, errors.New("the server does not take the command AUTH")
	}
	return conn, err
}

// connect lets every server prove the name or address under which it is reached, the further ones that Sentinel or the
// Cluster name as well.
func (a *address) connect(ctx context.Context, network, host string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, host)
	if err != nil || a.tls == nil {
		return conn, err
	}
	secured := tls.Client(conn, a.tlsOf(host))
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secured, nil
}

// tlsOf is how TLS is spoken with a server.
func (a *address) tlsOf(host string) *tls.Config {
	c := a.tls.Clone()
	c.ServerName, _, _ = net.SplitHostPort(host)
	return c
}

// said is the first word of an answer that refuses, such as NOAUTH; "" where err is something else.
func said(err error) string {
	var answer redis.Error
	if !errors.As(err, &answer) {
		return ""
	}
	word, _, _ := strings.Cut(string(answer), " ")
	return word
}

// refused tells whether the server does not take the password, or not the command from this user.
func refused(err error) bool {
	return slices.Contains([]string{"NOAUTH", "WRONGPASS", "NOPERM"}, said(err))
}

// readOnly tells whether the server has given its place to another. Older ones say so in the middle of a script's error.
func readOnly(err error) bool {
	return said(err) == "READONLY" || said(err) != "" && strings.Contains(err.Error(), "-READONLY")
}
