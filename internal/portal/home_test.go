package portal

import (
	"net/http"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// Home says what is new, what lies ahead and what needs doing, each part in words
// when it is empty, with two entries on the log: for the news, and for who looked.
func TestHomeSaysWhatIsNewAndWhatNeedsDoing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.person().get("/").shows(http.StatusOK, "Your health record", "Sign in", "Create an account", "See who looked.")
		s.person().get("/").hides("What needs doing", "My record", "Hello")

		none := s.join("Cy")
		none.get("/").shows(http.StatusOK, "Hello, Cy.", "We have to know who you are before you can see your record.", "Say who you are", "Make recovery codes")
		none.get("/").hides("New in the last 30 days", "Coming up")
		none.must(s.cfg.Accounts.SetProof(t.Context(), none.account(), account.P9))
		none.get("/").shows(http.StatusOK, "Your record is not linked to your account yet.", "Link your record")

		p := s.linked("Gwen", "gwen")
		p.codes()
		s.patient("Bob", "bob")
		s.filled("bob")
		p.get("/").shows(http.StatusOK, "Hello, Gwen.", "Nothing needs doing now.", "We have no appointments ahead on record. That does not mean there are none.",
			"Who looked at your record", "See everybody who looked", "Where to go", "My timeline")
		s.filled("gwen")
		of := `"participant":[{"actor":{"reference":"Patient/gwen"},"status":"accepted"}]`
		s.put(`{"resourceType":"Appointment","id":"near","status":"booked","description":"Check of the ears","start":"2026-05-05T10:00:00Z",`+of+`}`,
			`{"resourceType":"Appointment","id":"far","status":"booked","description":"Check of the teeth","start":"2026-09-05T10:00:00Z",`+of+`}`,
			`{"resourceType":"Appointment","id":"off","status":"cancelled","description":"Called off","start":"2026-05-06T10:00:00Z",`+of+`}`)
		s.looks()
		a := p.get("/")
		a.shows(http.StatusOK, "Coming up", "Check of the ears", "5 May 2026 10:00am", "Check of the teeth", "New in the last 30 days", "Weight: 71.50 kg", "You added this", "Low mood", "Letter of the knee clinic", "Valley Hospital")
		a.hides("Called off", "Knee operation", "Penicillin", "Check of the eyes", "bob")
		inOrder(t, a, "Check of the ears", "Check of the teeth", "Weight", "Low mood", "Letter of the knee clinic", "Amlodipine")
		if seen := s.looks(); len(seen) != 2 {
			t.Errorf("home makes %d entries on the log", len(seen))
		}

		p.send("/record/Observation/gwenw/wrong", "words", "It was less.").to("/record/corrections")
		p.get("/").shows(http.StatusOK, "Nothing needs doing now.")
		p.send("/record/download").to("/record/download")
		s.works(takeaway.Kind)
		p.get("/").shows(http.StatusOK, "Fetch the copy of your record. It is ready.")
		s.clock.move(40 * 24 * time.Hour)
		later := p.elsewhere()
		later.get("/").shows(http.StatusOK, "Nothing in your record is from the last 30 days.", "Check of the teeth")
		later.get("/").hides("Check of the ears", "Weight")
	})
}

// Where the log of looks can not be written nothing of the record is shown, and
// the rest of the page is.
func TestHomeWithoutARecordThatCanBeShown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		s.mu.Lock()
		s.fails = true
		s.mu.Unlock()
		a := p.get("/")
		a.shows(http.StatusOK, "Hello, Gwen.", "Your record can not be shown just now. Nothing is lost.", "Where to go")
		a.hides("Weight", "Coming up", "Letter of the knee clinic")
	})
}

// Staff find their work on the first page.
func TestHomeOfStaff(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.get("/").shows(http.StatusOK, "Your work", "Choose where you work today.")
		op.workAs(staff.Operator)
		op.get("/").shows(http.StatusOK, "Your work", "Run this service", "Choose what you want to do.")
		op.get("/").hides("Say who you are")
	})
}
