package flow

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/cputest"
	"ssprd/internal/limit"
	"ssprd/internal/secret"
	"ssprd/internal/state"
)

// nobodyHome is a directory that is never asked: what is measured here is what stands around it.
type nobodyHome struct{}

func (nobodyHome) Find(context.Context, string) ([]Account, error) { return nil, nil }
func (nobodyHome) SetPassword(context.Context, AccountID, secret.Text) (Written, error) {
	return Written{}, nil
}
func (nobodyHome) Reached(context.Context, Written) iter.Seq[ServerProgress] {
	return func(func(ServerProgress) bool) {}
}

// BenchmarkLimitsAndAudit is what the limits and the audit record of one complete reset cost, on the state file and an
// audit file as in production: to be compared with the processor time of a reset that BenchmarkResets measures.
func BenchmarkLimitsAndAudit(b *testing.B) {
	log := slog.New(slog.DiscardHandler)
	store, err := state.OpenFile(filepath.Join(b.TempDir(), "state.db"), log)
	if err != nil {
		b.Fatal(err)
	}
	record, err := audit.Open(filepath.Join(b.TempDir(), "audit.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	often := limit.Rate{Count: 1_000_000, Per: time.Minute}
	rates := limit.Defaults()
	rates.StartsPerNetwork, rates.StartsPerPopulation, rates.StartsInAll, rates.FailuresPerPopulation = often, often, often, often
	rates.FailuresPerNetwork = often
	s := NewService(Parts{Populations: []Population{{Name: "usagers", Directory: nobodyHome{}}}, Code: code.Defaults(),
		Limits: rates, Store: store, Key: state.NewKey(), Audit: record, Log: log})
	ctx := b.Context()
	before := cputest.Used(b)
	for i := 0; b.Loop(); i++ {
		typed := fmt.Sprintf("person%d@mail.example", i)
		v := Visit{ID: fmt.Sprint("reset ", i), Client: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
		if err := s.limitsAndAudit(ctx, v, Reset{Population: "usagers", Typed: typed, State: Challenge}); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric((cputest.Used(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/reset")
	if err := s.Close(context.Background()); err != nil {
		b.Error(err)
	}
	for _, c := range []io.Closer{store, record} {
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	}
}

// limitsAndAudit does of a reset without a mistake what the limits and the record ask.
func (s *Service) limitsAndAudit(ctx context.Context, v Visit, r Reset) error {
	a := Account{ID: AccountID("id of " + r.Typed), Mail: []string{r.Typed}}
	p := party{Accounts: []Account{a}}
	if _, err := s.admit(ctx, r.Population, v.Client); err != nil {
		return err
	}
	if _, _, err := s.held(ctx, a.ID); err != nil {
		return err
	}
	if _, err := s.payMail(ctx, &lookUp{id: v.ID, r: r}, r.Typed); err != nil {
		return err
	}
	t, _, err := s.mayTry(ctx, v, r)
	if err != nil {
		return err
	}
	if _, err := s.guess(ctx, r, p); err != nil {
		return err
	}
	if err := s.right(ctx, t); err != nil {
		return err
	}
	if err := s.rightGuess(ctx, p.Accounts); err != nil {
		return err
	}
	for _, what := range []string{"proposed", "typed", "submitted"} {
		if _, err := s.mayJudge(ctx, v, r, what); err != nil {
			return err
		}
	}
	for _, event := range []string{audit.Started, audit.CodeSent, audit.Accepted, audit.Writing, audit.Changed} {
		if err := s.record(ctx, v, r, audit.Event{Event: event, Account: string(a.ID)}); err != nil {
			return err
		}
	}
	return s.store.Sync(ctx)
}
