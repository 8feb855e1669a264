package portaltest

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ssprd/internal/dirtest"
)

// Region describes a portal over servers of the tests.
type Region struct {
	Slapd   *dirtest.Slapd            // the directory of usagers and elus; nil for none
	Replica *dirtest.Slapd            // followed by the waiting page; nil for none
	Others  []*dirtest.Slapd          // followed likewise, after that one
	Samba   *dirtest.Samba            // the directory of agents-siege; nil for none
	Mail    interface{ URL() string } // most often a mailtest.Sink
	Address string                    // HOST:PORT to listen on
	Wait    string                    // the longest the waiting page waits; 30s if empty
	More    string                    // further YAML, at the end of the file

	Origin     string // what visitors know the portal by; http://Address if empty
	Proxies    string // server.trusted_proxies: CIDRs with commas between them
	Operations string // server.operations; nowhere if empty
	Drain      string // server.drain; 0s if empty
	Timeout    string // of the directories; 2s if empty
	State      string // state.url, of a store that instances share; a file of this one's if empty
	Key        string // state.key_file, which those share as well
	Audit      string // audit.file
}

// URL is where the portal answers.
func (r Region) URL() string { return "http://" + r.Address }

// in gives a region whose files are in dir where nothing else is said.
func (r Region) in(dir string) Region {
	r.Origin = cmp.Or(r.Origin, r.URL())
	r.Drain = cmp.Or(r.Drain, "0s")
	r.Timeout = cmp.Or(r.Timeout, "2s")
	r.State = cmp.Or(r.State, "file:"+filepath.Join(dir, "state.db"))
	r.Key = cmp.Or(r.Key, filepath.Join(dir, "state.key"))
	r.Audit = cmp.Or(r.Audit, filepath.Join(dir, "audit.jsonl"))
	return r
}

// Config is the configuration file of the region.
func (r Region) Config(t testing.TB) string {
	t.Helper()
	r = r.in(t.TempDir())
	var b strings.Builder
	fmt.Fprintf(&b, `portal:
  public_url: %s
  login_url: https://mes-demarches.example.org/
  name: Mes démarches en Nouvelle-Aquitaine
  organisation: RÉGION Nouvelle-Aquitaine
server: {listen: %q, operations: %q, trusted_proxies: [%s], drain: %s}
state: {url: %q, key_file: %q}
mail: {server: %q, from: "Région <ne-pas-repondre@example.org>"}
audit: {file: %q}
log: {level: debug, format: text}
rules:
  - {name: standard, min_length: 8, min_lower: 1, min_upper: 1, min_digits: 1}
`, r.Origin, r.Address, r.Operations, r.Proxies, r.Drain, r.State, r.Key, r.Mail.URL(), r.Audit)
	b.WriteString("directories:\n")
	if r.Slapd != nil {
		r.directory(&b, "region", "openldap", &r.Slapd.Server)
		r.followers(&b)
		fmt.Fprintf(&b, "    protected: [%q]\n", dirtest.ProtectedFilter)
	}
	if r.Samba != nil {
		r.directory(&b, "siege", "active-directory", &r.Samba.Server)
	}
	b.WriteString("populations:\n")
	r.populations(&b)
	return b.String() + r.More
}

// followers are the replicas of the region's directory. All servers have a label.
func (r Region) followers(b *strings.Builder) {
	if r.Replica == nil {
		return
	}
	urls, labels := "", "Annuaire de Bordeaux"
	for i, f := range append([]*dirtest.Slapd{r.Replica}, r.Others...) {
		urls += fmt.Sprintf("%q, ", f.URL)
		labels += ", Annuaire de " + []string{"Limoges", "Poitiers"}[i]
	}
	fmt.Fprintf(b, "    replicas: [%s]\n    server_labels: [%s]\n", strings.TrimSuffix(urls, ", "), labels)
}

func (r Region) directory(b *strings.Builder, name, kind string, s *dirtest.Server) {
	fmt.Fprintf(b, `  - name: %s
    kind: %s
    servers: [%q]
    ca_file: %q
    bind_dn: %q
    bind_password_file: %q
    timeout: %s
`, name, kind, s.URL, s.CAFile, s.ServiceDN, s.ServicePasswordFile, r.Timeout)
}

func (r Region) populations(b *strings.Builder) {
	wait := r.Wait
	if wait == "" {
		wait = "30s"
	}
	population := func(name, fr, en, reset string) {
		fmt.Fprintf(b, "  - {name: %s, label: {fr: %q, en: %q}, reset: {%s, rules: standard, wait: %s}}\n", name, fr, en, reset, wait)
	}
	if r.Slapd != nil {
		const people = `directory: region, base: "ou=%s,dc=region,dc=example", filter: (objectClass=inetOrgPerson), find_by: [mail, uid], mail: [mail], identifier: uid`
		population("usagers", "Je suis un usager des services de la Région", "I use the Region's services", fmt.Sprintf(people, "usagers"))
		population("elus", "Je suis un élu de la Région", "I am an elected member of the Region", fmt.Sprintf(people, "elus"))
	}
	if r.Samba != nil {
		population("agents-siege", "Je suis un agent du siège", "I work at the head office",
			`directory: siege, base: "OU=Agents,DC=siege,DC=example", filter: "(&(objectCategory=person)(objectClass=user))", `+
				`find_by: [mail, sAMAccountName], mail: [extensionAttribute1], identifier: sAMAccountName`)
	}
	b.WriteString(`  - {name: agents-lycees, label: {fr: "Je suis un agent des lycées", en: "I work in a lycée"}, link: {url: "https://assistance-lycees.example.org/mot-de-passe"}}
  - {name: support, label: {fr: "J'ai besoin de support", en: "I need help"}, support: {text: {fr: "L'assistance vous répond du lundi au vendredi, de 8 h à 18 h.", en: "Monday to Friday, 8 to 18."}, phone: "05 00 00 00 00", mail: assistance@example.org}}
`)
}
