package attack

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"ssprd/templates"
)

// sentences are those of the portal in English, by key, up to the first thing that is filled in.
var sentences = sync.OnceValue(func() map[string]string {
	text, err := templates.FS.ReadFile("locales/en.yaml")
	if err != nil {
		panic(err)
	}
	found := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^([a-z0-9.-]+): (.*)$`).FindAllStringSubmatch(string(text), -1) {
		value, _, _ := strings.Cut(strings.Trim(match[2], `"`), "{")
		found[match[1]] = value
	}
	return found
})

// Told is what an answer says, in a word: the reason that it gives ("code-wrong"), where it leads ("/en/ended"), or
// else its status.
func (a Answer) Told() string {
	if a.To() != "" {
		return a.To()
	}
	body, told, length := html.UnescapeString(a.Body), "", 0
	for key, sentence := range sentences() {
		reason, ok := strings.CutPrefix(key, "reason.")
		if ok && len(sentence) > length && strings.Contains(body, sentence) {
			told, length = reason, len(sentence)
		}
	}
	switch {
	case told == "" && strings.Contains(body, sentences()["code.expired"]):
		told = "code-expired"
	case told == "" && strings.Contains(body, sentences()["code.wait"]):
		told = "resend-soon"
	case told == "" && a.Status == 422:
		told = "unknown reason"
	case told == "":
		told = strconv.Itoa(a.Status)
	}
	return told
}

// tally counts what answers tell.
func tally(answers []Answer) map[string]int {
	counts := map[string]int{}
	for _, a := range answers {
		counts[a.Told()]++
	}
	return counts
}
