package policy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// minToken is the length from which a part of a name counts. It is Active Directory's own limit (MS-SAMR 3.1.1.7.2),
// and keeps "de" and "la" out.
const minToken = 3

// separators are where Active Directory splits a display name into tokens: , . - _ space # tab (MS-SAMR 3.1.1.7.2). No-break
// spaces and apostrophes are added, which French names have.
const separators = ",.-_ #\t\u00a0\u202f'’"

// identity gives the parts of a person's words that must not be in a password, folded: each word whole, and its
// tokens. Of a mail address the part before the @ counts alone, since "org" or the employer's name is nobody's own.
func identity(who []string) []string {
	var parts []string
	for _, word := range who {
		local, _, _ := strings.Cut(word, "@")
		split := strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune(separators, r) })
		for _, part := range slices.Compact(append(split, local, word)) {
			if part = fold(strings.TrimSpace(part)); utf8.RuneCountInString(part) >= minToken {
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// minOwn is the length from which a part of the portal's names counts. It is longer than minToken: these names are the
// same for everybody, and whoever has "mes" or "aide" in a password has not thought of the portal.
const minOwn = 5

// general are words of many names that point to no place, and stand in many good passphrases.
var general = []string{"centre", "compte", "grand", "grande", "haute", "maison", "notre", "nouveau", "nouvelle", "petit", "petite", "saint",
	"sainte", "service", "services", "ville", "votre", "department", "office", "portal", "public"}

// OwnWords are the words by which a portal and its organisation are known: each name whole, with and without what stands
// between its words, and each word of it that is long enough and not general. The name of the host is left out: its
// parts are general (www, motdepasse, org), or stand in the name of the organisation.
func OwnWords(names ...string) (own []string) {
	for _, name := range names {
		words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(separators, r) })
		whole := []string{strings.TrimSpace(name), strings.Join(words, "")}
		words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(general, fold(w)) })
		for _, w := range append(whole, words...) {
			if utf8.RuneCountInString(fold(w)) >= minOwn && !slices.Contains(own, w) {
				own = append(own, w)
			}
		}
	}
	return own
}

// foldAll folds words and leaves out the empty ones, which every password would contain.
func foldAll(words []string) []string {
	var folded []string
	for _, w := range words {
		if w = fold(strings.TrimSpace(w)); w != "" {
			folded = append(folded, w)
		}
	}
	return folded
}

// fold gives the text without case, accents and other marks, so that "HÉLÈNE" and "helene" are the same word.
func fold(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return strings.ToLower(s) // most words and passwords, in a tenth of the time
	}
	drop := func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return unicode.ToLower(r)
	}
	// Twice, because the lower case of a letter may itself decompose: İ gives i with a dot above.
	return strings.Map(drop, norm.NFKD.String(strings.ToLower(norm.NFKD.String(s))))
}

// foldRunes folds each character to exactly one, so that positions stay those of the password.
func foldRunes(password []rune) []rune {
	folded := make([]rune, len(password))
	for i, r := range password {
		folded[i] = r
		if first, _ := utf8.DecodeRuneInString(fold(string(r))); first != utf8.RuneError {
			folded[i] = first
		}
	}
	return folded
}
