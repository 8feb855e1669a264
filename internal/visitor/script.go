package visitor

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// line is one command of a script.
type line struct {
	number int
	text   string   // as written
	words  []string // of which the first is the command
}

// parse splits a script into its commands.
func parse(script string) ([]line, error) {
	var lines []line
	number := 0
	for text := range strings.Lines(script) {
		number++
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		words, err := split(text)
		if err != nil {
			return nil, fmt.Errorf("%d: %s: %w", number, text, err)
		}
		lines = append(lines, line{number, text, words})
	}
	return lines, nil
}

// split gives the words of a line, without the quotes around them.
func split(text string) ([]string, error) {
	var words []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeftFunc(text, unicode.IsSpace) {
		quote := text[:1]
		if quote != `"` && quote != "`" {
			end := strings.IndexFunc(text, unicode.IsSpace)
			if end < 0 {
				end = len(text)
			}
			words, text = append(words, text[:end]), text[end:]
			continue
		}
		word, rest, closed := strings.Cut(text[1:], quote)
		if !closed {
			return nil, errors.New("a quote is not closed")
		}
		words, text = append(words, word), rest
	}
	return words, nil
}

var variable = regexp.MustCompile(`\$[a-z]+`)

// expand replaces each $name in the words.
func expand(words []string, values map[string]string) ([]string, error) {
	var unknown error
	expanded := make([]string, len(words))
	for i, word := range words {
		expanded[i] = variable.ReplaceAllStringFunc(word, func(name string) string {
			value, ok := values[name[1:]]
			if !ok {
				unknown = fmt.Errorf("%s is not known", name)
			}
			return value
		})
	}
	return expanded, unknown
}

// cutUntil splits "COMMAND until [not] TEXT". Without until it gives no condition.
func cutUntil(words []string) (command, condition []string) {
	for i := len(words) - 2; i > 0 && i >= len(words)-3; i-- {
		if words[i] == "until" {
			return words[:i], words[i+1:]
		}
	}
	return words, nil
}
