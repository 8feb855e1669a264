package dirtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const sambaPSOs = "CN=Password Settings Container,CN=System," + sambaBase

// PSO is a set of password rules for some people, instead of the domain's (msDS-PasswordSettings of MS-ADTS).
// Of two that apply to somebody, the one for the person alone wins, then the one of lower precedence.
type PSO struct {
	Name       string
	Precedence int
	MinLength  int
	Complex    bool
	InHistory  int
	MinAge     time.Duration
	Readable   bool // by the service account: by default only administrators read one
}

// AddPSO makes a PSO that applies to nobody yet.
func (s *Samba) AddPSO(p PSO) error {
	pso := entry{psoDN(p.Name), map[string][]string{
		"objectClass":                              {"msDS-PasswordSettings"},
		"msDS-PasswordSettingsPrecedence":          {strconv.Itoa(p.Precedence)},
		"msDS-MinimumPasswordLength":               {strconv.Itoa(p.MinLength)},
		"msDS-PasswordComplexityEnabled":           {strings.ToUpper(strconv.FormatBool(p.Complex))},
		"msDS-PasswordHistoryLength":               {strconv.Itoa(p.InHistory)},
		"msDS-MinimumPasswordAge":                  {interval(p.MinAge)},
		"msDS-MaximumPasswordAge":                  {interval(42 * 24 * time.Hour)}, // as the domain's
		"msDS-PasswordReversibleEncryptionEnabled": {"FALSE"},
		"msDS-LockoutThreshold":                    {"0"},
		"msDS-LockoutObservationWindow":            {interval(30 * time.Minute)},
		"msDS-LockoutDuration":                     {interval(30 * time.Minute)},
	}}
	if err := s.Admin(pso.add); err != nil || !p.Readable {
		return err
	}
	return s.grant(pso.dn, fmt.Sprintf("(A;;RP;;;%s)", s.serviceSID))
}

// ApplyPSO makes the rules of that name hold for a person, or for the members of a global group.
func (s *Samba) ApplyPSO(name, dn string) error {
	return s.AddValue(psoDN(name), "msDS-PSOAppliesTo", dn)
}

func psoDN(name string) string { return "CN=" + name + "," + sambaPSOs }

// interval is a length of time as Active Directory keeps one: a negative count of 100 ns.
func interval(d time.Duration) string { return strconv.FormatInt(-d.Nanoseconds()/100, 10) }
