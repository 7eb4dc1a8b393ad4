package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

func TestAnyPageShowsSetUpUntilThereIsAnOperator(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d, origin)
		p := s.person()
		for _, path := range []string{"/", "/sign-in", "/account/new", "/account", "/no/such/page", "/set-up"} {
			p.get(path).shows(http.StatusOK, "Set up Bevan", "Set-up code", "bevan setup-code")
			p.get(path).hides("Sign in")
		}
		p.get("/set-up/you").to("/set-up")
		p.send("/sign-in").to("/set-up")
		p.send("/account/new/begin", "name", "Mallory").to("/set-up")
		p.send("/set-up/you", "name", "Mallory").shows(http.StatusUnprocessableEntity, "This is not the set-up code")
		if a := p.get("/assets/nothing.css"); a.Code != http.StatusNotFound || strings.Contains(a.text(), "Set-up code") {
			t.Errorf("a file answers %d: %s", a.Code, a.text())
		}
		p.get(s.script).shows(http.StatusOK, "navigator.credentials")

		p.send("/set-up", "code", "AAAAAAAA").shows(http.StatusUnprocessableEntity, "There is a problem", "This is not the set-up code")
		code, _, err := s.cfg.Setup.Current()
		if err != nil {
			t.Fatal(err)
		}
		p.send("/set-up", "code", strings.ToLower(code[:4]+" "+code[4:])).to("/set-up/you")
		p.get("/set-up/you").shows(http.StatusOK, "Make the first account", "Your name")
		p.create("/set-up/you", "name", "Olu").to("/account/codes/new?next=%2Fset-up%2Fdone")
		if _, there := p.cookies["__Host-bevan-setup"]; there {
			t.Error("the set-up code stays in the browser")
		}
		p.get("/account/codes/new?next=/set-up/done").shows(http.StatusOK, "You get ten new codes", "We show them once")
		a := p.send("/account/codes/new", "next", "/set-up/done")
		a.shows(http.StatusOK, "You see them this once", "I have kept them")
		if next := a.find(`<a class="nhsuk-button" href="([^"]+)"`); next != "/set-up/done" {
			t.Errorf("then to %q", next)
		}
		p.get("/set-up/done").shows(http.StatusOK, "Bevan is set up", "Copy the keys to a safe place")
		p.get("/account").shows(http.StatusOK, "My account", "You are called Olu")

		q := s.person()
		for path, says := range map[string]string{"/": "Your health record", "/sign-in": "Use the passkey"} {
			q.get(path).shows(http.StatusOK, says)
			q.get(path).hides("Set-up code")
		}
		q.send("/set-up/you", "name", "Late").shows(http.StatusConflict, "Bevan is set up already")
	})
}

func TestAPersonMakesAnAccountAndSignsInAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.person()
		p.send("/account/new", "name", " ").shows(http.StatusUnprocessableEntity, "There is a problem", "A name is one line of up to 64 characters")
		p.send("/account/new", "name", "Ann").shows(http.StatusUnprocessableEntity, "Your browser did not use a passkey")
		p.create("/account/new", "name", "Ann <b>").to("/account/codes/new")
		p.get("/account").shows(http.StatusOK, "You are called Ann <b>", "With a passkey, which is the safest way.",
			"Nobody has checked yet who you are.", "No record is linked to this account yet.")
		p.send("/sign-out").to("/signed-out")
		p.get("/signed-out").shows(http.StatusOK, "You are signed out")
		p.get("/account/passkeys").to("/sign-in?next=%2Faccount%2Fpasskeys")
		p.get("/sign-in?next=/account/passkeys").shows(http.StatusOK, "Sign in with a passkey")
		p.use("/sign-in", "next", "/account/passkeys").to("/account/passkeys")
		p.get("/account/passkeys").shows(http.StatusOK, "Firefox on Linux", "On one device only.", "Last used 3 May 2026, 2:30pm")
		p.get("/sign-in").to("/account")
		p.send("/sign-out").to("/signed-out")
		p.send("/sign-out").to("/signed-out")
	})
}

func TestAPasskeyIsAddedRenamedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		first := p.cred
		id := p.get("/account/passkeys").find(`/account/passkeys/([^/"]+)/remove`)
		p.send("/account/passkeys/"+id+"/remove").shows(http.StatusUnprocessableEntity, "This is your last passkey")

		s.clock.move(20 * time.Minute) // too long ago for what matters
		p.get("/account/passkeys/add").to("/check?next=%2Faccount%2Fpasskeys%2Fadd")
		p.send("/account/passkeys/add", "name", "laptop").to("/check?next=%2Faccount%2Fpasskeys%2Fadd")
		p.get("/check?next=/account/passkeys/add").shows(http.StatusOK, "Check that it is you", "use your passkey once more")
		before := p.cookies["__Host-bevan-session"].Value
		p.use("/check", "next", "/account/passkeys/add").to("/account/passkeys/add")
		if p.cookies["__Host-bevan-session"].Value == before {
			t.Error("the secret of the session is the one from before the check")
		}
		p.get("/account/passkeys/add").shows(http.StatusOK, "What do you call it?")
		p.newKey()
		p.create("/account/passkeys/add", "name", "laptop").to("/account/passkeys")
		p.get("/account/passkeys").shows(http.StatusOK, "Done Your passkey was added.", "laptop", "Firefox on Linux")
		p.get("/account/passkeys").hides("Your passkey was added.")

		p.get("/account/passkeys/"+id+"/rename").shows(http.StatusOK, "Rename a passkey", "Firefox on Linux")
		p.send("/account/passkeys/"+id+"/rename", "name", strings.Repeat("x", 65)).shows(http.StatusUnprocessableEntity, "Choose a shorter one")
		p.send("/account/passkeys/"+id+"/rename", "name", "old phone").to("/account/passkeys")

		other := p.elsewhere() // signed in with the laptop
		other.get("/account/passkeys/"+id+"/remove").shows(http.StatusOK, "Remove a passkey", "old phone", "Go back and change nothing")
		other.send("/account/passkeys/" + id + "/remove").to("/account/passkeys")
		other.get("/account/passkeys").shows(http.StatusOK, "Your passkey was removed.", "laptop")
		other.get("/account/passkeys").hides("old phone")
		other.get("/account/passkeys/"+id+"/remove").shows(http.StatusNotFound, "You have no such passkey")

		p.cred, p.cookies = first, map[string]*http.Cookie{}
		p.use("/sign-in").shows(http.StatusUnprocessableEntity, "We could not sign you in with that passkey")
	})
}

func TestSessionsAreSeenAndEnded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		p.get("/account/sessions").shows(http.StatusOK, "You are signed in here and nowhere else.", "This is where you are now.")
		p.get("/account/sessions").hides("End all but this one")
		b, c, d := p.elsewhere(), p.elsewhere(), p.elsewhere()
		id := b.get("/account/sessions").find(`/account/sessions/([^/"]+)/end"`)
		stranger := s.join("Mallory")
		stranger.send("/account/sessions/"+id+"/end").shows(http.StatusNotFound, "This session has ended already")
		b.send("/account/sessions/" + id + "/end").to("/account/sessions")
		b.get("/account/sessions").shows(http.StatusOK, "That device is signed out.", "End all but this one")
		in := 0
		for _, q := range []*person{p, b, c, d} {
			if q.get("/account").Code == http.StatusOK {
				in++
			}
		}
		if in != 3 {
			t.Errorf("%d of four are still signed in after one was ended", in)
		}
		b.send("/account/sessions/end-others").to("/account/sessions")
		for _, q := range []*person{p, c, d} {
			q.get("/account").to("/sign-in")
		}
		b.get("/account/sessions").shows(http.StatusOK, "You are signed in here and nowhere else.")
		stranger.get("/account").shows(http.StatusOK, "Mallory")

		s.clock.move(30 * time.Minute)
		b.get("/account").to("/sign-in")
	})
}

func TestARecoveryIsSeenAndStopped(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		codes := p.codes()
		p.get("/account/codes").shows(http.StatusOK, "Codes that still work: 10")
		p.get("/account/recovery").shows(http.StatusOK, "There is nothing to stop.")

		thief := s.person()
		thief.send("/sign-in/recovery", "code", codes[0]).to("/account/passkeys/add")
		thief.get("/account").shows(http.StatusOK, "With a recovery code. Add a passkey now.", "You used a recovery code.", "has to be checked again who you are")
		thief.get("/account").hides("See what happened, and stop it")
		thief.get("/account/passkeys/add").shows(http.StatusOK, "You came in with a recovery code.")
		thief.create("/account/passkeys/add", "name", "mine now").to("/account/passkeys")
		thief.get("/account/passkeys").shows(http.StatusOK, "mine now", "It can do everything from 6 May 2026, 2:30pm.")
		thief.get("/account/codes/new").to("/check?next=%2Faccount%2Fcodes%2Fnew")
		thief.get("/check").shows(http.StatusOK, "You signed in with a code. For this you need a passkey.")
		thief.use("/check", "next", "/account/codes/new").shows(http.StatusUnprocessableEntity, "past its waiting time")
		thief.get("/account/recovery").to("/check?next=%2Faccount%2Frecovery")

		for _, path := range []string{"/", "/account", "/account/sessions", "/no-such-page"} {
			a := p.get(path)
			a.shows(a.Code, "Somebody used a recovery code", "See what happened, and stop it")
		}
		s.person().get("/").hides("recovery code")
		p.get("/account/recovery").shows(http.StatusOK, "When it was: 3 May 2026, 2:30pm.", "It was not me. Stop it")
		p.send("/account/recovery").to("/account/codes")
		p.get("/account/codes").shows(http.StatusOK, "The recovery was stopped.", "You have no recovery codes.")
		p.get("/account").hides("Somebody used a recovery code", "has to be checked again")
		thief.get("/account").to("/sign-in")
		p.get("/account/passkeys").hides("mine now")
		s.person().send("/sign-in/recovery", "code", codes[1]).shows(http.StatusUnprocessableEntity, "That did not work.")
		p.send("/account/recovery").shows(http.StatusUnprocessableEntity, "There is no recovery to stop")
	})
}

func TestAnAddressAndCodesFromAnApp(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		p.get("/account/addresses").shows(http.StatusOK, "You have no addresses yet. Nobody hears")
		p.send("/account/addresses/add", "address", "ann@nowhere").shows(http.StatusUnprocessableEntity, "This is not an e-mail address")
		p.send("/account/addresses/add", "address", "12").shows(http.StatusUnprocessableEntity, "This is not a telephone number")
		a := p.send("/account/addresses/add", "address", "Ann@Example.org")
		confirm := a.Header().Get("Location")
		a.to(confirm)
		p.get(confirm).shows(http.StatusOK, "Type the code that we sent", "ann@example.org")
		p.get("/account/addresses").shows(http.StatusOK, "Not yet. Type the code that we sent there.")
		p.send(confirm, "code", "12").shows(http.StatusUnprocessableEntity, "This is not the code, or it is too old.")
		s.join("Mallory").get(confirm).shows(http.StatusNotFound, "You have no such address.")
		p.send(confirm, "code", s.mail()[0].Code).to("/account/addresses")
		p.get("/account/addresses").shows(http.StatusOK, "We will tell you there", "Confirmed 3 May 2026, 2:30pm")

		p.get("/account/app").shows(http.StatusOK, "You have not set up an app.")
		p.get("/account/app/new").shows(http.StatusOK, "Show me the key")
		shown := p.send("/account/app/new")
		shown.shows(http.StatusOK, "Add the key to your app")
		if link := shown.find(`<a href="(otpauth://[^"]+)"`); !strings.Contains(link, shown.find(`<code class="bevan-shown">([A-Z2-7]+)</code>`)) {
			t.Errorf("the link is %s", link)
		}
		secret, id := shown.find(`<code class="bevan-shown">([A-Z2-7]+)</code>`), shown.find(`name="ceremony" value="([^"]+)"`)
		again := p.send("/account/app/confirm", "ceremony", id, "code", "12")
		again.shows(http.StatusUnprocessableEntity, "This is not the code that your app shows now.", "The key is not shown again.")
		again.hides(secret)
		p.send("/account/app/confirm", "ceremony", id, "code", totp(t, secret, s.clock.now())).to("/account/app")
		p.get("/account/app").shows(http.StatusOK, "You can now sign in with codes from your app.", "Stop using codes from an app")

		s.clock.move(time.Minute)
		q := s.person()
		q.get("/sign-in/app").shows(http.StatusOK, "Code from your app")
		q.send("/sign-in/app", "address", "nobody", "code", "123456").shows(http.StatusUnprocessableEntity, "This is not a telephone number")
		q.send("/sign-in/app", "address", " ANN@example.org", "code", totp(t, secret, s.clock.now()), "next", "/account/sessions").to("/account/sessions")
		q.get("/account").shows(http.StatusOK, "With a code from an app. You can look at things.")
		q.get("/account/addresses/add").to("/check?next=%2Faccount%2Faddresses%2Fadd")

		p.get("/account/app/remove").shows(http.StatusOK, "Stop using codes")
		p.send("/account/app/remove").to("/account/app")
		p.send("/account/app/remove").shows(http.StatusUnprocessableEntity, "There is nothing to remove")
		at := p.get("/account/addresses").find(`"(/account/addresses/[^/"]+/remove)"`)
		p.get(at).shows(http.StatusOK, "Remove an address", "ann@example.org")
		p.send(at).to("/account/addresses")
		p.get("/account/addresses").shows(http.StatusOK, "We no longer write to that address.")
	})
}

func TestWithoutMessagesNoAddressIsTaken(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	p := s.setUp()
	s.cfg.Sends = Media{}
	p.get("/account/addresses").shows(http.StatusOK, "This service cannot send messages yet")
	p.get("/account/addresses").hides("Add an address")
	p.get("/account/addresses/add").shows(http.StatusConflict, "This service cannot send messages yet")
}

// A medium by which nothing goes out is not offered, and is refused with what
// to type instead.
func TestOnlyWhatIsSentToIsTaken(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	p := s.setUp()
	const add = "/account/addresses/add"
	s.cfg.Sends = Media{Email: true}
	p.get(add).shows(http.StatusOK, "E-mail address")
	p.get(add).hides("telephone")
	p.send(add, "address", "+44 7700 900123").shows(http.StatusUnprocessableEntity, "This service can only send e-mail.")
	p.send(add, "address", "").shows(http.StatusUnprocessableEntity, "This is not an e-mail address")
	s.cfg.Sends = Media{Phone: true}
	p.get(add).shows(http.StatusOK, "Telephone number")
	p.get(add).hides("E-mail")
	p.send(add, "address", "ann@example.org").shows(http.StatusUnprocessableEntity, "This service can only send to telephones.")
	if got := s.mail(); len(got) != 0 {
		t.Errorf("%d messages", len(got))
	}
	p.send(add, "address", "+44 7700 900123")
	if got := s.mail(); len(got) != 1 {
		t.Errorf("%d messages", len(got))
	}
}
