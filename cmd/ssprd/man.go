package main

import (
	"bytes"
	"context"
	_ "embed"
	"flag"
	"io"
	"strings"
	"text/template"
	"unicode"
)

//go:embed man.roff.tmpl
var manText string

var manTemplate = template.Must(template.New("ssprd.1").Funcs(template.FuncMap{"roff": roff, "sentence": sentence}).Parse(manText))

// manCommand prints the page of the manual, ssprd(1), in roff.
func manCommand(_ context.Context, args []string, out, diagnostics io.Writer) error {
	if err := options("man", "man", args, out, diagnostics, func(*flag.FlagSet) {}); err != nil {
		return err
	}
	page := struct {
		Version, Config, ExitCodes string
		Commands                   []manual
	}{Version: version, Config: defaultConfig, ExitCodes: exitCodes}
	for _, d := range describe() {
		page.Commands = append(page.Commands, manual{d.name, d.summary, d.synopsis, d.options()})
	}
	var text bytes.Buffer // whole, or not at all
	if err := manTemplate.Execute(&text, page); err != nil {
		return err
	}
	_, err := out.Write(text.Bytes())
	return err
}

// manual is a command for the template.
type manual struct {
	Name, Summary, Synopsis string
	Options                 []option
}

// roff writes a text so that none of it is taken for a request, nor a hyphen of a command for one where a line breaks (groff_char(7)).
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}

// sentence is roff of a text of the help, with a capital and a full stop.
func sentence(text string) string {
	r := []rune(text)
	if len(r) > 1 && unicode.IsLower(r[1]) || len(r) > 1 && r[1] == ' ' {
		r[0] = unicode.ToUpper(r[0])
	}
	return roff(strings.TrimSuffix(string(r), ".")) + "."
}
