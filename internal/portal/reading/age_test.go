package reading

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAgeTellsEasyFromHard(t *testing.T) {
	easy := Age("You can see your record here. You say who else may see it.")
	hard := Age("Authorised representatives demonstrating verified eligibility may subsequently interrogate longitudinal documentation.")
	if easy > Warn || hard < 16 {
		t.Errorf("an easy text is for %.1f years and a hard one for %.1f", easy, hard)
	}
}

// The figure is the formula's own, worked out by hand: 12 words in 2
// sentences, of one syllable each.
func TestAgeIsTheFormula(t *testing.T) {
	want := 0.39*12/2 + 11.8*12/12 - 15.59 + 5
	if got := Age("You can see it all here. You say who else may see."); math.Abs(got-want) > 1e-9 {
		t.Errorf("%.3f, want %.3f", got, want)
	}
}

func TestSyllables(t *testing.T) {
	for word, want := range map[string]int{
		"you": 1, "see": 1, "here": 1, "table": 2, "people": 2, "asked": 1, "wanted": 2, "makes": 1, "boxes": 2, "safely": 2, "useful": 2,
		"blood-test": 2, "authorised": 3, "documentation": 5, "4.5": 1, "140/90": 1, "38°c": 1, "hba1c": 1,
		// Listed names count as two at most, also in the plural and in parts.
		"levothyroxine": 2, "paracetamol": 2, "antibiotics": 2, "co-codamol": 3,
	} {
		if got := Syllables(word); got != want {
			t.Errorf("%s has %d, want %d", word, got, want)
		}
	}
}

func TestSentences(t *testing.T) {
	got := Sentences("One is 4.5 mmol/L. Two?\n- an item\n\nthe end")
	if want := []string{"One is 4.5 mmol/L.", "Two?", "- an item", "the end"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if Age("") != 0 || Age(" . ? 	\n") != 0 {
		t.Error("a text without words has an age")
	}
}

// A text said twice is as hard as once, and the order of its sentences does not
// matter.
func TestAgeIsOfTheWhole(t *testing.T) {
	word := rapid.StringMatching(`[a-z]{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		var all []string
		for range rapid.IntRange(1, 6).Draw(t, "sentences") {
			all = append(all, strings.Join(rapid.SliceOfN(word, 1, 9).Draw(t, "words"), " ")+".")
		}
		once := Age(strings.Join(all, " "))
		slices.Reverse(all)
		back := Age(strings.Join(all, "\n") + "\n" + strings.Join(all, " "))
		if math.Abs(once-back) > 1e-9 {
			t.Fatalf("%f and %f", once, back)
		}
	})
}

// The list is of names, each once, and in small letters.
func TestNamesAreListedOnce(t *testing.T) {
	seen := map[string]bool{}
	for l := range strings.Lines(listed) {
		if l = strings.TrimSpace(l); l == "" || l[0] == '#' {
			continue
		}
		if seen[l] || l != strings.ToLower(l) || strings.ContainsAny(l, " -") {
			t.Errorf("%q", l)
		}
		seen[l] = true
	}
}
