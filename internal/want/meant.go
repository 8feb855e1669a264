package want

import "strings"

// closeEnough is how many letters a word may differ from the one that was probably meant: two swapped letters count two.
const closeEnough = 2

// Meant proposes the word of known that word was probably meant to be: `; did you mean "name"?`, or nothing.
func Meant(word string, known []string) string {
	best, least := "", closeEnough+1
	for _, k := range known {
		if n := distance(word, k); n < least && n < len(k) {
			best, least = k, n
		}
	}
	for _, k := range known { // password for password_file
		if best == "" && len(word) > closeEnough && strings.HasPrefix(k, word+"_") {
			best = k
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

// distance is Levenshtein's, in bytes, computed row by row; keys are ASCII. Words of very different length are not
// compared letter by letter.
func distance(a, b string) int {
	if d := len(a) - len(b); d > closeEnough || d < -closeEnough {
		return closeEnough + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
