package policy

// Rules are what a password must keep to. The zero value of a number is no demand.
type Rules struct {
	MinLength  int `mapstructure:"min_length"`  // characters that it has at least
	MaxLength  int `mapstructure:"max_length"`  // characters that it has at most; below min_length nothing would do
	MinLower   int `mapstructure:"min_lower"`   // lower-case letters of any script
	MinUpper   int `mapstructure:"min_upper"`   // upper-case letters of any script
	MinDigits  int `mapstructure:"min_digits"`  // decimal digits
	MinSymbols int `mapstructure:"min_symbols"` // characters that are neither letter, digit nor space

	// nothing that stands in lists of common passwords, nor words of portal.name and portal.organisation
	ForbidCommon   bool `mapstructure:"forbid_common"`
	ForbidIdentity bool `mapstructure:"forbid_identity"` // no part of the person's name, mail or identifier
	// none of these words, whatever their case, with digits for letters or without accents
	ForbidWords []string `mapstructure:"forbid_words"`
	MinStrength int      `mapstructure:"min_strength"` // how hard it is to guess, as zxcvbn scores
}

// Name is the name of one rule: a word, never a sentence. The pages have a sentence for each.
type Name string

// The rules, in the order in which pages list them. Those called plain count letters of ASCII, without accents.
const (
	Length       Name = "length"        // MinLength
	Lower        Name = "lower"         // MinLower
	PlainLower   Name = "plain-lower"   // Demands.MinLower
	Upper        Name = "upper"         // MinUpper
	PlainUpper   Name = "plain-upper"   // Demands.MinUpper
	PlainLetters Name = "plain-letters" // Demands.MinLetters
	Digits       Name = "digits"        // MinDigits
	Symbols      Name = "symbols"       // MinSymbols
	Kinds        Name = "kinds"         // Demands.MinKinds
	Repeats      Name = "repeats"       // Demands.MaxRepeats
	TooLong      Name = "max-length"    // MaxLength
	TooBig       Name = "max-size"      // Demands.MaxLength, where it does not count characters
	Identity     Name = "identity"      // ForbidIdentity, Demands.Names
	Words        Name = "words"         // ForbidWords
	Common       Name = "common"        // ForbidCommon
	Breached     Name = "breached"      // Set.Breached
	Strength     Name = "strength"      // MinStrength
)

// Finding is one rule and whether a password keeps it.
type Finding struct {
	Rule  Name
	N     int // the rule's number, of the kind that the rule counts; 0 where it has none
	Met   bool
	Quiet bool // worth a line only to whom it is broken: nobody is near that limit, or other rules imply it
}
