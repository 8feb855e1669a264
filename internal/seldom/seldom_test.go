package seldom

import (
	"testing"
	"testing/synctest"
	"time"
)

// What happens again and again is said once a minute for each key, with how often it was not said.
func TestSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Seldom
		said, unsaid := 0, 0
		for range 600 { // ten minutes
			if now, more := s.Say("usagers"); now {
				said, unsaid = said+1, unsaid+more
			}
			time.Sleep(time.Second)
		}
		if said != 10 || said+unsaid != 541 { // what has happened in the last minute is still to be told
			t.Errorf("%d lines, of %d more", said, unsaid)
		}
		if now, more := s.Say("elus"); !now || more != 0 {
			t.Errorf("another population: %v, %d", now, more)
		}
	})
}
