package web

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hidden stands for any number of characters, so that a mask does not tell how many.
const hidden = "…"

// MaskIdentifier shows of an identifier as much as its owner needs to know it again, and never more than its first and
// last character (R51): « c…d », and « c…@… » where the identifier is a mail address. Short ones are hidden: one of
// three letters with one of them shown is a guess away.
func MaskIdentifier(identifier string) string {
	letters := split(identifier)
	if at := lastIndex(letters, "@"); at >= 0 {
		return maskStart(letters[:at]) + "@" + hidden
	}
	if len(letters) < 6 {
		return maskStart(letters)
	}
	return letters[0] + hidden + letters[len(letters)-1]
}

// MaskMail shows of an address its first character and the end of its domain: « c…@…mail.com ». Of the label before
// the last at most four characters are shown, and never the whole domain. What is no address is masked as an
// identifier.
func MaskMail(address string) string {
	letters := split(address)
	at := lastIndex(letters, "@")
	if at < 0 {
		return MaskIdentifier(address)
	}
	return maskStart(letters[:at]) + "@" + hidden + domainEnd(letters[at+1:])
}

// MaskName shows the first word of a name and the first letter of each other: « Camille D… ». It is for the person who
// has proved to read the mailbox and is to recognise their own account among those that share it (R6); letters alone
// would make two accounts of one lycée look alike.
func MaskName(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		if i > 0 || len(words) == 1 {
			words[i] = initial(w)
		}
	}
	return strings.Join(words, " ")
}

func initial(word string) string {
	if letters := split(word); len(letters) > 0 {
		return letters[0] + hidden
	}
	return hidden
}

func maskStart(letters []string) string {
	if len(letters) < 4 {
		return hidden
	}
	return letters[0] + hidden
}

// domainEnd gives the last label with up to four characters of the one before, less the domain's first character.
func domainEnd(domain []string) string {
	dot := lastIndex(domain, ".")
	if dot < 0 {
		return ""
	}
	return strings.Join(domain[max(1, dot-4, lastIndex(domain[:dot], ".")+1):], "")
}

// split cuts text at what people see as characters: a letter goes with its combining marks. Control and format
// characters are left out, since some of them would turn round the text beside the mask; text that is not UTF-8 has
// no characters.
func split(text string) []string {
	if !utf8.ValidString(text) {
		return nil
	}
	var letters []string
	for _, r := range text {
		switch {
		case unicode.Is(unicode.M, r) && len(letters) > 0:
			letters[len(letters)-1] += string(r)
		case unicode.IsGraphic(r):
			letters = append(letters, string(r))
		}
	}
	return letters
}

func lastIndex(letters []string, letter string) int {
	for i := len(letters) - 1; i >= 0; i-- {
		if letters[i] == letter {
			return i
		}
	}
	return -1
}
