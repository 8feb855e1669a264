package deploytest_test

import (
	"errors"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"ssprd/internal/config"
	"ssprd/internal/portaltest"
)

// composition is what a test looks at in deploy/compose.yaml.
type composition struct {
	Services map[string]struct {
		ReadOnly        bool     `yaml:"read_only"`
		CapDrop         []string `yaml:"cap_drop"`
		SecurityOpt     []string `yaml:"security_opt"`
		StopGracePeriod string   `yaml:"stop_grace_period"`
		Image           string
		Ports           []string
		Environment     map[string]string
		Networks        yaml.Node
		Healthcheck     struct{ Test []string }
		Configs         []mount
		Secrets         []mount
	}
	Configs, Secrets map[string]struct{ File string }
}

// mount names a config or a secret, by itself or with where it goes.
type mount struct{ Source, Target string }

// UnmarshalYAML reads both ways of writing it.
func (m *mount) UnmarshalYAML(n *yaml.Node) error {
	type long mount
	if n.Kind == yaml.ScalarNode {
		m.Source, m.Target = n.Value, "/run/secrets/"+n.Value
		return nil
	}
	return n.Decode((*long)(m))
}

// address is a service's on a network.
func address(t *testing.T, networks yaml.Node, name string) string {
	t.Helper()
	var all map[string]struct {
		Address string `yaml:"ipv4_address"`
	}
	if err := networks.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all[name].Address
}

// The compose file starts two portals that share what instances have to share, behind the example of HAProxy as it is: what it
// sets is what the program knows, the addresses are those of the proxy's configuration, each container can write to its
// volumes alone and is given the time to end (R74), and nobody but the proxy is reached from outside.
func TestCompose(t *testing.T) {
	deploy := filepath.Join(portaltest.Root(), "deploy")
	var c composition
	if err := yaml.Unmarshal(content(t, filepath.Join(deploy, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) != 4 {
		t.Errorf("there are %d services", len(c.Services))
	}
	guide := string(content(t, filepath.Join(portaltest.Root(), "docs", "install.md")))
	for name, s := range c.Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}) {
			t.Errorf("%s may do more than it needs to", name)
		}
		if (len(s.Ports) > 0) != (name == "proxy") {
			t.Errorf("%s is reached from outside by %v", name, s.Ports)
		}
		if own := strings.HasPrefix(s.Image, "ssprd:"); own != (s.Healthcheck.Test == nil) { // the image of the portal has one of its own
			t.Errorf("%s: health check %v", name, s.Healthcheck.Test)
		}
		for _, m := range append(s.Configs, s.Secrets...) {
			file := c.Configs[m.Source].File + c.Secrets[m.Source].File
			if file == "" || m.Target == "" {
				t.Errorf("%s: %+v is not declared", name, m)
			}
			if strings.HasPrefix(file, "compose/") && !strings.Contains(guide, file) || !strings.HasPrefix(file, "compose/") && !exists(filepath.Join(deploy, file)) {
				t.Errorf("%s is neither there nor does docs/install.md have it made", file)
			}
		}
	}
	balancer := string(content(t, filepath.Join(deploy, c.Configs["proxy"].File)))
	for _, name := range []string{"one", "two"} {
		portal := c.Services[name]
		if grace, err := time.ParseDuration(portal.StopGracePeriod); err != nil || grace <= longestStop {
			t.Errorf("%s is killed after %q, while it may take %s to end", name, portal.StopGracePeriod, longestStop)
		}
		if server := "server " + name + " " + address(t, portal.Networks, "inside") + ":8080"; !strings.Contains(balancer, server+"\n") {
			t.Errorf("HAProxy has no %q", server)
		}
	}
	followed(t, c)
}

// followed has the program read what the compose file sets.
func followed(t *testing.T, c composition) {
	t.Helper()
	for name, value := range c.Services["one"].Environment {
		t.Setenv(name, value)
	}
	_, err := config.Load(filepath.Join(portaltest.Root(), "config.example.yaml"))
	var wrong *config.Mistakes
	if !errors.As(err, &wrong) || wrong.Read == nil {
		t.Fatalf("the files of the example are not here, and yet: %v", err)
	}
	for _, m := range wrong.List {
		if missing := regexp.MustCompile(`cannot be read: no such file|a file with the key`); !missing.MatchString(m.Want) {
			t.Errorf("%+v", m)
		}
	}
	settings := wrong.Read
	if !settings.State.Shared() || settings.Server.Operations != ":9090" {
		t.Errorf("state %s, operations %s", settings.State.URL, settings.Server.Operations)
	}
	proxy := netip.MustParseAddr(address(t, c.Services["proxy"].Networks, "inside"))
	if !slices.ContainsFunc(settings.Server.TrustedProxies, func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(proxy) }) {
		t.Errorf("the proxy, %s, is not among %v", proxy, settings.Server.TrustedProxies)
	}
	for _, secret := range []string{settings.State.KeyFile, settings.State.PasswordFile} {
		if !slices.ContainsFunc(c.Services["one"].Secrets, func(m mount) bool { return m.Target == secret }) {
			t.Errorf("%s is no secret of the containers", secret)
		}
	}
}
