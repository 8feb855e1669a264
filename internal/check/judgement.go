package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ssprd/internal/config"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
)

// judgement makes findings of a survey.
type judgement struct {
	key       string
	reset     *config.Reset
	directory ldapx.Config
	survey    ldapx.Survey
}

func (j judgement) finding(code, setting, tried, seen string) Finding {
	return Finding{Code: code, Key: strings.TrimSuffix(j.key+"."+setting, "."), Tried: tried, Seen: seen}
}

// base judges what each server said of the base. One that did not answer is a finding of the servers.
func (j judgement) base(seen []ldapx.BaseSeen) (found []Finding) {
	var there []string
	for _, s := range seen {
		switch {
		case s.Err != nil:
			found = append(found, j.finding(PopulationNoBase, "base", j.reset.Base+" on "+s.Server, s.Err.Error()))
		case s.Asked:
			there = append(there, s.Server)
		}
	}
	if len(there) > 0 && len(found) == 0 {
		found = append(found, j.finding(PopulationBase, "base", j.reset.Base, "it is there on "+strings.Join(there, ", ")))
	}
	if len(found) == 0 && j.survey.NoBase != nil {
		found = append(found, j.finding(PopulationNoBase, "base", j.reset.Base+" on "+j.survey.Server, j.survey.NoBase.Error()))
	}
	return found
}

func (j judgement) all() (found []Finding) {
	s := j.survey
	if s.NoBase != nil {
		return nil
	}
	found = j.schema()
	if s.Refused != nil {
		return append(found, j.finding(PopulationRefused, "filter", j.reset.Filter, s.Refused.Error()))
	}
	if s.People == 0 {
		return append(found, j.nobody())
	}
	found = append(found, j.finding(PopulationFound, "filter", j.reset.Filter, atLeast(s.People, s.Cut)+" beside the protected"), j.eligible())
	found = append(found, j.unreadable()...)
	if s.Eligible > 0 {
		found = append(append(found, j.mail()...), j.named()...)
	}
	return found
}

func (j judgement) nobody() Finding {
	seen := "it finds nobody"
	switch {
	case j.survey.Protected > 0:
		seen = "all whom it finds are protected: " + atLeast(j.survey.Protected, j.survey.ProtectedCut)
	case j.survey.Hidden:
		seen = "it finds people, and of them the filters of `protected` leave nobody"
	case j.survey.Cut != "":
		return j.finding(PopulationUncounted, "filter", j.reset.Filter, whyCut(j.survey.Cut))
	}
	return j.finding(PopulationNobody, "filter", j.reset.Filter, seen)
}

// schema judges the attributes, each once, at the first setting that names it.
func (j judgement) schema() (found []Finding) {
	if len(j.survey.Attributes) == 0 {
		return []Finding{j.finding(PopulationSchema, "", "the attributes that it names", "the schema cannot be read")}
	}
	said := map[string]bool{}
	for _, setting := range []struct {
		key    string
		names  []string
		search bool
	}{
		{"find_by", j.reset.FindBy, true}, {"mail", j.reset.Mail, false}, {"identifier", []string{j.reset.Identifier}, false},
	} {
		for _, name := range setting.names {
			if plain := plainName(name); !said[plain] {
				said[plain] = true
				found = append(found, j.attribute(setting.key, name, setting.search)...)
			}
		}
	}
	if j.survey.Attributes[plainName(j.survey.ID)].Indexed == ldapx.No {
		found = append(found, j.finding(PopulationNoIndex, "", "an equality index of "+j.survey.ID+", by which each reset reads its entry again", "there is none"))
	}
	for _, name := range j.unknown(j.survey.InFilter) {
		found = append(found, j.finding(PopulationFilterUnknown, "filter", "attribute "+name, "the schema does not have it"))
	}
	return found
}

// unknown are those of some attributes that the schema does not have.
func (j judgement) unknown(names []string) []string {
	return slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(names))), func(name string) bool { return j.survey.Attributes[name].Known != ldapx.No })
}

// plainName is an attribute's name as the survey knows it: without options.
func plainName(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), ";")
	return name
}

func (j judgement) attribute(setting, name string, search bool) (found []Finding) {
	a := j.survey.Attributes[plainName(name)]
	if a.Known == ldapx.No {
		return []Finding{j.finding(PopulationAttributeUnknown, setting, "attribute "+name, "the schema does not have it")}
	}
	found = append(found, j.finding(PopulationAttribute, setting, "attribute "+name, "the schema has it"))
	if !search {
		return found
	}
	code, seen := PopulationIndexUntold, "it cannot be told"
	switch a.Indexed {
	case ldapx.Yes:
		code, seen = PopulationIndex, "there is one"
	case ldapx.No:
		code, seen = PopulationNoIndex, "there is none"
	}
	return append(found, j.finding(code, setting, "an equality index of "+name, seen))
}

// eligible tells how many may be reset, and why the others may not.
func (j judgement) eligible() Finding {
	s := j.survey
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(s.Barred)) {
		parts = append(parts, fmt.Sprintf("%d %s", s.Barred[code], code))
	}
	if s.Nameless > 0 {
		parts = append(parts, fmt.Sprintf("%d without a lasting id", s.Nameless))
	}
	if s.Protected > 0 {
		parts = append(parts, "protected: "+atLeast(s.Protected, s.ProtectedCut))
	}
	seen := fmt.Sprintf("%s may be", shareOf(s.Eligible, s.People))
	if len(parts) > 0 {
		seen += "; not: " + strings.Join(parts, ", ")
	}
	code := PopulationEligible
	if s.Eligible == 0 {
		code = PopulationNoneEligible
	}
	return j.finding(code, "", "who may be reset", seen)
}

func (j judgement) unreadable() (found []Finding) {
	s := j.survey
	if n := s.Barred["UNREADABLE"]; n > 0 {
		found = append(found, j.finding(PopulationUnreadable, "", "the state of each account, as kind "+j.directory.Kind+" has it",
			"it cannot be read of "+shareOf(n, s.People)+", for want of "+stateAttribute[j.directory.Kind]))
	}
	if s.Nameless > 0 {
		found = append(found, j.finding(PopulationNameless, "", "the lasting id of each account, as kind "+j.directory.Kind+" has it",
			"it cannot be read of "+shareOf(s.Nameless, s.People)))
	}
	return found
}

// stateAttribute is what a kind of directory must show of an entry before it may be reset.
var stateAttribute = map[string]string{
	ldapx.OpenLDAP: "entryCSN", ldapx.DS389: "modifyTimestamp", ldapx.ActiveDirectory: "userAccountControl",
}

func (j judgement) mail() (found []Finding) {
	s := j.survey
	tried := "addresses of those who may be reset"
	switch {
	case s.WithoutMail == s.Eligible:
		return []Finding{j.finding(PopulationNoMail, "mail", tried, fmt.Sprintf("none of %d has one", s.Eligible))}
	case s.WithoutMail > 0:
		found = append(found, j.finding(PopulationSomeMail, "mail", tried, shareOf(s.WithoutMail, s.Eligible)+" have none"))
	default:
		found = append(found, j.finding(PopulationMail, "mail", tried, fmt.Sprintf("all %d have one", s.Eligible)))
	}
	if s.SharedAddresses > 0 {
		found = append(found, j.finding(PopulationShared, "mail", tried,
			fmt.Sprintf("%s shared, by %s; the most shared one by %d", howMany(s.SharedAddresses, "address is", "addresses are"), peopleIn(s.Sharing), s.MostSharing)))
	}
	return found
}

// named judges what people may type.
func (j judgement) named() (found []Finding) {
	s, tried := j.survey, "what may be typed ("+strings.Join(j.reset.FindBy, ", ")+")"
	if s.Crowded > 0 {
		found = append(found, j.finding(PopulationCrowded, "find_by", tried,
			fmt.Sprintf("%s more than %d people, the worst one %d", howMany(s.Crowded, "text names", "texts name"), flow.MaxAccounts, s.MostCrowded)))
	}
	if s.Ambiguous > 0 && s.WithoutMail < s.Eligible {
		found = append(found, j.finding(PopulationAmbiguous, "find_by", tried, howMany(s.Ambiguous, "text that is no address names", "texts that are no address name")+" several people"))
	}
	if s.Confused > 0 {
		found = append(found, j.finding(PopulationConfused, "find_by", tried, howMany(s.Confused, "text names one person and is", "texts name one person and are")+" the address of another"))
	}
	byMail := func(name string) bool {
		return slices.ContainsFunc(j.reset.Mail, func(mail string) bool { return strings.EqualFold(name, mail) })
	}
	if s.Unnamed == s.Eligible {
		found = append(found, j.finding(PopulationNoName, "find_by", tried, fmt.Sprintf("none of %d who may be reset has any of these", s.Eligible)))
	} else if s.Unnamed > 0 && slices.ContainsFunc(j.reset.FindBy, func(name string) bool { return !byMail(name) }) {
		found = append(found, j.finding(PopulationUnnamed, "find_by", tried, shareOf(s.Unnamed, s.Eligible)+" who may be reset have none of these"))
	}
	if s.Unshown > 0 {
		found = append(found, j.finding(PopulationUnshown, "identifier", "attribute "+j.reset.Identifier, shareOf(s.Unshown, s.Eligible)+" who may be reset have none"))
	}
	return found
}

// guards judges the filters of `protected`, which are the directory's.
func (j judgement) guards(directory string) (found []Finding) {
	for i, names := range j.survey.InGuards {
		for _, name := range j.unknown(names) {
			found = append(found, Finding{Code: PopulationGuardUnknown, Key: fmt.Sprintf("%s.protected[%d]", directory, i), Tried: "attribute " + name,
				Seen: "the schema does not have it"})
		}
	}
	for i, said := range j.survey.Guards {
		f := Finding{Code: PopulationGuarded, Key: fmt.Sprintf("%s.protected[%d]", directory, i), Tried: j.directory.Protected[i], Seen: "it names somebody"}
		switch said {
		case ldapx.Untold:
			continue
		case ldapx.No:
			f.Code, f.Seen = PopulationUnguarded, "it names nobody"
		}
		found = append(found, f)
	}
	return found
}
