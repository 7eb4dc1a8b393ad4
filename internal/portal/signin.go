package portal

import (
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

func (v *visit) signInQuestion() *question {
	w := v.p.words.SignIn
	f := v.newForm(w.Button).withPasskey("get", v.p.words.Passkey.NoScript)
	f.Next = v.next()
	return &question{title: w.Title, text: []string{w.What}, form: f, links: append(v.signInLinks(f.Next),
		link{w.Recovery, withNext("/sign-in/recovery", f.Next)},
		link{w.App, withNext("/sign-in/app", f.Next)},
		link{w.None, withNext("/account/new", f.Next)})}
}

// signIn asks for a passkey, and for no name: there is none to try out.
func signIn(v *visit) error {
	_, in, err := v.session()
	if err == nil && in {
		return v.goOn(v.next())
	}
	return v.ask(v.signInQuestion())
}

func (v *visit) beginSignIn() (account.Ceremony, error) {
	return v.p.cfg.Accounts.BeginSignIn(v.r.Context(), v.source())
}

func signInBegin(v *visit) error { return v.begin(v.beginSignIn()) }

// signInFinish signs in with a passkey.
func signInFinish(v *visit) error {
	ok, err := v.answered(v.signInQuestion(), "", v.beginSignIn, func(id string, answer []byte) error {
		_, secret, err := v.p.cfg.Accounts.FinishSignIn(v.r.Context(), id, answer, v.device())
		if err != nil {
			return err
		}
		return v.enter(secret)
	})
	if err != nil || !ok {
		return err
	}
	return v.goOn(v.next())
}

func (v *visit) byCodeQuestion() *question {
	w := v.p.words.SignIn
	f := v.newForm(w.RecoveryEnter, &field{ID: "code", Label: w.RecoveryLabel, Hint: w.RecoveryHint, Auto: "off", Code: true})
	f.Next, f.Cancel = v.next(), withNext("/sign-in", v.next())
	return &question{title: w.RecoveryTitle, text: []string{w.RecoveryText, w.RecoveryThen}, form: f}
}

// signInByCode asks for a recovery code.
func signInByCode(v *visit) error { return v.ask(v.byCodeQuestion()) }

// signInByCodeFinish signs in with a recovery code and goes on to where a new
// passkey is added, which is what the code is for.
func signInByCodeFinish(v *visit) error {
	_, secret, err := v.p.cfg.Accounts.Recover(v.r.Context(), v.source(), v.typed("code"), v.device())
	if err == nil {
		err = v.enter(secret)
	}
	if err != nil {
		return v.again(v.byCodeQuestion(), "code", err)
	}
	return v.goOn("/account/passkeys/add")
}

func (v *visit) byAppQuestion() *question {
	w := v.p.words.SignIn
	f := v.newForm(w.AppEnter, &field{ID: "address", Label: w.Address, Hint: w.AddressHint, Auto: "email"},
		&field{ID: "code", Label: w.Code, Hint: w.CodeHint, Auto: "one-time-code", Mode: "numeric", Code: true})
	f.Next, f.Cancel = v.next(), withNext("/sign-in", v.next())
	return &question{title: w.AppTitle, text: []string{w.AppText}, form: f}
}

// signInByApp asks for an address and a code that an app shows.
func signInByApp(v *visit) error { return v.ask(v.byAppQuestion()) }

// signInByAppFinish signs in with them.
func signInByAppFinish(v *visit) error {
	address := v.typed("address")
	_, secret, err := v.p.cfg.Accounts.SignInWithCode(v.r.Context(), v.source(), mediumOf(address), address, v.typed("code"), v.device())
	if err == nil {
		err = v.enter(secret)
	}
	if err != nil {
		return v.again(v.byAppQuestion(), fieldOf(err, "address"), err)
	}
	return v.goOn(v.next())
}

// mediumOf tells an e-mail address from a telephone number.
func mediumOf(address string) notify.Medium {
	if strings.Contains(address, "@") {
		return notify.Email
	}
	return notify.Phone
}

// signOut ends the session. Doing it twice is no error.
func signOut(v *visit) error {
	s, in, err := v.session()
	if err == nil && in {
		err = v.p.cfg.Accounts.SignOut(v.r.Context(), s)
	}
	if err != nil && !problem.Is(err, problem.Forbidden) { // of a suspended account nothing is signed in
		return err
	}
	v.dropCookie(sessionCookie)
	return v.leftFor()
}

// signedOut says so.
func signedOut(v *visit) error {
	return v.show(http.StatusOK, "signedout", v.p.words.SignedOut.Title, nil)
}
