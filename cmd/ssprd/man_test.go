package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Each command describes itself, with the synopsis that its help has.
func TestDescribe(t *testing.T) {
	t.Parallel()
	for _, d := range describe() {
		if d.flags == nil || !strings.HasPrefix(d.synopsis+" ", d.name+" ") {
			t.Errorf("%s describes itself as %q", d.name, d.synopsis)
			continue
		}
		for _, o := range d.options() {
			if o.Usage == "" || !strings.Contains(d.synopsis, "--"+o.Name) {
				t.Errorf("ssprd %s: --%s is not in its synopsis, or says nothing: %q", d.name, o.Name, d.synopsis)
			}
		}
	}
}

// The page of the manual has every command and every option, and groff, where it is installed, finds nothing to say about it.
func TestMan(t *testing.T) {
	t.Parallel()
	code, page, diagnostics := call(t, "man")
	if code != 0 || diagnostics != "" {
		t.Fatalf("%d %s", code, diagnostics)
	}
	for _, d := range describe() {
		_, section, found := strings.Cut(page, "\n.SS "+roff(d.name)+"\n")
		section, _, _ = strings.Cut(section, "\n.S")
		if !found || !strings.HasPrefix(section, sentence(d.summary)) {
			t.Errorf("%s: %q", d.name, section)
		}
		for _, o := range d.options() {
			if !strings.Contains(section, "\n.TP\n.B \\-\\-"+roff(o.Name)) {
				t.Errorf("%s: no --%s: %q", d.name, o.Name, section)
			}
		}
	}
	request := regexp.MustCompile(`^\.(TH|SH|SS|TP|PP|B|BI|I|IR|br)\b`)
	for line := range strings.Lines(page) {
		if (strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'")) && !request.MatchString(line) {
			t.Errorf("an unknown request: %s", line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Log("groff is not installed: the page is not set by it")
		return
	}
	set := exec.Command(groff, "-man", "-ww", "-z", "-Tutf8")
	set.Stdin = strings.NewReader(page)
	var said bytes.Buffer
	set.Stderr = &said
	if err := set.Run(); err != nil || said.Len() > 0 {
		t.Errorf("%v %s", err, &said)
	}
}

// Nothing of a text is taken for a request or a font.
func TestRoff(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{`.TH`: `\&.TH`, `'x`: `\&'x`, `C:\x --y`: `C:\ex \-\-y`} {
		if got := roff(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"a DIR": "A DIR.", "URL of it.": "URL of it.", "run it": "Run it."} {
		if got := sentence(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
