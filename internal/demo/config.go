package demo

import (
	"bytes"
	_ "embed"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"text/template"
)

//go:embed config.yaml.tmpl
var configText string

// configTemplate writes every value as a double-quoted scalar: what Go quotes of a path or an address, YAML reads back.
func configTemplate() *template.Template {
	return template.Must(template.New("config.yaml").Funcs(template.FuncMap{"q": strconv.Quote}).Parse(configText))
}

// labels are what the waiting page and the sign-in page call the two servers.
var labels = []string{"Annuaire de Bordeaux", "Annuaire de Limoges"}

type configValues struct {
	Listen, Public                    string
	Helpdesk, HelpdeskPublic          string // empty: there is none
	Assistants, Leaders               string
	StateFile, StateKey, Audit        string
	Primary, Replica                  string
	CAFile, BindDN, PasswordFile      string
	Suffix, Administrators, LoginPath string
	Labels                            []string
	SMTP                              string
}

func (w *World) configYAML(listen, helpdesk string) ([]byte, error) {
	public, err := publicURL(listen)
	if err != nil {
		return nil, err
	}
	deskPublic := ""
	if helpdesk != "" {
		if deskPublic, err = publicURL(helpdesk); err != nil {
			return nil, err
		}
	}
	in := func(name string) string { return filepath.Join(w.dir, name) }
	var b bytes.Buffer
	err = configTemplate().Execute(&b, configValues{
		Listen: listen, Public: public, Helpdesk: helpdesk, HelpdeskPublic: deskPublic, Assistants: assistants, Leaders: leaders,
		StateFile: "file:" + in("state.db"), StateKey: in("state.key"), Audit: in("audit.jsonl"),
		Primary: w.Directory.Primary(), Replica: w.Directory.Replica(),
		CAFile: w.Directory.CAFile, BindDN: w.Directory.BindDN, PasswordFile: w.Directory.PasswordFile,
		Suffix: suffix, Administrators: administrators, LoginPath: LoginPath,
		Labels: labels, SMTP: "smtp+plain://" + w.Mailbox.Addr(),
	})
	return b.Bytes(), err
}

// publicURL is how a browser on this machine reaches what listens there. A name for every address is no address to
// go to: loopback is.
func publicURL(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("address to listen on: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}
