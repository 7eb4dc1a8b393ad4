package staff

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// What each role may do, written out a second time by hand: one letter for each
// page, in the order of Pages, and the purposes.
func TestEachRoleMayDoWhatItsLineSays(t *testing.T) {
	if got := len(Pages()); got != 9 {
		t.Fatalf("%d pages: the table below has a column for each of nine", got)
	}
	for role, line := range map[Role]struct {
		pages    string // launch, desk, merge, family, correct, operate, history, emergency, review
		purposes []access.Purpose
	}{
		Clinician:       {"yy.yy..y.", []access.Purpose{access.Care, access.Emergency}},
		CareCoordinator: {"yy.yy....", []access.Purpose{access.Care}},
		Administrator:   {".yyy.....", nil},
		AppAssessor:     {".........", nil},
		Researcher:      {".........", []access.Purpose{access.Research}},
		Auditor:         {"......y.y", nil},
		Operator:        {"....yyy..", []access.Purpose{access.Operations, access.Import, access.Export}},
		"":              {".........", nil},
		"king":          {".........", nil},
	} {
		for i, p := range Pages() {
			want := line.pages[i] == 'y'
			if role.May(p) != want {
				t.Errorf("%q has %s: %v", role, p, !want)
			}
			err := Acting{Member: "place", Role: role}.May(p)
			if (err == nil) != want || err != nil && problem.KindOf(err) != problem.Forbidden {
				t.Errorf("%q at work has %s: %v", role, p, err)
			}
			if (Acting{Role: role}).May(p) == nil {
				t.Errorf("%q without a place has %s", role, p)
			}
		}
		for why := range access.Research + 2 {
			want := false
			for _, p := range line.purposes {
				want = want || p == why
			}
			if role.MayAsk(why) != want {
				t.Errorf("%q may ask for %s: %v", role, why, !want)
			}
		}
	}
	for _, r := range Roles() {
		if r.May("") || r.May("everything") {
			t.Errorf("%s has a page that is not there", r)
		}
	}
}
