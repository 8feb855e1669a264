package main

import (
	"bytes"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/template"
)

var (
	//go:embed completion.bash.tmpl
	completionBash string
	//go:embed completion.zsh.tmpl
	completionZsh string
	//go:embed completion.fish.tmpl
	completionFish string
)

// completionCommand prints what has a shell complete command lines.
func completionCommand(_ context.Context, args []string, out, diagnostics io.Writer) error {
	scripts := map[string]string{"bash": completionBash, "zsh": completionZsh, "fish": completionFish}
	var shell string
	if len(args) > 0 && scripts[args[0]] != "" {
		shell, args = args[0], args[1:]
	}
	if err := options("completion", "completion bash|zsh|fish", args, out, diagnostics, func(*flag.FlagSet) {}); err != nil {
		return err
	}
	if shell == "" {
		fmt.Fprintln(diagnostics, "ssprd completion: bash, zsh or fish is wanted")
		return errUsage
	}
	script, err := template.New(shell).Funcs(template.FuncMap{"inner": inner(shell), "join": join}).Parse(scripts[shell])
	if err != nil {
		return err
	}
	var commands []completed
	for _, d := range describe() {
		commands = append(commands, completed{d.name, d.summary, completions(d), d.words()})
	}
	var text bytes.Buffer // whole, or not at all
	if err := script.Execute(&text, commands); err != nil {
		return err
	}
	_, err = out.Write(text.Bytes())
	return err
}

// completed is a command for the templates, and completion one of its options.
type (
	completed struct {
		Name, Summary string
		Options       []completion
		Words         []string
	}
	completion struct {
		Name, Usage, Value string
		Choices            []string
		File, Dir          bool
	}
)

func completions(d *description) (all []completion) {
	for _, o := range d.options() {
		usage, _, _ := strings.Cut(o.Usage, ";") // a line of a menu is short
		all = append(all, completion{o.Name, usage, o.Value, o.Choices, o.Value == "FILE", o.Value == "DIR"})
	}
	return all
}

func join(words []string) string { return strings.Join(words, " ") }

// inner escapes a text between single quotes of a shell. What has a meaning in zsh's descriptions is escaped as well.
func inner(shell string) func(string) string {
	escape := map[string]*strings.Replacer{
		"bash": strings.NewReplacer(`'`, `'\''`),
		"zsh":  strings.NewReplacer(`'`, `'\''`, `\`, `\\`, `[`, `\[`, `]`, `\]`, `:`, `\:`),
		"fish": strings.NewReplacer(`\`, `\\`, `'`, `\'`),
	}
	return escape[shell].Replace
}
