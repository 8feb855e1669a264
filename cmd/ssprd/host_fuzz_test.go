package main

import (
	"html"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// R15, R26, R27: a host that is not ours is refused; what a request says of hosts and of ways to here stands nowhere in
// the answer; and only a proxy of ours may say whom a request is from.
func FuzzHost(f *testing.F) {
	w := openWorld(f)
	seedHosts(f)
	usual := w.get(f, "/fr/", "").body
	f.Fuzz(func(t *testing.T, trusted bool, target, host, forwardedHost, forwarded, forwardedFor, realIP string) {
		if !line(target, host, forwardedHost, forwarded, forwardedFor, realIP) {
			return
		}
		from := stranger
		if trusted {
			from = proxy
		}
		plain := request{target: target, host: host}
		dressed := plain
		dressed.header = []string{"X-Forwarded-Host", forwardedHost, "Forwarded", forwarded, "X-Forwarded-For",
			forwardedFor, "X-Real-IP", realIP,
			"X-Forwarded-Proto", forwarded, "X-Original-URL", forwardedHost, "X-Rewrite-URL", forwardedHost,
			"True-Client-IP", realIP}
		r := w.ask(t, from, "GET", dressed.bytes())
		r.whole(t, "GET")
		if r.unread() {
			return
		}
		if r.status != 421 && !own(target, host) {
			t.Errorf("the host %q of %q is answered %d", host, target, r.status)
		}
		silent := w.ask(t, from, "GET", plain.bytes())
		if r.status != silent.status || r.body != silent.body || r.header.Get("Location") != silent.header.Get("Location") {
			t.Errorf("what proxies say makes %d %q of %d %q", r.status, r.body, silent.status, silent.body)
		}
		for _, value := range []string{host, forwardedHost, forwarded, forwardedFor, realIP} {
			for _, form := range []string{value, html.EscapeString(value), url.QueryEscape(value)} {
				there := strings.Contains(r.body+r.header.Get("Location"), form)
				if len(form) > 3 && there && !strings.Contains(usual, form) && form != ownHost {
					t.Errorf("the answer has %q in it", form)
				}
			}
		}
		dressed.host, dressed.method, dressed.target = "", "POST", "/fr/p/usagers"
		dressed.contentType, dressed.body = formType, []byte("address=personne@mail.example")
		w.started(t)
		begun := w.ask(t, from, "POST", dressed.bytes())
		begun.whole(t, "POST")
		if clients := w.started(t); begun.status != 303 || len(clients) != 1 || !believable(clients[0], from, forwardedFor) {
			t.Errorf("%d: from %s by way of %q came %q", begun.status, from, forwardedFor, clients)
		}
	})
}

// own tells whether a request is for our host: the one that an absolute target names, else that of the header (RFC 9112,
// section 3.2.2).
func own(target, host string) bool {
	if u, err := url.ParseRequestURI(target); err == nil && u.Host != "" && !strings.HasPrefix(target, "/") {
		host = u.Host
	}
	host = strings.ToLower(strings.Trim(host, " \t"))
	return host == "" || host == ownHost || host == ownHost+":443" // the empty one is what request fills in
}

// believable tells whether a client may be taken for this one: by itself, or, through a proxy of ours, for one that the
// chain names, the nearest to us that is none of our proxies.
func believable(client, from, chain string) bool {
	if from != proxy {
		return client == from
	}
	links := strings.Split(chain, ",")
	for i, link := range slices.Backward(links) {
		address, err := netip.ParseAddr(strings.TrimSpace(link))
		if err != nil || address.Zone() != "" {
			return client == from // whoever wrote that is nobody to believe
		}
		if i == 0 || !netip.MustParsePrefix(proxies).Contains(address.Unmap()) {
			return client == address.String()
		}
	}
	return client == from
}

func seedHosts(f *testing.F) {
	for _, host := range []string{ownHost, "MotDePasse.Example.Org:443", ownHost + ":80", ownHost + ".",
		ownHost + "@evil.example", "evil.example", "evil.example#" + ownHost,
		"evil.example/" + ownHost, ownHost + ".evil.example", "evil" + ownHost, "", " ", "localhost", "127.0.0.1",
		"[::1]", ownHost + ":443:443", "motdepasse\u3002example\u3002org", "\uff4dotdepasse.example.org",
		"motdepasse.e\u00d7ample.org", ownHost + "\x00", ownHost + "\t",
		ownHost + ",evil.example", ownHost + " evil.example", "xn--motdepasse"} {
		f.Add(false, "/fr/", host, "", "", "", "")
		f.Add(true, "/fr/p/usagers", host, host, "host="+host, "203.0.113.5", "203.0.113.6")
	}
	for _, target := range []string{"http://evil.example/fr/", "https://" + ownHost + "/fr/",
		"https://evil.example@" + ownHost + "/fr/", "https://" + ownHost + "@evil.example/fr/", "//evil.example/fr/",
		"https:evil.example", "evil.example:443", "*", "http:///fr/", "https://" + ownHost,
		"HTTPS://MOTDEPASSE.EXAMPLE.ORG:443/", "/fr/nowhere", "/", "/fr/p/agents-lycees"} {
		f.Add(false, target, ownHost, "evil.example", "for=203.0.113.5;host=evil.example;proto=http", "203.0.113.5",
			"203.0.113.6")
		f.Add(true, target, "evil.example", ownHost, "host="+ownHost, "", "")
	}
	for _, chain := range []string{"203.0.113.5", "127.0.0.1", "203.0.113.5, 192.0.2.8", "192.0.2.8, 203.0.113.5",
		"192.0.2.8", "192.0.2.8,192.0.2.9", "evil", "203.0.113.5, evil", "evil, 203.0.113.5", ",", "203.0.113.5,",
		" 203.0.113.5 ", "203.0.113.5:4711", "[2001:db8::1]", "2001:db8::1", "2001:DB8:0:0:0:0:0:1",
		"::ffff:203.0.113.5", "::ffff:192.0.2.8", "fe80::1%eth0", "0", "010.0.0.1", "203.0.113.5;drop", "unknown",
		"_hidden", "203.0.113.5 203.0.113.6", strings.Repeat("192.0.2.8,",
			400) + "203.0.113.5", strings.Repeat("203.0.113.5,", 400)} {
		for _, trusted := range []bool{false, true} {
			f.Add(trusted, "/fr/", ownHost, "", "for="+chain, chain, chain)
		}
	}
}
