package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"ssprd/internal/certificate"
	"ssprd/internal/config"
	"ssprd/internal/want"
	"ssprd/internal/web"
)

// Codes of the portal's own settings and addresses.
const (
	SettingsOK         = "SETTINGS_OK"
	Placeholder        = "PLACEHOLDER"
	ProtectedNone      = "PROTECTED_NOBODY"
	ProxiesMissing     = "PROXIES_MISSING"
	ProxiesWide        = "PROXIES_WIDE"
	LimitLoose         = "LIMIT_LOOSE"
	StatementUnfounded = "STATEMENT_UNFOUNDED"
	ThemeFault         = "THEME_FAULT"
	LinkClear          = "LINK_CLEAR"
	OperationsExposed  = "OPERATIONS_EXPOSED"
	PortalRuns         = "PORTAL_RUNS"
	PortalDoesNotRun   = "PORTAL_DOES_NOT_RUN"
	PortalStrange      = "PORTAL_STRANGE"
	ListenOK           = "LISTEN_OK"
	ListenRunning      = "LISTEN_RUNNING"
	ListenUntold       = "LISTEN_UNTOLD"
	ListenTaken        = "LISTEN_TAKEN"
	ListenDenied       = "LISTEN_DENIED"
	ListenFailed       = "LISTEN_FAILED"
	CertificateOK      = "CERTIFICATE_OK"
	CertificateSoon    = "CERTIFICATE_SOON"
	CertificateDates   = "CERTIFICATE_DATES"
	CertificateName    = "CERTIFICATE_NAME"
	CertificateStrange = "CERTIFICATE_STRANGE"
	PublicUnresolved   = "PUBLIC_UNRESOLVED"
	PublicUnseen       = "PUBLIC_UNSEEN"
	PublicTLSOK        = "PUBLIC_TLS_OK"
	PublicTLSSoon      = "PUBLIC_TLS_SOON"
	PublicTLSDates     = "PUBLIC_TLS_DATES"
	PublicTLSName      = "PUBLIC_TLS_NAME"
	PublicTLSChain     = "PUBLIC_TLS_CHAIN"
	PublicTLSFailed    = "PUBLIC_TLS_FAILED"
)

var portalCodes = []Meaning{
	{SettingsOK, OK, "The settings are none that a portal should not run with.", ""},
	{Placeholder, Warning, "An example stands where a value of yours belongs.", "Write your own in its place."},
	{ProtectedNone, Warning, "A directory protects nobody: whoever is in a population may be reset, administrators, services and agents of the helpdesk too where they are in one.", "Name them by a filter under protected, such as (memberOf=DN of their group)."},
	{ProxiesMissing, Error, "A proxy does TLS, and the configuration does not name it: all visitors share the limits of one client.", "Name its network in server.trusted_proxies."},
	{ProxiesWide, Warning, "Very many machines are trusted to say who a visitor is: each of them can evade the limits.", "Name the proxies alone in server.trusted_proxies, such as 10.0.0.5/32."},
	{LimitLoose, Error, "A limit lets more guesses through than any portal may.", "Make it stricter, or leave it out."},
	{StatementUnfounded, Error, "The accessibility statement claims what nothing bears out.", "Claim less, or name what bears it out (docs/accessibility.md)."},
	{ThemeFault, Warning, "The theme has a fault that a portal can run with.", "Mend the file (docs/themes.md)."},
	{LinkClear, Warning, "A page leads visitors to an address without TLS, where they may type the password they have just chosen.", "Give an address with https."},
	{OperationsExposed, Warning, "The operations listener can be reached from other machines.", "Where no supervisor elsewhere needs it, listen on 127.0.0.1; else let a firewall keep visitors from it."},
	{PortalRuns, OK, "A portal answers on server.operations.", ""},
	{PortalDoesNotRun, OK, "No portal answers on server.operations: it is not started.", ""},
	{PortalStrange, Error, "What answers on server.operations is no portal: the portal will not start.", "Stop the program that has the address (ss -ltnp names it), or write another one."},
	{ListenOK, OK, "The portal can listen at the address.", ""},
	{ListenRunning, OK, "Somebody listens at the address, and a portal answers on server.operations: it is taken for that portal.", ""},
	{ListenUntold, Warning, "Somebody listens at the address; without server.operations it cannot be told whether it is the portal.", "Where no portal runs now, stop the program that has the address (ss -ltnp names it), or write another one."},
	{ListenTaken, Error, "Another program listens at the address: the portal will not start.", "Stop that program (ss -ltnp names it), or write another address."},
	{ListenDenied, Warning, "This user may not listen at the address, whose port is below 1024.", "Give the portal's unit CAP_NET_BIND_SERVICE (docs/install.md) if it does not have it, or write a port from 1024 on."},
	{ListenFailed, Error, "The portal cannot listen at the address: mostly because no interface of this machine has it.", "Write an address of this machine, such as 127.0.0.1 behind a proxy, or give it the one that is meant."},
	{CertificateOK, OK, "The certificate of server.tls is in order.", ""},
	{CertificateSoon, Warning, "The certificate of server.tls will expire before long.", "Renew it, and send SIGHUP."},
	{CertificateDates, Error, "The certificate of server.tls has expired, or is not valid yet: no browser goes on.", "Renew it, and send SIGHUP."},
	{CertificateName, Error, "The certificate of server.tls is not for the portal's own address: no browser goes on.", "Have one issued for the host of public_url, and of helpdesk.public_url where there is one."},
	{CertificateStrange, Error, "The certificate of server.tls cannot be used.", "Have another one issued."},
	{PublicUnresolved, Warning, "The host of a public address has no address here.", "Give it one in the DNS; where only visitors elsewhere resolve it, this warning may be ignored."},
	{PublicUnseen, OK, "A public address cannot be reached from this machine, which many networks want; visitors may reach it.", ""},
	{PublicTLSOK, OK, "The certificate at a public address is trusted.", ""},
	{PublicTLSSoon, Warning, "The certificate at a public address will expire before long.", "Renew it where TLS ends: at the proxy, or in server.tls."},
	{PublicTLSDates, Error, "The certificate at a public address has expired, or is not valid yet: no browser goes on.", "Renew it where TLS ends: at the proxy, or in server.tls."},
	{PublicTLSName, Error, "The certificate at a public address is for another name: no browser goes on.", "Have one issued for this host; look whether the proxy has this host at all."},
	{PublicTLSChain, Warning, "The certificate at a public address is by an authority that this machine does not trust.", "Look whether visitors' browsers do, and whether the proxy sends the certificates between."},
	{PublicTLSFailed, Warning, "What answers at a public address does not speak TLS as it should.", "Look at the proxy; TLS 1.2 or later is needed."},
}

var (
	publicTLS = certificateCodes{PublicTLSOK, PublicTLSSoon, PublicTLSDates, PublicTLSName, PublicTLSChain, PublicTLSFailed}
	ownTLS    = certificateCodes{CertificateOK, CertificateSoon, CertificateDates, CertificateName, CertificateStrange, CertificateStrange}
)

// lookWithin is what a look at one of the portal's addresses may take.
const lookWithin = 5 * time.Second

// settings are judged as they stand, asking nobody.
func settings(c *config.Config, o Options) []area {
	return []area{{"settings", func(context.Context) []Finding {
		all := judgeSettings(c, time.Now())
		for _, m := range o.Theme {
			all = append(all, ofMistake(ThemeFault, m))
		}
		if len(all) == 0 {
			all = append(all, Finding{Code: SettingsOK, Tried: "the settings", Seen: "none is dangerous"})
		}
		if own := c.Server.TLS; own != (web.TLS{}) {
			all = append(all, ownCertificate(c, own)...)
		}
		return all
	}}}
}

// judgeSettings says what a portal can run with and should not.
func judgeSettings(c *config.Config, now time.Time) (all []Finding) {
	say := func(code, key, seen string) { all = append(all, ofMistake(code, c.Mistake(key, seen))) }
	placeholders(c, func(key, value string) { say(Placeholder, key, value) })
	for i, d := range c.Directories {
		resets := func(p config.Population) bool { return p.Reset != nil && p.Reset.Directory == d.Name }
		if len(d.Protected) == 0 && slices.ContainsFunc(c.Populations, resets) {
			say(ProtectedNone, fmt.Sprintf("directories[%d].protected", i), "none")
		}
	}
	if missing := c.Server.WrongProxies(c.Portal); missing != "" {
		say(ProxiesMissing, "server.trusted_proxies", missing)
	}
	for i, p := range c.Server.TrustedProxies {
		if wide(p) {
			say(ProxiesWide, fmt.Sprintf("server.trusted_proxies[%d]", i), p)
		}
	}
	c.Limits.TooLoose(func(key, want string) { say(LimitLoose, "limits."+key, want) })
	c.Portal.Accessibility.Unfounded(now, func(key, want string) { say(StatementUnfounded, "portal.accessibility."+key, want) })
	if clear(c.Portal.LoginURL) {
		say(LinkClear, "portal.login_url", c.Portal.LoginURL)
	}
	for i, p := range c.Populations {
		if p.Link != nil && clear(p.Link.URL) {
			say(LinkClear, fmt.Sprintf("populations[%d].link.url", i), p.Link.URL)
		}
	}
	if far(c.Server.Operations) {
		say(OperationsExposed, "server.operations", c.Server.Operations)
	}
	return all
}

// wide tells whether a network has more machines than proxies are among.
func wide(cidr string) bool {
	p, err := netip.ParsePrefix(cidr)
	return err == nil && (p.Addr().Is4() && p.Bits() < 16 || p.Addr().Is6() && p.Bits() < 48)
}

// clear tells whether an address of another machine is without TLS.
func clear(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && !want.Loopback(u.Hostname())
}

// far tells whether what listens there can be reached from other machines.
func far(listen string) bool { return listen != "" && !want.Loopback(host(listen)) }

// ownCertificate looks at the certificate that the portal shows by itself, for each of its hosts.
func ownCertificate(c *config.Config, own web.TLS) (all []Finding) {
	hosts := []string{hostOf(c.Portal.PublicURL)}
	if c.Helpdesk.Enabled {
		hosts = append(hosts, hostOf(c.Helpdesk.PublicURL))
	}
	pair, err := tls.LoadX509KeyPair(own.CertificateFile, own.KeyFile)
	if err != nil { // which reading the configuration has refused
		return []Finding{{Code: CertificateStrange, Key: "server.tls.certificate_file", Tried: own.CertificateFile, Seen: err.Error()}}
	}
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return []Finding{{Code: CertificateStrange, Key: "server.tls.certificate_file", Tried: own.CertificateFile, Seen: err.Error()}}
		}
		chain = append(chain, one)
	}
	for _, host := range hosts {
		all = append(all, ownTLS.judge("server.tls.certificate_file", host, certificate.Own(chain, host, time.Now()), time.Now()))
	}
	return all
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// portal looks at the addresses on which the portal is to be had.
func portal(c *config.Config) []area {
	all := []area{{"portal.public_url", func(ctx context.Context) []Finding {
		return publicAddress(ctx, "portal.public_url", c.Portal.PublicURL, nil)
	}}}
	return append(all, area{"server.listen", func(ctx context.Context) []Finding { return listeners(ctx, c) }})
}

// listeners asks whether a portal runs, and tries the addresses on which it listens, or will. One after the other, for all
// interfaces of a machine are not free beside one of them.
func listeners(ctx context.Context, c *config.Config) (all []Finding) {
	taken := ListenUntold
	if c.Server.Operations != "" {
		runs := operations(ctx, c.Server.Operations)
		all = append(all, runs)
		switch taken = ListenTaken; runs.Code {
		case PortalRuns:
			taken = ListenRunning
		case PortalDoesNotRun:
			all = append(all, listen(ctx, "server.operations", c.Server.Operations, taken))
		}
	}
	all = append(all, listen(ctx, "server.listen", c.Server.Listen, taken))
	if c.Helpdesk.Enabled {
		all = append(all, listen(ctx, "helpdesk.listen", c.Helpdesk.Listen, taken))
	}
	return all
}

// listen tries to listen at an address; taken is the code where somebody does already.
func listen(ctx context.Context, key, address, taken string) Finding {
	f := Finding{Code: ListenOK, Key: key, Tried: "listening at " + address, Seen: "it is free"}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		_ = listener.Close()
		return f
	}
	f.Seen = err.Error()
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		f.Code = taken
	case errors.Is(err, fs.ErrPermission):
		f.Code = ListenDenied
	default:
		f.Code = ListenFailed
	}
	return f
}

// publicAddress looks at an address from here: whether it has one, and what it shows of itself to those who trust roots, which
// are the machine's if there are none.
func publicAddress(ctx context.Context, key, address string, roots *x509.CertPool) []Finding {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return nil // http is for this machine alone, and a portal that is not started does not answer
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, u.Hostname()); err != nil {
		return []Finding{{Code: PublicUnresolved, Key: key, Tried: "the address of " + u.Hostname(), Seen: err.Error()}}
	}
	at := u.Host
	if u.Port() == "" {
		at = net.JoinHostPort(u.Hostname(), "443")
	}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", at)
	if err != nil {
		return []Finding{{Code: PublicUnseen, Key: key, Tried: "a connection to " + at, Seen: err.Error()}}
	}
	defer raw.Close()
	watched, shown := certificate.Watch(&tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname(), RootCAs: roots}, u.Hostname())
	if err := tls.Client(raw, watched).HandshakeContext(ctx); err != nil && len(shown.Chain) == 0 {
		return []Finding{{Code: PublicTLSFailed, Key: key, Tried: "TLS with " + at, Seen: err.Error()}}
	}
	return []Finding{publicTLS.judge(key, u.Hostname(), *shown, time.Now())}
}

// operations asks whether a portal runs here.
func operations(ctx context.Context, listen string) Finding {
	f := Finding{Key: "server.operations"}
	name, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(name); err == nil && (name == "" || ip != nil && ip.IsUnspecified()) {
		name = "127.0.0.1"
	}
	address := "http://" + net.JoinHostPort(name, port) + "/livez"
	f.Tried = address
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		f.Code, f.Seen = PortalStrange, err.Error()
		return f
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // by no proxy
	answer, err := client.Do(rq)
	var dialling *net.OpError
	switch {
	case err != nil && errors.As(err, &dialling) && dialling.Op == "dial":
		f.Code, f.Seen = PortalDoesNotRun, dialling.Error()
	case err != nil:
		f.Code, f.Seen = PortalStrange, err.Error()
	default:
		defer answer.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 100))
		f.Code, f.Seen = PortalRuns, "it runs"
		if answer.StatusCode != http.StatusOK || strings.TrimSpace(string(text)) != "ok" {
			f.Code, f.Seen = PortalStrange, strings.TrimSpace(answer.Status+" "+answer.Header.Get("Server"))+", and not the word of a portal"
		}
	}
	return f
}
