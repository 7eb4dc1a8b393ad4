package portal

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/upstream/upstreamtest"
)

func TestSomebodyTypesTheirDetails(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		p.get("/account").shows(http.StatusOK, "Who you are Show who you are, and link your record.")
		p.get("/account/proof").shows(http.StatusOK, "Nobody has checked yet who you are.", "Nothing was checked yet.", "Type your details", "Type a code from a desk")
		p.get("/account/proof/details").shows(http.StatusOK, "First name", "NHS number, if you know it")
		for field, says := range map[string]string{"given": "Type your first name", "family": "Type your last name", "birth": "Type the day, month and year", "postcode": "Type your postcode", "number": "An NHS number has 10 digits"} {
			form := append([]string{}, s.typed("ann")...)
			for i := 0; i < len(form); i += 2 {
				if form[i] == field {
					form[i+1] = "!"
				}
			}
			for _, path := range []string{"/account/proof/details", "/account/proof/details/send"} {
				a := p.send(path, form...)
				a.shows(http.StatusUnprocessableEntity, "There is a problem", says)
				a.find(`<li><a href="#` + field + `">(` + says + `)`)
			}
		}
		review := p.send("/account/proof/details", s.typed("ann")...)
		review.shows(http.StatusOK, "Check what you typed", "Ann", "31 March 1980", "LS1 4AP", "9990000018", "Look for my record", "Change what you typed")
		p.send("/account/proof/details/send", s.typed("ann")...).to("/account/proof")
		p.get("/account/proof").shows(http.StatusOK, "Done Your record is linked to this account.", "What you told us fits a record.", "What you typed fits a record.", "Our computer", "When 3 May 2026, 2:30pm")
		p.get("/account").shows(http.StatusOK, "Your record is linked to this account.")

		s.clock.move(31 * time.Minute) // the session is over; a new one has to be fresh
		p.signIn()
		s.clock.move(29 * time.Minute)
		p.get("/account/proof/code").shows(http.StatusOK, "Type a code from a desk")
		s.clock.move(2 * time.Minute)
		p.get("/account/proof/code").to("/check?next=%2Faccount%2Fproof%2Fcode")
		p.send("/account/proof/details/send", s.typed("ann")...).to("/check?next=%2Faccount%2Fproof%2Fdetails")
	})
}

// No record, several, and one that is somebody's are answered with the same
// bytes and headers.
func TestAttack24TheThreeRefusalsAreOnePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.join("Ann").send("/account/proof/details/send", s.typed("ann")...).to("/account/proof")
		var first string
		for _, of := range []string{"nobody", "sam", "ann"} {
			a := s.join("Mallory").send("/account/proof/details/send", s.typed(of)...)
			a.shows(http.StatusOK, "We could not link a record", "You can go to a desk with your passport")
			h := a.Header().Clone()
			h.Del("X-Request-Id")
			got := fmt.Sprintf("%d %v %v %s", a.Code, h, a.Result().Cookies(), a.Body)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s is answered with\n%s\nand nobody with\n%s", of, got, first)
			}
		}
	})
}

func TestSomebodyTypesACodeFromADesk(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		code := s.linkingCode("ann")
		p.send("/account/proof/code", "code", code, "birth", "soon").shows(http.StatusUnprocessableEntity, "Type the day, month and year when you were born")
		for _, wrong := range [][2]string{{code, "1 1 1980"}, {"AAAAA AAAAA AAAAA AAAAA", "31 3 1980"}, {"", "31 3 1980"}} {
			p.send("/account/proof/code", "code", wrong[0], "birth", wrong[1]).shows(http.StatusUnprocessableEntity, "This did not work. Check the code and your date of birth.")
		}
		p.send("/account/proof/code", "code", code, "birth", "31 3 1980").to("/account/proof")
		a := p.get("/account/proof")
		a.shows(http.StatusOK, "Somebody saw a document with your photo, and it was you.", "Somebody at a desk looked at your documents, and at you.", "Somebody who works here", "There is nothing to do.")
		a.hides("Type your details", "clerk")

		// The record is taken: they are proven, and people look at it.
		q := s.join("Ann again")
		q.send("/account/proof/code", "code", s.linkingCode("ann"), "birth", "31 3 1980").shows(http.StatusOK, "We know who you are", "People will look at it.")
		q.get("/account").shows(http.StatusOK, "Somebody saw a document with your photo", "No record is linked")
	})
}

func TestSomebodyComesBackFromAnotherWebsite(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		there := s.provider()
		p := s.join("Ann")
		a := p.get("/account/proof/with/there")
		a.shows(http.StatusOK, "Show who you are with another website", "Other login", "Go to that website")
		if csp := a.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' "+there.Server.URL+";") {
			t.Errorf("the form may lead to %s", csp)
		}
		back := p.there(there, "/account/proof/with/there")
		if _, kept := p.cookies["__Host-bevan-upstream"]; !kept {
			t.Error("the browser keeps nothing")
		}
		other := s.join("Mallory")
		other.get(back).shows(http.StatusBadRequest, "The other website's answer could not be used")
		p.get(back).to("/account/proof")
		if _, kept := p.cookies["__Host-bevan-upstream"]; kept {
			t.Error("the secret stays in the browser")
		}
		p.get(back).shows(http.StatusBadRequest, "The other website's answer could not be used")
		p.get("/account/proof").shows(http.StatusOK, "Another website knows who you are.", "Other login", "Sign-ins from other websites")
		p.get("/account").shows(http.StatusOK, "Your record is linked to this account.")

		// And signs in with it, which is not enough for what matters.
		q := s.person()
		q.get("/sign-in").shows(http.StatusOK, "Sign in with Other login")
		q.get("/sign-in/with/there?next=/account/sessions").shows(http.StatusOK, "Sign in with another website")
		q.get(q.there(there, "/sign-in/with/there", "next", "/account/sessions")).to("/account/sessions")
		q.get("/account/sessions").shows(http.StatusOK, "With another website")
		q.get("/account").shows(http.StatusOK, "With another website. You can look at things. For changes you need a passkey.")
		q.get("/account/passkeys/add").to("/check?next=%2Faccount%2Fpasskeys%2Fadd")
		q.get("/account/proof/details").to("/check?next=%2Faccount%2Fproof%2Fdetails")
		q.get("/account/codes/new").to("/check?next=%2Faccount%2Fcodes%2Fnew")

		// Somebody who is nobody here.
		there.Set(func(p *upstreamtest.Provider) { p.Claims["sub"] = "somebody" })
		n := s.person()
		n.get(n.there(there, "/sign-in/with/there")).shows(http.StatusOK, "No account here has that sign-in")
		n.get("/account").to("/sign-in")
		there.Set(func(p *upstreamtest.Provider) { p.Claims["sub"] = "ann-there" })

		p.get("/account/proof/part?issuer="+there.Issuer).shows(http.StatusOK, "Remove a sign-in", "Other login")
		p.send("/account/proof/part", "issuer", "https://other.example").shows(http.StatusUnprocessableEntity, "You have no such sign-in.")
		p.send("/account/proof/part", "issuer", there.Issuer).to("/account/proof")
		p.get("/account/proof").shows(http.StatusOK, "You can no longer sign in here with that website.")
		n.get(n.there(there, "/sign-in/with/there")).shows(http.StatusOK, "No account here has that sign-in")
		s.cfg.Upstream.Remove(t.Context(), "there")
		n.get("/sign-in").hides("Other login")
		n.get("/sign-in/with/there").shows(http.StatusNotFound, "There is no such website to choose.")
	})
}

// What a browser brings back, and what the other website gives out, is in no
// log line, and a suspended account is let in by nobody.
func TestWhatComesBackIsNotLogged(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		there := s.provider()
		p := s.join("Ann")
		back := p.there(there, "/account/proof/with/there")
		secret := p.cookies["__Host-bevan-upstream"].Value
		p.get(back).to("/account/proof")
		p.get(back)
		p.send("/account/proof/code", "code", "AAAAA AAAAA AAAAA AAAAB", "birth", "31 3 1980")
		p.must(s.cfg.Accounts.Suspend(t.Context(), p.account()))
		q := s.person()
		q.get(q.there(there, "/sign-in/with/there")).shows(http.StatusForbidden, "This account can not be used now.")
		query := back[strings.Index(back, "?")+1:]
		log := s.log.String()
		if !strings.Contains(log, "/upstream/") && len(log) < 1000 {
			t.Fatalf("nothing was logged: %s", log)
		}
		for _, part := range append(strings.Split(query, "&"), secret, "their-token", "AAAAB", "ann-there", "9990000018", "Hill") {
			if _, value, ok := strings.Cut(part, "="); ok {
				part = value
			}
			if strings.Contains(log, part) && !strings.Contains(part, "127.0.0.1") {
				t.Errorf("the log holds %q", part)
			}
		}
	})
}

// What somebody typed is bounded, and the page says what to do.
func TestTooManyTriesAreAPage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Mallory")
		for range 6 {
			p.send("/account/proof/details/send", s.typed("nobody")...).shows(http.StatusOK, "We could not link a record")
		}
		p.send("/account/proof/details/send", s.typed("ann")...).shows(http.StatusTooManyRequests, "There were too many tries. Wait two hours")
		p.send("/account/proof/code", "code", s.linkingCode("ann"), "birth", "31 3 1980").shows(http.StatusTooManyRequests, "There were too many tries.")
		a, err := s.cfg.Accounts.Get(t.Context(), p.account())
		if p.must(err); a.Proof != account.P0 {
			t.Errorf("P%d", a.Proof)
		}
	})
}
