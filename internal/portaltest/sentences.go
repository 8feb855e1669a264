package portaltest

import (
	"regexp"
	"strings"
	"sync"

	"ssprd/templates"
)

// Sentences are those of the portal in English, by key, up to the first thing that is filled in.
var Sentences = sync.OnceValue(func() map[string]string {
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
