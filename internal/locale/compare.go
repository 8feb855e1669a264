package locale

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"

	"ssprd/internal/theme"
	"ssprd/internal/want"
)

// compare holds a theme's file to the built-in languages: a sentence that nothing asks for is a misspelling, one without
// its placeholder or with another would end the page that says it, and a language of the theme's own has every sentence.
func (l *Locale) compare(files fs.FS, file theme.File, messages map[string]message, wrong *theme.Mistakes) {
	like, err := l.like(files)
	if err != nil {
		return // a portal without any language is told elsewhere
	}
	l.known(files, file, messages, like, wrong)
	for _, key := range slices.Sorted(maps.Keys(messages)) {
		m := messages[key]
		if m.other == nil {
			continue // told already
		}
		other, ok := like.message(key)
		if ok {
			for _, text := range m.differs(other) {
				wrong.Add(file.Place, m.line, "%s: %s", key, text)
			}
		}
		if text := l.wrongForms(m, other.counts); text != "" {
			wrong.Add(file.Place, m.line, "%s: %s", key, text)
		}
		if key == "date.months" && len(strings.Fields(m.literal())) != 12 {
			wrong.Add(file.Place, m.line, "%s: wanted the twelve months, a word each", key)
		}
	}
	if len(l.messages) > 0 {
		return // a built-in language: what the theme leaves out stays
	}
	complete := &Locale{messages: map[string]*entry{}}
	complete.add(messages)
	if lacks := complete.lacks(like.Keys()); len(lacks) > 0 {
		wrong.Add(file.Place, 0, "%s", lacking(lacks))
	}
}

// like is the built-in language that l is held to: itself, or the first one where the theme brings l.
func (l *Locale) like(files fs.FS) (*Locale, error) {
	if len(l.messages) > 0 {
		return l, nil
	}
	builtIn := theme.BuiltIn(files)
	names, err := fs.Glob(builtIn, "locales/*.yaml")
	if err != nil || len(names) == 0 {
		return nil, fs.ErrNotExist
	}
	return Load(builtIn, strings.TrimSuffix(path.Base(names[0]), ".yaml"))
}

// known tells of keys that neither the built-in languages nor the templates know.
func (l *Locale) known(files fs.FS, file theme.File, messages map[string]message, like *Locale, wrong *theme.Mistakes) {
	var strange []string
	for key := range messages {
		if _, ok := like.messages[key]; !ok {
			strange = append(strange, key)
		}
	}
	if len(strange) == 0 {
		return
	}
	uses := UsesOf(files)
	for _, key := range strange {
		if slices.Contains(uses.Keys, key) || slices.ContainsFunc(uses.Families, func(f string) bool {
			return strings.HasPrefix(key, f+".") && !like.hasFamily(f)
		}) {
			continue
		}
		wrong.Add(file.Place, messages[key].line, "%s: nothing says this sentence%s", key, want.Meant(key, like.Keys()))
	}
}

// hasFamily tells whether there are messages FAMILY.WORD.
func (l *Locale) hasFamily(family string) bool {
	for key := range l.messages {
		if strings.HasPrefix(key, family+".") {
			return true
		}
	}
	return false
}

// differs tells where the placeholders are not those of the built-in message. That of the number may be left out of a
// message that counts: « un essai ».
func (m message) differs(other message) (texts []string) {
	have, wanted := m.names, other.names
	for _, name := range wanted {
		if !slices.Contains(have, name) && (name != "n" || !m.counts) {
			texts = append(texts, fmt.Sprintf("lacks the placeholder {%s}", name))
		}
	}
	for _, name := range have {
		if !slices.Contains(wanted, name) && (name != "n" || !other.counts) {
			texts = append(texts, fmt.Sprintf("has the placeholder {%s}, which nothing fills%s", name, among(wanted)))
		}
	}
	if m.counts && !other.counts {
		texts = append(texts, "has plural forms: wanted one text, since it tells no number")
	}
	return texts
}

func among(names []string) string {
	if len(names) == 0 {
		return ": it has none"
	}
	return ": wanted {" + strings.Join(names, "}, {") + "}"
}

// wrongForms tells which plural forms of the language a message lacks. One too many does no harm.
func (l *Locale) wrongForms(m message, counts bool) string {
	if !m.counts && !counts {
		return ""
	}
	needed := l.plurals()
	var lacks []string
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		if m.form(forms[name]) == nil && slices.Contains(needed, forms[name]) {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) == 0 {
		return ""
	}
	return "lacks the plural forms of this language: " + strings.Join(lacks, ", ")
}

// plurals are the forms that whole numbers take in the language, as far as pages tell them: what only millions have need
// not be there.
func (l *Locale) plurals() (needed []plural.Form) {
	for n := range 200 {
		if f := plural.Cardinal.MatchPlural(l.tag, n, 0, 0, 0, 0); !slices.Contains(needed, f) {
			needed = append(needed, f)
		}
	}
	return needed
}

// literal is the text of a message without placeholders.
func (m message) literal() string {
	var b strings.Builder
	for _, s := range m.other {
		b.WriteString(s.text)
	}
	return b.String()
}

func lacking(keys []string) string {
	return fmt.Sprintf("lacks %d sentences: %s", len(keys), strings.Join(keys, ", "))
}
