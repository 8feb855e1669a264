package ldapx

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/certificate"
	"ssprd/internal/secret"
)

// Trouble is what kept a server from being asked.
type Trouble string

// The troubles, in the order in which a connection meets them.
const (
	Unconfigured  Trouble = "unconfigured"   // a file that the configuration names cannot be used
	NameUnknown   Trouble = "name unknown"   // its name has no address
	Refused       Trouble = "refused"        // nothing listens there
	NoRoute       Trouble = "no route"       // the network does not lead there
	Silent        Trouble = "silent"         // no answer within the time-out
	Unreachable   Trouble = "unreachable"    // any other failure of the network
	NoStartTLS    Trouble = "no StartTLS"    // it answers, and will not begin TLS
	Untrusted     Trouble = "untrusted"      // TLS fails: Shown says whether it is the certificate
	NoLDAP        Trouble = "no LDAP"        // what it answers is not LDAP, or it hangs up
	NotLetIn      Trouble = "not let in"     // the service account's bind is refused: Refusal
	NotTried      Trouble = "not tried"      // another server of the directory has refused the account
	NoDescription Trouble = "no description" // it lets the account in, and not read the root DSE
)

// Facts are what one server was seen to do, as far as it let itself be asked.
type Facts struct {
	Trouble Trouble // "" where nothing was in the way
	Err     error   // what it came with

	TLS   string            // the version, as in "TLS 1.3"; "" where there is none
	Shown certificate.Shown // nothing where there is no TLS

	Refusal string    // why the account is not let in, in the words of bindReasons; "" where the server does not say
	Ends    time.Time // of the account's password, if the server gives notice of it at the bind

	Kind       string   // as the root DSE gives it away; else ""
	Contexts   []string // the content it says it has, sorted: of a domain controller its domain alone
	RODC       bool     // a read-only domain controller
	ReadOnly   bool     // it was seen to take no changes (kind openldap alone)
	Hints      bool     // it lists the policy hints control
	Policies   bool     // it lists the password policy control
	PassModify bool     // it lists the extended operation of RFC 3062

	Clock      time.Duration // by how much its clock is ahead of this machine's
	ClockKnown bool
}

// Prober asks the servers of one directory about themselves, as the service account, and changes nothing there. It may be
// used by several goroutines at once.
type Prober struct {
	config   Config
	claimed  atomic.Bool   // somebody has made the first bind
	answered chan struct{} // closed when that was answered
	refusal  error         // what it was answered with, if the account was refused; read after answered
}

// NewProber prepares to ask the servers of a directory.
func NewProber(c Config) *Prober { return &Prober{config: c, answered: make(chan struct{})} }

// Server asks one server. Where takesChanges is true it is one that changes are to be written to.
func (p *Prober) Server(ctx context.Context, address string, takesChanges bool) Facts {
	f := &Facts{}
	shown := &f.Shown
	watch := func(c *tls.Config, host string) *tls.Config {
		c, shown = certificate.Watch(c, host)
		return c
	}
	f.Err = p.config.connectWatched(ctx, address, watch, func(conn *ldap.Conn) error {
		defer conn.Close()
		if state, ok := conn.TLSConnectionState(); ok {
			f.TLS = tls.VersionName(state.Version)
		}
		return p.ask(conn, address, takesChanges, f)
	})
	f.Shown = *shown
	if found := trouble(f.Err); f.Err != nil && (f.Trouble == "" || found == Silent) {
		f.Trouble = found
	}
	return *f
}

// trouble is what kept a connection from coming about.
func trouble(err error) Trouble {
	var noName *net.DNSError
	var answer *ldap.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errConfig):
		return Unconfigured
	case errors.As(err, &noName) && !noName.IsTimeout:
		return NameUnknown
	case errors.Is(err, errSilent), errors.Is(err, context.DeadlineExceeded), strings.Contains(err.Error(), "i/o timeout"),
		strings.Contains(err.Error(), "connection timed out"): // by go-ldap, of a request
		return Silent
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return NoRoute
	case errors.Is(err, errTLS) && errors.As(err, &answer) && answer.ResultCode < ldap.ErrorNetwork:
		return NoStartTLS
	case errors.Is(err, errTLS) && strings.HasPrefix(err.Error(), "StartTLS") && !strings.Contains(err.Error(), "handshake failed"):
		return NoLDAP
	case errors.Is(err, errTLS):
		return Untrusted
	}
	return Unreachable
}

// ask signs in on a connection, and reads what the server says of itself.
func (p *Prober) ask(conn *ldap.Conn, address string, takesChanges bool, f *Facts) error {
	if err := p.bind(conn, address, f); err != nil {
		return err
	}
	sent := time.Now()
	dse, err := rootDSE(conn, "namingContexts", "defaultNamingContext", "currentTime", "supportedCapabilities")
	if err != nil {
		f.Trouble = NoDescription
		return err
	}
	described := &connection{Conn: conn, controls: dse.GetAttributeValues("supportedControl"), extensions: dse.GetAttributeValues("supportedExtension")}
	f.Kind = kindOf(dse)
	f.Hints, f.Policies = policyHintsOf(described) != "", described.hasControl(ldap.ControlTypeBeheraPasswordPolicy)
	f.PassModify = described.hasExtension(passwordModify)
	f.RODC = slices.Contains(dse.GetAttributeValues("supportedCapabilities"), partialSecrets)
	f.Contexts = dse.GetAttributeValues("namingContexts")
	if domain := dse.GetAttributeValue("defaultNamingContext"); domain != "" {
		f.Contexts = []string{domain}
	}
	slices.Sort(f.Contexts)
	f.clock(dse.GetAttributeValue("currentTime"), sent)
	f.askClock(conn)
	f.ReadOnly = takesChanges && f.Kind == OpenLDAP && len(f.Contexts) > 0 && takesNoChanges(conn, f.Contexts[0])
	return nil
}

// partialSecrets is what a read-only domain controller says that it is able to (MS-ADTS section 3.1.1.3.4.3).
const partialSecrets = "1.2.840.113556.1.4.1920"

// firstBind is how long the other binds wait for the first one's answer.
const firstBind = time.Second

// bind signs in. A password that is refused is tried once and not on each server, if these do not hang: every attempt may count
// towards a lock-out of the account, on which a portal may live.
func (p *Prober) bind(conn *ldap.Conn, address string, f *Facts) error {
	first := p.claimed.CompareAndSwap(false, true)
	if !first {
		select {
		case <-p.answered:
			if p.refusal != nil {
				f.Trouble = NotTried
				return p.refusal
			}
		case <-time.After(firstBind):
		}
	}
	err := p.config.signIn(conn, f)
	if first {
		if refusesAccount(err) {
			p.refusal = fmt.Errorf("%s: %w", address, err)
		}
		close(p.answered)
	}
	switch {
	case errors.Is(err, errConfig):
		f.Trouble = Unconfigured
	case refusesAccount(err):
		f.Trouble = NotLetIn
	case err != nil:
		f.Trouble = NoLDAP
	}
	return err
}

// signIn binds as the service account, and asks for what the policy has to say to that.
func (c Config) signIn(conn *ldap.Conn, f *Facts) error {
	password, err := secret.ReadFile(c.BindPasswordFile)
	if err != nil {
		return fmt.Errorf("%w: bind_password_file: %w", errConfig, err)
	}
	answer, err := conn.SimpleBind(&ldap.SimpleBindRequest{Username: c.BindDN, Password: password.Reveal(),
		Controls: []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}})
	if err != nil {
		f.Refusal = cmp.Or(bindReason(err), policyReason(err))
		return fmt.Errorf("%w: %w", errBind, err)
	}
	if said, ok := ldap.FindControl(answer.Controls, ldap.ControlTypeBeheraPasswordPolicy).(*ldap.ControlBeheraPasswordPolicy); ok {
		if said.Expire >= 0 {
			f.Ends = time.Now().Add(time.Duration(said.Expire) * time.Second)
		}
		if said.Error == ldap.BeheraChangeAfterReset { // it may do nothing else any more
			f.Refusal = "MUST_CHANGE"
			return fmt.Errorf("%w: %w", errBind, ldap.NewError(ldap.LDAPResultInsufficientAccessRights, errors.New(said.ErrorString)))
		}
	}
	return nil
}

// policyReason is the word for a refused bind that the password policy control gives, or else that of the result.
func policyReason(err error) string {
	said, ok := ppolicyError(err)
	switch {
	case ok && said == ldap.BeheraPasswordExpired:
		return "PASSWORD_EXPIRED"
	case ok && said == ldap.BeheraAccountLocked:
		return "LOCKED"
	case ok && said == ldap.BeheraChangeAfterReset:
		return "MUST_CHANGE"
	case ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultNoSuchObject):
		return "PASSWORD"
	}
	return ""
}

// clock compares the server's time, which counts whole seconds, with this machine's of when it was asked and answered.
func (f *Facts) clock(value string, sent time.Time) {
	its, ok := generalizedTime(value)
	if !ok {
		return
	}
	between := sent.Add(time.Since(sent) / 2)
	f.Clock, f.ClockKnown = its.Add(time.Second/2).Sub(between.Round(0)), true
}

// clocks are where the time is read that the root DSE of a kind does not give.
var clocks = map[string]struct{ dn, attribute string }{
	OpenLDAP: {"cn=Current,cn=Time,cn=Monitor", "monitorTimestamp"}, // slapd-monitor(5)
	DS389:    {"cn=monitor", "currentTime"},
}

func (f *Facts) askClock(conn *ldap.Conn) {
	place, ok := clocks[f.Kind]
	if !ok {
		return
	}
	sent := time.Now()
	if e, err := baseEntry(conn, place.dn, nil, place.attribute); err == nil { // else the account may not read it
		f.clock(e.text(place.attribute), sent)
	}
}

// baseEntry reads one entry by its name.
func baseEntry(conn *ldap.Conn, dn string, controls []ldap.Control, attributes ...string) (entry, error) {
	request := baseRequest(dn, 0, "(objectClass=*)", attributes)
	request.Controls = controls
	found, err := conn.Search(request)
	if err != nil {
		return entry{}, err
	}
	if len(found.Entries) != 1 {
		return entry{}, errors.New("no entry")
	}
	return entry{found.Entries[0]}, nil
}
