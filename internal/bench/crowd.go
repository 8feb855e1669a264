package bench

import (
	"fmt"
	"testing"
)

// CrowdOptions say in which settings a large directory is measured, and how much is done beside a small one.
type CrowdOptions struct {
	Settings []Options // of the same directory; those with followers come last, for there they stay
	Small    int       // people of the directory that the large one is compared with
	Amounts            // of each of the two
}

// StandardCrowd is what `make bench` does.
var StandardCrowd = CrowdOptions{
	Settings: []Options{
		{Setting: Setting{Kind: OpenLDAP, People: 1_000_000, AtATime: 1}, Amounts: Amounts{3, 400, 300}},
		{Setting: Setting{Kind: OpenLDAP, People: 1_000_000, AtATime: 8}, Amounts: Amounts{3, 1200, 800}},
		{Setting: Setting{Kind: OpenLDAP, People: 1_000_000, AtATime: 64}, Amounts: Amounts{3, 1200, 800}},
		{Setting: Setting{Kind: OpenLDAP, People: 1_000_000, AtATime: 1, Replicas: 2}, Amounts: Amounts{3, 300, 200}},
		{Setting: Setting{Kind: OpenLDAP, People: 1_000_000, AtATime: 8, Replicas: 2}, Amounts: Amounts{3, 600, 400}},
		{Setting: Setting{Kind: OpenLDAP, People: 1_000_000, AtATime: 64, Replicas: 2}, Amounts: Amounts{3, 600, 400}},
	},
	Small: 10_000, Amounts: Amounts{Rounds: 5, Resets: 500},
}

// RunCrowd measures a large directory, which takes minutes to fill: once for all settings. First it is compared with a small
// one, by turns.
func RunCrowd(t testing.TB, o CrowdOptions) (all Table, c Comparison, err error) {
	t.Helper()
	first := o.Settings[0].Setting
	first.AtATime = Standard.AtATime
	large := open(t, first, o.changed()+changed(o.Settings))
	small := open(t, Setting{Kind: OpenLDAP, People: o.Small, AtATime: first.AtATime}, o.changed())
	if c, err = compareWorlds(o.Amounts, small, large); err != nil {
		return nil, c, err
	}
	all, err = large.measureAll(o.Settings)
	return all, c, err
}

// compareWorlds compares the portals of two directories.
func compareWorlds(o Amounts, worlds ...*world) (c Comparison, err error) {
	var all []subject
	for _, w := range worlds {
		p := w.place(fmt.Sprintf("%d people", w.People), "", 1)
		if err := w.startPlace(p); err != nil {
			return c, err
		}
		defer p.stop()
		all = append(all, subject{w, p})
	}
	if c, err = compare(o, all...); err != nil {
		return c, err
	}
	for _, s := range all {
		s.stop()
		if err := s.verify(); err != nil {
			return c, err
		}
	}
	return c, nil
}
