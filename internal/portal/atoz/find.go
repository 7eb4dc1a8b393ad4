package atoz

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Bounds of what is searched for.
const (
	maxQuery = 100 // letters
	maxWords = 8
	maxFound = 25
)

// name is one word of a title or another name of a page.
type name struct {
	word  string
	page  *Page
	title bool
}

func namesOf(p *Page) (all []name) {
	seen := map[string]bool{}
	for i, n := range append([]string{p.Title}, p.Also...) {
		for _, w := range wordsOf(n) {
			if !seen[w] {
				seen[w] = true
				all = append(all, name{w, p, i == 0})
			}
		}
	}
	return all
}

// wordsOf is the words of a text in small letters.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// How well a word of the question agrees with a page.
const (
	inText = 1 + iota
	nearName
	beginsName
	isName
	isTitle
)

// Search is the pages that have each word of a question, best first: in a name as
// it was typed, as the beginning of one, with a typing mistake, or else anywhere
// in the person's part. A question that is too long is cut.
func (l *Library) Search(question string) []*Page {
	if r := []rune(question); len(r) > maxQuery {
		question = string(r[:maxQuery])
	}
	words := wordsOf(question)
	if len(words) > maxWords {
		words = words[:maxWords]
	}
	if len(words) == 0 {
		return nil
	}
	score := map[*Page]int{}
	for i, w := range words {
		best := l.agree(w)
		for _, p := range l.pages {
			switch s := best[p]; {
			case s == 0:
				delete(score, p)
			case i == 0 || score[p] > 0:
				score[p] += s
			}
		}
	}
	var found []*Page
	for _, p := range l.pages { // by title, and the sort keeps that
		if score[p] > 0 {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b *Page) int { return cmp.Compare(score[b], score[a]) })
	return found[:min(len(found), maxFound)]
}

// agree says for each page how well one word agrees with it.
func (l *Library) agree(w string) map[*Page]int {
	best := map[*Page]int{}
	for _, n := range l.names {
		best[n.page] = max(best[n.page], n.agrees(w))
	}
	if len(w) >= minStem {
		for _, p := range l.pages {
			if best[p] == 0 && strings.Contains(p.lower, w) {
				best[p] = inText
			}
		}
	}
	return best
}

func (n name) agrees(typed string) int {
	switch {
	case typed == n.word && n.title:
		return isTitle
	case typed == n.word:
		return isName
	case len(typed) >= 2 && strings.HasPrefix(n.word, typed):
		return beginsName
	case near(typed, n.word, mistakes(typed)):
		return nearName
	}
	return 0
}

// mistakes is how many typing mistakes a word may have: none in a short one, where
// one more letter is another word.
func mistakes(word string) int {
	switch n := len([]rune(word)); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// near says whether a becomes b by at most most steps, each of which adds, takes
// away or changes a letter, or swaps two that stand together (optimal string
// alignment).
func near(a, b string, most int) bool {
	x, y := []rune(a), []rune(b)
	if most == 0 || len(x)-len(y) > most || len(y)-len(x) > most {
		return false
	}
	before, last, now := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		for j := 1; j <= len(y); j++ {
			change := last[j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			now[j] = min(last[j]+1, now[j-1]+1, change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(y)] <= most
}
