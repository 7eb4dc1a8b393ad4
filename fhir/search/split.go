package search

import (
	"cmp"
	"slices"
	"strings"
)

// split cuts s at each sep that no backslash escapes (R4 section 3.1.1.4.7).
// The parts keep their escapes: a value is cut at commas, then dollars, then
// bars, and unescaped last.
func split(s string, sep byte) []string {
	if strings.IndexByte(s, sep) < 0 {
		return []string{s}
	}
	var parts []string
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// unescape removes the backslash in front of `\`, `|`, `$` and `,`. Any other
// backslash stands for itself.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			switch s[i+1] {
			case '\\', '|', '$', ',':
				i++
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// nearest returns up to three of the known words that are a slip of the
// keyboard away from word, nearest first. A word that is longer than any that
// is known has none.
func nearest(word string, known []string) []string {
	if len(word) > 64 {
		return nil
	}
	limit := 1 + len(word)/3
	word = strings.ToLower(word)
	type near struct {
		word string
		far  int
	}
	var found []near
	for _, k := range known {
		if d := distance(word, strings.ToLower(k), limit); d <= limit {
			found = append(found, near{k, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.far, b.far) })
	var out []string
	for _, n := range found[:min(3, len(found))] {
		out = append(out, n.word)
	}
	return out
}

// distance is the number of single letter edits between a and b; limit+1 where
// the lengths alone say that it is more than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
