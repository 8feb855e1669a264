package want

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Loopback tells whether host, a name or an IP address without brackets, is this machine for certain. Of the names only
// localhost is (RFC 6761, 6.3); any other is what the resolver says at the time.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// WebURL wants the absolute address of a web page.
func WebURL(value string) string {
	const wanted = "a web address, such as https://www.example.org/"
	u, wrong := parse(value, wanted)
	if wrong == "" && u.Scheme != "https" && u.Scheme != "http" {
		wrong = Got(value, wanted)
	}
	return wrong
}

// Server wants SCHEME://HOST or SCHEME://HOST:PORT with one of schemes; it returns the scheme and the host as well.
func Server(value string, schemes ...string) (scheme, host, wrong string) {
	forms := make([]string, len(schemes))
	for i, s := range schemes {
		forms[i] = s + "://HOST"
	}
	wanted := either(forms) + ", with a :PORT where it is not the usual one"
	u, wrong := parse(value, wanted)
	if wrong != "" {
		return "", "", wrong
	}
	bare := (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
	if !bare || !slices.Contains(schemes, u.Scheme) {
		return "", "", Got(value, wanted)
	}
	return u.Scheme, u.Hostname(), ""
}

// parse wants a URL with a host. What holds an @ is not repeated: it may be a password.
func parse(value, wanted string) (*url.URL, string) {
	if strings.Contains(value, "@") {
		return nil, "wanted " + wanted + ", without user name or password"
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.Opaque != "" || !port(u.Port(), 1) {
		return nil, Got(value, wanted)
	}
	return u, ""
}

// Port judges the port in HOST:PORT, as of an address that other programs take apart; none is fine.
func Port(hostPort string) bool {
	u := url.URL{Host: hostPort}
	return port(u.Port(), 1)
}

// port judges the number of a port; none is fine.
func port(s string, low int) bool {
	n, err := strconv.Atoi(s)
	return s == "" || err == nil && n >= low && n <= 65535
}

// Listen wants HOST:PORT; without HOST it is every address of the machine, with port 0 any free one.
func Listen(value string) string {
	host, p, err := net.SplitHostPort(value)
	if err != nil || p == "" || !port(p, 0) || strings.ContainsAny(host, " /@") {
		return Got(value, "HOST:PORT, such as 127.0.0.1:8080")
	}
	return ""
}

// CIDR wants a network that is not the whole Internet: a list of those who are trusted must leave somebody out.
func CIDR(value string) string {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return Got(value, "a network, such as 10.1.2.0/24, or 10.1.2.3/32 for one address")
	}
	if p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 7 {
		return Got(value, "the network of your own proxies, not every address there is")
	}
	return ""
}

// Mail wants a mail address and nothing around it.
func Mail(value string) string {
	a, err := mail.ParseAddress(value)
	if err != nil || a.Address != value {
		return Got(value, "a mail address, such as assistance@example.org")
	}
	return ""
}

// Sender wants a mail address, with or without a name (RFC 5322, 3.4).
func Sender(value string) string {
	if _, err := mail.ParseAddress(value); err != nil || strings.ContainsAny(value, "\r\n\x00") {
		return Got(value, "a mail address, with or without a name: Name <address@example.org>")
	}
	return ""
}
