package attack

import (
	"html"
	"strconv"
	"strings"

	"ssprd/internal/portaltest"
)

// Told is what an answer says, in a word: the reason that it gives ("code-wrong"), where it leads ("/en/ended"), or
// else its status.
func (a Answer) Told() string {
	if a.To() != "" {
		return a.To()
	}
	body, told, length := html.UnescapeString(a.Body), "", 0
	for key, sentence := range portaltest.Sentences() {
		reason, ok := strings.CutPrefix(key, "reason.")
		if ok && len(sentence) > length && strings.Contains(body, sentence) {
			told, length = reason, len(sentence)
		}
	}
	switch {
	case told == "" && strings.Contains(body, portaltest.Sentences()["code.expired"]):
		told = "code-expired"
	case told == "" && strings.Contains(body, portaltest.Sentences()["code.wait"]):
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
