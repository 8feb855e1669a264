package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
)

// secret is something that was let into the portal, or out of it to one person.
type secret struct {
	what, value string
	page        *browser // the visitor whose pages may show it; nil: no page
	mail        string   // the address to which one mail brings it; empty: no mail
	once        string   // the one output that shows it, and no other of the same visitor; empty: none
}

// output is something that came out.
type output struct {
	what    string
	content []byte
	page    *browser // whose page it is
	mail    string   // to whom it was mailed
}

// ledger holds both.
type ledger struct {
	mu      sync.Mutex
	secrets map[string]secret // by value
	outputs []output
}

func (l *ledger) add(s secret) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.secrets[s.value]; s.value != "" && (!ok || known.page == nil && s.page != nil) {
		l.secrets[s.value] = s
	}
	return s.value
}

func (l *ledger) put(o output) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outputs = append(l.outputs, o)
}

// may tells whether an output may have a secret in it.
func (o output) may(s secret) bool {
	return s.page != nil && s.page == o.page || s.mail != "" && strings.EqualFold(s.mail, o.mail) || s.once != "" && s.once == o.what
}

// piece is what has come out, in one place or in several: pages have most of their lines in common, and each is read once.
type piece struct {
	content []byte
	of      []output
}

func (l *ledger) pieces() (all []*piece) {
	lines := map[string]*piece{}
	for _, o := range l.outputs {
		if o.page == nil {
			all = append(all, &piece{o.content, []output{o}})
			continue
		}
		for line := range bytes.Lines(o.content) {
			p, known := lines[string(line)]
			if !known {
				p = &piece{content: line}
				lines[string(line)] = p
				all = append(all, p)
			}
			p.of = append(p.of, o)
		}
	}
	return all
}

// leaks are the places where a secret stands and must not.
func (l *ledger) leaks() (found []string) {
	pieces := l.pieces()
	var all [][]byte
	for _, p := range pieces {
		all = append(all, p.content)
	}
	whole := bytes.Join(all, []byte("\n"))
	for _, s := range l.secrets {
		forms := forms(s.value)
		maps.DeleteFunc(forms, func(_ string, text []byte) bool { return index(whole, text) < 0 })
		for _, p := range pieces {
			for form, text := range forms {
				i := index(p.content, text)
				if i < 0 {
					continue
				}
				around := p.content[max(0, i-100):min(len(p.content), i+len(text)+20)]
				for _, o := range p.of {
					if !o.may(s) {
						found = append(found, fmt.Sprintf("%s (%q, %s) stands in %s: %q", s.what, s.value, form, o.what, around))
					}
				}
				break // one form will do
			}
		}
	}
	return found
}

// index is where a text stands. A few digits are in many a number: they count where they stand alone.
func index(content, text []byte) int {
	if len(text) >= shortest {
		return bytes.Index(content, text)
	}
	for from := 0; ; {
		i := bytes.Index(content[from:], text)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(text)
		if (i == 0 || !part(content[i-1])) && (end == len(content) || !part(content[end])) {
			return i
		}
		from = end
	}
}

// part tells whether a byte makes the digits beside it a part of something longer: a number, a time, a digest.
func part(c byte) bool {
	return c == '.' || c == ':' || c == '#' || c >= 0x80 || unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))
}

// shortest is what is too long to be somewhere by chance, in bytes.
const shortest = 8

// forms are those in which a text travels.
func forms(value string) map[string][]byte {
	quoted, _ := json.Marshal(value) // of a string it does not fail
	utf16le := new(bytes.Buffer)
	for _, unit := range utf16.Encode([]rune(value)) {
		utf16le.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	all := map[string][]byte{
		"plain": []byte(value), "in lower case": []byte(strings.ToLower(value)), "in upper case": []byte(strings.ToUpper(value)),
		"of a query": []byte(url.QueryEscape(value)), "of a path": []byte(url.PathEscape(value)),
		"of JSON": bytes.Trim(quoted, `"`), "of Go": []byte(strings.Trim(strconv.Quote(value), `"`)),
		"of ASCII alone": []byte(strings.Trim(strconv.QuoteToASCII(value), `"`)), "of HTML": []byte(html.EscapeString(value)),
		"in hexadecimal": []byte(hex.EncodeToString([]byte(value))), "in HEXADECIMAL": []byte(strings.ToUpper(hex.EncodeToString([]byte(value)))),
		"UTF-16": utf16le.Bytes(), "UTF-16 in hexadecimal": []byte(hex.EncodeToString(utf16le.Bytes())),
		"as numbers": []byte(strings.Trim(fmt.Sprint([]byte(value)), "[]")), // how fmt prints bytes
	}
	for name, b := range map[string][]byte{"": []byte(value), " of UTF-16": utf16le.Bytes()} {
		for shift := range 3 {
			all[fmt.Sprintf("base64%s, shifted by %d", name, shift)] = inBase64(b, shift, base64.RawStdEncoding)
			all[fmt.Sprintf("base64url%s, shifted by %d", name, shift)] = inBase64(b, shift, base64.RawURLEncoding)
		}
	}
	for name, text := range all {
		if len(text) < shortest && name != "plain" { // what is left of it is too short to be recognised
			delete(all, name)
		}
	}
	return all
}

// inBase64 is what is always the same of a text in base64, wherever in it the text begins.
func inBase64(value []byte, shift int, encoding *base64.Encoding) []byte {
	whole := encoding.EncodeToString(append(make([]byte, shift), value...))
	from := []int{0, 2, 3}[shift]
	to := len(whole)
	if (shift+len(value))%3 != 0 {
		to--
	}
	return []byte(whole[from:max(from, to)])
}

// dense is a text without its white space: a code is written in groups.
func dense(text []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}
