package flow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/limit"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
	"ssprd/internal/seldom"
	"ssprd/internal/state"
)

// ErrNoReset says that there is no such reset, or that it is not this visitor's.
var ErrNoReset = errors.New("no such reset")

// Population is one group of people and where their resets go.
type Population struct {
	Name      string
	Directory Directory
	Rules     policy.Rules
	Breached  policy.BreachedList // nil where there is none
	Suggested int                 // how many passwords are proposed at a time
	Wait      time.Duration       // the longest that servers are waited for after the write

	lookUps chan *lookUp // searches waiting: each population has its own, so that a directory that hangs holds up no other
}

// Recorder keeps the audit record. What is recorded happens after: an error means that it must not.
type Recorder interface {
	Record(ctx context.Context, e audit.Event) error
}

// Parts is what a Service is made of.
type Parts struct {
	Populations []Population
	Code        code.Config
	Limits      limit.Config
	Store       state.Store
	Key         state.Key
	Mailer      Mailer
	Audit       Recorder
	Log         *slog.Logger
}

// How much is done at once for one population.
const (
	lookUpWorkers = 8   // searches under way; one connection to a directory carries them all
	lookUpQueue   = 512 // searches waiting; a start beyond them is answered Busy, whoever it is for
)

// Service runs resets. Its methods may be called by many goroutines at once.
type Service struct {
	populations map[string]Population
	machine     Machine
	codes       code.Keyer
	limits      *limit.Limiter
	rates       limit.Config
	store       state.Store
	resets      *state.Table[Reset]
	parties     *state.Table[party]    // by the reset
	latest      *state.Table[latest]   // by the account
	changes     *state.Table[change]   // by the account
	mailboxes   *state.Table[mailbox]  // by the address
	guesses     *state.Table[guesses]  // by the account
	assisted    *state.Table[assisted] // by the population and a name
	names       secret.Digester        // makes the pseudonyms of the record
	mailer      Mailer
	audit       Recorder
	log         *slog.Logger

	late, lost seldom.Seldom // what is said of searches that fail

	watch    watch
	searches searches
	changing atomic.Int64    // changes that are being written
	followed atomic.Int64    // changes that are written, and followed to the servers
	work     sync.WaitGroup  // the workers and the changes under way
	life     context.Context // of the following of changes that are made
	end      context.CancelFunc
}

// NewService starts the workers that look people up; Close ends them.
func NewService(p Parts) *Service {
	s := &Service{
		populations: make(map[string]Population, len(p.Populations)),
		machine:     Machine{Code: p.Code},
		codes:       code.NewKeyer(p.Key.Derive("code")),
		limits:      limit.New(p.Store, p.Key),
		rates:       p.Limits,
		store:       p.Store,
		resets:      state.NewTable[Reset](p.Store, "reset", p.Key),
		parties:     state.NewTable[party](p.Store, "party", p.Key),
		latest:      state.NewTable[latest](p.Store, "latest", p.Key),
		changes:     state.NewTable[change](p.Store, "change", p.Key),
		mailboxes:   state.NewTable[mailbox](p.Store, "mailbox", p.Key),
		guesses:     state.NewTable[guesses](p.Store, "guesses", p.Key),
		assisted:    state.NewTable[assisted](p.Store, "assisted", p.Key),
		names:       secret.NewDigester(p.Key.Derive("audit: pseudonyms")),
		mailer:      p.Mailer,
		audit:       p.Audit,
		log:         p.Log,
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.searches.postponed = map[*lookUp]*time.Timer{}
	s.searches.life, s.searches.cut = context.WithCancel(context.Background())
	for _, population := range p.Populations {
		population.lookUps = make(chan *lookUp, lookUpQueue)
		s.populations[population.Name] = population
		for range lookUpWorkers {
			s.work.Go(func() { s.lookUpWorker(population.lookUps) })
		}
	}
	return s
}

// Close takes on nothing new. It waits, until ctx ends, for the searches that are queued and the changes under way: a
// person whose request was answered gets the code that the page speaks of (R74). A search that has failed and waits to be
// made again is given up, which the log tells; a change that is cut off is found by its lease. Whatever this sends is
// with the Mailer when Close returns.
func (s *Service) Close(ctx context.Context) error {
	s.searches.close(s.populations)
	s.end()
	err := s.Wait(ctx)
	s.searches.cut()
	s.tellGivenUp()
	return err
}

// Wait waits until nothing is under way any more, or ctx ends. It only does where nothing new comes.
func (s *Service) Wait(ctx context.Context) error {
	ended := make(chan struct{})
	go func() { s.work.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("flow: searches or changes under way were cut off: %w", ctx.Err())
	}
}

// Visit is what a session holds of its reset, and where its visitor comes from.
type Visit struct {
	ID     string
	Grant  string // from the right code on
	Client netip.Addr
}

// Look returns the visitor's reset as it is now, or ErrNoReset.
func (s *Service) Look(ctx context.Context, v Visit) (Reset, error) {
	r, err := s.resets.Get(ctx, v.ID)
	if errors.Is(err, state.ErrNotFound) {
		return Reset{}, ErrNoReset
	}
	if err != nil {
		return Reset{}, fmt.Errorf("flow: reading the reset: %w", err)
	}
	if !v.mayMove(r) || s.homeless(r) {
		return Reset{}, ErrNoReset
	}
	r, _ = s.machine.Apply(r, Tick{}, time.Now())
	s.adopt(ctx, v.ID, r)
	return r, nil
}

// mayMove tells whether the visitor is the one to whom r belongs: from the right code on, a session of before the code
// is not enough, even one that the store has brought back to life.
func (v Visit) mayMove(r Reset) bool { return r.Grant == v.Grant }

// homeless tells whether nobody knows any more how r could go on: its population is gone from the configuration. What is
// being changed goes on all the same.
func (s *Service) homeless(r Reset) bool {
	_, known := s.populations[r.Population]
	return !known && (r.State == Challenge || r.State == Pick || r.State == Choose)
}

// apply lets e happen to the visitor's reset, in one atomic step.
func (s *Service) apply(ctx context.Context, v Visit, e Event) (Reset, Reason, error) {
	return s.update(ctx, v.ID, v.mayMove, e)
}

// would tells why an event that a person asks for would not do what it asks; nothing is changed.
func (s *Service) would(r Reset, e Event) Reason {
	_, reason := s.machine.Apply(r, e, time.Now())
	return reason
}

// tell lets an event of the work happen to a reset, whoever it belongs to. It outlives the request.
func (s *Service) tell(id string, e Event) (Reset, Reason, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	return s.update(ctx, id, func(Reset) bool { return true }, e)
}

// storeTimeout bounds one step that no request waits for.
const storeTimeout = 10 * time.Second

func (s *Service) update(ctx context.Context, id string, allowed func(Reset) bool, e Event) (Reset, Reason, error) {
	var reason Reason
	next, err := s.resets.Update(ctx, id, func(r Reset, found bool) (Reset, time.Time, error) {
		if !found || !allowed(r) {
			return r, time.Time{}, ErrNoReset
		}
		now := time.Now()
		r, reason = s.machine.Apply(r, e, now)
		return r, keepUntil(r), nil
	})
	if errors.Is(err, ErrNoReset) {
		return Reset{}, None, ErrNoReset
	}
	if err != nil {
		return Reset{}, None, fmt.Errorf("flow: changing the reset: %w", err)
	}
	s.watch.wake(id)
	return next, reason, nil
}

// keepUntil is how long a record is of use: until its deadline or lease, and some minutes more in which a late request
// reads « expired » and not « unknown ».
func keepUntil(r Reset) time.Time {
	if r.State == Done {
		return r.Deadline
	}
	until := r.Deadline
	if r.Lease.After(until) {
		until = r.Lease
	}
	return until.Add(OutcomeFor)
}
