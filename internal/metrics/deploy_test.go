package metrics_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"ssprd/internal/metrics"
)

// The rules of deploy/prometheus are rules, tell somebody what to do, and ask for what there is.
func TestAlerts(t *testing.T) {
	text, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	series, _ := exposed(t, counting())
	names := map[string]bool{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			severity := rule.Labels["severity"]
			if names[rule.Alert] || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" || severity != "critical" && severity != "warning" {
				t.Errorf("%q is there twice, or does not say what to do, or how much it matters", rule.Alert)
			}
			names[rule.Alert] = true
			for _, problem := range wrongIn(series, rule.Expr) {
				t.Errorf("%s: %s", rule.Alert, problem)
			}
		}
	}
	if len(names) < 15 {
		t.Errorf("only %d rules", len(names))
	}
}

// The dashboard of deploy/grafana is JSON, and asks for what there is.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../../deploy/grafana/ssprd.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title      string
		Panels     []struct{ Targets []struct{ Expr string } }
		Templating struct {
			List []struct{ Query any }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	series, _ := exposed(t, counting())
	var queries []string
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries = append(queries, target.Expr)
		}
	}
	for _, variable := range dashboard.Templating.List {
		if query, is := variable.Query.(map[string]any); is {
			queries = append(queries, query["query"].(string))
		}
	}
	for _, query := range queries {
		for _, problem := range wrongIn(series, query) {
			t.Errorf("%s: %s", query, problem)
		}
	}
	asked := strings.Join(queries, "\n")
	for _, f := range metrics.Families() { // all that an administrator would look for is to be seen
		if strings.HasPrefix(f.Name, "ssprd_") && !strings.Contains(asked, f.Name) {
			t.Errorf("the dashboard does not show %s", f.Name)
		}
	}
}

var (
	// selector is a metric of a query, with what is asked of its labels.
	selector = regexp.MustCompile(`\b((?:ssprd|go|process)_[a-z_]+)(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`([a-z]+)(=~|!=|=)"([^"]*)"`)
	grouping = regexp.MustCompile(`\b(?:by|on|without) \(([^)]*)\)`)
)

// ofPrometheus are the labels that it adds, and that a histogram has.
var ofPrometheus = []string{"job", "instance", "le"}

// wrongIn finds in a query metrics that there are not, labels that they do not have, and values that no series has: Prometheus takes
// what is misspelt for something that never happens.
func wrongIn(series map[string]string, query string) (problems []string) {
	found := selector.FindAllStringSubmatch(query, -1)
	if len(found) == 0 && query != `up{job="ssprd"} == 0` {
		problems = append(problems, "it asks for nothing of ours")
	}
	for _, s := range found {
		if !isFamily(s[1]) {
			problems = append(problems, "there is no "+s[1])
			continue
		}
		for _, label := range matcher.FindAllStringSubmatch(s[2], -1) {
			if slices.Contains(ofPrometheus, label[1]) || strings.HasPrefix(label[3], "$") || label[3] == "" {
				continue
			}
			for value := range strings.SplitSeq(label[3], "|") {
				if !anySeries(series, s[1], label[1]+`="`+value+`"`) {
					problems = append(problems, s[1]+" never has "+label[1]+"="+value)
				}
			}
		}
	}
	for _, by := range grouping.FindAllStringSubmatch(query, -1) {
		for label := range strings.SplitSeq(by[1], ", ") {
			if !slices.Contains(allowed, label) && !slices.Contains(ofPrometheus, label) {
				problems = append(problems, "there is no label "+label)
			}
		}
	}
	return problems
}

func anySeries(series map[string]string, name, label string) bool {
	for one := range series {
		if strings.HasPrefix(one, name+"{") && strings.Contains(one, label) {
			return true
		}
	}
	return false
}

// The check itself must be able to find something.
func TestWrongIn(t *testing.T) {
	series, _ := exposed(t, counting())
	for _, query := range []string{"ssprd_resetz_total", `ssprd_resets_total{outcome="unknwon"}`, "sum by (person) (ssprd_resets_total)",
		`ssprd_limits_reached_total{limit=~"acts_per_agent|acts_per_agnet"}`, `ssprd_resets_total{server="x"}`, "up", "ssprd_resets_total_bucket"} {
		if len(wrongIn(series, query)) == 0 {
			t.Errorf("nothing is wrong with %s", query)
		}
	}
}
