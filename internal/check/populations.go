package check

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"ssprd/internal/config"
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
