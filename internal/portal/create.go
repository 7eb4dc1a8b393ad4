package portal

import "github.com/bevanhealth/bevan/internal/identity/account"

func (v *visit) createQuestion() *question {
	w := v.p.words.Create
	f := v.newForm(w.Button, &field{ID: "name", Label: w.Name, Hint: w.NameHint, Auto: "name"}).withPasskey("create", v.p.words.Passkey.Signed)
	f.Next = v.next()
	return &question{title: w.Title, text: []string{w.What, w.Passkey}, form: f, links: []link{{w.Have, withNext("/sign-in", f.Next)}}}
}

// create asks for a name, and for the first passkey of a new account.
func create(v *visit) error { return v.ask(v.createQuestion()) }

func (v *visit) beginAccount() (account.Ceremony, error) {
	return v.p.cfg.Accounts.BeginAccount(v.r.Context(), v.source(), v.typed("name"))
}

func createBegin(v *visit) error { return v.begin(v.beginAccount()) }

// createFinish makes the account. Its owner keeps recovery codes next.
func createFinish(v *visit) error {
	ok, err := v.answered(v.createQuestion(), "name", v.beginAccount, func(id string, answer []byte) error {
		_, secret, err := v.p.cfg.Accounts.FinishAccount(v.r.Context(), id, answer, v.passkeyName(), v.device())
		if err != nil {
			return err
		}
		return v.enter(secret)
	})
	if err != nil || !ok {
		return err
	}
	return v.goOn(withNext("/account/codes/new", v.next()))
}

// passkeyName is what a first passkey is called until its owner says otherwise.
func (v *visit) passkeyName() string {
	if d := v.device(); d != "" {
		return d
	}
	return v.p.words.Sessions.Unknown
}
