package app

import (
	"path/filepath"
	"strings"
	"testing"
)

// The lists of organisations and staff are kept through a running server and
// without one, in the same words.
func TestOrganisationsAndStaffAreKept(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, stop := serving(t, data)
	place, invitation := "", ""
	for round, step := range []struct {
		args string
		code int
		has  string
		not  string
	}{
		{"org list", 0, "no organisations yet", ""},
		{"org add RXH Valley_Hospitals", 0, "Valley_Hospitals is here", ""},
		{"org add RXH01 North_Site --of RXH", 0, "North_Site is here", ""},
		{"org add RXH Twice", 1, "already", ""},
		{"org add rxh Small", 1, "capital letters", ""},
		{"org add RXH01 Night_nurses --team", 0, "a part of North_Site", ""},
		{"org list", 0, "site: North_Site", "closed"},
		{"org list RXH01", 0, "Night_nurses", ""},
		{"staff list RXH01", 0, "Nobody works at North_Site yet", ""},
		{"staff add --name Ada ada RXH01 --role king", 1, "no such role", ""},
		{"staff add --name Ada ada RXH01 --role clinician --team Nobody", 1, "no team of that name", ""},
		{"staff add --name Ada ada RXH01 --role clinician --until tomorrow", 1, "year, month and day", ""},
		{"staff add --name Ada ada NOWHERE --role clinician", 1, "no organisation with the code", ""},
		{"staff add --name Ada ada RXH01 --role clinician --team Night_nurses --until 2999-12-31", 0, "They are clinician at North_Site", ""},
		{"staff add nobody RXH01 --role clinician", 1, "no account with this id", ""},
		{"staff add ada RXH01 --role auditor", 0, "They are auditor", ""}, // whose name is known now
		{"staff invite Bob_Hill RXH01 --role king", 1, "no such role", ""},
		{"staff invite Bob_Hill RXH01 --role clinician", 0, "Bob_Hill can become clinician at North_Site", ""},
		{"staff list RXH01", 0, "Bob_Hill  was invited", ""},
		{"org close RXH", 2, "--reason", ""},
		{"STOP", 0, "", ""},
		{"staff list RXH01", 0, "until 1 Jan 3000", ""},
		{"staff end PLACE", 2, "--reason", ""},
		{"staff end PLACE --reason left", 0, "has ended", ""},
		{"staff list RXH01", 0, ": left", "1 Jan 3000"},
		{"staff withdraw INVITATION", 2, "--reason", ""},
		{"staff withdraw INVITATION --reason mistaken", 0, "good no more", ""},
		{"staff list RXH01", 0, "Ada", "Bob_Hill"},
		{"staff end nothing --reason left", 1, "no such place", ""},
		{"org close RXH01 --team Night_nurses --reason merged", 0, "The team Night_nurses is closed", ""},
		{"org close RXH --reason merged", 0, "Valley_Hospitals is closed", ""},
		{"org list", 0, "Valley_Hospitals  closed", ""},
		{"staff add --name Bob bob RXH01 --role clinician", 1, "closed", ""},
	} {
		if step.args == "STOP" {
			if code := stop(); code != 0 {
				t.Fatalf("the server ended with %d", code)
			}
			continue
		}
		got := bevan(t, append(strings.Fields(strings.NewReplacer("PLACE", place, "INVITATION", invitation).Replace(step.args)), "--data", data)...)
		text := got.out + got.err
		if got.code != step.code || !strings.Contains(text, step.has) || step.not != "" && strings.Contains(text, step.not) {
			t.Errorf("%d: bevan %s ended with %d: %s", round, step.args, got.code, text)
		}
		if strings.HasPrefix(step.args, "staff add --name Ada ada RXH01 --role clinician --team") && got.code == 0 {
			place = got.lastLine()
		}
		if strings.HasPrefix(step.args, "staff invite") && got.code == 0 {
			_, rest, _ := strings.Cut(got.out, "has the id ")
			invitation, _, _ = strings.Cut(rest, ".")
			if code := got.lastLine(); len(code) != 23 || strings.Contains(code, invitation) {
				t.Errorf("the code is %q", code)
			}
		}
	}
}
