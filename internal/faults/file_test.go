package faults

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// R70: with a file for a store, whatever ends the process loses no reset; a file that is torn is set aside.
func TestFileStore(t *testing.T) {
	alongside(t)
	Open(t, Setting{Instances: 1, People: Some(300, 1500)}).Run(t,
		Fault{"R70", "killed", "the only instance, with its state in a file, is killed and started again, at random", killedWithAFile},
		Fault{"R70", "torn", "it is killed, and its state file is cut short before it starts again", tornFile},
	)
}

// people is how many there are at a time.
const people = 8

// killedAtRandom kills instances by turns, at moments that are the same in each run as far as anything is, and starts each
// again at once.
func killedAtRandom(s *Site, kills int, seed uint64) (o Outcome) {
	moments := rand.New(rand.NewPCG(seed, 0))
	crowd := s.Crowd(people, time.Duration(kills)*2*time.Second)
	crowd.AwaitEnds(people)
	o.UnderWay = people
	for k := range kills {
		pause(time.Duration(100+moments.IntN(700)) * time.Millisecond)
		i := s.Instances[k%len(s.Instances)]
		o.UnderWay = min(o.UnderWay, crowd.UnderWay())
		i.Kill()
		i.Start()
	}
	crowd.AwaitEnds(people)
	o.Tally = crowd.Leave()
	o.Want(o.Unchanged == 0, "some were told that nothing was changed, and left")
	o.Want(o.Changed > kills, "only %d were changed", o.Changed)
	o.Say("%d kills; %s; %d requests without an answer, each asked again", kills, o.statuses(), len(s.proxy.Failures()))
	return o
}

// R70.
func killedWithAFile(s *Site) Outcome { return killedAtRandom(s, Some(5, 40), 70) }

// kept is so little of the state file that there is a beginning, and none of what it leads to.
const kept = 2*4096 + 17

// R70: what is lost with the file is not taken for anything else: people are told to begin anew.
func tornFile(s *Site) (o Outcome) {
	crowd := s.Crowd(people, 30*time.Second)
	crowd.AwaitEnds(people)
	k := s.stuck()
	i := s.Instances[0]
	o.UnderWay = crowd.UnderWay()
	i.Kill()
	s.must(os.Truncate(s.State, kept))
	i.Start()
	crowd.AwaitEnds(2 * people)
	o.Tally = crowd.Leave()
	aside, _ := filepath.Glob(s.State + ".broken-*Z") // beside which its journal is, if there was anything in it
	o.Want(len(aside) == 1, "the torn file was not set aside: %q", aside)
	o.Want(strings.Contains(i.Log(), "level=ERROR"), "the log does not report the torn file")
	k.beginAnew(&o)
	o.Say("the torn file is set aside, the log says so; %s", o.statuses())
	return o
}
