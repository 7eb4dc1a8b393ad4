package atoz

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// People find a page by its title, another name, the beginning of one, with a
// typing mistake, and by what it is about.
func TestSearch(t *testing.T) {
	l := library(t)
	for question, first := range map[string]string{
		"asthma": "asthma", "ASTHMA": "asthma", "astma": "asthma", "asthmaa": "asthma", "ashtma": "asthma",
		"hypertension": "high-blood-pressure", "hypertention": "high-blood-pressure", "high blood": "high-blood-pressure",
		"blue inhaler": "salbutamol", "measles": "mmrv-vaccine", "meesles": "mmrv-vaccine", "six in one": "6-in-1-vaccine",
		"paracetomol": "paracetamol", "hba1c": "hba1c-test", "egfr": "kidney-tests", "feeling low": "depression", "hayfever": "hay-fever",
		"diabetis type 2": "type-2-diabetes", "underactive": "underactive-thyroid", "zigzags": "migraine",
	} {
		got := l.Search(question)
		if len(got) == 0 || got[0].ID != first {
			t.Errorf("%q finds %v, want %s first", question, ids(got), first)
		}
	}
	for _, question := range []string{"", "   ", "?!", "xyzzy", "asthma xyzzy", "<xyzzy>", strings.Repeat("a", 10_000), "\xff\xfe"} {
		if got := l.Search(question); len(got) != 0 {
			t.Errorf("%.20q finds %v", question, ids(got))
		}
	}
	if got := l.Search(strings.Repeat("asthma ", 10_000)); len(got) == 0 || got[0].ID != "asthma" {
		t.Errorf("a long question finds %v", ids(got))
	}
	if got := l.Search("help"); len(got) > maxFound {
		t.Errorf("%d pages are found", len(got))
	}
}

func ids(pages []*Page) (all []string) {
	for _, p := range pages {
		all = append(all, p.ID)
	}
	return all
}

// near agrees with a plain twin that tries every step.
func TestNearAgreesWithTryingEveryStep(t *testing.T) {
	word := rapid.StringMatching(`[abc]{0,5}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		// Optimal string alignment edits no part twice, so two steps of the twin may
		// reach what it does not: it is held at one step only, where they are one.
		if got, want := near(a, b, 1), a == b || oneStep(a, b); got != want {
			t.Fatalf("%q and %q: %v, want %v", a, b, got, want)
		}
		if near(a, b, 2) != near(b, a, 2) || near(a, b, 1) && !near(a, b, 2) || near(a, b, 0) {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func oneStep(a, b string) bool {
	for i := range len(a) + 1 {
		if i < len(a) && a[:i]+a[i+1:] == b {
			return true
		}
		if i+1 < len(a) && a[:i]+string(a[i+1])+string(a[i])+a[i+2:] == b {
			return true
		}
		for _, c := range "abc" {
			if a[:i]+string(c)+a[i:] == b || i < len(a) && a[:i]+string(c)+a[i+1:] == b {
				return true
			}
		}
	}
	return false
}

func FuzzSearch(f *testing.F) {
	l := library(f)
	f.Add("asthma")
	f.Add("é\u0301 \x00 \xff")
	f.Fuzz(func(t *testing.T, question string) {
		if got := l.Search(question); len(got) > maxFound {
			t.Fatalf("%d pages", len(got))
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	l := library(b)
	for b.Loop() {
		l.Search("diabetis tpye blood presure")
	}
}
