package redisstate

import (
	"strings"

	"ssprd/internal/state"
)

// Check reports what was wanted of the address of a server; nothing ("") where it is fine, and where state is kept elsewhere.
// The address is not repeated: it may hold a password.
func Check(c state.Config, report func(key, want string)) {
	if !c.Shared() {
		return
	}
	c.PasswordFile, c.CAFile = "", "" // which are judged by themselves
	client, err := newClient(c)
	if err != nil {
		report("url", strings.TrimPrefix(err.Error(), "redis: ")+
			": wanted redis://HOST:PORT/DB or rediss://, for a Cluster with ?addr=HOST:PORT, for Sentinel with ?master_name=NAME")
		return
	}
	_ = client.Close()
}
