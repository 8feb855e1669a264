package bench

// What the tests outside of this package look into.
var (
	Digits        = digits
	Drive         = drive
	ProcessorTime = processorTime
	Kilobytes     = kilobytes
	Percentile    = percentile[float64]
	Password      = password
	NewVisitor    = newVisitor
	Connect       = connect
	Change        = change
	SignsIn       = signsIn
)

// Reset goes through the pages as a person.
func (v *visitor) Reset(mail, password string, code func(string) string) (Took, error) {
	return v.reset(mail, password, code)
}

// Add is add.
func (c *Counts) Add(after, before Counts) { c.add(after, before) }

// AtATime is atATime.
const AtATime = atATime
