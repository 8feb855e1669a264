package check

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
)

// Codes of the populations. None of their findings has anything of a person in it: they are numbers.
const (
	PopulationUnasked          = "POPULATION_NOT_ASKED"
	PopulationBase             = "POPULATION_BASE_THERE"
	PopulationNoBase           = "POPULATION_BASE_MISSING"
	PopulationFound            = "POPULATION_FILTER_FINDS"
	PopulationNobody           = "POPULATION_FILTER_FINDS_NOBODY"
	PopulationUncounted        = "POPULATION_NOT_COUNTED"
	PopulationRefused          = "POPULATION_FILTER_REFUSED"
	PopulationFilterUnknown    = "POPULATION_FILTER_ATTRIBUTE_UNKNOWN"
	PopulationAttribute        = "POPULATION_ATTRIBUTE_THERE"
	PopulationAttributeUnknown = "POPULATION_ATTRIBUTE_UNKNOWN"
	PopulationSchema           = "POPULATION_SCHEMA_UNTOLD"
	PopulationIndex            = "POPULATION_INDEX_THERE"
	PopulationNoIndex          = "POPULATION_INDEX_MISSING"
	PopulationIndexUntold      = "POPULATION_INDEX_UNTOLD"
	PopulationEligible         = "POPULATION_ELIGIBLE"
	PopulationNoneEligible     = "POPULATION_NONE_ELIGIBLE"
	PopulationUnreadable       = "POPULATION_STATE_UNREADABLE"
	PopulationNameless         = "POPULATION_ID_UNREADABLE"
	PopulationMail             = "POPULATION_MAIL_THERE"
	PopulationSomeMail         = "POPULATION_MAIL_MISSING"
	PopulationNoMail           = "POPULATION_MAIL_NOBODY_HAS"
	PopulationShared           = "POPULATION_MAIL_SHARED"
	PopulationCrowded          = "POPULATION_NAME_CROWDED"
	PopulationAmbiguous        = "POPULATION_NAME_AMBIGUOUS"
	PopulationConfused         = "POPULATION_NAME_IS_ANOTHERS_MAIL"
	PopulationUnnamed          = "POPULATION_NAME_MISSING"
	PopulationNoName           = "POPULATION_NAME_NOBODY_HAS"
	PopulationUnshown          = "POPULATION_IDENTIFIER_MISSING"
	PopulationApart            = "POPULATION_APART"
	PopulationOverlap          = "POPULATION_OVERLAPS"
	PopulationGuardUnknown     = "PROTECTED_ATTRIBUTE_UNKNOWN"
	PopulationGuarded          = "PROTECTED_NAMES_SOMEBODY"
	PopulationUnguarded        = "PROTECTED_NAMES_NOBODY"
)

var populationCodes = []Meaning{
	{PopulationUnasked, Error, "No server of the directory answered, so that nothing can be told of the population.", "Mend what is found of the directory's servers first."},
	{PopulationBase, OK, "The base is there on every server that answers, and can be read.", ""},
	{PopulationNoBase, Error, "The base is not there, or the service account may not read it.", "Correct `base`, or give bind_dn the right to read it and what is below it, on each of the servers that are named."},
	{PopulationFound, OK, "The filter finds people.", ""},
	{PopulationNobody, Error, "The filter finds nobody, or `protected` leaves nobody.", "Try the filter with ldapsearch as bind_dn; where a filter of `protected` names an attribute that the server does not know, it leaves nobody."},
	{PopulationUncounted, Warning, "Nobody was found in the time that a check has.", "Try the filter with ldapsearch as bind_dn; an index of what it names makes it quicker."},
	{PopulationRefused, Error, "The server refuses to search by the filter.", "Correct `filter`, and `protected` of the directory, by what the server says."},
	{PopulationFilterUnknown, Warning, "`filter` names an attribute that the directory's schema does not have, so that this part of it never matches.", "Correct the attribute's name, or load the schema that has it (on OpenLDAP memberOf comes with the overlay)."},
	{PopulationAttribute, OK, "The directory's schema has the attribute.", ""},
	{PopulationAttributeUnknown, Error, "The directory's schema does not have the attribute, so that nobody has a value of it.", "Correct the attribute's name."},
	{PopulationSchema, OK, "The service account cannot read the directory's schema: whether the attributes are in it cannot be told. Resets do not need it.", ""},
	{PopulationIndex, OK, "The directory has an equality index of the attribute.", ""},
	{PopulationNoIndex, Warning, "The directory has no equality index of an attribute by which people are found: each reset makes it read every entry.", "Add an equality index of the attribute, on every server."},
	{PopulationIndexUntold, OK, "The server does not tell the service account of its indexes.", ""},
	{PopulationEligible, OK, "Some of those whom the filter finds may be reset; it is told how many may not, and why.", ""},
	{PopulationNoneEligible, Error, "None of those whom the filter finds may be reset.", "Look at the reasons; `ssprd check --person` explains one person."},
	{PopulationUnreadable, Error, "Of some people the service account cannot read whether they may be reset, so they may not.", "Give bind_dn the right to read the attribute that is named, or correct `kind`."},
	{PopulationNameless, Error, "Of some people the service account cannot read the lasting id, without which nobody is reset.", "Give bind_dn the right to read the attribute that is named, or correct `kind` or `id_attribute`."},
	{PopulationMail, OK, "Everybody who may be reset has an address to which a code can go.", ""},
	{PopulationSomeMail, Warning, "Some people have no address to which a code can go: they cannot reset their password.", "Complete `mail` of these entries, or name a further attribute that holds addresses; the helpdesk can dictate a code."},
	{PopulationNoMail, Error, "Nobody has an address to which a code can go.", "Name the attribute that holds the addresses in `mail`, by the name that the server gives it, and give bind_dn the right to read it."},
	{PopulationShared, OK, "Some addresses are those of several people: whoever reads such a mailbox can reset each of their passwords, one at a time.", ""},
	{PopulationCrowded, Error, "A text that may be typed names more people than a reset ever looks at: some of them cannot reset their password.", "Give these people addresses of their own, or narrow the filter."},
	{PopulationAmbiguous, Warning, "A text that may be typed and is no address names several people: unless the first address of all is the same, no code is sent.", "Make the values of `find_by` unique, or find people by mail alone."},
	{PopulationConfused, Warning, "A text that names one person is another person's address: a code for it goes to the latter alone.", "Give these people another identifier."},
	{PopulationUnnamed, Warning, "Some people have no value of any attribute of `find_by`: nobody can type their name.", "Complete the attributes of `find_by`, or name a further one."},
	{PopulationNoName, Error, "Nobody has a value of any attribute of `find_by`: nobody can be found.", "Name the attribute that people know their value of, and give bind_dn the right to read it."},
	{PopulationUnshown, Warning, "Some people have no value of `identifier`: they are not shown which account is theirs.", "Complete the attribute, or name another in `identifier`."},
	{PopulationApart, OK, "Nobody is in two populations of the directory.", ""},
	{PopulationOverlap, Warning, "People are in two populations: they may be reset in both, by the weaker of the two sets of rules and addresses.", "Narrow `base` or `filter` of one of the two, unless this is meant."},
	{PopulationGuardUnknown, Error, "A filter of `protected` names an attribute that the directory's schema does not have: by the kind of directory it protects nobody, or leaves nobody to be reset.", "Correct the attribute's name, or load the schema that has it (on OpenLDAP memberOf comes with the overlay)."},
	{PopulationGuarded, OK, "The filter of `protected` names somebody.", ""},
	{PopulationUnguarded, Warning, "A filter of `protected` names nobody in the whole directory, as far as the service account can read: it protects nobody.", "Correct the filter (the DN of a group, the name of an attribute), or give bind_dn the right to read what it names."},
}

// surveyBounds keep what is counted of one population to what a check of a few seconds can take.
var surveyBounds = ldapx.Bounds{People: 50_000, Time: 3 * time.Second}

// populations are tried each by itself: what it shares with one before it in the configuration is its own finding.
func populations(c *config.Config) (all []area) {
	for i, p := range c.Populations {
		if p.Reset == nil {
			continue
		}
		key := populationKey(i)
		all = append(all, area{key, func(ctx context.Context) []Finding { return surveyed(ctx, c, i, surveyBounds) }})
		for k, before := range c.Populations[:i] {
			if before.Reset != nil && before.Reset.Directory == p.Reset.Directory {
				all = append(all, area{key, func(ctx context.Context) []Finding { return overlapping(ctx, c, i, k, surveyBounds) }})
			}
		}
	}
	return all
}

func populationKey(i int) string { return fmt.Sprintf("populations[%d].reset", i) }

// openDirectory opens the directory of a reset. What it would log is told as findings, by whoever looks at its servers.
func openDirectory(c *config.Config, r *config.Reset) (*ldapx.Directory, ldapx.Config, error) {
	settings, _ := c.Directory(r.Directory)
	d, err := ldapx.Open(settings, slog.New(slog.DiscardHandler))
	return d, settings, err
}

// surveyed asks the directory about the i-th population.
func surveyed(ctx context.Context, c *config.Config, i int, bounds ldapx.Bounds) []Finding {
	r := c.Populations[i].Reset
	d, settings, err := openDirectory(c, r)
	if err != nil {
		return []Finding{unasked(i, r, err)}
	}
	defer d.Close()
	population := d.Population(r.Search)
	bases := make(chan []ldapx.BaseSeen, 1)
	go func() { bases <- population.Bases(ctx) }()
	survey, err := population.Survey(ctx, bounds)
	if err != nil {
		<-bases
		return []Finding{unasked(i, r, err)}
	}
	j := judgement{key: populationKey(i), reset: r, directory: settings, survey: survey}
	found := append(j.base(<-bases), j.all()...)
	if k := firstOf(c, r.Directory); k == i {
		found = append(found, j.guards(directoryKey(c, r.Directory))...)
	}
	return found
}

func unasked(i int, r *config.Reset, err error) Finding {
	return Finding{Code: PopulationUnasked, Key: populationKey(i), Tried: "asking directory " + r.Directory, Seen: err.Error()}
}

// firstOf is the first population of a directory, with whose findings go those of what all of them share.
func firstOf(c *config.Config, directory string) int {
	return slices.IndexFunc(c.Populations, func(p config.Population) bool { return p.Reset != nil && p.Reset.Directory == directory })
}

func directoryKey(c *config.Config, name string) string {
	i := slices.IndexFunc(c.Directories, func(d ldapx.Config) bool { return d.Name == name })
	return fmt.Sprintf("directories[%d]", i)
}

// overlapping looks for people of the i-th population in the k-th one, of the same directory.
func overlapping(ctx context.Context, c *config.Config, i, k int, bounds ldapx.Bounds) []Finding {
	r, other := c.Populations[i].Reset, c.Populations[k]
	d, _, err := openDirectory(c, r)
	if err != nil {
		return []Finding{unasked(i, r, err)}
	}
	defer d.Close()
	f := Finding{Code: PopulationApart, Key: populationKey(i), Tried: fmt.Sprintf("people who are in %s too (%s)", other.Name, populationKey(k)), Seen: "none"}
	n, cut, apart, err := d.Population(r.Search).Overlap(ctx, d.Population(other.Reset.Search), bounds)
	switch {
	case err != nil:
		return nil // the survey says that nobody answers
	case n > 0:
		f.Code, f.Seen = PopulationOverlap, atLeast(n, cut)
	case cut != "":
		f.Seen = "none among the first; not all were looked at: " + whyCut(cut)
	case apart:
		f.Seen = "none: neither base is below the other"
	}
	return []Finding{f}
}

// atLeast is a number of people, of whom there may be more.
func atLeast(n int, cut ldapx.Cut) string {
	if cut == "" {
		return peopleIn(n)
	}
	return "at least " + peopleIn(n) + " (not all were counted: " + whyCut(cut) + ")"
}

func peopleIn(n int) string { return howMany(n, "person", "people") }

// howMany is a number of things, in words for one and for several.
func howMany(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

func whyCut(cut ldapx.Cut) string {
	switch cut {
	case ldapx.CutByNumber:
		return "these are enough for a check"
	case ldapx.CutByTime:
		return "it took too long"
	}
	return "the server gives bind_dn no more at a time"
}

// shareOf is a part of a whole, with its percentage.
func shareOf(n, of int) string {
	if n == of || of == 0 {
		return fmt.Sprintf("%d of %d", n, of)
	}
	percent := min(99, n*100/of)
	if percent == 0 {
		return fmt.Sprintf("%d of %d (less than 1 %%)", n, of)
	}
	return fmt.Sprintf("%d of %d (%d %%)", n, of, percent)
}

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
