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
	_, err := Pool(path)
	if errors.Is(err, errNoCertificate) {
		return Got(path, "a file of certificates in PEM")
	}
	if err != nil {
		return unreadable(path, err)
	}
	return ""
}

var errNoCertificate = errors.New("no certificate")

// Pool reads the certificates of a file in PEM, of which there is to be one at least. Without a path it is nil, which stands for
// those that the machine trusts.
func Pool(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%w in %s", errNoCertificate, path)
	}
	return pool, nil
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
