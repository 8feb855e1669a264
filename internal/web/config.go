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
	PublicURL     string        `mapstructure:"public_url"` // the one origin served, and the base of every link in mail
	LoginURL      string        `mapstructure:"login_url"`  // where « Continuer » leads
	Name          string        `mapstructure:"name"`
	Organisation  string        `mapstructure:"organisation"`
	Languages     []string      `mapstructure:"languages"` // the first is the default
	Theme         string        `mapstructure:"theme"`     // a folder laid over the built-in pages
	LegalURL      string        `mapstructure:"legal_url"`
	Accessibility Accessibility `mapstructure:"accessibility"`
}

// Server is the section `server` of the configuration.
type Server struct {
	Listen         string        `mapstructure:"listen"`
	TLS            TLS           `mapstructure:"tls"`
	TrustedProxies []string      `mapstructure:"trusted_proxies"` // CIDRs; nobody else may name a client's address
	Operations     string        `mapstructure:"operations"`      // /livez, /readyz, and what `ssprd reopen` asks; never on the public listener; empty: none of them
	Drain          time.Duration `mapstructure:"drain"`           // how long requests are still served at the stop, while /readyz says that it comes
}

// TLS names the certificate of the public listener; empty behind a proxy that does TLS.
type TLS struct {
	CertificateFile string `mapstructure:"certificate_file"`
	KeyFile         string `mapstructure:"key_file"`
}

// Support is what a population without a reset shows: whom to call.
type Support struct {
	Text  Text   `mapstructure:"text"`
	Phone string `mapstructure:"phone"`
	Mail  string `mapstructure:"mail"`
	URL   string `mapstructure:"url"`
}

// Link leads a population to another site.
type Link struct {
	URL string `mapstructure:"url"`
}
