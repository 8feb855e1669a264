package want

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"ssprd/internal/secret"
)

// Certificates wants a readable file with at least one certificate in PEM.
func Certificates(path string) string {
	if wrong := regular(path); wrong != "" {
		return wrong
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return unreadable(path, err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return Got(path, "a file of certificates in PEM")
	}
	return ""
}

// Secret wants the file of a secret, which others than its owner and group must not read.
func Secret(path string) string {
	err := secret.CheckFile(path)
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return unreadable(path, err)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// Folder wants a folder that is there.
func Folder(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	if !info.IsDir() {
		return Got(path, "a folder")
	}
	return ""
}

// regular keeps devices and pipes away, the reading of which may never end.
func regular(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	if !info.Mode().IsRegular() {
		return Got(path, "a file")
	}
	return ""
}

// unreadable leaves out the operation and the path that fs errors repeat.
func unreadable(path string, err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Sprintf("%q cannot be read: %v", path, err)
}
