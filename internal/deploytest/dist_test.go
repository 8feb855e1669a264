// Package deploytest_test tries what is given to administrators: the program and the package that `make dist` makes, the unit of
// systemd, the Dockerfile, the examples in deploy/. The package is installed, run and purged, on this very machine.
package deploytest_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// testVersion comes before every version that anybody has installed, and names what only a test can have left behind.
const testVersion = "0.0.0~test"

// madeIn is where made puts things; TestMain removes it.
var madeIn string

// made makes, once, what scripts/dist makes of this tree for this machine.
var made = sync.OnceValue(func() (err error) {
	if madeIn, err = os.MkdirTemp("", "ssprd-dist-"); err != nil {
		return err
	}
	return dist(portaltest.Root(), filepath.Join(madeIn, "dist"), "022")
})

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(madeIn)
	os.Exit(code)
}

// dist runs scripts/dist of a tree.
func dist(tree, to, umask string, environment ...string) error {
	cmd := exec.Command("sh", "-c", "umask "+umask+" && exec scripts/dist "+runtime.GOARCH)
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "DIST="+to, "VERSION="+testVersion, "SOURCE_DATE_EPOCH=1790000000")
	cmd.Env = append(cmd.Env, environment...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("scripts/dist: %w: %s", err, out)
	}
	return nil
}

// artefacts is the folder with what scripts/dist has made.
func artefacts(t *testing.T) string {
	t.Helper()
	dirtest.Need(t, "make", "gzip", "sha256sum")
	if err := made(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(madeIn, "dist")
}

// Whoever builds the same source gets the same bytes, wherever it lies, whether git is there, whatever their umask, time zone
// and processor are; so anybody can tell that a published program is made of its source. The path of the tree is not in it.
func TestSameBytes(t *testing.T) {
	first := artefacts(t)
	tree, second := filepath.Join(t.TempDir(), "elsewhere"), filepath.Join(t.TempDir(), "dist")
	copyTree(t, portaltest.Root(), tree)
	if err := dist(tree, second, "077", "TZ=Pacific/Chatham", "LC_ALL=C.UTF-8", "GOAMD64=v2", "GOFLAGS="); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(first)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 4 {
		t.Errorf("%d files were made, want the program, the package, the licences and the digests", len(entries))
	}
	for _, e := range entries {
		a, b := content(t, filepath.Join(first, e.Name())), content(t, filepath.Join(second, e.Name()))
		if sha256.Sum256(a) != sha256.Sum256(b) {
			t.Errorf("%s is another one when it is made in another place", e.Name())
		}
		for _, tree := range []string{portaltest.Root(), tree} {
			if bytes.Contains(a, []byte(tree)) || bytes.Contains(b, []byte(tree)) {
				t.Errorf("%s has the path %s in it", e.Name(), tree)
			}
		}
	}
}

// copyTree copies what a source archive has: all but git's own, what was built, and what npm has fetched.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case e.Name() == ".git" || name == "dist" || e.Name() == "node_modules":
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return os.MkdirAll(target, 0o700)
		case !e.Type().IsRegular() || name == "ssprd":
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, info.Mode().Perm()&0o700)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A file of digests is of use to `sha256sum --check`, and the licences are those of what is linked.
func TestDigestsAndLicences(t *testing.T) {
	dir := artefacts(t)
	check := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	check.Dir = dir
	if out, err := check.CombinedOutput(); err != nil || strings.Count(string(out), ": OK\n") != 3 {
		t.Errorf("sha256sum: %v: %s", err, out)
	}
	licences := string(content(t, filepath.Join(dir, "licences.txt")))
	for _, name := range []string{"\nGo, go1.", "\ngithub.com/go-ldap/ldap/v3 v3", "\ngo.etcd.io/bbolt v1"} {
		if !strings.Contains(licences, name) {
			t.Errorf("the licences lack %q", name)
		}
	}
	if strings.Contains(licences, "chromedp") {
		t.Error("they name what only tests use")
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
