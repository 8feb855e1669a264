package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// own are the messages that Show and Took themselves need.
var own = []string{
	"duration.hours", "duration.minutes", "duration.seconds", "duration.took",
	"date", "date.day", "date.months", "date.whole", "number.decimal",
}

// Own lists the messages that this package itself uses.
func Own() []string { return append([]string(nil), own...) }

// Show writes a value as people read it: a time.Duration in words (« 10 minutes »), a time.Time as a date and an hour
// in its own time zone, a float64 with the language's decimal sign, anything else as fmt prints it.
func (l *Locale) Show(v any) string {
	switch v := v.(type) {
	case time.Duration:
		return l.duration(v)
	case time.Time:
		return l.date(v)
	case float64:
		return l.decimal(v)
	default:
		return fmt.Sprint(v)
	}
}

// duration tells a length of time in one unit. Below two minutes it counts seconds, rounded up, since it then tells
// how long to wait; above, it does not promise more than there is, but for the seconds that a page takes to be made:
// ten minutes are still ten when they are shown.
func (l *Locale) duration(d time.Duration) string {
	if d >= 2*time.Minute-grace {
		d += grace
	}
	switch {
	case d >= time.Hour && (d%time.Hour <= grace || d >= 3*time.Hour):
		return l.must("duration.hours", "n", int(d/time.Hour))
	case d >= 2*time.Minute || d == time.Minute:
		return l.must("duration.minutes", "n", int(d/time.Minute))
	default:
		return l.must("duration.seconds", "n", int((max(d, 0)+time.Second-1)/time.Second))
	}
}

// Took tells how long something took, short, for a column of figures: tenths of a second below ten seconds.
func (l *Locale) Took(d time.Duration) string {
	decimals := 0
	if d < 10*time.Second {
		decimals = 1
	}
	s := strconv.FormatFloat(d.Seconds(), 'f', decimals, 64)
	return l.must("duration.took", "seconds", l.number(s))
}

func (l *Locale) decimal(v float64) string { return l.number(strconv.FormatFloat(v, 'f', -1, 64)) }

// number puts the language's decimal sign in the place of the point.
func (l *Locale) number(text string) string {
	return strings.Replace(text, ".", l.must("number.decimal"), 1)
}

// grace is the most that duration adds.
const grace = 5 * time.Second

func (l *Locale) date(t time.Time) string {
	months := l.months()
	if months == nil {
		return t.Format("2006-01-02 15:04")
	}
	return l.must("date", "day", l.must("date.day", "n", t.Day()), "month", months[t.Month()-1],
		"year", t.Year(), "hour", t.Hour(), "minute", t.Format("04"))
}

// Day tells the day of a date without its hour.
func (l *Locale) Day(t time.Time) string {
	months := l.months()
	if months == nil {
		return t.Format(time.DateOnly)
	}
	return l.must("date.whole", "day", l.must("date.day", "n", t.Day()), "month", months[t.Month()-1], "year", t.Year())
}

// months are the names of the twelve months; nil if the language's file has another number of them.
func (l *Locale) months() []string {
	if names := strings.Fields(l.must("date.months")); len(names) == 12 {
		return names
	}
	return nil
}

// must gives one of the package's own messages: Load has seen that they are there. A translation that lost one of
// their placeholders shows its key rather than end the page.
func (l *Locale) must(key string, args ...any) string {
	s, err := l.Text(key, args...)
	if err != nil {
		return key
	}
	return s
}
