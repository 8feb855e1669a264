package check

import (
	"strings"
	"testing"

	"ssprd/internal/ldapx"
	"ssprd/internal/policy"
)

// What is said of the rules, for each way in which the file's and the directory's can stand to each other.
func TestJudgeRules(t *testing.T) {
	guide := policy.Rules{MinLength: 8, MinLower: 1, MinUpper: 1, MinDigits: 1, MaxLength: 256} // the Region's
	locks, never := ldapx.Lockout{Known: true, After: 10}, ldapx.Lockout{Known: true}
	ad := ldapx.Config{Kind: ldapx.ActiveDirectory, History: ldapx.HistoryIfSupported}
	open := ldapx.Config{Kind: ldapx.OpenLDAP}
	for _, c := range []struct {
		name  string
		d     ldapx.Config
		rules policy.Rules
		f     ldapx.InForce
		want  string
		seen  string
	}{
		{"the guide's rules, with a lock-out", open, guide, ldapx.InForce{Source: "cn=p", Lockout: locks, JudgesHistory: true, Demands: policy.Demands{History: 5}},
			"RULES_READ PASSWORD_BITS_WITH_LOCKOUT LOCKOUT_ON HISTORY_JUDGED", "8 signs of an alphabet of 62, 47.6 bits"},
		{"the guide's rules, without", open, guide, ldapx.InForce{Source: "cn=p", Lockout: never, JudgesHistory: true},
			"RULES_READ PASSWORD_BITS_LOW LOCKOUT_OFF HISTORY_NONE", ""},
		{"the CNIL's example for 80 bits", open, policy.Rules{MinLength: 12, MinLower: 1, MinUpper: 1, MinDigits: 1, MinSymbols: 1}, ldapx.InForce{Source: "cn=p", Lockout: never, JudgesHistory: true},
			"RULES_READ PASSWORD_BITS_ENOUGH LOCKOUT_OFF HISTORY_NONE", "12 signs of an alphabet of 99, 79.6 bits"},
		{"the directory's length and kinds count too", ad, guide, ldapx.InForce{Source: "dc=d", Lockout: locks, JudgesHistory: true, Demands: policy.Demands{MinLength: 14, MinKinds: 3, Kinds: policy.Windows}},
			"RULES_READ PASSWORD_BITS_ENOUGH LOCKOUT_ON HISTORY_NONE", "14 signs of an alphabet of 62"},
		{"of three kinds, the smallest", ad, policy.Rules{MinLength: 8}, ldapx.InForce{Source: "dc=d", Lockout: locks, JudgesHistory: true, Demands: policy.Demands{MinKinds: 3, History: 1}},
			"RULES_READ PASSWORD_BITS_WITH_LOCKOUT LOCKOUT_ON HISTORY_JUDGED", "8 signs of an alphabet of 62"},
		{"a lock-out after a thousand is none", open, guide, ldapx.InForce{Source: "cn=p", Lockout: ldapx.Lockout{Known: true, After: 1000}, JudgesHistory: true},
			"RULES_READ PASSWORD_BITS_LOW LOCKOUT_LATE HISTORY_NONE", "after 1000"},
		{"a policy that cannot be read", open, guide, ldapx.InForce{Demands: policy.Demands{Others: true}, JudgesHistory: true},
			"RULES_UNREADABLE PASSWORD_BITS_UNJUDGED LOCKOUT_UNKNOWN HISTORY_UNTOLD", ""},
		{"no policy at all", open, guide, ldapx.InForce{Lockout: never, JudgesHistory: true}, "RULES_READ PASSWORD_BITS_LOW LOCKOUT_OFF HISTORY_NONE", "it has no password policy"},
		{"rules that only the directory judges", open, guide, ldapx.InForce{Source: "cn=p", Lockout: locks, JudgesHistory: true, Demands: policy.Demands{Others: true}},
			"RULES_READ RULES_MORE PASSWORD_BITS_WITH_LOCKOUT LOCKOUT_ON HISTORY_NONE", ""},
		{"a directory's longest is the file's shortest less one", open, policy.Rules{MinLength: 12, MaxLength: 256}, ldapx.InForce{Source: "cn=p", Lockout: locks, JudgesHistory: true, Demands: policy.Demands{MaxLength: 11}},
			"RULES_READ RULES_CONTRADICT PASSWORD_BITS_WITH_LOCKOUT LOCKOUT_ON HISTORY_NONE", "0 to 11 by the directory"},
		{"room for less than 64", open, guide, ldapx.InForce{Source: "cn=p", Lockout: locks, JudgesHistory: true, Demands: policy.Demands{MaxLength: 40}},
			"RULES_READ RULES_NARROW PASSWORD_BITS_WITH_LOCKOUT LOCKOUT_ON HISTORY_NONE", ""},
		{"a history that is not looked at", ad, guide, ldapx.InForce{Source: "dc=d", Lockout: locks}, "RULES_READ PASSWORD_BITS_WITH_LOCKOUT LOCKOUT_ON HISTORY_IGNORED", ""},
		{"and is required", ldapx.Config{Kind: ldapx.ActiveDirectory, History: ldapx.HistoryRequired}, guide, ldapx.InForce{Source: "dc=d", Lockout: locks},
			"RULES_READ PASSWORD_BITS_WITH_LOCKOUT LOCKOUT_ON HISTORY_MISSING", ""},
		{"and is not wanted", ldapx.Config{Kind: ldapx.ActiveDirectory, History: ldapx.HistoryOff}, guide, ldapx.InForce{Source: "dc=d", Lockout: locks},
			"RULES_READ PASSWORD_BITS_WITH_LOCKOUT LOCKOUT_ON HISTORY_NONE", ""},
		{"any other directory", ldapx.Config{Kind: ldapx.Generic}, policy.Rules{MinLength: 8}, ldapx.InForce{Demands: policy.Demands{Others: true}},
			"RULES_UNTOLD PASSWORD_BITS_LOW LOCKOUT_UNKNOWN HISTORY_UNTOLD", "8 signs of an alphabet of 26"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var codes, lines []string
			for _, f := range judgeRules("populations[0].reset.rules", c.d, c.rules, c.f) {
				codes, lines = append(codes, f.Code), append(lines, f.String())
			}
			if got := strings.Join(codes, " "); got != c.want || !strings.Contains(strings.Join(lines, "\n"), c.seen) {
				t.Errorf("%s, wanted %s and %q\n%s", got, c.want, c.seen, strings.Join(lines, "\n"))
			}
		})
	}
}
