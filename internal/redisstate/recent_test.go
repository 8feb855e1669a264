package redisstate

import (
	"strconv"
	"strings"
	"testing"
)

// What was seen last is remembered, and all of it takes two generations of room, however many keys there are.
func TestRecent(t *testing.T) {
	var r recent
	const size = generation / 100
	key := func(i int) string { return strconv.Itoa(i) }
	for i := range 1000 { // ten generations
		r.put(key(i), version{strings.Repeat("x", size)})
		for j := max(0, i-99); j <= i; j++ {
			if r.get(key(j)).text == "" {
				t.Fatalf("%d is forgotten after %d", j, i)
			}
		}
		bytes := 0
		for _, g := range []map[string]version{r.newer, r.old} {
			for _, v := range g {
				bytes += len(v.text)
			}
		}
		if bytes > 2*(generation+size) {
			t.Fatalf("%d bytes are remembered after %d", bytes, i)
		}
	}

	r = recent{}
	r.put("other", version{"y"})
	for range 1000 { // which takes no more room than once
		r.put("key", version{strings.Repeat("x", size)})
	}
	if r.get("other").text != "y" {
		t.Error("one key that is seen again and again drives another out")
	}
}
