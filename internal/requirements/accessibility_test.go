package requirements_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// criteria is how many criteria each of RGAA's thirteen themes has.
var criteria = []int{9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12}

// added are the criteria of WCAG 2.2, A and AA, that RGAA 4.1 does not have.
var added = []string{"2.4.11", "2.5.7", "2.5.8", "3.2.6", "3.3.7", "3.3.8"}

// gridRow is a line of the grid: its number, its verdict, and by what it is held.
var gridRow = regexp.MustCompile(`(?m)^\| (\d+(?:\.\d+)+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)

// R63: docs/accessibility.md has a verdict on every criterion of RGAA 4.1 and of what WCAG 2.2 adds, each once and in order,
// counts them rightly, and names no test and no template that is not there.
func TestAccessibilityGrid(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "docs", "accessibility.md"))
	if err != nil {
		t.Fatal(err)
	}
	var wanted []string
	for theme, n := range criteria {
		for i := range n {
			wanted = append(wanted, fmt.Sprintf("%d.%d", theme+1, i+1))
		}
	}
	if len(wanted) != 106 {
		t.Fatalf("RGAA 4.1 has 106 criteria, not %d", len(wanted))
	}
	wanted = append(wanted, added...)
	rows := gridRow.FindAllStringSubmatch(string(b), -1)
	if len(rows) != len(wanted) {
		t.Errorf("the grid has %d lines, want %d", len(rows), len(wanted))
	}
	count := map[string]int{}
	for i, row := range rows {
		number, verdict := row[1], row[3]
		if i < len(wanted) && number != wanted[i] {
			t.Fatalf("%s stands where %s is to stand", number, wanted[i])
		}
		if i < 106 {
			count[verdict]++
		}
		for _, problem := range gridProblems(verdict, row[4]) {
			t.Errorf("%s: %s", number, problem)
		}
	}
	said := fmt.Sprintf("\nIn all: C %d, NC %d, NA %d, H %d.\n", count["C"], count["NC"], count["NA"], count["H"])
	if !strings.Contains(string(b), said) {
		t.Errorf("it does not say %q", strings.TrimSpace(said))
	}
}

// gridProblems says what is wrong with a verdict and its proof: one that the grid does not know, a holder that is not
// there, a claim without one. What conforms is held by a test or a template; an auditor may read the words beside them.
func gridProblems(verdict, held string) (problems []string) {
	if !strings.Contains(" C NC NA H ", " "+verdict+" ") {
		problems = append(problems, fmt.Sprintf("no verdict: %q", verdict))
	}
	holders := holder.FindAllStringSubmatch(held, -1)
	for _, found := range holders {
		if !exists(found[1]) {
			problems = append(problems, found[1]+" is not there")
		}
	}
	if verdict == "C" && len(holders) == 0 && !asAnother.MatchString(held) {
		problems = append(problems, "it conforms, and nothing holds it")
	}
	return problems
}

var (
	// asAnother refers to the proof of another criterion.
	asAnother = regexp.MustCompile(`^as \d+\.\d+`)
	// noHolder is what stands in the grid as code and is no proof: settings, and attributes.
	noHolder = regexp.MustCompile(`^(portal\.[a-z_.]+|role="[a-z]+")$`)
)

// exists tells whether a test, a visitor's script or a template of that name is there.
func exists(name string) bool {
	if noHolder.MatchString(name) {
		return true
	}
	path := filepath.Join(root, name)
	if script, ok := strings.CutPrefix(name, "visitor/"); ok {
		path = filepath.Join(root, "internal", "visitor", "testdata", script)
	} else if !strings.HasPrefix(name, "templates/") {
		return source(name) != ""
	}
	_, err := os.Stat(path)
	return err == nil
}

// The judging of the grid must be able to fail.
func TestGridProblems(t *testing.T) {
	for _, c := range []struct{ verdict, held string }{
		{"OK", "`web.TestPages`"}, {"", "`web.TestPages`"}, {"C", "by eye"}, {"C", "`web.TestNoSuchTest`"},
		{"NA", "`visitor/none.txt`"}, {"H", "`templates/none.html`"}, {"C", "`internal/web`"},
	} {
		if len(gridProblems(c.verdict, c.held)) == 0 {
			t.Errorf("%s, %s: passes", c.verdict, c.held)
		}
	}
	if problems := gridProblems("C", "`web.TestPages`, `visitor/pages.txt`, `templates/layout.html`"); len(problems) > 0 {
		t.Error(problems)
	}
}
