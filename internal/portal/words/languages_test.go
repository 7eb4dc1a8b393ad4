package words

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// parts are the fields of Words of which every sentence is in Welsh. The others
// are English for now, as a page says that shows them.
var parts = []string{"Skip", "Footer", "Language", "Dates", "Header", "Switch", "Form", "Passkey", "Front", "Problem", "Create", "SignIn", "SignedOut", "Check",
	"Looked", "Enquiries", "Sharing", "Failures", "Name", "Dir", "Lang", "Home", "Folder", "Account"}

// lent are kinds and sentences of translated parts that are English still, each
// kind with its reason: people do not meet it in their own record.
var lent = map[string]string{
	"Refusals": "those of pages that are English", "Kinds": "those about money, knowledge and machines", "Done": "those of pages that are English",
}

// No sentence is missing in Welsh where a part was translated, and each holds the
// placeholders that the English one has.
func TestNoSentenceOfATranslatedPartIsMissing(t *testing.T) {
	english, cymraeg := map[string]string{}, map[string]string{}
	each(reflect.ValueOf(English()), "", func(place, text string) { english[place] = text })
	w := Welsh()
	each(reflect.ValueOf(w), "", func(place, text string) { cymraeg[place] = text })
	if len(english) != len(cymraeg) {
		t.Errorf("%d places in English, %d in Welsh", len(english), len(cymraeg))
	}
	n := 0
	for _, place := range slices.Sorted(maps.Keys(english)) {
		part := regexp.MustCompile(`^\.(\w+)`).FindStringSubmatch(place)[1]
		now := cymraeg[place]
		switch {
		case now == "":
			t.Errorf("%s is empty in Welsh", place)
		case !slices.Contains(parts, part):
			continue
		case w.Borrowed[now]:
			t.Errorf("%s is not in Welsh: %s", place, now)
		case strings.Contains(english[place], "%") != strings.Contains(now, "%"):
			t.Errorf("%s lacks a placeholder, or has one too many: %s", place, now)
		}
		n++
	}
	if n < 350 {
		t.Errorf("only %d sentences are in Welsh", n)
	}
	for part, why := range lent {
		if why == "" || slices.Contains(parts, part) {
			t.Errorf("%s is listed twice", part)
		}
	}
	for _, kind := range []string{"Patient", "Observation", "Condition", "MedicationRequest", "AllergyIntolerance", "Immunization", "DocumentReference", "AuditEvent", "Consent"} {
		if w.Borrowed[w.Kinds[kind]] {
			t.Errorf("%s has no Welsh name", kind)
		}
	}
}

// What was lent is known, so that it can be marked; what is Welsh is not among it.
func TestWhatIsLentIsKnown(t *testing.T) {
	w := Welsh()
	for _, lent := range []string{w.Family.Banner, w.Staff.Change, w.Refusals["paper-old"], w.Kinds["Claim"], w.Setup.Next[0]} {
		if !w.Borrowed[lent] || lent == "" {
			t.Errorf("%q is not known to be lent", lent)
		}
	}
	for _, own := range []string{w.SignIn.Title, w.Looked.Title, w.Refusals["signed-out"], w.Kinds["Patient"], w.Dates.Months[4]} {
		if w.Borrowed[own] {
			t.Errorf("%q is Welsh", own)
		}
	}
	if len(English().Borrowed) != 0 {
		t.Error("English lends from nobody")
	}
}

// Days and times are written as each language writes them.
func TestDatesByLanguage(t *testing.T) {
	for _, c := range []struct {
		at          time.Time
		day, moment string
	}{
		{time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC), "3 May 2026 | 3 Mai 2026", "3 May 2026, 2:30pm | 3 Mai 2026, 2:30yp"},
		{time.Date(2026, 12, 31, 0, 5, 0, 0, time.UTC), "31 December 2026 | 31 Rhagfyr 2026", "31 December 2026, 12:05am | 31 Rhagfyr 2026, 12:05yb"},
		{time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC), "1 February 2026 | 1 Chwefror 2026", "1 February 2026, 12:00pm | 1 Chwefror 2026, 12:00yp"},
		{time.Date(2026, 8, 9, 18, 0, 0, 0, time.UTC), "9 August 2026 | 9 Awst 2026", "9 August 2026, 6:00pm | 9 Awst 2026, 6:00yh"},
	} {
		e, w := English().Dates, Welsh().Dates
		if got := e.Day(c.at) + " | " + w.Day(c.at); got != c.day {
			t.Errorf("%s, want %s", got, c.day)
		}
		if got := e.Moment(c.at) + " | " + w.Moment(c.at); got != c.moment {
			t.Errorf("%s, want %s", got, c.moment)
		}
	}
	// English agrees with the standard library at every hour and month.
	for at := time.Date(2026, 1, 1, 0, 17, 0, 0, time.UTC); at.Year() == 2026; at = at.Add(37 * time.Hour) {
		if got, want := English().Dates.Moment(at), at.Format("2 January 2006, 3:04pm"); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// Welsh letters are there as such, and no sentence was cut.
func TestWelshIsWholeSentences(t *testing.T) {
	e := map[string]string{}
	each(reflect.ValueOf(English()), "", func(place, text string) { e[place] = text })
	w := Welsh()
	each(reflect.ValueOf(w), "", func(place, text string) {
		if w.Borrowed[text] {
			return
		}
		if strings.HasSuffix(e[place], ".") != strings.HasSuffix(text, ".") || strings.HasSuffix(e[place], "?") && !strings.HasSuffix(text, "?") {
			t.Errorf("%s ends another way: %q and %q", place, e[place], text)
		}
		if strings.TrimSpace(text) != text {
			t.Errorf("%s is %q", place, text)
		}
	})
}
