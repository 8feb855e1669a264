package policy

// Draws gives a draw of each style that the rules leave room for, before it is judged.
func (s Set) Draws() (random, words func() string) {
	draw := func(in style) func() string {
		if in == nil {
			return nil
		}
		d := new(dice)
		return func() string { return in(d) }
	}
	return draw(s.randomStyle()), draw(s.wordStyle())
}

// Take takes n passwords of those that draw gives.
func (s Set) Take(n int, draw func() string) ([]string, error) {
	return judge{s, s.inForce(nil)}.take(n, func(*dice) string { return draw() }, nil)
}

// Below draws a number below n from given bytes, and others when they are used up.
func Below(n int, bytes ...byte) int {
	return (&dice{unread: bytes}).below(n)
}
