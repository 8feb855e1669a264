package policy

import (
	"math"
	"slices"
	"strconv"
)

// minRun is the length from which equal, following or neighbouring characters are a pattern.
const minRun = 3

// repeats finds a part that is written several times over: aaaa, soleilsoleil. The part is worth what it is as a word,
// if it is one.
func repeats(folded []rune, words []pattern) []pattern {
	worth := make(map[[2]int]float64, len(words))
	for _, w := range words {
		worth[[2]int{w.start, w.end}] = w.bits
	}
	var found []pattern
	for start := range folded {
		for size := 1; start+2*size <= len(folded); size++ {
			end := start + size
			for end < len(folded) && folded[end] == folded[end-size] {
				end++
			}
			times := (end - start) / size
			if times < 2 || times*size < minRun {
				continue
			}
			bits := float64(size)*bitsPerCharacter + math.Log2(float64(times))
			if word, ok := worth[[2]int{start, start + size}]; ok {
				bits = min(bits, word+math.Log2(float64(times)))
			}
			found = append(found, pattern{start, start + times*size, bits})
		}
	}
	return found
}

// sequences finds characters that follow one another in Unicode, up or down: abcd, 9876.
func sequences(folded []rune) []pattern {
	var found []pattern
	for start := 0; start+1 < len(folded); {
		step, end := folded[start+1]-folded[start], start+2
		for end < len(folded) && folded[end]-folded[end-1] == step {
			end++
		}
		if (step == 1 || step == -1) && end-start >= minRun {
			found = append(found, pattern{start, end, sequenceBits(folded[start], step, end-start)})
		}
		start = end - 1
	}
	return found
}

// sequenceBits counts where it may begin (the obvious places first), its direction and its length.
func sequenceBits(first, step rune, length int) float64 {
	places := 26.0
	switch {
	case slices.Contains([]rune("az019"), first):
		places = 4
	case first >= '0' && first <= '9':
		places = 10
	}
	if step < 0 {
		places *= 2
	}
	return math.Log2(places * float64(length))
}

// keyboards are the rows of keys, each shifted half a key to the right of the one above, of the two layouts that
// people here type on.
var keyboards = [][]string{
	{"1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"},
	{"1234567890)=", "azertyuiop^$", "qsdfghjklmù*", "wxcvbn,;:!"},
	{"&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "wxcvbn,;:!"},
}

type key struct{ row, column int }

var keys = func() []map[rune]key {
	var maps []map[rune]key
	for _, rows := range keyboards {
		m := make(map[rune]key)
		for row, line := range rows {
			for column, r := range []rune(line) {
				m[r] = key{row, column}
			}
		}
		maps = append(maps, m)
	}
	return maps
}()

// direction gives the way from key a to key b, or false if they are not neighbours.
func direction(a, b key) (key, bool) {
	d := key{b.row - a.row, b.column - a.column}
	switch d {
	case key{0, 1}, key{0, -1}, key{1, 0}, key{1, -1}, key{-1, 0}, key{-1, 1}:
		return d, true
	}
	return d, false
}

// walks finds keys that lie side by side: azerty, wxcvb, aqwzsx. It takes accents as typed: they are keys of their own.
func walks(lower []rune) []pattern {
	var found []pattern
	for _, layout := range keys {
		for start := 0; start < len(lower); {
			end, turns := walk(lower, start, layout)
			if end-start >= minRun {
				found = append(found, pattern{start, end, walkBits(end-start, turns)})
			}
			start = max(end-1, start+1)
		}
	}
	return found
}

// walk follows neighbouring keys from start and tells where it ends and how often it turns.
func walk(lower []rune, start int, layout map[rune]key) (end, turns int) {
	var last key
	for end = start + 1; end < len(lower); end++ {
		a, ok := layout[lower[end-1]]
		b, ok2 := layout[lower[end]]
		if !ok || !ok2 {
			break
		}
		d, near := direction(a, b)
		if !near {
			break
		}
		if d != last {
			turns++
		}
		last = d
	}
	return end, turns
}

// walkBits counts where the walk begins, its length, where it turns and to which of some five neighbours.
func walkBits(length, turns int) float64 {
	const places, neighbours = 47, 5
	ways := 1.0
	for i := 1; i < turns; i++ {
		ways *= float64(length-i) / float64(i)
	}
	return math.Log2(places*float64(length)) + float64(turns)*math.Log2(neighbours) + math.Log2(max(ways, 1))
}

// What dates are worth: a year of living memory, a day of one, and the choice of the sign between.
var (
	yearBits      = math.Log2(200)
	dateBits      = math.Log2(366 * 100)
	separatorBits = 2.0
)

// dates finds years (1987, 2024), and days with or without separators (140789, 14071789, 14/7/1989).
func dates(folded []rune) []pattern {
	var found []pattern
	for start, first := range folded {
		if first < '0' || first > '9' {
			continue
		}
		for end := start + 4; end <= min(start+10, len(folded)); end++ {
			if bits, ok := dateIn(folded[start:end]); ok {
				found = append(found, pattern{start, end, bits})
			}
		}
	}
	return found
}

func dateIn(s []rune) (bits float64, ok bool) {
	text := string(s)
	switch len(s) {
	case 4:
		return yearBits, isYear(text)
	case 6:
		if isDay(text[:2], text[2:4], text[4:]) {
			return dateBits, true
		}
	case 8:
		if isDay(text[:2], text[2:4], text[4:]) || isDay(text[6:], text[4:6], text[:4]) {
			return dateBits, true
		}
	}
	parts := splitDate(s)
	ok = len(parts) == 3 && (isDay(parts[0], parts[1], parts[2]) || isDay(parts[2], parts[1], parts[0]))
	return dateBits + separatorBits, ok
}

// splitDate cuts a text of digits at its separators.
func splitDate(s []rune) []string {
	parts := []string{""}
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			parts[len(parts)-1] += string(r)
		case slices.Contains([]rune("/-._ "), r):
			parts = append(parts, "")
		default:
			return nil
		}
	}
	return parts
}

func isYear(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && len(s) == 4 && n >= 1900 && n < 2100
}

// isDay judges day, month and year in this order, or month and day the other way round.
func isDay(day, month, year string) bool {
	d, errD := strconv.ParseUint(day, 10, 8)
	m, errM := strconv.ParseUint(month, 10, 8)
	_, errY := strconv.ParseUint(year, 10, 16)
	if errD != nil || errM != nil || errY != nil || d == 0 || m == 0 {
		return false
	}
	return (len(year) == 2 || isYear(year)) && (d <= 31 && m <= 12 || d <= 12 && m <= 31)
}
