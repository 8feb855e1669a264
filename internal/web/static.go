package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"ssprd/internal/theme"
)

// The names of static files that have a part of their own.
const (
	staticDir  = "static"
	styleFile  = "portal.css"
	themeStyle = "theme.css" // appended to portal.css
	logoFile   = "logo.svg"
	iconFile   = "favicon.svg"
)

// Static serves the files of the folder static/, all read at the start. Their addresses are /static/HASH/NAME, where
// the hash is that of all of them together: a browser may keep each for ever, a change of any gives new addresses to
// all, and one can name another beside it (url() in a theme's CSS).
//
// A theme costs no request more than it must: its theme.css is the end of portal.css, and its logo is the icon too,
// unless it has one.
type Static struct {
	hash  string
	files map[string]staticFile
	icon  string // the file that is the icon
}

// hashSize is the length of the hash in bytes.
const hashSize = 8

type staticFile struct {
	contentType string
	text        []byte
	gzipped     func() []byte // nil where it would not be smaller; made when the first browser asks for it
}

// NewStatic reads the folder static/ of files.
func NewStatic(files fs.FS) (*Static, error) {
	texts, err := readStatic(files)
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	if style, ok := texts[themeStyle]; ok {
		texts[styleFile] = slices.Concat(texts[styleFile], []byte("\n/* "+themeStyle+", of the theme */\n"), style)
		delete(texts, themeStyle)
	}
	s := &Static{files: map[string]staticFile{}, icon: iconFile}
	if _, logo := texts[logoFile]; logo && !theme.Own(files, path.Join(staticDir, iconFile)) {
		s.icon = logoFile
		delete(texts, iconFile)
	}
	digest := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		fmt.Fprintf(digest, "%s %d\n", name, len(text))
		digest.Write(text)
		s.files[name] = staticFile{contentType(name), text, sync.OnceValue(func() []byte { return compress(text) })}
	}
	s.hash = hex.EncodeToString(digest.Sum(nil)[:hashSize])
	return s, nil
}

func readStatic(files fs.FS) (map[string][]byte, error) {
	entries, err := fs.ReadDir(files, staticDir)
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") { // an editor's copy may hold what the file no longer says
			continue
		}
		if texts[e.Name()], err = fs.ReadFile(files, path.Join(staticDir, e.Name())); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// Address gives the address of a file, or none if there is no such file.
func (s *Static) Address(name string) string {
	if name == iconFile {
		name = s.icon
	}
	if _, ok := s.files[name]; !ok {
		return ""
	}
	return path.Join("/", staticDir, s.hash, name)
}

// Names lists the files that are served, sorted.
func (s *Static) Names() []string { return slices.Sorted(maps.Keys(s.files)) }

// Has tells whether there is a file to give for this address.
func (s *Static) Has(address string) bool {
	_, _, ok := s.find(address)
	return ok
}

// find is the file of an address. While instances are upgraded or reloaded one after the other, the page may be another's,
// with files of another version: ours are given in their place, and kept by nobody, for a page of another version's looks is
// better than one without any. Not so a script, which might not fit the page: every page works without.
func (s *Static) find(address string) (f staticFile, own, ok bool) {
	rest, ok := strings.CutPrefix(address, "/"+staticDir+"/")
	hash, name, _ := strings.Cut(rest, "/")
	if !ok || !isHash(hash) {
		return staticFile{}, false, false
	}
	f, ok = s.files[name]
	own = hash == s.hash
	return f, own, ok && (own || path.Ext(name) != ".js")
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == hashSize
}

// ServeHTTP answers with the file of this address, or with 404.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, own, ok := s.find(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	text := f.text
	h := w.Header()
	if gzipped := f.gzipped(); gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			text = gzipped
		}
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if own {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-store")
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(text) // a visitor who has gone needs no answer
	}
}

// contentType goes by a table of our own: that of package mime depends on the machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".woff2":
		return "font/woff2"
	default:
		return "application/octet-stream"
	}
}

func compress(text []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // fails only for another level
	_, err := z.Write(text)
	if err := errors.Join(err, z.Close()); err != nil || b.Len() >= len(text) {
		return nil
	}
	return b.Bytes()
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3) as far as browsers write it.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(coding) == "gzip" {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(quality), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}
