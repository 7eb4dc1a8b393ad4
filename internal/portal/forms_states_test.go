package portal

import (
	"bytes"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

// aboutForms is what somebody meets whose form can not be taken now.
func (a *album) aboutForms(s *site) {
	s.clock.move(time.Minute)
	p := s.linked("Gwen", "forms")
	s.filled("forms")
	note := []string{"asks", "yes", "note", "I slept badly."}
	p.must(s.cfg.Accounts.SetProof(a.t.Context(), p.account(), account.P9))
	a.add("POST /record/add/note", "somebody else's", p.send("/record/add/note", append(note, "made-by", "0123456789abcdef")...))
	a.add("POST /family/record/add/note", "acts for nobody", p.send("/family/record/add/note", note...))
	s.clock.move(20 * time.Minute)
	a.add("POST /record/links/new", "a check first", p.send("/record/links/new", "asks", "yes", "label", "My knee clinic"))
	session, err := s.cfg.Accounts.Session(a.t.Context(), p.cookies["__Host-bevan-session"].Value)
	p.must(err)
	const form = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	_, _, err = s.cfg.Accounts.SendForm(a.t.Context(), session, form)
	p.must(err)
	a.add("POST /record/add/note", "twice at once", p.send("/record/add/note", append(note, "once", form)...))
	p.send("/sign-out").to("/signed-out")
	a.add("POST /record/add/note", "signed out", p.send("/record/add/note", note...))
	a.add("POST /record/add/file", "signed out", p.upload("/record/add/file", "letter.pdf", bytes.Repeat([]byte("x"), 10)))
}
