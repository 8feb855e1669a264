package flow_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// slowOnce is a directory whose first change takes long.
type slowOnce struct {
	flow.Directory
	gone atomic.Bool
}

func (s *slowOnce) SetPassword(ctx context.Context, id flow.AccountID, password secret.Text) (flow.Written, error) {
	if !s.gone.Swap(true) {
		time.Sleep(30 * time.Second)
	}
	return s.Directory.SetPassword(ctx, id, password)
}

// R11, R28: two resets of one account do not write at once, and the password of the last that was told it is changed is the one
// that stands. The other can ask again once the first is over.
func TestOneWriterOfAnAccount(t *testing.T) {
	slow := &slowOnce{}
	inWorldOf(t, func(p *flow.Parts) { slow.Directory = p.Populations[0].Directory; p.Populations[0].Directory = slow }, func(t *testing.T, w *world) {
		first := w.verified("camille@mail.example")
		w.choose(first, "Marée-vieille-47")
		other := w.verified("camille@mail.example")
		if r, reason := w.choose(other, "Marée-neuve-48"); r.State != flow.Choose || reason != flow.NotBegun {
			t.Fatalf("while the first is written: %s %q", r.State, reason)
		}
		time.Sleep(30 * time.Second)
		if r, reason := w.choose(other, "Marée-neuve-48"); r.State != flow.Done || reason != flow.None {
			t.Errorf("afterwards: %s %q", r.State, reason)
		}
		if got := w.people.set(camille.ID); !slices.Equal(got, []string{"Marée-vieille-47", "Marée-neuve-48"}) {
			t.Errorf("%q", got)
		}
	})
}

// R11, R69: a process that stands still as it makes an account its own does not write afterwards, over what another reset has
// written meanwhile.
func TestNoWriteAfterAStallAtTheAccount(t *testing.T) {
	for name, stall := range map[string]func(update func() error) error{
		"before": func(update func() error) error { time.Sleep(2 * time.Minute); return update() },
		"after":  func(update func() error) error { defer time.Sleep(2 * time.Minute); return update() },
	} {
		t.Run(name, func(t *testing.T) {
			inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
				older := w.verified("camille@mail.example")
				store.next("change", stall)
				password := secret.New("Marée-vieille-47")
				go func() { _, _, _, _ = w.Choose(t.Context(), older, password, password) }()
				time.Sleep(51 * time.Second) // its lease is over
				if r, reason := w.choose(w.verified("camille@mail.example"), "Marée-neuve-48"); r.State != flow.Done {
					t.Errorf("%s %q", r.State, reason)
				}
				time.Sleep(5 * time.Minute)
				if got := w.people.set(camille.ID); !slices.Equal(got, []string{"Marée-neuve-48"}) {
					t.Errorf("%q", got)
				}
			})
		})
	}
}

// R11: a reset that another has overtaken is overtaken also where the change that it found first is forgotten since.
func TestChangeIsKnownByItsName(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.choose(w.verified("camille@mail.example"), "Printemps-haut-1")
		time.Sleep(21*24*time.Hour - 5*time.Minute)
		older := w.verified("camille@mail.example")
		time.Sleep(6 * time.Minute) // the change of three weeks ago is forgotten
		if r, _ := w.choose(w.verified("camille@mail.example"), "Marée-haute-47"); r.State != flow.Done {
			t.Fatal(r.State)
		}
		if r, reason := w.choose(older, "Marée-volée-48"); r.State != flow.Ended || reason != flow.Superseded {
			t.Errorf("%s %q", r.State, reason)
		}
		if got := w.people.set(camille.ID); got[len(got)-1] != "Marée-haute-47" {
			t.Errorf("%q", got)
		}
	})
}

// R11: a submit that comes to nothing, because its reset is being written already, ends no other reset.
func TestLateSubmitOvertakesNobody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.spread = []time.Duration{time.Minute}
		first := w.verified("camille@mail.example")
		w.choose(first, "Marée-haute-47")
		other := w.verified("camille@mail.example")
		if _, reason := w.choose(first, "Marée-tardive-49"); reason != flow.OutOfOrder {
			t.Errorf("the late one: %q", reason)
		}
		if r, reason := w.choose(other, "Marée-neuve-48"); r.State == flow.Ended {
			t.Errorf("%s %q", r.State, reason)
		}
	})
}

// R11: where a process has died between taking its code down as the newest and killing the former one, the next code kills both.
func TestFormerOfFormerDies(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		first := w.beginFrom(1, "camille@mail.example")
		stolen := w.lastCode()
		w.begin("camille@mail.example")
		store.next("latest", func(update func() error) error {
			err := update()
			store.next("reset", func(func() error) error { time.Sleep(time.Hour); return errLost }) // it is dead
			return err
		})
		time.Sleep(100 * time.Millisecond)
		third := w.beginFrom(3, "camille@mail.example")
		newest := w.lastCode()
		if len(w.letters.of(flow.CodeMail)) != 2 || newest == stolen {
			t.Fatal("a code in a million, or none")
		}
		if reason := w.enter(first, stolen); reason != flow.CodeReplaced {
			t.Errorf("the first code: %q", reason)
		}
		if reason := w.enter(third, newest); reason != flow.None {
			t.Errorf("the newest: %q", reason)
		}
	})
}

// A right code of which the store's answer is lost is used up, and its person goes on.
func TestRightCodeWhoseAnswerIsLost(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		v := w.begin("camille@mail.example")
		synctest.Wait()
		store.next("reset", func(update func() error) error { return errors.Join(update(), errLost) })
		r, reason, err := w.Enter(t.Context(), v, w.lastCode())
		if r.State != flow.Choose || r.Grant == "" || reason != flow.None || err != nil {
			t.Fatalf("%s %q %v", r.State, reason, err)
		}
		if r, reason := w.choose(flow.Visit{ID: v.ID, Grant: r.Grant}, "Marée-haute-47"); r.State != flow.Done {
			t.Errorf("%s %q", r.State, reason)
		}
	})
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		v := w.begin("camille@mail.example")
		synctest.Wait()
		store.next("reset", func(func() error) error { return errLost })
		if r, _, err := w.Enter(t.Context(), v, w.lastCode()); !errors.Is(err, errLost) || r.Grant != "" {
			t.Errorf("%s %v: nothing was compared", r.State, err)
		}
	})
}

// R11: a further code that was asked for while another reset's is on its way to kill the former one: the newest is alive.
func TestLateKillSparesTheNewestCode(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		older := w.beginFrom(1, "camille@mail.example")
		time.Sleep(2 * time.Minute) // it may ask for another
		store.next("latest", func(update func() error) error {
			err := update()
			store.next("reset", func(update func() error) error { time.Sleep(time.Second); return update() })
			return err
		})
		w.beginFrom(2, "camille@mail.example")
		if n := len(w.letters.of(flow.CodeMail)); n != 1 {
			t.Fatalf("%d codes: the kill was to take long", n)
		}
		if _, reason, err := w.Resend(t.Context(), older); err != nil || reason != flow.None {
			t.Fatal(reason, err)
		}
		synctest.Wait()
		newest := w.lastCode()
		time.Sleep(2 * time.Second)
		if reason := w.enter(older, newest); reason != flow.None {
			t.Errorf("the newest code: %q", reason)
		}
	})
}

// R11: what an earlier send has still to take down does not make the next one forget whose codes are to be killed.
func TestLateCleanUpForgetsNobody(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		w.beginFrom(1, "camille@mail.example")
		store.next("latest", func(update func() error) error {
			err := update()
			store.next("latest", func(update func() error) error { time.Sleep(5 * time.Minute); return update() }) // its clean-up
			return err
		})
		a := w.beginFrom(2, "camille@mail.example")
		time.Sleep(10 * time.Second)
		b := w.beginFrom(3, "camille@mail.example")
		former := w.lastCode()
		time.Sleep(2 * time.Minute)
		store.next("latest", func(update func() error) error {
			err := update()
			store.next("reset", func(func() error) error { time.Sleep(time.Hour); return errLost }) // it is dead
			return err
		})
		if _, reason, err := w.Resend(t.Context(), a); err != nil || reason != flow.None {
			t.Fatal(reason, err)
		}
		synctest.Wait()
		time.Sleep(3 * time.Minute) // the clean-up of before is made
		c := w.beginFrom(4, "camille@mail.example")
		if reason := w.enter(b, former); reason != flow.CodeReplaced {
			t.Errorf("the former code: %q", reason)
		}
		if reason := w.enter(c, w.lastCode()); reason != flow.None {
			t.Errorf("the newest: %q", reason)
		}
	})
}

// A change that was asked for is made, though its browser gives up at once.
func TestChangeGoesOnWithoutItsBrowser(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		v := w.verified("camille@mail.example")
		ctx, giveUp := context.WithCancel(t.Context())
		store.next("reset", func(update func() error) error { defer giveUp(); return update() })
		password := secret.New("Marée-haute-47")
		_, _, _, _ = w.Choose(ctx, v, password, password)
		time.Sleep(10 * time.Second)
		if r, err := w.Look(t.Context(), v); err != nil || r.State != flow.Done || len(w.people.set(camille.ID)) != 1 {
			t.Errorf("%s %q %v", r.State, r.Why, err)
		}
	})
}

// A claim that comes to nothing is taken back though the store fails once, and its person is not told that it was cut off.
func TestClaimIsTakenBackAtLast(t *testing.T) {
	slow, store := &slowOnce{}, &faulty{}
	inWorldOf(t, func(p *flow.Parts) {
		slow.Directory, store.Store = p.Populations[0].Directory, p.Store
		p.Populations[0].Directory, p.Store = slow, store
	}, func(t *testing.T, w *world) {
		w.choose(w.verified("camille@mail.example"), "Marée-vieille-47")
		other := w.verified("camille@mail.example")
		store.next("change", func(update func() error) error {
			err := update()
			store.next("reset", func(func() error) error { return errLost })
			return err
		})
		password := secret.New("Marée-neuve-48")
		if _, _, _, err := w.Choose(t.Context(), other, password, password); !errors.Is(err, errLost) {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Second)
		if r, err := w.Look(t.Context(), other); err != nil || r.State != flow.Choose || r.Why != flow.NotBegun || r.CutOff {
			t.Errorf("%s %q %v", r.State, r.Why, err)
		}
	})
}

// An account of which the store's answer is lost is free again as soon as the claim is taken back.
func TestAccountOfALostClaimIsFree(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		first := w.verified("camille@mail.example")
		store.next("change", func(update func() error) error { return errors.Join(update(), errLost) })
		password := secret.New("Marée-vieille-47")
		if _, _, _, err := w.Choose(t.Context(), first, password, password); !errors.Is(err, errLost) {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Second)
		if r, reason := w.choose(w.verified("camille@mail.example"), "Marée-neuve-48"); r.State != flow.Done {
			t.Errorf("%s %q", r.State, reason)
		}
		if got := w.people.set(camille.ID); !slices.Equal(got, []string{"Marée-neuve-48"}) {
			t.Errorf("%q", got)
		}
	})
}
