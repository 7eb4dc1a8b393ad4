package docs

import (
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// The table of roles for operators says what the program holds people to.
func TestTheTableOfRolesIsTrue(t *testing.T) {
	b, err := os.ReadFile("operators/running.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[staff.Page]string{staff.Launch: "start apps", staff.Desk: "the desk", staff.Merge: "links and matches", staff.Family: "who acts for whom", staff.Correct: "corrections",
		staff.Operate: "run this service", staff.History: "who changed what",
		staff.Emergency: "emergencies", staff.Review: "reviews of emergencies"}
	for _, r := range staff.Roles() {
		var pages, purposes []string
		for _, p := range staff.Pages() {
			if names[p] == "" {
				t.Errorf("%s has no name in the table", p)
			}
			if r.May(p) {
				pages = append(pages, names[p])
			}
		}
		for why := access.Care; why <= access.Research; why++ {
			if r.MayAsk(why) {
				purposes = append(purposes, why.String())
			}
		}
		want := "| " + strings.ReplaceAll(string(r), "-", " ") + " | " + strings.Join(pages, "; ") + " | " + strings.Join(purposes, ", ") + " |"
		if !strings.Contains(strings.ReplaceAll(string(b), " ", ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("the table lacks: %s", want)
		}
	}
}
