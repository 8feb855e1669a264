package want_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssprd/internal/want"
)

func TestGot(t *testing.T) {
	if got := want.Got("", "a word"); got != "missing: wanted a word" {
		t.Error(got)
	}
	if got := want.Got("x\ny", "a word"); got != `"x\ny": wanted a word` {
		t.Error(got)
	}
	if got := want.Got(strings.Repeat("é", 1000), "a word"); len(got) > 500 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestOneOfAndBetween(t *testing.T) {
	for got, wanted := range map[string]string{
		want.OneOf("b", "a", "b"):                             "",
		want.OneOf("d", "a", "b", "c"):                        `"d": wanted a, b or c`,
		want.Between(6, 6, 10):                                "",
		want.Between(10, 6, 10):                               "",
		want.Between(11, 6, 10):                               "11: wanted 6 to 10",
		want.Between(0, time.Second, 24*time.Hour):            "0s: wanted 1s to 24h",
		want.Between(90*time.Second, 0, time.Minute):          "1m30s: wanted 0s to 1m",
		want.Between(20*time.Minute, 0, 10*time.Minute):       "20m: wanted 0s to 10m",
		want.Between(-time.Hour, time.Minute, 90*time.Minute): "-1h: wanted 1m to 1h30m",
	} {
		if got != wanted {
			t.Errorf("got %q, want %q", got, wanted)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, wanted := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.255.0.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.": false, "localhost.example.org": false, "0.0.0.0": false, "::": false, "10.0.0.1": false,
		"127.1": false, "2130706433": false, "::ffff:10.0.0.1": false, "127.0.0.1.example.org": false,
	} {
		if got := want.Loopback(host); got != wanted {
			t.Errorf("%q: got %t", host, got)
		}
	}
}

func TestAddresses(t *testing.T) {
	server := func(v string) string { _, _, wrong := want.Server(v, "ldaps", "ldap"); return wrong }
	for _, tt := range []struct {
		name  string
		judge func(string) string
		good  []string
		bad   []string
	}{
		{"WebURL", want.WebURL,
			[]string{"https://www.example.org", "http://www.example.org:8080/a?b=c#d", "https://[::1]/"},
			[]string{"", "//www.example.org", "/path", "www.example.org", "javascript:alert(1)", "ftp://a", "https://", "https://:443", "https:a.example", "https://u:p@a", "https://a:0", "https://a:x", "https://a b"}},
		{"Server", server,
			[]string{"ldaps://a", "ldap://a:389", "ldap://[::1]:389/"},
			[]string{"", "a:389", "http://a", "ldap://a/dc=x", "ldap://a?x", "ldap://a#x", "ldap://u:p@a", "ldap://a:65536"}},
		{"Listen", want.Listen,
			[]string{"127.0.0.1:8080", ":8080", "[::1]:0", "localhost:80"},
			[]string{"", "127.0.0.1", "8080", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536", "a b:1", "http://a:1"}},
		{"CIDR", want.CIDR,
			[]string{"10.0.0.0/8", "10.0.0.1/32", "fd00::/8"},
			[]string{"", "10.0.0.1", "10.0.0.0/33", "0.0.0.0/0", "::/0", "proxy.example.org"}},
		{"Mail", want.Mail,
			[]string{"a@example.org", "prénom@example.org"},
			[]string{"", "a", "A <a@example.org>", "a@example.org, b@example.org", "a@example.org\n"}},
		{"Sender", want.Sender,
			[]string{"a@example.org", "Région <a@example.org>", `"A, B" <a@example.org>`},
			[]string{"", "Région", "A <a@example.org>\r\nBcc: b@example.org", "a@example.org, b@example.org"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, v := range tt.good {
				if wrong := tt.judge(v); wrong != "" {
					t.Errorf("%q is refused: %s", v, wrong)
				}
			}
			for _, v := range tt.bad {
				if tt.judge(v) == "" {
					t.Errorf("%q is accepted", v)
				}
			}
		})
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none")
	missing := fmt.Sprintf("%q cannot be read: no such file or directory", none)
	for got, wanted := range map[string]string{
		"1" + want.Folder(dir):        "1",
		"2" + want.Folder(none):       "2" + missing,
		"3" + want.Folder(text):       fmt.Sprintf("3%q: wanted a folder", text),
		"4" + want.Certificates(text): fmt.Sprintf("4%q: wanted a file of certificates in PEM", text),
		"5" + want.Certificates(dir):  fmt.Sprintf("5%q: wanted a file", dir),
		"6" + want.Certificates(none): "6" + missing,
		"7" + want.Secret(text):       "7",
		"8" + want.Secret(none):       "8" + missing,
		"9" + want.Secret(dir):        fmt.Sprintf("9%q: not a file", dir),
	} {
		if got != wanted {
			t.Errorf("got %s, want %s", got, wanted)
		}
	}
}

func TestUnique(t *testing.T) {
	var got []string
	want.Unique([]string{"a", "", "b", "a", ""}, "rule", func(i int, want string) { got = append(got, fmt.Sprint(i, " ", want)) })
	wanted := []string{`1 missing: wanted a name for this rule`, `3 "a": another rule has this name already`, `4 missing: wanted a name for this rule`}
	if strings.Join(got, "\n") != strings.Join(wanted, "\n") {
		t.Errorf("got %q", got)
	}
}
