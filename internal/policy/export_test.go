package policy

// FrenchWords are the words of the French list.
func FrenchWords() []string { return french() }

// CommonWords are the words of the lists of common passwords, folded.
func CommonWords() []string {
	d := commonWords()
	words := make([]string, len(d.ends))
	for i := range words {
		words[i] = d.word(i)
	}
	return words
}
