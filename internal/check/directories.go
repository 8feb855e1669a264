package check

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/ldapx"
)

// Codes of the servers of directories.
const (
	ldapConnected     = "LDAP_CONNECTED"
	ldapClear         = "LDAP_CLEAR"
	ldapFile          = "LDAP_FILE"
	ldapNameUnknown   = "LDAP_NAME_UNKNOWN"
	ldapRefused       = "LDAP_CONNECTION_REFUSED"
	ldapNoRoute       = "LDAP_NO_ROUTE"
	ldapSilent        = "LDAP_SILENT"
	ldapUnreachable   = "LDAP_UNREACHABLE"
	ldapNoLDAP        = "LDAP_NOT_LDAP"
	ldapNoStartTLS    = "LDAP_NO_STARTTLS"
	ldapTLS           = "LDAP_TLS_OK"
	ldapTLSSoon       = "LDAP_TLS_SOON"
	ldapTLSDates      = "LDAP_TLS_DATES"
	ldapTLSName       = "LDAP_TLS_NAME"
	ldapTLSChain      = "LDAP_TLS_CHAIN"
	ldapTLSFailed     = "LDAP_TLS_FAILED"
	ldapSignedIn      = "LDAP_SIGNED_IN"
	ldapNotTried      = "LDAP_BIND_NOT_TRIED"
	ldapNoDescription = "LDAP_ROOT_DSE_UNREADABLE"
	ldapKind          = "LDAP_KIND"
	ldapKindWrong     = "LDAP_KIND_WRONG"
	ldapKindUntold    = "LDAP_KIND_UNTOLD"
	ldapClock         = "LDAP_CLOCK"
	ldapClockDiffers  = "LDAP_CLOCK_DIFFERS"
	ldapClockWrong    = "LDAP_CLOCK_WRONG"
	ldapAbilities     = "LDAP_ABILITIES"
	ldapNoPolicies    = "LDAP_NO_POLICY_CONTROL"
	ldapNoHints       = "LDAP_NO_POLICY_HINTS"
	ldapHintsRequired = "LDAP_POLICY_HINTS_REQUIRED"
	ldapNoPassModify  = "LDAP_NO_PASSWORD_MODIFY"
	ldapPlainModify   = "LDAP_PLAIN_MODIFY"
	ldapRODC          = "LDAP_READ_ONLY_CONTROLLER"
	ldapCatalog       = "LDAP_GLOBAL_CATALOG"
	ldapReadOnly      = "LDAP_READ_ONLY"
	ldapSameContent   = "LDAP_SAME_CONTENT"
	ldapOtherContent  = "LDAP_OTHER_CONTENT"
)

var serverCodes = []Meaning{
	{ldapConnected, OK, "The server answers, over TLS that is trusted.", ""},
	{ldapClear, OK, "The server answers, without TLS, on this machine's own interface.", ""},
	{ldapFile, Error, "A file that the directory names cannot be used.", "Give the account of ssprd the right to read it, or name another one."},
	{ldapNameUnknown, Error, "The name of the server has no address.", "Correct the address, or the name service of this machine."},
	{ldapRefused, Error, "Nothing listens at the address of the server.", "Start the server, or correct the address or its port; a firewall may refuse as well."},
	{ldapNoRoute, Error, "The network does not lead to the server.", "Open the way to it: routes, firewalls, the container's network."},
	{ldapSilent, Error, "The server did not answer within the time-out.", "Look at the server, and at firewalls that drop what they do not let through; raise timeout only where it is far away."},
	{ldapUnreachable, Error, "The connection to the server failed.", "Look at the network and at the log of the server."},
	{ldapNoLDAP, Error, "What the server answers is not LDAP, or it hangs up.", "Correct the address: ldaps:// has port 636, ldap:// port 389; else look at the log of the server."},
	{ldapNoStartTLS, Error, "The server will not begin TLS on this connection.", "Give the server a certificate, or use ldaps:// without start_tls."},
	{ldapTLS, OK, "The server's certificate is trusted.", ""},
	{ldapTLSSoon, Warning, "The server's certificate, or one by which it was signed, will expire before long.", "Renew it: from that day on the server is not asked any more."},
	{ldapTLSDates, Error, "The server's certificate, or one by which it was signed, has expired, or is not valid yet.", "Renew it, and restart the server if it does not take a new one by itself; look at the clocks of both machines."},
	{ldapTLSName, Error, "The server's certificate is for another name than that of the address.", "Write an address with one of the names that it is for, or have one issued for this name (subjectAltName; an IP address is an entry of its own kind there)."},
	{ldapTLSChain, Error, "The server's certificate is by an authority that is not trusted here, or by itself.", "Name the authority's certificate in ca_file (or the server's own, where nobody else has signed it), and have the server send those between."},
	{ldapTLSFailed, Error, "TLS could not be agreed on.", "Let the server offer TLS 1.2 or 1.3, and a certificate for servers that is not signed by MD5 or SHA-1; ldap:// with start_tls is for ports that begin in clear."},
	{ldapSignedIn, OK, "The server lets the service account in.", ""},
	{ldapNotTried, Warning, "The account was not tried here: another server of the directory has refused it, and each attempt may count towards a lock-out.",
		"Mend what the other server says, and check again."},
	{ldapNoDescription, Error, "The server does not let the account read what it says of itself (root DSE).", "Let everybody who has signed in read the root DSE: entry, objectClass, supportedControl, supportedExtension, namingContexts."},
	{ldapKind, OK, "The server is of the kind that the configuration says.", ""},
	{ldapKindWrong, Error, "The server is of another kind than the configuration says.", "Write the kind that was seen."},
	{ldapKindUntold, Warning, "The server does not say of which kind it is.", "Make sure that kind is right; a proxy in front of a server may hide it: name the server itself."},
	{ldapClock, OK, "The clocks of the server and of this machine agree.", ""},
	{ldapClockDiffers, Warning, "The clocks of the server and of this machine differ by some seconds.", "Let both follow a time server (chrony, systemd-timesyncd, w32time)."},
	{ldapClockWrong, Error, "The clocks of the server and of this machine differ by minutes.", "Set the one that is wrong, and let both follow a time server: expiry, lock-outs, logs and certificates depend on it."},
	{ldapAbilities, OK, "The server has the controls and the extended operation that a reset uses.", ""},
	{ldapNoPolicies, Warning, "The server does not have the password policy control: refusals come without their reason, and no policy may be in force.",
		"On OpenLDAP load the overlay ppolicy and give it a default policy, or accept that the rules of ssprd are the only ones."},
	{ldapNoHints, Warning, "The server does not have the policy hints control: former passwords are taken.", "Use domain controllers of Windows Server 2012 or later, or Samba 4.24 or later; or say history: off if that is known."},
	{ldapHintsRequired, Error, "history is required, and the server does not have the policy hints control: it is sent no change.",
		"Use domain controllers of Windows Server 2012 or later, or Samba 4.24 or later; or say history: if-supported."},
	{ldapNoPassModify, Error, "write is extended, and the server does not have the extended operation of RFC 3062.", "Say write: auto or write: modify."},
	{ldapPlainModify, Warning, "Passwords are written by a plain modify, which slapd stores in clear unless it is told otherwise.",
		"Say write: auto, on a server that has the extended operation of RFC 3062; or set ppolicy_hash_cleartext (olcPPolicyHashCleartext)."},
	{ldapRODC, Error, "The server is a read-only domain controller, which takes no changes.", "Name it under replicas, and writable domain controllers under servers."},
	{ldapCatalog, Error, "The port is that of the global catalog, which takes no changes and does not know when a password was set.", "Use port 636 (ldaps) or 389 (ldap with start_tls)."},
	{ldapReadOnly, Error, "The server takes no changes.", "Name it under replicas, and the one that it follows under servers."},
	{ldapSameContent, OK, "All servers of the directory say that they have the same content.", ""},
	{ldapOtherContent, Error, "The servers of the directory have other contents.", "Name only servers of the same content in one directory."},
}

// Bounds of a difference between clocks: what it takes to confuse who reads two logs, and to have a code or a lock-out end at
// another time than is told.
const (
	clockDiffers = 5 * time.Second
	clockWrong   = 2 * time.Minute
)

// server is one server of a directory, and what it was seen to do once that is known.
type server struct {
	key, address string
	replica      bool
	known        chan struct{} // closed when it is
	facts        ldapx.Facts
}

// answers waits for what the server was seen to do, and tells whether the account was let in.
func (s *server) answers(ctx context.Context) bool {
	select {
	case <-s.known:
		return s.facts.Trouble == ""
	case <-ctx.Done():
		return false
	}
}

// directories are tried server by server. What is asked of the people there waits at the door.
func directories(c *config.Config) (all []area, d door) {
	d = door{}
	for i, directory := range c.Directories {
		key := fmt.Sprintf("directories[%d]", i)
		prober, servers := ldapx.NewProber(directory), serversOf(directory, key)
		d[directory.Name] = servers
		for _, s := range servers {
			all = append(all, area{s.key, func(ctx context.Context) []Finding {
				defer close(s.known)
				s.facts = prober.Server(ctx, s.address, !s.replica)
				return judgeServer(directory, s, time.Now())
			}})
		}
		if len(servers) > 1 {
			all = append(all, area{key + ".servers", func(ctx context.Context) []Finding { return sameContent(ctx, key, servers) }})
		}
		all = append(all, accountAreas(c, directory, key, prober, servers)...)
	}
	return all, d
}

func serversOf(d ldapx.Config, key string) []*server {
	var all []*server
	for j, a := range d.Servers {
		all = append(all, &server{key: fmt.Sprintf("%s.servers[%d]", key, j), address: a, known: make(chan struct{})})
	}
	for j, a := range d.Replicas {
		all = append(all, &server{key: fmt.Sprintf("%s.replicas[%d]", key, j), address: a, replica: true, known: make(chan struct{})})
	}
	return all
}

// judgeServer is what there is to say of one server.
func judgeServer(d ldapx.Config, s *server, now time.Time) []Finding {
	f := s.facts
	found := judgeConnection(s, now)
	if f.Trouble != "" {
		return append(found, catalog(d, s)...)
	}
	say := func(code, tried, seen string) {
		found = append(found, Finding{Code: code, Key: s.key, Tried: tried, Seen: seen})
	}
	say(ldapSignedIn, "the bind as "+d.BindDN, "accepted")
	found = append(found, judgeKind(d, s)...)
	found = append(found, judgeClock(s)...)
	found = append(found, judgeAbilities(d, s)...)
	found = append(found, catalog(d, s)...)
	switch {
	case f.RODC && !s.replica:
		say(ldapRODC, "supportedCapabilities of "+s.address, "those of a read-only domain controller")
	case f.ReadOnly:
		say(ldapReadOnly, "a change that changes nothing, on "+s.address, "a referral to another server, or a refusal as by a follower")
	}
	return found
}

// troubles are the codes of what keeps a server from being asked.
var troubles = map[ldapx.Trouble]string{
	ldapx.Unconfigured: ldapFile, ldapx.Untrusted: ldapTLSFailed, ldapx.NameUnknown: ldapNameUnknown, ldapx.Refused: ldapRefused, ldapx.NoRoute: ldapNoRoute,
	ldapx.Silent: ldapSilent, ldapx.Unreachable: ldapUnreachable, ldapx.NoStartTLS: ldapNoStartTLS, ldapx.NoLDAP: ldapNoLDAP,
	ldapx.NotTried: ldapNotTried, ldapx.NoDescription: ldapNoDescription,
}

// certificatesOfLDAP are the codes for the certificates of directory servers.
var certificatesOfLDAP = certificateCodes{ldapTLS, ldapTLSSoon, ldapTLSDates, ldapTLSName, ldapTLSChain, ldapTLSFailed}

// judgeConnection is what there is to say of the way to a server, up to the bind.
func judgeConnection(s *server, now time.Time) (found []Finding) {
	f := s.facts
	failed := Finding{Key: s.key, Tried: "connecting to " + s.address, Seen: fmt.Sprint(f.Err)}
	switch {
	case f.TLS != "":
		found = append(found, Finding{Code: ldapConnected, Key: s.key, Tried: failed.Tried, Seen: f.TLS})
	case f.Trouble == "" || f.Trouble == ldapx.NotLetIn || f.Trouble == ldapx.NotTried || f.Trouble == ldapx.NoDescription:
		found = append(found, Finding{Code: ldapClear, Key: s.key, Tried: failed.Tried, Seen: "in clear, on the loopback interface"})
	}
	if len(f.Shown.Chain) > 0 {
		found = append(found, certificatesOfLDAP.judge(s.key, s.address, f.Shown, now))
	}
	if f.Trouble == ldapx.Untrusted && f.Shown.Wrong != nil {
		return found // which has been told
	}
	switch {
	case f.Trouble == ldapx.NotLetIn:
		failed.Code, failed.Tried = cmp.Or(refusals[f.Refusal], accountRefused), "the bind of the service account"
	case f.Trouble != "":
		failed.Code = cmp.Or(troubles[f.Trouble], ldapUnreachable)
	}
	if failed.Code != "" {
		found = append(found, failed)
	}
	return found
}

func judgeKind(d ldapx.Config, s *server) []Finding {
	f := Finding{Code: ldapKind, Key: s.key, Tried: "the kind that " + s.address + " shows", Seen: s.facts.Kind}
	switch {
	case d.Kind == ldapx.Generic:
		return nil
	case s.facts.Kind == "":
		f.Code, f.Seen = ldapKindUntold, "none; the configuration says "+d.Kind
	case s.facts.Kind != d.Kind:
		f.Code, f.Seen = ldapKindWrong, s.facts.Kind+"; the configuration says "+d.Kind
	}
	return []Finding{f}
}

// judgeClock says nothing of a server that does not tell its time.
func judgeClock(s *server) []Finding {
	if !s.facts.ClockKnown {
		return nil
	}
	off := s.facts.Clock.Abs().Round(time.Second)
	f := Finding{Code: ldapClock, Key: s.key, Tried: "the time of " + s.address, Seen: "that of this machine, but for less than two seconds"}
	if off >= 2*time.Second {
		ahead := "ahead of"
		if s.facts.Clock < 0 {
			ahead = "behind"
		}
		f.Seen = fmt.Sprintf("%s %s that of this machine", off, ahead)
	}
	switch {
	case off > clockWrong:
		f.Code = ldapClockWrong
	case off > clockDiffers:
		f.Code = ldapClockDiffers
	}
	return []Finding{f}
}

// judgeAbilities looks for the controls and the extended operation that a reset uses, where changes are written.
func judgeAbilities(d ldapx.Config, s *server) (found []Finding) {
	if s.replica {
		return nil
	}
	f := s.facts
	say := func(code, seen string) {
		found = append(found, Finding{Code: code, Key: s.key, Tried: "what " + s.address + " says it can do", Seen: seen})
	}
	if d.Kind == ldapx.ActiveDirectory {
		switch {
		case !f.Hints && d.History == ldapx.HistoryRequired:
			say(ldapHintsRequired, "no policy hints control (1.2.840.113556.1.4.2239)")
		case !f.Hints && d.History != ldapx.HistoryOff:
			say(ldapNoHints, "no policy hints control (1.2.840.113556.1.4.2239)")
		case d.History != ldapx.HistoryOff:
			say(ldapAbilities, "the policy hints control")
		}
		return found
	}
	const passModify, policies = "the extended operation of RFC 3062", "the password policy control (1.3.6.1.4.1.42.2.27.8.5.1)"
	if d.Write == ldapx.WriteExtended && !f.PassModify {
		say(ldapNoPassModify, "not "+passModify)
	}
	if d.Kind == ldapx.OpenLDAP && (d.Write == ldapx.WriteModify || d.Write == ldapx.WriteAuto && !f.PassModify) {
		say(ldapPlainModify, "write is "+d.Write)
	}
	if !f.Policies && d.Kind != ldapx.Generic {
		say(ldapNoPolicies, "not "+policies)
	}
	if len(found) == 0 {
		var has []string
		for what, is := range map[string]bool{passModify: f.PassModify, policies: f.Policies} {
			if is {
				has = append(has, what)
			}
		}
		slices.Sort(has)
		say(ldapAbilities, cmp.Or(strings.Join(has, ", "), "nothing more than a plain modify"))
	}
	return found
}

// catalog looks for the ports of the global catalog, which are fixed (MS-ADTS section 3.1.1.3.1.10).
func catalog(d ldapx.Config, s *server) []Finding {
	u, err := url.Parse(s.address)
	if err != nil || d.Kind != ldapx.ActiveDirectory || u.Port() != "3268" && u.Port() != "3269" {
		return nil
	}
	return []Finding{{Code: ldapCatalog, Key: s.key, Tried: "the port of " + s.address, Seen: u.Port()}}
}

// sameContent compares what the servers of a directory say they have. Those that could not be asked were told of.
func sameContent(ctx context.Context, key string, servers []*server) []Finding {
	var first *server
	f := Finding{Code: ldapSameContent, Key: key + ".servers", Tried: "comparing the content that each server says it has"}
	for _, s := range servers {
		if !s.answers(ctx) {
			continue
		}
		if first == nil {
			first = s
			f.Seen = strings.Join(s.facts.Contexts, "; ")
			continue
		}
		if !slices.EqualFunc(first.facts.Contexts, s.facts.Contexts, strings.EqualFold) {
			f.Code = ldapOtherContent
			f.Seen = fmt.Sprintf("%s has %q, %s has %q", first.address, first.facts.Contexts, s.address, s.facts.Contexts)
			return []Finding{f}
		}
	}
	if first == nil {
		return nil
	}
	return []Finding{f}
}
