package portal

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// bloodGroup is a blood group of somebody, as a laboratory tells it.
func bloodGroup(patient, id, when, value string) string {
	return obs(patient, id, loincSystem, "882-1", "Blood group", when, `,"valueCodeableConcept":{"text":"`+value+`"}`)
}

func TestAnEmergencyCard(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		s.put(bloodGroup("gwen", "g1", "2019-01-02", "AB wrong"), bloodGroup("gwen", "g2", "2024-01-02", "O positive"))
		p.get("/record").shows(http.StatusOK, "Emergency card")
		p.get("/record/card").shows(http.StatusOK, "Make my emergency card", "Blood group", "Leave it off", "What you type here is not kept.")
		s.looks()
		a := p.send("/record/card", "contacts", "Bob Hill, 01632 960001\r\n\r\n<b>Ann</b>", "note", "I am deaf.")
		a.shows(http.StatusOK, "My emergency card", "Made on 3 May 2026", "Gwen", "999 000 0018", "Penicillin", "Amlodipine 5 mg", "Low mood", "O positive. 2 January 2024.", "Bob Hill, 01632 960001", "<b>Ann</b>", "I am deaf.", "Not all that is known is on this card.")
		a.hides("AB wrong", "Knee operation", "999 mmol/L")
		if n := s.looksAtSomebody(); n > 7 {
			t.Errorf("one card is %d entries of the log", n)
		}
		// What is left off is not read, and looks like nothing.
		a = p.send("/record/card", "allergies", "on", "problems", "off", "medicines", "off", "blood", "off")
		a.shows(http.StatusOK, "Penicillin", "No one to ring was typed in.")
		a.hides("Low mood", "Amlodipine", "O positive", "Illnesses and problems now", "Blood group")
		a = p.send("/record/card", "allergies", "off", "problems", "off", "medicines", "off", "blood", "off")
		a.shows(http.StatusOK, "Gwen")
		a.hides("Penicillin", "Low mood", "Amlodipine")
		a = p.send("/record/card", "note", strings.Repeat("x", mostTypedOnCard+1), "contacts", "Kept")
		a.shows(http.StatusUnprocessableEntity, "Type 300 letters or less here.", "Kept")
	})
}

// What is not known is said, and never looks like health.
func TestACardSaysWhatIsNotKnown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		a := p.send("/record/card")
		a.shows(http.StatusOK, "We have no allergies on record. That does not mean there are none.", "We have no medicines on record. That does not mean that none are taken.", "We have no blood group on record. Test before giving blood.")
		a.hides("No known", "none known")
	})
}

// The file needs no network and runs nothing, and is for whoever used their
// passkey of late; what was typed is kept for whoever did not.
func TestACardIsAFileThatStandsByItself(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		s.clock.move(10 * time.Minute)
		a := p.send("/record/card", "do", "file", "contacts", "Bob Hill, 01632 960001")
		a.shows(http.StatusUnprocessableEntity, "This needs a fresh check that it is you.", "Bob Hill, 01632 960001", "Use your passkey, then make the card again")
		a.hides("Penicillin")
		p.use("/check", "next", "/record/card")
		a = p.send("/record/card", "do", "file", "contacts", "Bob <script>alert(1)</script>")
		a.shows(http.StatusOK, "Penicillin", "Made on 3 May 2026")
		if h := a.Header(); !strings.HasPrefix(h.Get("Content-Disposition"), `attachment; filename="emergency-card-2026-05-03.html"`) || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox; default-src 'none'") {
			t.Errorf("it is sent with %v", h)
		}
		body := a.Body.String()
		if m := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|https?:|\bon[a-z]+=`).FindString(body); m != "" {
			t.Errorf("the file holds %q", m)
		}
		if !strings.Contains(body, "default-src &#39;none&#39;") && !strings.Contains(body, "default-src 'none'") {
			t.Error("the file may load something")
		}
	})
}

// A card is of one's own record, or of somebody's for whom one acts; a file of
// another's needs the right to take copies; and what waits is on neither.
func TestAttack76ACardOfAnother(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		s.put(bloodGroup("gwen", "g1", "2019-01-02", "O positive"))
		stranger := s.linked("Mal", "mal")
		for _, who := range []*person{stranger, s.person()} {
			for _, path := range []string{"/record/card", "/family/record/card", "/staff/people/gwen/card"} {
				who.send(path, "do", "file").hides("Penicillin", "Amlodipine", "O positive")
				who.get(path).hides("Penicillin", "Gwen")
			}
		}
		p.choosesFor("everyday", "wait").to("/account")
		a := p.send("/record/card")
		a.shows(http.StatusOK, "Some results are not in here. They wait")
		a.hides("O positive", "no blood group on record")

		ann := s.proven("Ann Hill", "ann", numberAnn)
		s.child("Sam Hill", "sam", "2021-05-04", numberSam)
		ann.send("/family/act", "right", ann.parentOf("sam").ID)
		ann.get("/family/record/card").shows(http.StatusOK, "Make an emergency card for Sam Hill")
		ann.get("/family/record/card").hides("Save it as a file")
		ann.send("/family/record/card").shows(http.StatusOK, "Emergency card of Sam Hill", "Test before giving blood.")
		if a := ann.send("/family/record/card", "do", "file"); a.Header().Get("Content-Disposition") != "" {
			t.Error("a file is handed out without the right to take one")
		}
	})
}
