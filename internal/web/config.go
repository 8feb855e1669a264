package web

import "time"

// Text is one sentence in every language of the portal: the key is a language, or "" for the text that serves where no
// other does.
type Text map[string]string

// In gives the text in lang, else the one for every language, else none.
func (t Text) In(lang string) string {
	if s, ok := t[lang]; ok {
		return s
	}
	return t[""]
}

// Portal is the section `portal` of the configuration.
type Portal struct {
	// its own address: the one host that is served, and the base of every link in mail
	PublicURL     string        `mapstructure:"public_url"`
	LoginURL      string        `mapstructure:"login_url"`     // where people sign in: the last page leads there
	Name          string        `mapstructure:"name"`          // what pages and mails call it
	Organisation  string        `mapstructure:"organisation"`  // whose it is: in the head of the pages, and in mails
	Languages     []string      `mapstructure:"languages"`     // the first is for whoever prefers none of them
	Theme         string        `mapstructure:"theme"`         // a folder laid over the built-in pages (docs/themes.md); empty: none
	LegalURL      string        `mapstructure:"legal_url"`     // the legal notice, which the foot of the pages leads to; empty: none
	Accessibility Accessibility `mapstructure:"accessibility"` // the statement of accessibility that the law asks of a public body
}

// Server is the section `server` of the configuration.
type Server struct {
	Listen         string   `mapstructure:"listen"`          // where visitors, or the proxy before them, connect
	TLS            TLS      `mapstructure:"tls"`             // its certificate, where no proxy does TLS
	TrustedProxies []string `mapstructure:"trusted_proxies"` // the networks of proxies: nobody else may name the address of a client
	// /livez, /readyz, /metrics, and what `ssprd reopen` asks; never on the public listener; empty: none of them
	Operations string `mapstructure:"operations"`
	// how long requests are still served at the stop, while /readyz says that it comes
	Drain time.Duration `mapstructure:"drain"`
}

// TLS names the certificate of the public listener; empty behind a proxy that does TLS.
type TLS struct {
	// in PEM, with the certificates between it and its authority; with key_file, or neither
	CertificateFile string `mapstructure:"certificate_file"`
	KeyFile         string `mapstructure:"key_file"` // in PEM; readable for ssprd alone
}

// Support is what a population without a reset shows: whom to call.
type Support struct {
	Text  Text   `mapstructure:"text"`  // whom to ask, and when; at least in the first language
	Phone string `mapstructure:"phone"` // a telephone number, as it is shown
	Mail  string `mapstructure:"mail"`  // a mail address
	URL   string `mapstructure:"url"`   // the address of a site
}

// Link leads a population to another site.
type Link struct {
	URL string `mapstructure:"url"` // where it leads
}
