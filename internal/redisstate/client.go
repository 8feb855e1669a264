package redisstate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"ssprd/internal/secret"
	"ssprd/internal/state"
	"ssprd/internal/want"
)

// What fails is told by whoever needed it; the library's own lines would stand between those of our log, for each attempt.
func init() { logging.Disable() }

// errNoAddress repeats nothing of what it is about: where a password has a / or ? of its own, that can be anywhere.
var errNoAddress = errors.New("it is no address (in a user name or password % is written as %25, / as %2F, ? as %3F, # as %23, @ as %40, & as %26)")

// errNoPort does not repeat the port either.
var errNoPort = errors.New("it has a port that is no number from 1 to 65535")

// newClient makes the client of an address as go-redis understands them: one server; a Cluster where there is a further
// addr=HOST:PORT; Sentinel where there is master_name=NAME. It connects to nothing yet. No error repeats what may be part of a
// password, and neither does the host or port that is connected to: after an @ that stands too late both would be its beginning.
func newClient(c state.Config) (redis.UniversalClient, error) {
	u, err := url.Parse(c.URL)
	if err != nil || strings.Contains(u.RequestURI(), "@") || strings.Contains(c.URL, "#") {
		return nil, errNoAddress
	}
	for _, address := range append([]string{u.Host}, u.Query()["addr"]...) {
		if !want.Port(address) {
			return nil, errNoPort
		}
	}
	roots, err := want.Pool(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	var password secret.Text
	if c.PasswordFile != "" {
		if password, err = secret.ReadFile(c.PasswordFile); err != nil {
			return nil, fmt.Errorf("password_file: %w", err)
		}
	}
	switch query := u.Query(); {
	case query.Has("master_name"):
		return sentinel(c.URL, password, roots)
	case query.Has("addr"):
		return cluster(c.URL, password, roots)
	}
	return single(c.URL, password, roots)
}

func single(address string, password secret.Text, roots *x509.CertPool) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, told(address, err)
	}
	habits{&o.Password, &o.DialTimeout, &o.ReadTimeout, &o.MaxRetries, &o.DialerRetries, &o.Protocol}.fill(password)
	o.ContextTimeoutEnabled, o.DisableIdentity, o.MaintNotificationsConfig = true, true, quiet()
	return redis.NewClient(o), verified(o.TLSConfig, roots)
}

// A replica does not know yet what was counted: whatever the address says, none is read. Where a server has died go-redis asks
// it on until it looks again who has which keys, which by itself it does once a minute.
func cluster(address string, password secret.Text, roots *x509.CertPool) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(address)
	if err != nil {
		return nil, told(address, err)
	}
	habits{&o.Password, &o.DialTimeout, &o.ReadTimeout, &o.MaxRetries, &o.DialerRetries, &o.Protocol}.fill(password)
	o.ContextTimeoutEnabled, o.DisableIdentity, o.MaintNotificationsConfig = true, true, quiet()
	o.ReadOnly, o.RouteByLatency, o.RouteRandomly = false, false, false
	o.ClusterStateReloadInterval = 2 * time.Second
	return redis.NewClusterClient(o), verified(o.TLSConfig, roots)
}

func sentinel(address string, password secret.Text, roots *x509.CertPool) (redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(address)
	if err != nil {
		return nil, told(address, err)
	}
	habits{&o.Password, &o.DialTimeout, &o.ReadTimeout, &o.MaxRetries, &o.DialerRetries, &o.Protocol}.fill(password)
	o.ContextTimeoutEnabled, o.DisableIdentity = true, true
	o.ReplicaOnly, o.UseDisconnectedReplicas, o.RouteByLatency, o.RouteRandomly = false, false, false, false
	return redis.NewFailoverClient(o), verified(o.TLSConfig, roots)
}

// told is go-redis's error about the path or an option of an address, unless that may be the end of a password.
func told(address string, err error) error {
	if strings.Contains(address, "password=") || strings.Contains(address, "%40") {
		return errNoAddress
	}
	return err
}

// habits are the settings that the three kinds of client share, and that an address may have.
type habits struct {
	password               *string
	dial, reply            *time.Duration
	tries, dials, protocol *int
}

// fill sets what the address leaves open. A person waits for each of these times, so none is long, and nothing is tried often:
// there is another instance, or another try of the person's. What is asked once more ask asks.
func (h habits) fill(password secret.Text) {
	orElse(h.password, password.Reveal())
	orElse(h.dial, 2*time.Second)
	orElse(h.reply, 2*time.Second)
	orElse(h.tries, -1) // further ones
	orElse(h.dials, 1)
	orElse(h.protocol, 2) // nothing of the newer one is used
}

// orElse gives a setting that was left open its value.
func orElse[T comparable](setting *T, value T) {
	var none T
	if *setting == none {
		*setting = value
	}
}

// quiet keeps the client from asking for notices of upkeep, which one vendor's servers give.
func quiet() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// verified lets every server prove the name or address under which it is reached, the further ones that Sentinel or the
// Cluster name as well.
func verified(c *tls.Config, roots *x509.CertPool) error {
	if c == nil {
		return nil
	}
	if c.InsecureSkipVerify {
		return errors.New("skip_verify is not taken: name the authority that has signed the server's certificate in state.ca_file")
	}
	c.MinVersion, c.RootCAs, c.ServerName = tls.VersionTLS12, roots, ""
	return nil
}
