package web_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// R25: what the pages' policy lets no browser run, apply or load is told at the start.
func TestBarredInTemplates(t *testing.T) {
	for name, c := range map[string]struct{ markup, wrong string }{
		"script":            {"<script>alert(1)</script>", "a script between tags"},
		"script of a kind":  {`<script type="module">alert(1)</script>`, "a script between tags"},
		"style sheet":       {"<style>p { color: red }</style>", "a style sheet between tags"},
		"style":             {`<p class="quiet" style="color: red">`, "a style attribute"},
		"script in a press": {"<p {{if .Lang}}class=\"quiet\"{{end}}\nonclick='go()'>", "a script in an attribute"},
		"picture":           {`<img alt="" src="https://www.example.org/logo.png">`, "nothing from elsewhere"},
		"picture inside":    {`<img alt="" src="data:image/png;base64,AA==">`, "nothing from elsewhere"},
		"script elsewhere":  {`<script src="//www.example.org/a.js"></script>`, "nothing from elsewhere"},
		"frame":             {`<iframe src="/fr/"></iframe>`, "no browser shows"},
		"in a branch":       {`{{if .Lang}}{{else}}<p style="">{{end}}`, "a style attribute"},
		"allowed":           {`<script type="module" src="{{static "portal.js"}}"></script><a href="https://www.example.org/">style = on</a>`, ""},
	} {
		files := builtIn(t)
		files["support.html"] = &fstest.MapFile{Data: []byte("{{define \"title\"}}T{{end}}\n{{define \"main\"}}\n" + c.markup + "{{end}}")}
		_, err := readPages(files, languages)
		told := err != nil && strings.Contains(err.Error(), "built-in support.html:") && strings.Contains(err.Error(), c.wrong)
		if c.wrong == "" && err != nil && strings.Contains(err.Error(), "browser") || c.wrong != "" && !told {
			t.Errorf("%s: %v", name, err)
		}
	}
}
