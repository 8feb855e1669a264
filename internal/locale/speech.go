package locale

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"sync"

	"ssprd/internal/pagecheck"
	"ssprd/internal/theme"
	"ssprd/internal/want"
)

// Speech are the languages of a portal, by which the sentences that templates ask for are judged.
type Speech []*Locale

// LoadAll loads the languages. Those that are wrong are left out, so that nothing else is held to them; the error is a
// theme.Mistakes with everything that is wrong with them.
func LoadAll(files fs.FS, languages []string) (speech Speech, err error) {
	loaded, mistakes := make(Speech, len(languages)), make([]error, len(languages))
	var loading sync.WaitGroup // to read a language takes some milliseconds, all at the start
	for i, lang := range languages {
		loading.Go(func() { loaded[i], mistakes[i] = Load(files, lang) })
	}
	loading.Wait()
	var wrong theme.Mistakes
	for i, err := range mistakes {
		if err == nil {
			speech = append(speech, loaded[i])
		}
		wrong.Join("portal.languages", err)
	}
	return speech, wrong.Err()
}

// Judge tells what is wrong with a call of t, rich or say in a template; "" if nothing is, or if it is no such call.
func (s Speech) Judge(function string, args []pagecheck.Arg) string {
	switch function {
	case "t", "rich":
		key, rest, wrong := literal(function, args)
		if wrong != "" {
			return wrong
		}
		return s.message(key, rest)
	case "say":
		family, rest, wrong := literal(function, args)
		if wrong != "" {
			return wrong
		}
		return s.family(family, rest)
	default:
		return ""
	}
}

// literal takes the key, which stands in the template itself: what is put together at run time cannot be judged.
func literal(function string, args []pagecheck.Arg) (key string, rest []pagecheck.Arg, wrong string) {
	if len(args) == 0 || !args[0].IsText {
		return "", nil, function + " wants a constant key"
	}
	return args[0].Literal, args[1:], ""
}

func (s Speech) message(key string, args []pagecheck.Arg) string {
	names, wrong := namesOf(args)
	if wrong != "" {
		return wrong
	}
	var lacking []string
	for _, l := range s {
		m, ok := l.message(key)
		if !ok {
			lacking = append(lacking, l.lang)
		} else if wrong := m.call(names); wrong != "" {
			return fmt.Sprintf("the sentence %q in %q %s", key, l.lang, wrong)
		}
	}
	if len(lacking) == 0 {
		return ""
	}
	where := ""
	if len(lacking) < len(s) { // one of the theme's own
		where = " in " + strings.Join(lacking, ", ")
	}
	return fmt.Sprintf("there is no sentence %q%s%s", key, where, want.Meant(key, s[0].Keys()))
}

// call tells what is wrong with the values that a message is given.
func (m message) call(names map[string]pagecheck.Arg) string {
	for _, name := range m.names {
		if _, ok := names[name]; !ok {
			return fmt.Sprintf("wants a value for {%s}", name)
		}
	}
	for name := range names {
		if !slices.Contains(m.names, name) && (name != "n" || !m.counts) {
			return fmt.Sprintf("has no {%s}", name)
		}
	}
	if !m.counts {
		return ""
	}
	n, ok := names["n"]
	if !ok {
		return "counts: wanted a value for {n}"
	}
	if n.Type != nil && n.Type != reflect.TypeFor[int]() {
		return "counts: wanted a whole number for {n}"
	}
	return ""
}

// family judges a call of say: the word is known only when the page is shown, so the values are held to all sentences
// of the family together.
func (s Speech) family(family string, args []pagecheck.Arg) string {
	if len(args) == 0 {
		return "say wants a word"
	}
	names, wrong := namesOf(args[1:])
	if wrong != "" {
		return wrong
	}
	for _, l := range s {
		taken := map[string]bool{}
		for key, e := range l.messages {
			if !strings.HasPrefix(key, family+".") {
				continue
			}
			m := e.message()
			taken[""], taken["n"] = true, taken["n"] || m.counts
			for _, name := range m.names {
				taken[name] = true
			}
		}
		if !taken[""] {
			return fmt.Sprintf("say: there are no sentences %s.…%s", family, want.Meant(family, l.families()))
		}
		for name := range names {
			if !taken[name] {
				return fmt.Sprintf("no sentence %s.… has {%s}", family, name)
			}
		}
	}
	return ""
}

// families are the words before the first dot of the keys.
func (l *Locale) families() (all []string) {
	for _, key := range l.Keys() {
		if f, _, found := strings.Cut(key, "."); found && !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

// namesOf pairs the names of placeholders with their values.
func namesOf(args []pagecheck.Arg) (names map[string]pagecheck.Arg, wrong string) {
	names = map[string]pagecheck.Arg{}
	if len(args)%2 != 0 {
		return nil, "wanted values by name: \"name\" .Name"
	}
	for i := 0; i < len(args); i += 2 {
		if !args[i].IsText {
			return nil, "wanted the name of a placeholder before its value: \"name\" .Name"
		}
		names[args[i].Literal] = args[i+1]
	}
	return names, ""
}
