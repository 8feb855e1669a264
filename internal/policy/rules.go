package policy

// Rules are what a password must keep to. The zero value of a number is no demand; Join gives the stricter of two.
type Rules struct {
	MinLength  int `mapstructure:"min_length"`  // characters
	MaxLength  int `mapstructure:"max_length"`  // characters
	MinLower   int `mapstructure:"min_lower"`   // lower-case letters of any script
	MinUpper   int `mapstructure:"min_upper"`   // upper-case letters of any script
	MinDigits  int `mapstructure:"min_digits"`  // decimal digits
	MinSymbols int `mapstructure:"min_symbols"` // anything that is neither letter, digit nor space

	ForbidCommon   bool     `mapstructure:"forbid_common"`   // nothing that stands in lists of common passwords
	ForbidIdentity bool     `mapstructure:"forbid_identity"` // no part of the person's name, mail or identifier
	ForbidWords    []string `mapstructure:"forbid_words"`    // nor any of these words
	MinStrength    int      `mapstructure:"min_strength"`    // 0 to 4, as zxcvbn scores
}

// Name is the name of one rule: a word, never a sentence. The pages have a sentence for each.
type Name string

// The rules, in the order in which pages list them.
const (
	Length   Name = "length"     // MinLength
	Lower    Name = "lower"      // MinLower
	Upper    Name = "upper"      // MinUpper
	Digits   Name = "digits"     // MinDigits
	Symbols  Name = "symbols"    // MinSymbols
	TooLong  Name = "max-length" // MaxLength
	Identity Name = "identity"   // ForbidIdentity
	Words    Name = "words"      // ForbidWords
	Common   Name = "common"     // ForbidCommon
	Strength Name = "strength"   // MinStrength
)

// Finding is one rule and whether a password keeps it.
type Finding struct {
	Rule Name
	N    int // the rule's number, of the kind that the rule counts; 0 where it has none
	Met  bool
}
