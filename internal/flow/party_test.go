package flow_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/state"
)

// scale is a store that notes how long the records of a table are.
type scale struct {
	state.Store
	table   string
	mu      sync.Mutex
	weights []int
}

func (s *scale) Update(ctx context.Context, key string, f func([]byte) (state.Record, error)) error {
	return s.Store.Update(ctx, key, func(old []byte) (state.Record, error) {
		r, err := f(old)
		if strings.HasPrefix(key, s.table+"/") {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.weights = append(s.weights, len(r.Data))
		}
		return r, err
	})
}

// R2, R3: until the code was right, the reset of somebody, of several, and of nobody are records of the same length: to
// read a page of one takes as long as to read that of another, however often it is read.
func TestResetsWeighTheSame(t *testing.T) {
	weigh := func(typed string) []int {
		s := &scale{Store: state.NewMemory(), table: "reset"}
		inWorldOf(t, func(p *flow.Parts) { p.Store = s }, func(t *testing.T, w *world) {
			v := w.begin(typed)
			synctest.Wait()
			for range 2 {
				if reason := w.enter(v, "135790"); reason != flow.CodeWrong {
					return // the one code in a million
				}
				time.Sleep(time.Minute)
				if _, reason, err := w.Resend(t.Context(), v); reason != flow.None || err != nil {
					t.Fatal(reason, err)
				}
				synctest.Wait()
			}
		})
		return s.weights
	}
	known, unknown, shared := weigh("camille@mail.example"), weigh("inconnu@mail.example"), weigh("lycee@mail.example")
	if !slices.Equal(known, unknown) {
		t.Errorf("known %v, unknown %v", known, unknown)
	}
	for i := range shared { // the typed text is two letters shorter
		if known[i]-shared[i] != len("camille")-len("lycee") {
			t.Errorf("known %v, shared %v", known, shared)
			break
		}
	}
}

// R11: of the codes of one account one alone is alive, over all sessions. The older session is told nothing, unless it
// types the very code that was replaced.
func TestOneCodeAlive(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		older := w.beginFrom(1, "camille@mail.example")
		first := w.lastCode()
		time.Sleep(time.Millisecond)
		newer := w.beginFrom(2, "camille") // by the identifier
		second := w.lastCode()
		if first == second {
			return // once in a million
		}
		if reason := w.enter(older, first); reason != flow.CodeReplaced {
			t.Errorf("the replaced code: %s", reason)
		}
		if reason := w.enter(older, second); reason != flow.CodeWrong { // R12
			t.Errorf("the other session's code: %s", reason)
		}
		if reason := w.enter(newer, second); reason != flow.None {
			t.Errorf("the code alive: %s", reason)
		}
	})
}

// R11: however many ask at once, one code is alive afterwards.
func TestOneCodeAliveOfMany(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var visits []flow.Visit
		for range 5 { // as many as an hour's mails
			visits = append(visits, w.begin("lycee@mail.example"))
		}
		synctest.Wait()
		alive := 0
		for _, v := range visits {
			r, err := w.Look(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			if r.Code.Drawn() {
				alive++
			}
		}
		if alive != 1 {
			t.Errorf("%d codes are alive", alive)
		}
	})
}

// A search that comes late, of a code that is not waited for any more, does not undo what a later one has found.
func TestLateSearch(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		all := w.people.accounts
		directory := func(delay time.Duration, accounts []flow.Account) {
			w.people.mu.Lock()
			defer w.people.mu.Unlock()
			w.people.findDelay, w.people.accounts = delay, accounts
		}
		directory(2*time.Minute, nil)
		v := w.begin("camille@mail.example")
		time.Sleep(time.Minute)
		directory(0, all)
		if _, reason, err := w.Resend(t.Context(), v); reason != flow.None || err != nil {
			t.Fatal(reason, err)
		}
		synctest.Wait()
		directory(0, nil) // so that the first search finds nobody
		time.Sleep(5 * time.Minute)
		if reason := w.enter(v, w.lastCode()); reason != flow.None {
			t.Errorf("the second code: %s", reason)
		}
	})
}

// R2: whoever is looked up, a letter is written: the work after an answer is that of any other.
func TestNobodyCostsALetter(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.beginFrom(1, "nobody@mail.example")
		if w.letters.toNobody != 1 {
			t.Errorf("%d letters to nobody", w.letters.toNobody)
		}
		for i := range 6 {
			w.beginFrom(i, "camille@mail.example")
		}
		if sent := len(w.letters.of(flow.CodeMail)); sent != 5 || w.letters.toNobody != 2 {
			t.Errorf("%d codes, and %d letters to nobody", sent, w.letters.toNobody)
		}
	})
}
