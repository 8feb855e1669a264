package web

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"ssprd/internal/want"
)

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (p Portal) Check(report func(key, want string)) {
	report("public_url", WrongOrigin(p.PublicURL, "the portal's"))
	report("login_url", want.WebURL(p.LoginURL))
	if p.Name == "" {
		report("name", want.Got("", "the name of the portal, as pages and mail show it"))
	}
	p.checkLanguages(report)
	if p.Theme != "" {
		report("theme", want.Folder(p.Theme))
	}
	if p.LegalURL != "" {
		report("legal_url", want.WebURL(p.LegalURL))
	}
	p.Accessibility.check(p.Languages, func(key, want string) { report(join("accessibility", key), want) })
}

// WrongOrigin wants an origin (RFC 6454): the portal, or the helpdesk, serves one Host, from its root, over TLS, its own or a
// proxy's (R26). On this machine it may be http, where browsers keep Secure cookies all the same. It says what was wanted, or "".
func WrongOrigin(value, whose string) string {
	wanted := whose + " own address, https://HOST, without a path"
	if wrong := want.WebURL(value); wrong != "" {
		return wrong
	}
	u, err := url.Parse(value)
	if err != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return want.Got(value, wanted)
	}
	if host := u.Hostname(); strings.HasSuffix(host, ".") || strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		return want.Got(value, wanted+", as browsers send it: in ASCII (xn--…), without a last dot")
	}
	if u.Scheme != "https" && !want.Loopback(u.Hostname()) {
		return want.Got(value, wanted+": http is for loopback addresses only")
	}
	return ""
}

func (p Portal) checkLanguages(report func(key, want string)) {
	if len(p.Languages) == 0 {
		report("languages", want.Got("", "at least one language, such as fr"))
	}
	for i, l := range p.Languages {
		key := fmt.Sprintf("languages[%d]", i)
		switch {
		case !isLanguage(l):
			report(key, want.Got(l, "a language tag in lower case (BCP 47), such as fr"))
		case slices.Index(p.Languages, l) < i:
			report(key, fmt.Sprintf("%q: named twice", l))
		}
	}
}

// isLanguage wants lower case, for that is what the keys of texts are once they have been read.
func isLanguage(tag string) bool {
	_, err := language.Parse(tag)
	return err == nil && tag == strings.ToLower(tag) && !strings.Contains(tag, "_")
}

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (s Server) Check(report func(key, want string)) {
	report("listen", want.Listen(s.Listen))
	report("operations", s.wrongOperations())
	report("drain", want.Between(s.Drain, 0, time.Minute))
	s.TLS.check(report)
	for i, p := range s.TrustedProxies {
		report(fmt.Sprintf("trusted_proxies[%d]", i), want.CIDR(p))
	}
}

func (s Server) wrongOperations() string {
	if s.Operations == "" {
		return "" // no such listener
	}
	if s.Operations == s.Listen && !strings.HasSuffix(s.Listen, ":0") {
		return want.Got(s.Operations, "another address than that of listen, which is for visitors")
	}
	return want.Listen(s.Operations)
}

// WrongProxies says what is wrong with trusted_proxies where visitors can only come by way of a proxy: with an https
// address and no certificate of its own, the portal has one before it. Unless it is named, all visitors are one client,
// and the limits of one client hold for everybody together (R60). A portal can run so, and `ssprd check` refuses it.
func (s Server) WrongProxies(p Portal) string {
	if !strings.HasPrefix(p.PublicURL, "https:") || s.TLS != (TLS{}) || len(s.TrustedProxies) > 0 {
		return ""
	}
	return want.Got("", "the network of the proxy that does TLS, such as 10.0.0.5/32: without it all visitors share the limits of one client")
}

func (t TLS) check(report func(key, want string)) {
	switch {
	case t == TLS{}:
		return
	case t.CertificateFile == "":
		report("tls.certificate_file", want.Got("", "the certificate, as there is a key_file"))
		return
	case t.KeyFile == "":
		report("tls.key_file", want.Got("", "the key, as there is a certificate_file"))
		return
	}
	certificates, key := want.Certificates(t.CertificateFile), want.Secret(t.KeyFile)
	report("tls.certificate_file", certificates)
	report("tls.key_file", key)
	if certificates == "" && key == "" {
		if _, err := tls.LoadX509KeyPair(t.CertificateFile, t.KeyFile); err != nil {
			report("tls.key_file", "wanted the key of certificate_file: "+err.Error())
		}
	}
}

// Check reports the languages that t lacks, at the key "", and keys that are no languages.
func (t Text) Check(languages []string, report func(key, want string)) {
	for l := range t {
		if l != "" && !isLanguage(l) {
			report(l, want.Got(l, "a language tag (BCP 47), such as fr"))
		}
	}
	var lacks []string
	for _, l := range languages {
		if strings.TrimSpace(t.In(l)) == "" {
			lacks = append(lacks, l)
		}
	}
	if len(lacks) > 0 {
		report("", "missing: wanted a text in "+strings.Join(lacks, ", ")+", or one text for every language")
	}
}

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (l Link) Check(report func(key, want string)) { report("url", want.WebURL(l.URL)) }

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine. A text may be left out; one
// that is there must be in the first of languages.
func (s Support) Check(languages []string, report func(key, want string)) {
	if len(s.Text) == 0 && s.Phone == "" && s.Mail == "" && s.URL == "" {
		report("", "missing: wanted a text, phone, mail or url")
	}
	if len(s.Text) > 0 {
		s.Text.Check(languages[:min(1, len(languages))], func(key, want string) { report(join("text", key), want) })
	}
	if s.Mail != "" {
		report("mail", want.Mail(s.Mail))
	}
	if s.URL != "" {
		report("url", want.WebURL(s.URL))
	}
}

func join(prefix, key string) string {
	return strings.TrimSuffix(prefix+"."+key, ".")
}
