package locale

import "fmt"

// Message is all that is known of a message, but the line where it stands.
func (l *Locale) Message(key string) string {
	m, ok := l.message(key)
	m.line = 0
	return fmt.Sprintf("%t %+v", ok, m)
}
