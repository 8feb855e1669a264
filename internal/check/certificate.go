package check

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"ssprd/internal/certificate"
)

// certificateCodes are those of one kind of server: what is only annoying of one ends all resets of another.
type certificateCodes struct{ good, soon, dates, name, chain, other string }

// soonOver is when a certificate ought to have been renewed: what renews them by itself does it when a third of their time
// is left.
const (
	soonOver     = 21 * 24 * time.Hour
	soonOverPart = 4 // of its whole time, for those that are made for days
)

// judge says what to think of a certificate that was shown for host.
func (codes certificateCodes) judge(key, host string, shown certificate.Shown, now time.Time) Finding {
	f := Finding{Key: key, Tried: "the certificate of " + host, Seen: about(shown, now)}
	var (
		wrongName   x509.HostnameError
		invalid     x509.CertificateInvalidError
		unknownRoot x509.UnknownAuthorityError
	)
	switch {
	case errors.As(shown.Wrong, &wrongName):
		f.Code = codes.name
	case errors.As(shown.Wrong, &invalid) && invalid.Reason == x509.Expired:
		f.Code = codes.dates
	case errors.As(shown.Wrong, &unknownRoot):
		f.Code = codes.chain
	case shown.Wrong != nil:
		f.Code = codes.other
	case overSoon(shown, now):
		f.Code = codes.soon
	default:
		f.Code = codes.good
	}
	if shown.Wrong != nil {
		f.Seen = shown.Wrong.Error() + " (" + f.Seen + ")"
	}
	return f
}

// overSoon tells whether a certificate will expire before long.
func overSoon(shown certificate.Shown, now time.Time) bool {
	for _, c := range shown.Chain {
		if left := c.NotAfter.Sub(now); left < soonOver && left < c.NotAfter.Sub(c.NotBefore)/soonOverPart {
			return true
		}
	}
	return false
}

// about is who a certificate says that it is of, by whom, and until when.
func about(shown certificate.Shown, now time.Time) string {
	if len(shown.Chain) == 0 {
		return "none was shown"
	}
	leaf := shown.Chain[0]
	return fmt.Sprintf("for %s, issued by %q, until %s: %s", strings.Join(shown.Names(), ", "), leaf.Issuer.String(),
		shown.Until().Format(time.DateOnly), left(shown.Until().Sub(now)))
}

// left is a time that is left, or over, in days.
func left(d time.Duration) string {
	days := int(d.Abs() / (24 * time.Hour))
	switch {
	case d < 0:
		return fmt.Sprintf("%d days ago", days)
	case days == 1:
		return "1 day left"
	}
	return fmt.Sprintf("%d days left", days)
}

// host is the name or address in HOST:PORT.
func host(address string) string {
	h, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return h
}
