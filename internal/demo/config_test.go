package demo_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The file is YAML and says what the demo is; that the portal takes it is tested where the portal is joined.
func TestConfig(t *testing.T) {
	dir := filepath.Join(t.TempDir(), `a "quoted" dossier`)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w := startWorld(t, dir, fast)
	path, err := w.WriteConfig("127.0.0.1:8080", "")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Portal struct {
			PublicURL string   `yaml:"public_url"`
			LoginURL  string   `yaml:"login_url"`
			Languages []string `yaml:"languages"`
		}
		Server      struct{ Listen, Operations string }
		State       struct{ URL string }
		Directories []struct {
			Servers, Replicas, Protected []string
			Labels                       []string `yaml:"server_labels"`
			CAFile                       string   `yaml:"ca_file"`
			PasswordFile                 string   `yaml:"bind_password_file"`
		}
		Populations []struct{ Name string }
		Mail        struct{ Server string }
	}
	if err := yaml.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Directories) != 1 {
		t.Fatalf("%d directories", len(got.Directories))
	}
	d := got.Directories[0]
	var names []string
	for _, p := range got.Populations {
		names = append(names, p.Name)
	}
	for _, check := range []struct{ got, want any }{
		{got.Portal.PublicURL, "http://127.0.0.1:8080"},
		{got.Portal.LoginURL, "http://127.0.0.1:8080/demo/login"},
		{got.Portal.Languages, []string{"fr", "en"}},
		{got.Server.Listen, "127.0.0.1:8080"},
		{got.Server.Operations, ""},
		{got.State.URL, "file:" + filepath.Join(dir, "state.db")},
		{d.Servers, []string{w.Directory.Primary()}},
		{d.Replicas, []string{w.Directory.Replica()}},
		{d.Labels, []string{"Annuaire de Bordeaux", "Annuaire de Limoges"}},
		{d.Protected, []string{"(memberOf=cn=administrateurs,ou=groupes,dc=region,dc=example)"}},
		{d.CAFile, w.Directory.CAFile},
		{d.PasswordFile, w.Directory.PasswordFile},
		{names, []string{"usagers", "elus", "agents-lycees", "agents-siege", "support"}},
		{got.Mail.Server, "smtp+plain://" + w.Mailbox.Addr()},
	} {
		if !reflect.DeepEqual(check.got, check.want) {
			t.Errorf("got %q, want %q", check.got, check.want)
		}
	}
}

// A name for every address is none to go to.
func TestConfigPublicURL(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	for listen, want := range map[string]string{
		":8080": "http://127.0.0.1:8080", "0.0.0.0:81": "http://127.0.0.1:81", "[::]:82": "http://127.0.0.1:82",
		"[::1]:83": "http://[::1]:83", "localhost:84": "http://localhost:84", "8080": "",
	} {
		path, err := w.WriteConfig(listen, "")
		if want == "" {
			if err == nil {
				t.Errorf("%q was taken", listen)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Portal struct {
				URL string `yaml:"public_url"`
			}
		}
		if err := yaml.Unmarshal(text, &got); err != nil || got.Portal.URL != want {
			t.Errorf("%q: %q, %v; want %q", listen, got.Portal.URL, err, want)
		}
	}
}
