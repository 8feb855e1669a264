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
	enough, err := s.mayJudge(ctx, v, r, "typed")
	switch {
	case err != nil:
		return Checked{}, err
	case !enough:
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

// mayJudge spends one of the limit for passwords that are judged while they are typed, or when they are submitted, or when they
// are proposed: each has its own, so that who typed much can still submit. Whoever has the right code for one account could
// else keep the processors busy for all others, or ask as often as they like what is in the person's names and in the lists.
func (s *Service) mayJudge(ctx context.Context, v Visit, r Reset, what string) (bool, error) {
	taken, err := s.take(ctx, spent{"checks_per_reset", v.ID + " " + what, s.rates.ChecksPerReset, r.Population, v.Client})
	return err == nil && taken.Wait == 0, err
}

// Suggest makes passwords that keep every rule for the account of r, for a page: other ones each time, and fewer where the
// rules leave no room for good ones (R38). Where it cannot be told whether they keep them, or has been told often enough,
// the page does without.
func (s *Service) Suggest(ctx context.Context, v Visit, r Reset) []string {
	enough, err := s.mayJudge(ctx, v, r, "proposed")
	if err == nil && !enough {
		return nil
	}
	a, _ := r.Chosen()
	var list []string
	if err == nil {
		list, err = s.demanded(r).Suggest(s.populations[r.Population].Suggested, a.Words)
	}
	if err != nil {
		s.log.ErrorContext(ctx, "no password can be proposed", "population", r.Population, "error", err)
	}
	return list
}
