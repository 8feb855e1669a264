package ldapx

import (
	"log/slog"
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

// Everybody is given once, over several pages; and no more than were wanted, and the rest of their page.
func TestPages(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: 55})
	d, err := Open(Config{Name: "region", Kind: OpenLDAP, Servers: []string{s.URL}, CAFile: s.CAFile, BindDN: s.ServiceDN,
		BindPasswordFile: s.ServicePasswordFile, Timeout: 10 * time.Second}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	p := d.Population(Search{Base: "ou=usagers," + s.BaseDN})
	for _, c := range []struct {
		page, most, want int
		cut              Cut
	}{{10, 100, 55, ""}, {11, 100, 55, ""}, {100, 100, 55, ""}, {10, 25, 30, CutByNumber}, {100, 20, 20, CutByNumber}, {10, 55, 55, ""}} {
		err := p.ask(t.Context(), time.Minute, func(_ *server, a asking) error {
			a.page = c.page
			seen := map[string]int{}
			n, cut, err := a.each(p.search.Base, "(uid=p0*)", []string{"uid"}, c.most, func(e entry) { seen[e.text("uid")]++ })
			if n != c.want || len(seen) != c.want || cut != c.cut {
				t.Errorf("pages of %d, %d wanted: %d, %d, %q", c.page, c.most, n, len(seen), cut)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
