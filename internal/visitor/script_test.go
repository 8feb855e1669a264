package visitor

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	lines, err := parse("# nothing\n\n  open /fr/\nsee \"deux mots\"  `un \"mot\"` \n")
	if err != nil || len(lines) != 2 {
		t.Fatal(lines, err)
	}
	if l := lines[0]; l.number != 3 || l.text != "open /fr/" || !slices.Equal(l.words, []string{"open", "/fr/"}) {
		t.Errorf("%+v", l)
	}
	if l := lines[1]; l.number != 4 || !slices.Equal(l.words, []string{"see", "deux mots", `un "mot"`}) {
		t.Errorf("%+v", l)
	}
	if _, err := parse("open /\nsee \"half"); err == nil || !strings.HasPrefix(err.Error(), `2: see "half: `) {
		t.Error(err)
	}
}

func TestExpand(t *testing.T) {
	got, err := expand([]string{"$a-b", "x$aa y", "5$"}, map[string]string{"a": "1", "aa": "2"})
	if err != nil || !slices.Equal(got, []string{"1-b", "x2 y", "5$"}) {
		t.Error(got, err)
	}
	if _, err := expand([]string{"$none"}, nil); err == nil || err.Error() != "$none is not known" {
		t.Error(err)
	}
}

func TestCutUntil(t *testing.T) {
	for _, c := range []struct{ words, command, condition string }{
		{"press a until b", "press a", "b"}, {"press a until not b", "press a", "not b"}, {"reload until b", "reload", "b"},
		{"press until", "press until", ""}, {"see until", "see until", ""}, {"until b", "until b", ""}, {"reload", "reload", ""},
	} {
		command, condition := cutUntil(strings.Fields(c.words))
		if strings.Join(command, " ") != c.command || strings.Join(condition, " ") != c.condition {
			t.Errorf("%s: %q %q", c.words, command, condition)
		}
	}
}
