package check

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"

	"ssprd/internal/config"
	"ssprd/internal/ldapx"
	"ssprd/internal/policy"
)

// Codes of the rules in force.
const (
	rulesRead       = "RULES_READ"
	rulesUnread     = "RULES_UNREADABLE"
	rulesUntold     = "RULES_UNTOLD"
	rulesMore       = "RULES_MORE"
	rulesContradict = "RULES_CONTRADICT"
	rulesNarrow     = "RULES_NARROW"
	rulesUnasked    = "RULES_NOT_ASKED"
	bitsAlone       = "PASSWORD_BITS_ENOUGH"
	bitsLockout     = "PASSWORD_BITS_WITH_LOCKOUT"
	bitsLow         = "PASSWORD_BITS_LOW"
	bitsUnjudged    = "PASSWORD_BITS_UNJUDGED"
	lockoutOn       = "LOCKOUT_ON"
	lockoutOff      = "LOCKOUT_OFF"
	lockoutLate     = "LOCKOUT_LATE"
	lockoutUnknown  = "LOCKOUT_UNKNOWN"
	historyJudged   = "HISTORY_JUDGED"
	historyNone     = "HISTORY_NONE"
	historyUntold   = "HISTORY_UNTOLD"
	historyIgnored  = "HISTORY_IGNORED"
	historyMissing  = "HISTORY_MISSING"
)

var rulesCodes = []Meaning{
	{rulesRead, OK, "What the directory demands of a password was read; the pages show it together with the rules of the file, the stricter of both.", ""},
	{rulesUnread, Warning, "The directory has a password policy that the service account cannot read: people learn its rules only when their password is refused.", "Let the service account read the policy (Active Directory: the password settings objects; OpenLDAP: name the default policy in password_policy and let its entry be read; 389 DS: cn=config or the local policy)."},
	{rulesUntold, OK, "A directory of kind generic does not tell its rules in a way that ssprd knows: the rules of the file are shown, and the directory judges by its own.", ""},
	{rulesMore, OK, "The directory has further rules that only it can judge (a check module, a dictionary): the pages say that there are some.", ""},
	{rulesContradict, Error, "No password keeps both the rules of the file and those of the directory.", "Change min_length or max_length, or the policy of the directory."},
	{rulesNarrow, Warning, "A password of 64 characters is too long: good passphrases are refused (R32, NIST SP 800-63B-4 section 3.1.1.2).", "Raise max_length, or the longest password in the policy of the directory, to 64 or more."},
	{rulesUnasked, Warning, "The rules in force could not be read, since no server answered or nobody of the population may be reset.", "Mend what the other findings of this directory and population say."},
	{bitsAlone, OK, "The weakest password that the rules let through has the 80 bits that the CNIL recommends for a password alone (délibération 2022-100).", ""},
	{bitsLockout, OK, "The weakest password that the rules let through has the 50 bits that the CNIL recommends where wrong passwords are limited.", ""},
	{bitsUnjudged, Warning, "The weakest password that the rules let through has 50 bits and not 80: by the CNIL that is enough only where wrong passwords are limited, and the directory does not tell whether it does.", "Let the service account read the policy (password_policy on OpenLDAP); or raise min_length; or make sure of the lock-out yourself."},
	{bitsLow, Warning, "The weakest password that the rules let through is below what the CNIL recommends (délibération 2022-100): 80 bits alone, 50 where wrong passwords are limited.", "Raise min_length (14 with lower-case and upper-case letters and digits are 83 bits), or have the directory lock accounts after a few wrong passwords."},
	{lockoutOn, OK, "The directory locks an account after some wrong passwords.", ""},
	{lockoutOff, Warning, "The directory never locks an account, however many wrong passwords are tried.", "Set a threshold in its policy (lockoutThreshold; pwdLockout and pwdMaxFailure; passwordLockout and passwordMaxFailure), unless what people sign in to limits them itself."},
	{lockoutLate, Warning, "The directory locks an account only after more than 100 wrong passwords (NIST SP 800-63B-4 section 3.2.2).", "Lower the threshold in its policy."},
	{lockoutUnknown, OK, "The directory does not tell whether it locks accounts.", ""},
	{historyJudged, OK, "The directory refuses former passwords at a reset.", ""},
	{historyNone, OK, "The directory remembers no former passwords.", ""},
	{historyUntold, OK, "Whether former passwords are refused at a reset cannot be told: the directory judges by itself.", ""},
	{historyIgnored, Warning, "The directory remembers former passwords, and does not look at them when a password is reset: an old one is taken again.", "Active Directory needs a domain controller with the policy hints control (1.2.840.113556.1.4.2239); where that is known and wanted, write history: off."},
	{historyMissing, Error, "history: required, and the directory does not look at former passwords when a password is reset: every reset is refused.", "Use domain controllers with the policy hints control (1.2.840.113556.1.4.2239), or write history: if-supported."},
}

// rules has those of each population tried.
func rules(c *config.Config) (all []area) {
	for i, p := range c.Populations {
		if p.Reset != nil {
			all = append(all, rulesArea(c, i))
		}
	}
	return all
}

// rulesArea asks what is in force for the i-th population, and joins it with the file's rules.
func rulesArea(c *config.Config, i int) area {
	key := fmt.Sprintf("populations[%d].reset.rules", i)
	return area{key, func(ctx context.Context) []Finding {
		p := c.Populations[i]
		d, _ := c.Directory(p.Reset.Directory)
		r, _ := c.RulesNamed(p.Reset.Rules)
		f, err := inForce(ctx, d, p.Reset.Search)
		if err != nil {
			return []Finding{{Code: rulesUnasked, Key: key, Tried: "the rules of directory " + d.Name, Seen: err.Error()}}
		}
		return judgeRules(key, d, r.Rules, f)
	}}
}

// errNobody says that a population has nobody by whom rules could be read.
var errNobody = errors.New("nobody who may be reset was found by whom to read them")

func inForce(ctx context.Context, c ldapx.Config, s ldapx.Search) (ldapx.InForce, error) {
	d, err := ldapx.Open(c, slog.New(slog.DiscardHandler)) // what is to be said is said by the findings
	if err != nil {
		return ldapx.InForce{}, err
	}
	defer d.Close()
	f, found, err := d.Population(s).InForce(ctx)
	if err == nil && !found {
		err = errNobody
	}
	return f, err
}

// judgeRules joins what the file and the directory demand of a password.
func judgeRules(key string, d ldapx.Config, r policy.Rules, f ldapx.InForce) []Finding {
	of := func(code, tried, seen string) Finding { return Finding{Code: code, Key: key, Tried: tried, Seen: seen} }
	return slices.Concat(
		readable(of, d, f),
		lengths(of, r, f.Demands),
		[]Finding{bits(of, weakest(r, f.Demands), f.Lockout), lockout(of, f.Lockout), history(of, d, f)},
	)
}

type finder func(code, tried, seen string) Finding

func readable(of finder, d ldapx.Config, f ldapx.InForce) []Finding {
	tried := "the rules of directory " + d.Name
	switch {
	case d.Kind == ldapx.Generic:
		return []Finding{of(rulesUntold, tried, "kind generic")}
	case f.Demands.Others && !f.Lockout.Known:
		return []Finding{of(rulesUnread, tried, "there is a policy, and it cannot be read")}
	case f.Source == "":
		return []Finding{of(rulesRead, tried, "it has no password policy")}
	}
	found := []Finding{of(rulesRead, tried, "from "+f.Source)}
	if f.Demands.Others {
		found = append(found, of(rulesMore, tried, "from "+f.Source))
	}
	return found
}

// lengths looks for what no password, or no passphrase, can keep. A length in bytes holds as many characters at most.
func lengths(of finder, r policy.Rules, d policy.Demands) (found []Finding) {
	shortest, longest := max(r.MinLength, d.MinLength), least(r.MaxLength, d.MaxLength)
	seen := fmt.Sprintf("%d to %s characters by the file, %d to %s by the directory", r.MinLength, bound(r.MaxLength), d.MinLength, bound(d.MaxLength))
	switch {
	case longest > 0 && longest < shortest:
		return []Finding{of(rulesContradict, "the length of passwords", seen)}
	case longest > 0 && longest < 64:
		return []Finding{of(rulesNarrow, "the length of passwords", seen)}
	}
	return nil
}

// least is the smaller of two bounds, of which 0 is none.
func least(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

func bound(n int) string {
	if n == 0 {
		return "any number of"
	}
	return fmt.Sprint(n)
}

// strength is that of the weakest password that rules let through, as the CNIL counts it: so many signs, drawn from an
// alphabet of so many.
type strength struct{ length, alphabet int }

func (s strength) bits() float64 { return float64(s.length) * math.Log2(float64(s.alphabet)) }

// The signs of a kind: those of the CNIL's own calculation, 37 of them marks.
const (
	letters = 26
	digits  = 10
	marks   = 37
)

// weakest counts only the kinds of signs that rules demand. Where they demand none it is one case of letters: of a password
// that is one word, or several.
func weakest(r policy.Rules, d policy.Demands) strength {
	kinds := []struct {
		size     int
		demanded bool
	}{
		{digits, max(r.MinDigits, d.MinDigits) > 0},
		{letters, max(r.MinLower, d.MinLower, d.MinLetters) > 0},
		{letters, max(r.MinUpper, d.MinUpper) > 0},
		{marks, max(r.MinSymbols, d.MinSymbols) > 0},
	}
	n, alphabet := 0, 0
	for _, k := range kinds {
		if k.demanded {
			n, alphabet = n+1, alphabet+k.size
		}
	}
	for _, k := range kinds { // of those that are left to choose from, the smallest
		if !k.demanded && n < d.MinKinds {
			n, alphabet = n+1, alphabet+k.size
		}
	}
	return strength{max(r.MinLength, d.MinLength, 1), max(alphabet, letters)}
}

// Bits that the CNIL recommends (délibération 2022-100). Its own example for the second case, 8 characters of three kinds, has
// 47.6: the bound is what that example has, so that whoever follows it is not told otherwise.
const (
	enoughAlone       = 79 // 12 characters of four kinds, its example for 80 bits, have 79.6
	enoughWithLockout = 47
)

func bits(of finder, s strength, l ldapx.Lockout) Finding {
	tried := "the weakest password that the rules let through"
	seen := fmt.Sprintf("%d signs of an alphabet of %d, %.1f bits", s.length, s.alphabet, s.bits())
	limited := l.Known && l.After > 0 && l.After <= latest
	switch b := s.bits(); {
	case b >= enoughAlone:
		return of(bitsAlone, tried, seen)
	case b >= enoughWithLockout && limited:
		return of(bitsLockout, tried, seen)
	case b >= enoughWithLockout && !l.Known:
		return of(bitsUnjudged, tried, seen)
	}
	return of(bitsLow, tried, seen)
}

// latest is the most wrong passwords that an account should stand (NIST SP 800-63B-4 section 3.2.2).
const latest = 100

func lockout(of finder, l ldapx.Lockout) Finding {
	const tried = "the lock-out after wrong passwords"
	seen := fmt.Sprintf("after %d", l.After)
	switch {
	case !l.Known:
		return of(lockoutUnknown, tried, "the directory does not tell")
	case l.After == 0:
		return of(lockoutOff, tried, "never")
	case l.After > latest:
		return of(lockoutLate, tried, seen)
	}
	return of(lockoutOn, tried, seen)
}

func history(of finder, d ldapx.Config, f ldapx.InForce) Finding {
	const tried = "former passwords at a reset"
	switch {
	case d.Kind == ldapx.Generic || f.Demands.Others && !f.Lockout.Known:
		return of(historyUntold, tried, "the directory does not tell")
	case f.JudgesHistory && f.Demands.History == 0:
		return of(historyNone, tried, "none is remembered")
	case f.JudgesHistory:
		return of(historyJudged, tried, fmt.Sprintf("the last %d are refused", f.Demands.History))
	case d.History == ldapx.HistoryRequired:
		return of(historyMissing, tried, "the server does not list the policy hints control")
	case d.History == ldapx.HistoryOff:
		return of(historyNone, tried, "history: off")
	}
	return of(historyIgnored, tried, "the server does not list the policy hints control")
}
