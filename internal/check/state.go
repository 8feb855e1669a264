package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/redisstate"
	"ssprd/internal/state"
	"ssprd/internal/want"
)

// Codes of the state.
const (
	StateOK          = "STATE_OK"
	StateNew         = "STATE_NEW"
	StateInUse       = "STATE_IN_USE"
	StateMemory      = "STATE_MEMORY"
	StateForeign     = "STATE_FOREIGN"
	StateDamaged     = "STATE_DAMAGED"
	StateFolder      = "STATE_FOLDER"
	StateKeyOK       = "STATE_KEY_OK"
	StateKeyNew      = "STATE_KEY_NEW"
	StateKeyWrong    = "STATE_KEY_WRONG"
	StateOtherKey    = "STATE_OTHER_KEY"
	StateUnreachable = "STATE_UNREACHABLE"
	StateRefused     = "STATE_REFUSED"
	StateReadOnly    = "STATE_READ_ONLY"
	StateKeysDiffer  = "STATE_KEYS_DIFFER"
	StateEvicts      = "STATE_EVICTS"
	StateForgets     = "STATE_FORGETS"
	StateClock       = "STATE_CLOCK"
	StateClear       = "STATE_CLEAR"
	StateCAUnused    = "STATE_CA_UNUSED"
	StateTLSOK       = "STATE_TLS_OK"
	StateTLSSoon     = "STATE_TLS_SOON"
	StateTLSDates    = "STATE_TLS_DATES"
	StateTLSName     = "STATE_TLS_NAME"
	StateTLSChain    = "STATE_TLS_CHAIN"
	StateTLSFailed   = "STATE_TLS_FAILED"
)

var stateCodes = []Meaning{
	{StateOK, OK, "The state can be gone on with.", ""},
	{StateNew, OK, "There is no state file yet; the first start makes it.", ""},
	{StateInUse, OK, "A portal runs on the state file, which was therefore not looked into.", ""},
	{StateMemory, Warning, "The state is kept in memory: a restart ends every reset under way and forgets every limit.", "For more than a trial write state.url: file:PATH, or redis:// for several instances."},
	{StateForeign, Error, "What is at the path of the state file is none, so the portal will not start.", "Name another file in state.url, or move away what is there."},
	{StateDamaged, Warning, "The state file is torn, or of another version.", "Nothing needs to be done: the next start sets it aside and begins a new one; resets under way begin anew. Look for what tore it."},
	{StateFolder, Error, "The folder of the state, or a file in it, cannot be written by this user.", "Give it to the user that ssprd runs as, and run the check as that user."},
	{StateKeyOK, OK, "The key is there, and nobody else may read it.", ""},
	{StateKeyNew, OK, "There is no key yet; the first start makes it.", ""},
	{StateKeyWrong, Error, "state.key_file cannot be used, so the portal will not start.", "Give it mode 0600 and the user that ssprd runs as; it holds 32 bytes in hexadecimal or base64 on one line, as `openssl rand -hex 32` writes them."},
	{StateOtherKey, Warning, "The state file was written under another key: nothing in it will be found.", "Put the former state.key_file back, or accept that resets under way begin anew and limits are forgotten."},
	{StateUnreachable, Error, "The server of the shared state cannot be asked.", "Look at state.url, at the server and at the firewalls on the way."},
	{StateRefused, Error, "The server of the shared state refuses the account, or a command that ssprd needs.", "Look at the user name in state.url, at state.password_file and at the rights in docs/instances.md."},
	{StateReadOnly, Error, "The server of the shared state is a replica, which takes no changes.", "Name the primary in state.url, or Sentinel with master_name."},
	{StateKeysDiffer, Error, "The instances that use this server have another key.", "Give this one their state.key_file; to change the key, stop all instances for a minute."},
	{StateEvicts, Warning, "A full server throws away what was counted: codes could then be tried unmetered.", "Set maxmemory-policy noeviction."},
	{StateForgets, Warning, "A restart of the server forgets resets under way and limits.", "Set appendonly yes."},
	{StateClock, Warning, "The clocks of this machine and of the shared state differ.", "Run a time service on both; instances may differ by seconds, not by more than ten."},
	{StateClear, Warning, "The way to the shared state on another machine is not encrypted, and the password of its account goes over it.", "Write rediss:// and have the server speak TLS."},
	{StateCAUnused, Warning, "There is a state.ca_file, and no TLS that it would be for.", "Write rediss:// in state.url, or leave ca_file out."},
	{StateTLSOK, OK, "The certificate of the shared state's server is trusted.", ""},
	{StateTLSSoon, Warning, "The certificate of the shared state's server will expire before long.", "Renew it: from that day on no portal works."},
	{StateTLSDates, Error, "The certificate of the shared state's server has expired, or is not valid yet.", "Renew it; look at the clocks of both machines."},
	{StateTLSName, Error, "The certificate of the shared state's server is for another name.", "Write a name of the certificate in state.url, or have one issued for this name."},
	{StateTLSChain, Error, "The certificate of the shared state's server is by an authority that is not trusted here.", "Name the authority's certificate in state.ca_file."},
	{StateTLSFailed, Error, "TLS with the server of the shared state fails.", "Look whether this port of it speaks TLS, 1.2 or later; write redis:// where it does not."},
}

// stateTLS are the codes for the certificate of a shared state's server.
var stateTLS = certificateCodes{StateTLSOK, StateTLSSoon, StateTLSDates, StateTLSName, StateTLSChain, StateTLSFailed}

func stateStore(c *config.Config) []area {
	return []area{{"state", func(ctx context.Context) []Finding {
		path, isFile := strings.CutPrefix(c.State.URL, "file:")
		if !isFile && !c.State.Shared() {
			return []Finding{{Code: StateMemory, Key: "state.url", Tried: c.State.URL, Seen: "nothing is kept over a restart"}}
		}
		f, key, usable := keyFile(c.State)
		if !usable {
			return []Finding{f}
		}
		if isFile {
			return append([]Finding{f}, stateFile(path, key)...)
		}
		v, err := redisstate.Look(ctx, c.State, key)
		if err != nil {
			return []Finding{f, {Code: Failed, Key: "state", Tried: "the section state", Seen: err.Error()}}
		}
		return append([]Finding{f}, judgeShared(v, c.State, time.Now())...)
	}}}
}

// keyFile looks at the key. Where it will only be made, any stands for it.
func keyFile(c state.Config) (f Finding, key state.Key, usable bool) {
	f = Finding{Code: StateKeyOK, Key: "state.key_file", Tried: c.KeyFile, Seen: "32 bytes, for its owner alone"}
	key, err := state.LoadKey(c.KeyFile, false)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Code, f.Seen = StateKeyNew, "it will be made"
		if seen := unwritable(filepath.Dir(c.KeyFile)); seen != "" {
			f.Code, f.Seen = StateFolder, seen
			return f, key, false
		}
		return f, state.NewKey(), true
	case err != nil:
		f.Code, f.Seen = StateKeyWrong, err.Error()
		return f, key, false
	}
	return f, key, true
}

// stateFile looks at the state of one instance.
func stateFile(path string, key state.Key) []Finding {
	f := Finding{Key: "state.url", Tried: "the state file " + path}
	standing, err := state.Look(path, key)
	if err != nil {
		f.Code, f.Seen = StateFolder, err.Error()
		return []Finding{f}
	}
	all := []Finding{judgeFile(f, standing)}
	seen := unwritable(filepath.Dir(path))
	if seen == "" && standing != state.Absent && standing != state.Foreign {
		seen = unwritable(path)
	}
	if seen != "" {
		all = append(all, Finding{Code: StateFolder, Key: "state.url", Tried: "writing beside " + path, Seen: seen})
	}
	return append(all, space("state.url", path)...)
}

// judgeFile says what to think of how a state file is.
func judgeFile(f Finding, s state.Standing) Finding {
	switch s {
	case state.Absent:
		f.Code, f.Seen = StateNew, "it will be made"
	case state.InUse:
		f.Code, f.Seen = StateInUse, "a portal runs, and holds it"
	case state.Sound:
		f.Code, f.Seen = StateOK, "it is whole, and of this key"
	case state.Damaged:
		f.Code, f.Seen = StateDamaged, "it is damaged, or of another program or version"
	case state.Foreign:
		f.Code, f.Seen = StateForeign, "it is no state file"
	case state.OtherKey:
		f.Code, f.Seen = StateOtherKey, "none of its records opens under state.key_file"
	}
	return f
}

// judgeShared says what to think of the server of a shared state.
func judgeShared(v redisstate.View, c state.Config, now time.Time) (all []Finding) {
	say := func(code, tried, seen string) {
		all = append(all, Finding{Code: code, Key: "state.url", Tried: tried, Seen: seen})
	}
	for _, s := range v.Servers {
		switch {
		case s.TLS != nil:
			all = append(all, stateTLS.judge("state.url", host(s.Address), *s.TLS, now))
		case !s.Reached:
			say(StateUnreachable, s.Address, s.Err.Error())
		case s.Err != nil:
			say(StateTLSFailed, s.Address, s.Err.Error())
		}
		if !c.Secured() && !want.Loopback(host(s.Address)) {
			say(StateClear, s.Address, "redis:// to another machine")
		}
	}
	if c.CAFile != "" && !c.Secured() {
		all = append(all, Finding{Code: StateCAUnused, Key: "state.ca_file", Tried: c.CAFile, Seen: "state.url is redis://, without TLS"})
	}
	name := sharedName(v)
	switch {
	case v.Refused:
		say(StateRefused, name, v.Err.Error())
	case v.Err != nil && len(all) == 0:
		say(StateUnreachable, name, v.Err.Error())
	case v.Err == nil:
		all = append(all, judgeUse(v, name)...)
	}
	return all
}

// judgeUse says what to think of a server that answers.
func judgeUse(v redisstate.View, name string) (all []Finding) {
	say := func(code, key, tried, seen string) {
		all = append(all, Finding{Code: code, Key: key, Tried: tried, Seen: seen})
	}
	if v.ReadOnly {
		say(StateReadOnly, "state.url", name+", its role", "replica")
	}
	if v.Others == redisstate.AnotherKey {
		say(StateKeysDiffer, "state.key_file", name+", the word about the key", "that of the instances which use it is another one")
	}
	if v.Policy != "" && v.Policy != "noeviction" {
		say(StateEvicts, "state.url", name+", maxmemory-policy", v.Policy)
	}
	if !v.Appends {
		say(StateForgets, "state.url", name+", appendonly", "no")
	}
	if v.Ahead.Abs() > redisstate.ClocksDiffer {
		say(StateClock, "state.url", name+", its clock", "this machine's is ahead by "+v.Ahead.String())
	}
	if len(all) == 0 {
		others := map[redisstate.Others]string{redisstate.Alone: "no instance uses it now", redisstate.SameKey: "instances of this key use it"}[v.Others]
		say(StateOK, "state.url", name, fmt.Sprintf("%s, %s", v.Version, others))
	}
	return all
}

// sharedName is the server's address without what may be a password.
func sharedName(v redisstate.View) string {
	var all []string
	for _, s := range v.Servers {
		all = append(all, s.Address)
	}
	return strings.Join(all, ", ")
}
