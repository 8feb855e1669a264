package audit_test

import (
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/want/wanttest"
)

// R59: twelve months by default, six to twelve on demand.
func TestConfigCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*audit.Config)
		want   []string
	}{
		"defaults":   {func(*audit.Config) {}, nil},
		"six months": {func(c *audit.Config) { c.Retention = 183 * 24 * time.Hour }, nil},
		"a week":     {func(c *audit.Config) { c.Retention = 7 * 24 * time.Hour }, []string{"retention: 168h: wanted 4032h to 8784h"}},
		"two years":  {func(c *audit.Config) { c.Retention *= 2 }, []string{"retention: 17520h"}},
		"no file":    {func(c *audit.Config) { c.File = "" }, []string{"file: missing"}},
		"syslog":     {func(c *audit.Config) { c.Syslog = "udp://log:514" }, []string{"syslog: \"udp://log:514\": wanted syslog+tls://HOST or syslog+tcp://HOST"}},
		"no TLS":     {func(c *audit.Config) { c.Syslog = "syslog+tcp://log:601" }, []string{"syslog: \"syslog+tcp://log:601\": wanted syslog+tls://"}},
		"loopback":   {func(c *audit.Config) { c.Syslog = "syslog+tcp://127.0.0.1" }, nil},
		"no key":     {func(c *audit.Config) { c.SyslogCertificateFile = "cert.pem" }, []string{"syslog_key_file: missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := audit.Defaults()
			tt.change(&c)
			wanttest.Expect(t, c.Check, tt.want...)
		})
	}
}
