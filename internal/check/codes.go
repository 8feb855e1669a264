package check

import "sync"

// Meaning is what a code stands for.
type Meaning struct {
	Code   string
	Level  Level
	What   string // a sentence: what was seen
	Remedy string // a sentence: what to do; "" where nothing is
}

// Codes of findings that belong to no area.
const (
	Failed  = "CHECK_FAILED"
	Mistake = "CONFIG_MISTAKE"

	NotAsked = "NOT_ASKED"
)

// Codes is every code, in the order of the document (docs/findings.md). A code keeps its name and its meaning for good:
// administrators watch for it.
func Codes() []Meaning {
	var all []Meaning
	for _, area := range [][]Meaning{generalCodes, portalCodes, stateCodes, serverCodes, accountCodes, rulesCodes, populationCodes, personCodes, mailCodes, helpdeskCodes, fileCodes} {
		all = append(all, area...)
	}
	return all
}

// meanings is Codes by code.
var meanings = sync.OnceValue(func() map[string]Meaning {
	all := map[string]Meaning{}
	for _, m := range Codes() {
		if _, twice := all[m.Code]; twice {
			panic("check: two meanings of " + m.Code)
		}
		all[m.Code] = m
	}
	return all
})

// meaning is what a code stands for. One that nobody knows is a mistake of ours, and must not pass for nothing.
func meaning(code string) Meaning {
	if m, known := meanings()[code]; known {
		return m
	}
	return Meaning{Code: code, Level: Error}
}

var generalCodes = []Meaning{
	{Failed, Error, "A check did not come to its end.", "Try it again; where it stays so, tell the project."},
	{NotAsked, Warning, "What depends on a directory was not tried, since none of its servers lets the service account in.", "Mend what is said of the directory's servers, and check again."},
	{Mistake, Error, "The file says something that ssprd does not understand or refuses.", "Write what the line wants."},
}
