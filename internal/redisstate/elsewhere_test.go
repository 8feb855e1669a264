package redisstate_test

import (
	"testing"

	"github.com/gomodule/redigo/redis"

	"ssprd/internal/redisstate"
)

// Where a server sends a question is understood however it writes the address.
func TestElsewhere(t *testing.T) {
	for answer, want := range map[string]string{
		"MOVED 7 10.0.0.2:6380": "10.0.0.2:6380", "ASK 7 fd00::2:6380": "[fd00::2]:6380", "MOVED 7 :6380": "10.0.0.1:6380",
		"MOVED 7 ?:6380": "10.0.0.1:6380", "MOVED 7 name": "", "MOVED 7": "",
	} {
		host, err := redisstate.Elsewhere("10.0.0.1:6379", redis.Error(answer))
		if host != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v; want %q", answer, host, err, want)
		}
	}
}
