package portal

import "github.com/bevanhealth/bevan/internal/identity/account"

func (v *visit) checkQuestion() *question {
	w := v.p.words.Check
	f := v.newForm(w.Button).withPasskey("get", v.p.words.Passkey.Signed)
	f.Next, f.Cancel = v.next(), afterwards
	text := w.What
	if v.s.Strength != account.Strong {
		text = w.Weak
	}
	return &question{title: w.Title, text: []string{text}, form: f}
}

// check asks for the passkey once more before something that matters.
func check(v *visit) error { return v.ask(v.checkQuestion()) }

func (v *visit) beginStepUp() (account.Ceremony, error) {
	return v.p.cfg.Accounts.BeginStepUp(v.r.Context(), v.s)
}

func checkBegin(v *visit) error { return v.begin(v.beginStepUp()) }

// checkFinish renews the session and goes on to where the person was. The
// browser gets another secret for it.
func checkFinish(v *visit) error {
	ok, err := v.answered(v.checkQuestion(), "", v.beginStepUp, func(id string, answer []byte) error {
		_, secret, err := v.p.cfg.Accounts.FinishStepUp(v.r.Context(), v.s, id, answer)
		if err == nil {
			v.setCookie(sessionCookie, secret, 0)
		}
		return err
	})
	if err != nil || !ok {
		return err
	}
	return v.goOn(v.next())
}
