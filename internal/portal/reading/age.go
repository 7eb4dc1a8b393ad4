package reading

import (
	_ "embed"
	"strings"
	"unicode"
)

// Warn is the reading age above which a text should be looked at again, and Most
// the one that no page may be above, in years.
const (
	Warn = 9.0
	Most = 11.0
)

//go:embed names.txt
var listed string

// names are the words of names.txt.
var names = func() map[string]bool {
	all := map[string]bool{}
	for l := range strings.Lines(listed) {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			all[strings.ToLower(l)] = true
		}
	}
	return all
}()

// Age is about the age in years of who reads a text with ease: the Flesch-Kincaid
// grade (J. P. Kincaid and others, Derivation of New Readability Formulas for Navy
// Enlisted Personnel, 1975) plus five, since grade 1 begins at six.
//
// It was taken over SMOG and Coleman-Liau: SMOG wants thirty sentences, which
// pages do not have, and Coleman-Liau counts letters, which is hard on short
// words such as "through". A line ends a sentence, since headings, buttons and
// items of lists have no full stop. A text without words is for anybody.
func Age(text string) float64 {
	words, syllables, sentences := 0, 0, 0
	for _, s := range Sentences(text) {
		n := 0
		for _, w := range wordsOf(s) {
			n++
			syllables += Syllables(w)
		}
		if words += n; n > 0 {
			sentences++
		}
	}
	if words == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(sentences) + 11.8*float64(syllables)/float64(words) - 15.59 + 5
}

// Sentences cuts a text into its sentences. The point in a number, such as 4.5,
// ends none.
func Sentences(text string) (all []string) {
	begin := 0
	for i, r := range text {
		switch {
		case r == '\n', r == '?', r == '!', r == ':':
		case r == '.' && (i+1 == len(text) || unicode.IsSpace(rune(text[i+1]))):
		default:
			continue
		}
		if s := strings.TrimSpace(text[begin : i+1]); s != "" {
			all = append(all, s)
		}
		begin = i + 1
	}
	if s := strings.TrimSpace(text[begin:]); s != "" {
		all = append(all, s)
	}
	return all
}

// wordsOf is the words of a sentence. What has no letter, such as a number, a day
// or a range, is one word.
func wordsOf(s string) (all []string) {
	for f := range strings.FieldsSeq(s) {
		if f = strings.TrimFunc(f, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }); f != "" {
			all = append(all, strings.ToLower(f))
		}
	}
	return all
}

// nameSyllables is what a listed name counts for.
const nameSyllables = 2

// Syllables is about how many syllables a word has: its groups of vowels, but for
// endings that are not spoken. Numbers count as one, since people read digits at
// a glance, and listed names as two at most.
func Syllables(word string) int {
	if !strings.ContainsFunc(word, unicode.IsLetter) || strings.ContainsFunc(word, unicode.IsDigit) {
		return 1
	}
	n := 0
	for part := range strings.SplitSeq(word, "-") {
		if part == "" {
			continue
		}
		k := spoken(part)
		if names[part] || names[strings.TrimSuffix(part, "s")] {
			k = min(k, nameSyllables)
		}
		n += k
	}
	if names[word] {
		n = min(n, nameSyllables)
	}
	return max(n, 1)
}

func spoken(word string) int {
	word = strings.TrimSuffix(strings.TrimSuffix(word, "'s"), "’s")
	n, before := 0, false
	for _, r := range word {
		vowel := strings.ContainsRune("aeiouyâêîôûŵŷáéíóúàèìòùäëïöü", r)
		if vowel && !before {
			n++
		}
		before = vowel
	}
	has := func(end string) bool { return strings.HasSuffix(word, end) && len(word) > len(end)+1 }
	switch {
	case n < 2:
	case has("le") && !strings.ContainsRune("aeiouy", rune(word[len(word)-3])):
	case has("e"):
		n--
	case has("ed") && !strings.ContainsRune("td", rune(word[len(word)-3])):
		n--
	case has("es") && !strings.ContainsAny(word[len(word)-3:len(word)-2], "sxzcgh"):
		n--
	case has("ely"), has("eless"), has("eful"), has("ement"):
		n--
	}
	return max(n, 1)
}
