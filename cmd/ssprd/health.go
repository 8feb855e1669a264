package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ssprd/internal/ldapx"
	"ssprd/internal/panics"
	"ssprd/internal/seldom"
)

// health is what is known of the parts on which resets depend. Each part is asked by itself, beside the others, and one
// question at a time: whoever wants to know waits a moment for it and is then told what was known before. A directory
// whose first server hangs needs several seconds to turn to its next one; nobody who probes the portal waits as long,
// and the portal is not to be taken away while it does what it has several servers for.
type health struct {
	log  *slog.Logger
	life context.Context // of the questions
	end  context.CancelFunc
	work sync.WaitGroup // the questions under way
	late seldom.Seldom  // by part

	mu    sync.Mutex
	parts []*part
}

// part is one of them.
type part struct {
	name   string
	within time.Duration // what has not answered by then is taken to have failed, until it does answer
	ask    func(context.Context) error

	asked    time.Time     // when the latest question began
	answered chan struct{} // closed when that question has ended; nil before the first one
	failure  error         // what is known: nil if it works
}

const (
	askAgain    = time.Second            // who asks sooner gets the same answer: nobody makes a directory work by asking
	answerIn    = 750 * time.Millisecond // a probe gets its answer even if it waits no longer than a second
	localWithin = 3 * time.Second        // for what is on this machine

	longestFailOver = time.Minute // one server of the longest time-out, and the connection to the next one
)

var (
	errNotAsked = errors.New("it was not asked yet")
	errSilent   = errors.New("it has not answered yet")
)

func newHealth(log *slog.Logger) *health {
	h := &health{log: log}
	h.life, h.end = context.WithCancel(context.Background())
	return h
}

// add has a part asked as well; all are added before the first question.
func (h *health) add(name string, within time.Duration, ask func(context.Context) error) {
	h.parts = append(h.parts, &part{name: name, within: within, ask: ask, failure: errNotAsked})
	slices.SortFunc(h.parts, func(a, b *part) int { return strings.Compare(a.name, b.name) })
}

// expect has what is known of the parts of another health known of those of the same names, until they have answered: a
// directory that takes its time for the first connection is not away.
func (h *health) expect(former *health) {
	former.mu.Lock()
	defer former.mu.Unlock()
	for _, p := range h.parts { // nobody else has h yet
		for _, before := range former.parts {
			if before.name == p.name {
				p.failure = before.failure
			}
		}
	}
}

// failOver is how long a directory may need to find the one of its servers that answers: of each a request on the kept
// connection, and then a new connection, may end by time-out.
func failOver(c ldapx.Config) time.Duration {
	return min(2*c.Timeout*time.Duration(len(c.Servers)), longestFailOver)
}

// answer asks every part, and tells what is known of each a moment later: 200 if all work.
func (h *health) answer(ctx context.Context) (status int, text string) {
	h.inquire(ctx)
	return h.known()
}

// inquire asks every part, and waits a moment for the answers.
func (h *health) inquire(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	var answered []<-chan struct{}
	for _, p := range h.parts {
		answered = append(answered, h.question(p))
	}
	for _, one := range answered {
		select {
		case <-one:
		case <-ctx.Done():
		}
	}
}

// works asks as answer does, and tells which parts work.
func (h *health) works(ctx context.Context) map[string]bool {
	h.inquire(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	works := make(map[string]bool, len(h.parts))
	for _, p := range h.parts {
		works[p.name] = p.failure == nil
	}
	return works
}

// question is the one under way, or a new one unless the latest is too young. The channel is closed when it has ended.
func (h *health) question(p *part) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life.Err() != nil || p.underWay() || time.Since(p.asked) < askAgain {
		return p.answered
	}
	answered := make(chan struct{})
	p.asked, p.answered = time.Now(), answered
	h.work.Go(func() { h.put(p, answered) })
	return answered
}

func (p *part) underWay() bool {
	select {
	case <-p.answered:
		return false
	default:
		return p.answered != nil
	}
}

// put asks the question, and takes down what comes of it.
func (h *health) put(p *part, answered chan<- struct{}) {
	defer close(answered)
	outcome := make(chan error, 1)
	go func() { outcome <- panics.Catch(func() error { return p.ask(h.life) }) }()
	late := time.NewTimer(p.within)
	defer late.Stop()
	select {
	case err := <-outcome:
		h.learn(p, err)
	case <-late.C:
		h.learn(p, errSilent)
		h.learn(p, <-outcome)
	}
}

func (h *health) learn(p *part, err error) {
	if h.life.Err() != nil {
		return // the portal stops, which says nothing of the part
	}
	if err != nil {
		if now, unsaid := h.late.Say(p.name); now {
			h.log.Warn("not ready", "part", p.name, "more_since", unsaid, "error", err)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p.failure = err
}

// known is in words what is known of the parts.
func (h *health) known() (status int, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	status = http.StatusOK
	for _, p := range h.parts {
		word := "ok"
		if p.failure != nil {
			word, status = "not available", http.StatusServiceUnavailable
		}
		text += p.name + ": " + word + "\n"
	}
	return status, text
}

// stop has no more questions asked, and those under way given up.
func (h *health) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end()
}

// wait is for the questions that were given up; they end when what they ask is closed.
func (h *health) wait() { h.work.Wait() }
