package web

import (
	"slices"
	"strings"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

// A reason is told at the field that it concerns, where a correction has to be made, and above the form where it
// concerns none. These methods are for the templates.

// AtAddress tells whether the reason concerns what was typed.
func (p AddressPage) AtAddress() bool { return strings.HasPrefix(string(p.Reason), "address-") }

// AtAddress tells whether the reason concerns whose code it is.
func (p AssistedPage) AtAddress() bool { return p.Reason == flow.AddressEmpty }

// AtCode tells whether the reason concerns the typed code.
func (p AssistedPage) AtCode() bool {
	return strings.HasPrefix(string(p.Reason), "code-") || p.Reason == flow.AssistedWrong
}

// AtCode tells whether the reason concerns the typed code.
func (p CodePage) AtCode() bool { return strings.HasPrefix(string(p.Reason), "code-") }

// AtAccount tells whether the reason concerns the choice.
func (p PickPage) AtAccount() bool { return p.Reason == flow.NotAnAccount }

// AtPassword tells whether the reason concerns the new password.
func (p PasswordPage) AtPassword() bool {
	s := string(p.Reason)
	return p.Reason != flow.PasswordDiffers && (strings.HasPrefix(s, "password-") || strings.HasPrefix(s, "refused-"))
}

// AtConfirm tells whether the reason concerns the confirmation.
func (p PasswordPage) AtConfirm() bool { return p.Reason == flow.PasswordDiffers }

// RuleList are rules whose sentences go on from the same words: what the password must contain, or what it must not.
type RuleList struct {
	Never bool
	Rules []policy.Finding
}

// RuleLists are the rules under their words; a list without rules is left out.
func (p PasswordPage) RuleLists() []RuleList {
	return allRules(p.Rules)
}

// Broken are the rules that the judged password breaks, under their words.
func (p PasswordPage) Broken() []RuleList {
	return ruleLists(p.Rules, func(f policy.Finding) bool { return !f.Met })
}

func ruleLists(rules []policy.Finding, of func(policy.Finding) bool) (lists []RuleList) {
	for _, never := range []bool{false, true} {
		l := RuleList{Never: never}
		for _, f := range rules {
			if slices.Contains(forbidding, f.Rule) == never && of(f) {
				l.Rules = append(l.Rules, f)
			}
		}
		if len(l.Rules) > 0 {
			lists = append(lists, l)
		}
	}
	return lists
}

// forbidding are the rules whose sentences name what must not be in the password. Limits, as of length or of repeats, say how
// much of something there may be, and stand with what there must be.
var forbidding = []policy.Name{policy.Identity, policy.Words, policy.Common, policy.Breached}

// Unmet counts the rules that the judged password breaks.
func (p PasswordPage) Unmet() int {
	n := 0
	for _, f := range p.Rules {
		if !f.Met {
			n++
		}
	}
	return n
}

// Good tells whether a judged password breaks no rule.
func (p PasswordPage) Good() bool { return p.Judged && p.Unmet() == 0 }

// Seconds is what is left of the page's time.
func (c Clock) Seconds() int { return int(c.Left / time.Second) }

// Level is Strength as a bar of five shows it: the weakest is not an empty bar.
func (p PasswordPage) Level() int { return p.Strength + 1 }

// Reached counts the stages that are over.
func (p WaitPage) Reached() int {
	n := 0
	for _, s := range p.Stages {
		if s.State == StageDone {
			n++
		}
	}
	return n
}
