package limit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is COUNT/DURATION, as in 5/1h: never more than Count in any Per.
type Rate struct {
	Count int
	Per   time.Duration
}

// The bounds of a Rate. They are far from any use, and keep the arithmetic exact.
const (
	maxPer   = 48 * time.Hour // beyond it a limit would be a lock
	minEvery = time.Microsecond
)

// Validate says what is wrong with r. The zero Rate is an error: no limit can be switched off (R60).
func (r Rate) Validate() error {
	switch {
	case r.Count < 1:
		return fmt.Errorf("a count of %d: it is 1 or more", r.Count)
	case r.Per <= 0:
		return fmt.Errorf("a duration of %s: it is more than nothing", r.Per)
	case r.Per > maxPer:
		return fmt.Errorf("a duration of %s: it is at most %s", r.Per, text(maxPer))
	case r.every() < minEvery:
		return fmt.Errorf("%s: it is at most one a microsecond", r)
	}
	return nil
}

// every is the time in which one is given back.
func (r Rate) every() time.Duration { return r.Per / time.Duration(r.Count) }

// UnmarshalText reads COUNT/DURATION, where the duration is one of Go (90s, 10m, 24h). Whether it is of use is for Validate.
func (r *Rate) UnmarshalText(b []byte) error {
	read, err := parse(string(b))
	if err != nil {
		return fmt.Errorf("a rate is COUNT/DURATION, as in 5/1h: %w", err)
	}
	*r = read
	return nil
}

func parse(s string) (r Rate, err error) {
	count, per, ok := strings.Cut(s, "/")
	if !ok {
		return Rate{}, errors.New("there is no /")
	}
	if r.Count, err = strconv.Atoi(count); err != nil {
		return Rate{}, fmt.Errorf("%q is not a whole number", count)
	}
	if r.Per, err = time.ParseDuration(per); err != nil {
		return Rate{}, fmt.Errorf("%q is not a duration", per)
	}
	return r, nil
}

// String writes what UnmarshalText reads, without units that count nothing: 1h, not 1h0m0s.
func (r Rate) String() string { return strconv.Itoa(r.Count) + "/" + text(r.Per) }

// MarshalText is String.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func text(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
