package canary

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

// The search itself must be able to find something, and know what may be seen by whom.
func TestLeaks(t *testing.T) {
	const value = `Oiseau-"é"-<47>/x&y`
	quoted, _ := json.Marshal(map[string]string{"msg": value})
	var text strings.Builder
	slog.New(slog.NewTextHandler(&text, nil)).Info(value)
	var wide []byte
	for _, r := range value {
		wide = append(wide, byte(r), byte(r>>8))
	}
	for name, content := range map[string]string{
		"plain": "xx" + value + "xx", "JSON": string(quoted), "slog": text.String(), "query": "a=" + url.QueryEscape(value),
		"path": "/fr/" + url.PathEscape(value), "HTML": html.EscapeString(value), "bytes": fmt.Sprint([]byte("x" + value + "y")),
		"hexadecimal": hex.EncodeToString([]byte("x" + value)), "base64": base64.StdEncoding.EncodeToString([]byte(value)),
		"credentials": base64.StdEncoding.EncodeToString([]byte("user:" + value + "!")), "another shift": base64.URLEncoding.EncodeToString([]byte("\x00" + value)),
		"UTF-16": "\x01" + string(wide), "UTF-16 in base64": base64.StdEncoding.EncodeToString(wide),
	} {
		l := ledger{secrets: map[string]secret{}}
		l.add(secret{what: "password", value: value})
		l.put(output{what: "the log", content: []byte(content)})
		if len(l.leaks()) == 0 {
			t.Errorf("%s: it was not found in %q", name, content)
		}
	}
	mine, theirs := &browser{}, &browser{}
	l := ledger{secrets: map[string]secret{}}
	l.add(secret{what: "token", value: value, page: mine})
	l.put(output{what: "a page", content: []byte(value), page: mine})
	if found := l.leaks(); len(found) > 0 {
		t.Error(found)
	}
	l.put(output{what: "a page", content: []byte(value), page: theirs})
	if len(l.leaks()) != 1 {
		t.Error(l.leaks())
	}
	l = ledger{secrets: map[string]secret{}}
	l.add(secret{what: "code", value: "482915"})
	l.add(secret{what: "dictated code", value: "482915000111222", once: "the page"})
	for content, want := range map[string]int{"typed 482915.": 0, "typed 482915,": 1, "at 21:55:16.482915Z": 0, "port 4829151 or 482915": 1, "x=482915000111222": 1} {
		l.outputs = []output{{what: "the page", content: []byte("482915000111222")}, {what: "the log", content: []byte(content)}}
		if found := l.leaks(); len(found) != want {
			t.Errorf("%q: %q, want %d", content, found, want)
		}
	}
}
