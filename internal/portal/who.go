package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// way is a button that leads on, as a form of its own.
type way struct {
	Action, Text string
	Hidden       [][2]string
	Second       bool // it stands back behind another one
}

// decision is a page with buttons that lead different ways.
type decision struct {
	W           *words.Words
	Shown, Text []string
	Link        link
	Ways        []way
}

func (v *visit) decide(title string, d decision) error {
	d.W = v.p.words
	return v.show(http.StatusOK, "decide", title, d)
}

// back is the button that gives the app nothing.
func (a *asking) back() way {
	a.leadsTo = []string{placeOf(a.ask.Redirect)}
	return way{Action: a.path("/deny"), Text: a.p.words.Choosing.Back, Second: true}
}

// choosePerson asks whether to go on as the one who is signed in.
func (a *asking) choosePerson() error {
	me, err := a.p.cfg.Accounts.Get(a.r.Context(), a.s.Account)
	if err != nil {
		return err
	}
	w := a.p.words.Choosing
	return a.decide(w.AccountTitle, decision{Shown: []string{me.Name}, Text: []string{w.AccountText}, Ways: []way{
		{Action: a.path("/account"), Text: w.AccountGo, Hidden: [][2]string{{"as", "same"}}},
		{Action: a.path("/account"), Text: w.AccountOther, Hidden: [][2]string{{"as", "other"}}, Second: true},
		a.back(),
	}})
}

// wrongPerson says that the app expects somebody else.
func (a *asking) wrongPerson() error {
	w := a.p.words.Choosing
	return a.decide(w.WrongTitle, decision{Text: []string{w.WrongText}, Ways: []way{
		{Action: a.path("/account"), Text: w.AccountOther, Hidden: [][2]string{{"as", "other"}}}, a.back(),
	}})
}

// tooLittleTrust says that it has to be known better who the person is.
func (a *asking) tooLittleTrust() error {
	w := a.p.words.Choosing
	return a.decide(w.TrustTitle, decision{Text: []string{w.TrustText}, Link: link{w.TrustGo, proofAt}, Ways: []way{a.back()}})
}

// choosePersonFinish goes on as the one who is signed in, or signs out so that
// somebody else can sign in.
func choosePersonFinish(v *visit) error {
	a, err := v.opens()
	if err != nil {
		return err
	}
	s, in, err := v.session()
	if err != nil && !problem.Is(err, problem.Forbidden) {
		return err
	}
	if in && v.typed("as") == "same" {
		ch, err := v.p.cfg.Clients.Chosen(v.r.Context(), a.ask.ID, a.browser, s.Account)
		if err != nil {
			return err
		}
		ch.Confirmed = true
		if err := v.p.cfg.Clients.Choose(v.r.Context(), a.ask.ID, a.browser, s.Account, ch); err != nil {
			return err
		}
		return v.goOn(a.path(""))
	}
	if in {
		if err := v.p.cfg.Accounts.SignOut(v.r.Context(), s); err != nil {
			return err
		}
	}
	v.dropCookie(sessionCookie)
	return v.goOn(withNext("/sign-in", a.path("")))
}
