package theme

import (
	"fmt"
	"slices"
	"strings"
)

// sheet is what a style sheet says, as far as the checks need it.
type sheet struct {
	declarations []declaration
	imports      []int // lines of @import
}

// declaration is PROPERTY: VALUE within some rules, the outermost first.
type declaration struct {
	property, value string
	within          []string // as "@media (prefers-color-scheme: dark)", ":root"
	line            int
}

// parseCSS reads a style sheet (CSS Syntax Level 3, as far as braces, strings, comments and declarations go), and reports
// what leaves something open.
func parseCSS(text string, report func(line int, wrong string)) sheet {
	p := &cssParser{text: text, line: 1, report: report}
	p.parse()
	return p.sheet
}

// deepest is how far braces and parentheses may stand within each other. No style needs more, and what looks at each of
// them is bounded by it.
const deepest = 32

type cssParser struct {
	sheet
	text    string
	at      int
	line    int
	report  func(line int, wrong string)
	within  []string
	opened  []int           // the lines of the braces that are open
	current strings.Builder // what was read since the last ; or brace, without comments
	begun   int             // its line
}

func (p *cssParser) parse() {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case strings.HasPrefix(p.text[p.at:], "/*"):
			p.comment()
		case c == '"', c == '\'':
			p.quoted(c)
		case c == '(':
			p.parenthesis()
		case c == '{' && len(p.opened) == deepest:
			p.report(p.line, fmt.Sprintf("more than %d { within each other: the rest is not looked at", deepest))
			return
		case c == '{':
			p.within = append(p.within, p.taken())
			p.opened = append(p.opened, p.line)
			p.at++
		case c == '}':
			p.end()
			p.close()
			p.at++
		case c == ';':
			p.end()
			p.at++
		default:
			p.escape(c, p.line)
			p.take(1)
		}
	}
	if len(p.opened) > 0 {
		p.report(p.opened[len(p.opened)-1], "this { is never closed")
	} else if rest := p.taken(); rest != "" {
		p.report(p.begun, "this is no rule: wanted SELECTOR { … }")
	}
}

// take adds the next n bytes to what is being read.
func (p *cssParser) take(n int) {
	part := p.text[p.at : p.at+n]
	if p.current.Len() == 0 {
		p.begun = p.line
		if strings.TrimSpace(part) == "" {
			part = ""
		}
	}
	p.current.WriteString(part)
	p.line += strings.Count(p.text[p.at:p.at+n], "\n")
	p.at += n
}

func (p *cssParser) taken() string {
	text := strings.TrimSpace(p.current.String())
	p.current.Reset()
	return text
}

func (p *cssParser) comment() {
	length := strings.Index(p.text[p.at+2:], "*/")
	if length < 0 {
		p.report(p.line, "this comment is never closed")
		length = len(p.text) - p.at - 4
	}
	p.line += strings.Count(p.text[p.at:min(p.at+length+4, len(p.text))], "\n")
	p.at = min(p.at+length+4, len(p.text))
}

// quoted reads a string, which ends on its line.
func (p *cssParser) quoted(quote byte) {
	for i := p.at + 1; i < len(p.text); i++ {
		switch p.text[i] {
		case '\\':
			i++
		case quote:
			p.take(i + 1 - p.at)
			return
		case '\n':
			p.report(p.line, "this string is never closed")
			p.take(i - p.at)
			return
		}
	}
	p.report(p.line, "this string is never closed")
	p.take(len(p.text) - p.at)
}

// escape tells of a backslash outside of a string, by which @\69mport would be @import and nobody would see it.
func (p *cssParser) escape(c byte, line int) {
	if c == '\\' {
		p.report(line, `a \ outside of quotes is not allowed here: wanted the sign itself`)
	}
}

// parenthesis reads up to the other one: an address in url() may have ; or a quote in it.
func (p *cssParser) parenthesis() {
	depth, deep := 0, 0
	for i := p.at; i < len(p.text); i++ {
		switch c := p.text[i]; c {
		case '"', '\'':
			if length := strings.IndexByte(p.text[i+1:], c); length >= 0 {
				i += length + 1
			}
		case '(':
			depth++
			deep = max(deep, depth)
		case ')':
			depth--
		case '\\':
			p.escape(c, p.line+strings.Count(p.text[p.at:i], "\n"))
		case '{', '}':
			p.report(p.line, "this ( is never closed")
			p.take(i - p.at)
			return
		}
		if depth > 0 {
			continue
		}
		if deep > deepest {
			p.report(p.line, fmt.Sprintf("more than %d ( within each other are not looked at", deepest))
			p.at = i // but for the last )
		}
		p.take(i + 1 - p.at)
		return
	}
	p.report(p.line, "this ( is never closed")
	p.take(len(p.text) - p.at)
}

// end is the end of a declaration, or of an at-rule without braces.
func (p *cssParser) end() {
	text := p.taken()
	if text == "" {
		return
	}
	if strings.HasPrefix(text, "@") {
		if strings.HasPrefix(strings.ToLower(text), "@import") {
			p.imports = append(p.imports, p.begun)
		}
		return
	}
	property, value, ok := strings.Cut(text, ":")
	switch {
	case !ok:
		p.report(p.begun, "this is no declaration: wanted PROPERTY: VALUE")
	case len(p.within) == 0:
		p.report(p.begun, "this stands outside of a rule: wanted :root { … } around it")
	default:
		p.declarations = append(p.declarations, declaration{
			strings.TrimSpace(property), strings.TrimSpace(value), slices.Clone(p.within), p.begun})
	}
}

func (p *cssParser) close() {
	if len(p.opened) == 0 {
		p.report(p.line, "this } closes nothing")
		return
	}
	p.within, p.opened = p.within[:len(p.within)-1], p.opened[:len(p.opened)-1]
}

// functions are the arguments of every NAME(…) in a value, as written.
func functions(value, name string) (arguments []string) {
	var open []int // for each parenthesis that is open the number of its argument, or -1
	var begun []int
	for i := range len(value) {
		switch {
		case value[i] == '(' && endsIn(value[:i], name):
			open = append(open, len(arguments))
			arguments, begun = append(arguments, value[i+1:]), append(begun, i+1)
		case value[i] == '(':
			open = append(open, -1)
		case value[i] == ')' && len(open) > 0:
			if n := open[len(open)-1]; n >= 0 {
				arguments[n] = value[begun[n]:i]
			}
			open = open[:len(open)-1]
		}
	}
	for i, a := range arguments {
		arguments[i] = strings.TrimSpace(a)
	}
	return arguments
}

// endsIn tells whether the text ends in the name, which is one in upper case as well.
func endsIn(text, name string) bool {
	return len(text) >= len(name) && strings.EqualFold(text[len(text)-len(name):], name)
}
