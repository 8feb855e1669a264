package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// R15: a client is what its connection says, or what a proxy says that was configured, and no header more.
func TestClients(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 4}).Run(t,
		Attack{"R15", "forged", "starts from one client, each with other forwarding headers", forgedHeaders},
	)
	Open(t, Setting{People: 4, Proxies: "127.0.0.0/8"}).Run(t,
		Attack{"R15", "proxy", "the same through a proxy that is trusted, which adds the real address", forgedThroughProxy},
		Attack{"R15", "network", "starts from as many addresses of one IPv6 network /64", oneNetwork},
		Attack{"R15", "networks", "starts from as many IPv6 networks", manyNetworks},
		Attack{"R15", "garbage", "forwarding headers that are none", garbageForwarded},
	)
}

// starts types as many addresses, each with the headers for it, and counts those that were taken.
func (s *Site) starts(o *Outcome, n int, headers func(i int) []string) (taken int) {
	b := s.Browser()
	for i := range n {
		o.Tries++
		rq := b.Request(http.MethodPost, "/en/p/usagers", "address="+url.QueryEscape(s.Nobody()))
		rq.Header = append(rq.Header, headers(i)...)
		switch told := s.Send(rq).Told(); told {
		case "/en/code":
			taken++
		case "limited":
		default:
			o.Want(false, "with %q an address is told %s", headers(i), told)
		}
	}
	return taken
}

// R15: netresearch's limit fell to this, and 1,100 requests stopped all mail.
func forgedHeaders(s *Site) (o Outcome) {
	taken := s.starts(&o, Some(60, 1100), func(i int) []string {
		ip := fmt.Sprintf("198.51.%d.%d", i/250, i%250)
		return []string{"X-Forwarded-For: " + ip, "Forwarded: for=" + ip, "X-Real-IP: " + ip, "True-Client-IP: " + ip,
			"CF-Connecting-IP: " + ip,
			"X-Client-IP: " + ip, "X-Appengine-Remote-Addr: " + ip, "Client-IP: " + ip, "X-Cluster-Client-IP: " + ip,
			"Via: " + ip}
	})
	o.Want(taken == 30, "%d starts were taken, 30 are allowed", taken)
	p := s.Person()
	s.Verified(p)
	o.Say("%d taken, as without the headers; another client gets its mail", taken)
	return o
}

// R15: of what a client writes into the header itself nothing counts.
func forgedThroughProxy(s *Site) (o Outcome) {
	taken := s.starts(&o, Some(60, 1100), func(i int) []string {
		return []string{fmt.Sprintf("X-Forwarded-For: 198.51.%d.%d, 192.0.2.7", i/250, i%250), "X-Real-IP: 198.51.100.1"}
	})
	o.Want(taken == 30, "%d starts were taken, 30 are allowed", taken)
	other := s.starts(&o, 1, func(int) []string { return []string{"X-Forwarded-For: 192.0.2.8"} })
	o.Want(other == 1, "another client of the proxy is limited too")
	o.Say("%d taken; another client of the proxy goes on", taken)
	return o
}

// R15: a subscriber has a whole /64 to draw addresses from.
func oneNetwork(s *Site) (o Outcome) {
	taken := s.starts(&o, 60, func(i int) []string {
		return []string{fmt.Sprintf("X-Forwarded-For: 2001:db8:1:2:%x::%x", i, i)}
	})
	o.Want(taken == 30, "%d starts were taken, 30 are allowed", taken)
	o.Say("%d taken", taken)
	return o
}

// R15.
func manyNetworks(s *Site) (o Outcome) {
	taken := s.starts(&o, 60, func(i int) []string {
		return []string{fmt.Sprintf("X-Forwarded-For: 2001:db8:2:%x::1", i)}
	})
	o.Want(taken == 60, "%d of 60 clients were taken", taken)
	o.Say("all %d taken, each network is a client", taken)
	return o
}

// R15, R28: what cannot be an address is no way around the limits, nor an error.
func garbageForwarded(s *Site) (o Outcome) {
	taken := s.starts(&o, 60, func(i int) []string {
		junk := []string{"", " , ,", "unknown", "999.1.1.1", "<script>", "::::", "127.0.0.1:80", "fe80::1%eth0"}
		return []string{fmt.Sprintf("X-Forwarded-For: %s%d", junk[i%len(junk)], i)}
	})
	o.Want(taken <= 30, "%d starts were taken, 30 are allowed", taken)
	o.Say("%d taken, for they are all the proxy's", taken)
	return o
}
