package attack

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
)

// record is everything secret that has gone through a portal, by what it is, and the pages that it has shown.
type record struct {
	mu      sync.Mutex
	secrets map[string]string
	pages   map[string]bool
	away    []string // where redirects led, apart from the portal's own pages
}

func (s *Site) keepSecret(what, secret string) {
	if len(secret) < 6 {
		return
	}
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	if s.known.secrets == nil {
		s.known.secrets, s.known.pages = map[string]string{}, map[string]bool{}
	}
	s.known.secrets[secret] = what
}

// hiddenValue is the value of the hidden field of each form, and spoken the code that an agent reads out: what alone on a page
// is a secret.
var (
	hiddenValue = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="form"[^>]*value="([^"]*)"`)
	once        = regexp.MustCompile(`<input[^>]*name="once"[^>]*>`) // no secret, and another one on each page
	spoken      = regexp.MustCompile(`class="spoken[^>]*>(.*?)</(?:p|div)>`)
)

// Dictated is the code that a page shows to an agent, in digits alone; "" if it shows none.
func (a Answer) Dictated() string {
	match := spoken.FindStringSubmatch(a.Body)
	if match == nil {
		return ""
	}
	return digits(match[1])
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// note keeps what an answer holds: cookies and tokens as secrets, its text to look for others in.
func (s *Site) note(a Answer) {
	for _, cookie := range (&http.Response{Header: a.Header}).Cookies() {
		s.keepSecret("session cookie", cookie.Value)
	}
	for _, match := range hiddenValue.FindAllStringSubmatch(a.Body, -1) {
		s.keepSecret("form token", match[1])
	}
	s.keepSecret("dictated code", a.Dictated())
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	if s.known.pages != nil {
		text := a.Body
		for _, own := range []*regexp.Regexp{hiddenValue, once, spoken} {
			text = own.ReplaceAllString(text, "")
		}
		s.known.pages[text] = true
	}
	to := a.To()
	if to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
		s.known.away = append(s.known.away, to)
	}
}

// secrets looks for everything secret in everything that lasts: it comes after the other attacks of a site.
var secrets = Attack{
	Holds: "R57", Name: "secrets", Tried: "all secrets of the above, looked for in log, audit, state, mails and pages",
	Run: func(s *Site) (o Outcome) {
		counts := map[string]int{}
		for _, m := range s.Sink.Messages() { // codes that nobody has read yet
			s.Codes(m.To[0])
			s.deskCodes(m)
		}
		for _, what := range s.known.secrets {
			counts[what]++
		}
		look := needlesOf(s.known.secrets)
		for place, text := range s.places() {
			o.Tries += len(s.known.secrets)
			for secret, at := range look.in(text) {
				what := s.known.secrets[secret]
				o.Want(what == "code" && place == "mails", "a %s stands in the %s: %s in %q", what, place, secret, text[max(0, at-80):min(len(text), at+80)])
			}
		}
		o.Say("none of %d cookies, %d form tokens, %d codes, %d dictated ones, %d passwords, 1 bind password", counts["session cookie"],
			counts["form token"], counts["code"], counts["dictated code"], counts["password"])
		return o
	},
}

// moment is the time of a log line or an audit line, and a change number of the directory: digits that are no code.
var moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+|\d{14}\.\d{6}Z#[0-9a-f#]+`)

// places are the texts in which nothing secret may stand.
func (s *Site) places() map[string]string {
	places := map[string]string{"log": moment.ReplaceAllString(s.Log(), "")}
	for i, name := range []string{"state file", "audit record"} {
		b, err := os.ReadFile(s.files[i])
		if err != nil {
			s.t.Fatal(err)
		}
		places[name] = string(b)
	}
	places["audit record"] = moment.ReplaceAllString(places["audit record"], "")
	var mails, pages strings.Builder
	for _, m := range s.Sink.Messages() {
		mails.WriteString(m.Raw + m.Text + m.HTML)
	}
	for page := range s.known.pages {
		pages.WriteString(page)
	}
	places["mails"], places["pages"] = mails.String(), moment.ReplaceAllString(pages.String(), "")
	return places
}

// prefix is how many bytes of a secret are looked up at each place of a text: a text is read once, however many secrets
// there are.
const prefix = 6

// needles are secrets in all the forms that programs print, by their first bytes.
type needles map[string][]needle

type needle struct{ form, secret string }

func needlesOf(secrets map[string]string) needles {
	n := needles{}
	for secret, what := range secrets {
		forms := []string{secret, url.QueryEscape(secret), hex.EncodeToString([]byte(secret)),
			base64.StdEncoding.EncodeToString([]byte(secret))}
		if strings.HasSuffix(what, "code") {
			forms = []string{secret}
			for _, between := range []string{" ", "\u00a0", "\u202f"} {
				forms = append(forms, grouped(secret, between))
			}
		}
		for _, form := range forms {
			n[form[:prefix]] = append(n[form[:prefix]], needle{form, secret})
		}
	}
	return n
}

// grouped is a code as it is written.
func grouped(code, between string) string {
	var groups []string
	for ; len(code) > 3; code = code[3:] {
		groups = append(groups, code[:3])
	}
	return strings.Join(append(groups, code), between)
}

// in gives the secrets that stand in a text, each with a place of it. Digits count only where they stand alone: six of them are in many a number.
func (n needles) in(text string) map[string]int {
	found := map[string]int{}
	for i := 0; i+prefix <= len(text); i++ {
		for _, needle := range n[text[i:i+prefix]] {
			end := i + len(needle.form)
			if strings.HasPrefix(text[i:], needle.form) && (len(needle.secret) > prefix || alone(text, i, end)) {
				found[needle.secret] = i
			}
		}
	}
	return found
}

func alone(text string, start, end int) bool {
	return (start == 0 || !part(text[start-1])) && (end == len(text) || !part(text[end]))
}

// part tells whether a byte makes the digits beside it a part of something longer.
func part(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '#' || c == '.' || c == ':'
}
