package redisstate

import (
	"net/url"

	"ssprd/internal/state"
	"ssprd/internal/want"
)

// Check reports what was wanted of the address of a server; nothing ("") where it is fine, and where state is kept elsewhere.
// The address is not repeated: it may hold a password.
func Check(c state.Config, report func(key, want string)) {
	if !c.Shared() {
		return
	}
	if u, err := url.Parse(c.URL); err == nil {
		_, password := u.User.Password()
		switch {
		case password && c.PasswordFile != "":
			report("password_file", "the address in url has a password too: wanted one of the two")
		case u.User.Username() != "" && !password && c.PasswordFile == "":
			report("password_file", want.Got("", "the file of the password, as there is a user name in url"))
		}
	}
	c.PasswordFile, c.CAFile = "", "" // which are judged by themselves
	if _, err := parseAddress(c); err != nil {
		report("url", err.Error()+
			": wanted redis://HOST:PORT/DB or rediss://, for a Cluster with ?addr=HOST:PORT, for Sentinel with ?master_name=NAME")
	}
}
