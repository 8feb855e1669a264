package flow

import (
	"context"

	"ssprd/internal/policy"
	"ssprd/internal/secret"
)

// Checked is what the live check tells of a password that is being typed.
type Checked struct {
	Findings []policy.Finding
	Judged   bool // else nothing was typed, or nothing that can be judged, and the findings only list the rules
	Strength int  // of a judged one: 0 to 4, as zxcvbn scores
	Reason   Reason
}

// Check judges a password while it is typed, by the code that judges the submitted one (R37). r is the visitor's own, in
// Choose. Nothing is kept or recorded of it; how often it can be asked is bounded, and past that the Reason is Limited.
func (s *Service) Check(ctx context.Context, v Visit, r Reset, password secret.Text) (Checked, error) {
	taken, err := s.take(ctx, spent{"checks_per_reset", v.ID, s.rates.ChecksPerReset, r.Population, v.Client})
	switch {
	case err != nil:
		return Checked{}, err
	case taken.Wait > 0:
		return Checked{Reason: Limited}, nil
	case password.Empty():
		return Checked{Findings: s.Rules(r)}, nil
	case !typeable(password):
		return Checked{Findings: s.Rules(r), Reason: PasswordUnusable}, nil
	}
	a, _ := r.Chosen()
	findings, err := s.Judge(r, password)
	if err != nil {
		return Checked{}, err
	}
	c := Checked{Findings: findings, Judged: true, Strength: s.demanded(r).Strength(password.Reveal(), a.Words)}
	if policy.Broken(findings) {
		c.Reason = PasswordWeak
	}
	return c, nil
}

// Suggest makes passwords that keep every rule for the account of r, for a page: other ones each time, and fewer where the
// rules leave no room for good ones (R38). Where it cannot be told whether they keep them, the page does without.
func (s *Service) Suggest(r Reset) []string {
	a, _ := r.Chosen()
	list, err := s.demanded(r).Suggest(s.populations[r.Population].Suggested, a.Words)
	if err != nil {
		s.log.Error("no password can be proposed", "population", r.Population, "error", err)
	}
	return list
}
