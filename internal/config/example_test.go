package config_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"ssprd/internal/config"
	"ssprd/internal/ldapx"
)

const example = "../../config.example.yaml"

// install writes the files that an example names into a folder of the test, and the example with these paths.
func install(t *testing.T, example string) string {
	t.Helper()
	raw, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := strings.NewReplacer("/etc/ssprd", dir, "/var/lib/ssprd", dir, "/var/log/ssprd", dir).Replace(string(raw))
	for _, name := range []string{"ca.pem", "siege-ca.pem"} {
		write(t, filepath.Join(dir, name), certificate(t))
	}
	for _, name := range []string{"ldap.password", "siege.password"} {
		write(t, filepath.Join(dir, name), "Canary\n")
	}
	return write(t, filepath.Join(dir, "config.yaml"), text)
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate is that of the test server of the standard library, in PEM.
func certificate(t *testing.T) string {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

func TestExampleIsValid(t *testing.T) {
	c, err := config.Load(install(t, example), "fr", "en")
	if err != nil {
		t.Fatal(err)
	}
	elus := c.Populations[1].Reset
	if !elus.Unlock || elus.Wait != 90*time.Second || elus.Base != "ou=elus,dc=region,dc=example" {
		t.Errorf("a reset that says little: %+v", elus)
	}
	staff, _ := c.RulesNamed("staff")
	if staff.MinLength != 12 || staff.MaxLength != 256 || staff.MinStrength != 3 || staff.Suggestions != 6 {
		t.Errorf("rules that say little: %+v", staff)
	}
	siege, _ := c.Directory("siege")
	if siege.Timeout != 5*time.Second || siege.History != ldapx.HistoryIfSupported || siege.Write != ldapx.WriteAuto {
		t.Errorf("a directory that says little: %+v", siege)
	}
	if got := c.Limits.FailuresPerPopulation; got.Count != 300 || got.Per != 10*time.Minute {
		t.Errorf("failures_per_population is %+v", got)
	}
	if got := c.Populations[0].Label.In("en"); got != "I use the Region's services" {
		t.Errorf("the label in English is %q", got)
	}
}

// fenced is the YAML block of a page in Markdown, which may be indented as part of a list.
var fenced = regexp.MustCompile("(?s)\n *```yaml\n(.*?)\n *```")

// The configuration that the README tells a newcomer to begin with is one.
func TestReadmeIsValid(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := fenced.FindSubmatch(page)
	if block == nil {
		t.Fatal("there is no YAML in the README")
	}
	file := write(t, filepath.Join(t.TempDir(), "readme.yaml"), string(block[1]))
	if _, err := config.Load(install(t, file), "fr", "en"); err != nil {
		t.Error(err)
	}
}

// A file written for the first version loads for ever: this is the contract as it was fixed. It names a directory that
// it leaves out, twice, which is the one thing wrong with it.
func TestContractLoads(t *testing.T) {
	file := install(t, "testdata/contract.yaml")
	_, err := config.Load(file)
	want := file + `:66: populations[3].reset.directory: "siege": wanted the name of an entry of directories` + "\n" +
		file + `:107: helpdesk.directory: "siege": wanted the name of an entry of directories`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// Every setting stands in the example, so that nobody has to read the code to find one.
func TestExampleIsComplete(t *testing.T) {
	raw, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]any
	if err := yaml.Unmarshal(raw, &settings); err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	flatten(settings, "", written)
	for _, path := range paths(reflect.TypeFor[config.Config](), "") {
		if !written[path] {
			t.Errorf("%s is not in config.example.yaml", path)
		}
	}
}

// flatten notes the path of each key, as in directories[].name.
func flatten(v any, path string, into map[string]bool) {
	into[path] = true
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			flatten(value, strings.TrimPrefix(path+"."+key, "."), into)
		}
	case []any:
		for _, item := range v {
			flatten(item, path+"[]", into)
		}
	}
}

// paths are the keys of a struct by their tags, in the form of flatten.
func paths(t reflect.Type, path string) []string {
	switch {
	case t.Kind() == reflect.Pointer:
		return paths(t.Elem(), path)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return paths(t.Elem(), path+"[]")
	case t.Kind() != reflect.Struct || t.PkgPath() == "ssprd/internal/limit" && t.Name() == "Rate":
		return []string{path}
	}
	var list []string
	for i := range t.NumField() {
		switch tag := t.Field(i).Tag.Get("mapstructure"); tag {
		case "":
			if !t.Field(i).IsExported() {
				continue
			}
			panic("no key for " + t.Field(i).Name)
		case ",squash":
			list = append(list, paths(t.Field(i).Type, path)...)
		default:
			list = append(list, paths(t.Field(i).Type, strings.TrimPrefix(path+"."+tag, "."))...)
		}
	}
	return list
}
