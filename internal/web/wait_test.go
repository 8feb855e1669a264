package web

import (
	"slices"
	"testing"
	"time"

	"ssprd/internal/flow"
)

// R47: of four servers each has a line of its own, which tells what is known of it: that it has the change, that it is waited
// for, that this takes long, or that nobody waits for it any longer.
func TestStages(t *testing.T) {
	four := []flow.ServerProgress{{Server: "Bordeaux", Index: 0, Reached: true, After: 400 * time.Millisecond}, {Index: 1}, {Server: "Limoges", Index: 2, Reached: true}, {Server: "Pau", Index: 3}}
	for name, c := range map[string]struct {
		state flow.State
		ago   time.Duration // that it was written
		want  []StageState
	}{
		"being written":   {flow.Changing, 0, []StageState{StageDone, StageNow}},
		"just written":    {flow.Spreading, time.Second, []StageState{StageDone, StageDone, StageDone, StageNow, StageDone, StageNow}},
		"waited for long": {flow.Spreading, time.Minute, []StageState{StageDone, StageDone, StageDone, StageSlow, StageDone, StageSlow}},
		"given up":        {flow.Done, time.Minute, []StageState{StageDone, StageDone, StageDone, StageLate, StageDone, StageLate}},
	} {
		r := flow.Reset{State: c.state, Claimed: time.Now().Add(-c.ago), Written: time.Now().Add(-c.ago)}
		if c.state != flow.Changing {
			r.Servers = four
		}
		lines := stages(r)
		var got []StageState
		for _, l := range lines {
			got = append(got, l.State)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if c.state != flow.Changing && (lines[2].Label != "Bordeaux" || lines[2].After != 400*time.Millisecond || lines[3].N != 2 || lines[3].Label != "") {
			t.Errorf("%s: the servers are told as %v", name, lines[2:])
		}
	}
}
