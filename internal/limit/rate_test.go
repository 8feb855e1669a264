package limit_test

import (
	"strings"
	"testing"
	"time"

	"ssprd/internal/limit"
)

func TestRateText(t *testing.T) {
	for text, want := range map[string]limit.Rate{
		"5/1h":      {5, time.Hour},
		"30/10m":    {30, 10 * time.Minute},
		"2000/1m":   {2000, time.Minute},
		"1/1h30m":   {1, 90 * time.Minute},
		"1/1h0m1s":  {1, time.Hour + time.Second},
		"1/10m10s":  {1, 10*time.Minute + 10*time.Second},
		"100/500ms": {100, time.Second / 2},
		"1/48h":     {1, 48 * time.Hour},
	} {
		var r limit.Rate
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%s: %v, %v", text, r, err)
		}
		if back, err := r.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%s is written %s, %v", text, back, err)
		}
	}
	if got := (limit.Rate{Count: 1, Per: 90 * time.Second}).String(); got != "1/1m30s" {
		t.Error(got)
	}
}

// R60: a limit of nothing is refused, with a word on what is wrong.
func TestRateRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "no /",
		"5":                       "no /",
		"5/":                      `"" is not a duration`,
		"/1h":                     `"" is not a whole number`,
		"five/1h":                 `"five" is not a whole number`,
		"5/hour":                  `"hour" is not a duration`,
		"5/60":                    `"60" is not a duration`,
		"5/1h/2":                  `"1h/2" is not a duration`,
		"5 / 1h":                  `"5 " is not a whole number`,
		"1e3/1h":                  "not a whole number",
		"99999999999999999999/1h": "not a whole number",
	} {
		r := limit.Rate{Count: 7, Per: time.Hour}
		err := r.UnmarshalText([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "5/1h") {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
		if r != (limit.Rate{Count: 7, Per: time.Hour}) {
			t.Errorf("%q: the rate became %v", text, r)
		}
	}
	for text, want := range map[string]string{
		"0/1h":       "a count of 0",
		"-1/1h":      "a count of -1",
		"5/0s":       "a duration of 0s",
		"5/-1h":      "a duration of -1h",
		"5/8785h":    "at most 48h",
		"2000000/1s": "one a microsecond",
	} {
		c := limit.Defaults()
		if err := c.MailsPerAccount.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		told := ""
		c.Check(func(key, want string) { told += want })
		if !strings.Contains(told, want) || !strings.Contains(told, "switched off") || !strings.Contains(told, text) {
			t.Errorf("%s: %q, want %q", text, told, want)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	limit.Defaults().Check(func(name, want string) {
		if want != "" {
			t.Errorf("%s: %s", name, want)
		}
	})
}
