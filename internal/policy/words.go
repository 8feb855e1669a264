package policy

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/ccojocar/zxcvbn-go/data"
)

// The English lists are those that zxcvbn-go ships. Only its package of data is imported, which costs nothing until
// it is read. Its matcher is not: at every start, used or not, it would unpack all lists (35 ms, 10 MB), and it tries
// every combination of look-alike signs, which takes seconds for some passwords.

// frenchText has one word a line; it was compiled for this project. The first are those that are believed to be the most
// frequent, then they stand by what they are about: keyboards, love, first names, sports, places, food, work, films.
//
//go:embed french.txt
var frenchText string

func french() []string { return strings.Fields(frenchText) }

// asset reads one list of zxcvbn-go's, the most frequent first.
func asset(name string) []string {
	var list struct{ List []string }
	raw, err := data.Asset("data/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	if err != nil {
		panic(fmt.Sprintf("policy: the list %s is built in and cannot be read: %v", name, err))
	}
	return list.List
}

// commonWords are the passwords that are refused as common. It is read at the first use.
var commonWords = sync.OnceValue(func() dictionary {
	return newDictionary(asset("Passwords"), french())
})

func listed(s string) bool { return commonWords().rank(s) > 0 }

// allWords are the words from which people make passwords. They take a tenth of a second and 20 MB to read, once, and
// little more than one to keep; where no rule asks for strength they are never read.
var allWords = sync.OnceValue(func() dictionary {
	return newDictionary(asset("Passwords"), french(), asset("English"), asset("FemaleNames"), asset("MaleNames"), asset("Surnames"))
})

// dictionary ranks words. It is one sorted text instead of a map, because a map of so many words is several times as large.
type dictionary struct {
	text    string
	ends    []uint32 // where each word of text ends
	ranks   []uint32 // from 1, the most frequent
	longest int      // bytes of the longest word
	begin   []uint32 // for each byte, how many words begin with a lower one
}

// newDictionary joins lists that each have their most frequent word first; a word in several has its best rank.
func newDictionary(lists ...[]string) dictionary {
	best := make(map[string]uint32)
	for _, list := range lists {
		for i, w := range list {
			w, rank := fold(w), uint32(i+1)
			if old, ok := best[w]; w != "" && (!ok || rank < old) {
				best[w] = rank
			}
		}
	}
	words := make([]string, 0, len(best))
	for w := range best {
		words = append(words, w)
	}
	slices.Sort(words)
	d := dictionary{text: strings.Join(words, "")}
	d.ends, d.ranks = make([]uint32, 0, len(words)), make([]uint32, 0, len(words))
	d.begin = make([]uint32, 257)
	end := uint32(0)
	for _, w := range words {
		d.begin[int(w[0])+1]++
		end += uint32(len(w))
		d.ends, d.ranks = append(d.ends, end), append(d.ranks, best[w])
		d.longest = max(d.longest, len(w))
	}
	for b := range d.begin[1:] {
		d.begin[b+1] += d.begin[b]
	}
	return d
}

// rank gives the rank of a folded word, or 0.
func (d dictionary) rank(word string) int {
	if word == "" || len(word) > d.longest {
		return 0
	}
	low, high := 0, len(d.ends)
	for low < high {
		mid := (low + high) / 2
		switch c := strings.Compare(d.word(mid), word); {
		case c == 0:
			return int(d.ranks[mid])
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return 0
}

// within finds every word of at least minWord characters in a text. From each start it goes on for as long as any word
// begins like that, which is seldom for long. The first byte is looked up: among all words, the search for it is the longest.
func (d dictionary) within(text []rune, found func(start, end, rank int)) {
	for start := range text {
		first := string(text[start])[0]
		low, high, size := int(d.begin[first]), int(d.begin[int(first)+1]), 0 // the words that begin with the size bytes from start on
		for end := start; end < len(text) && low < high; {
			low, high = d.narrow(low, high, size, string(text[end]))
			size += len(string(text[end]))
			end++
			if end-start >= minWord && low < high && len(d.word(low)) == size {
				found(start, end, int(d.ranks[low]))
			}
		}
	}
}

// narrow leaves of words that are equal in their first size bytes those that go on with more.
func (d dictionary) narrow(low, high, size int, more string) (from, to int) {
	from = low + sort.Search(high-low, func(i int) bool { return d.word(low + i)[size:] >= more })
	to = from + sort.Search(high-from, func(i int) bool { return !strings.HasPrefix(d.word(from + i)[size:], more) })
	return from, to
}

func (d dictionary) word(i int) string {
	start := uint32(0)
	if i > 0 {
		start = d.ends[i-1]
	}
	return d.text[start:d.ends[i]]
}
