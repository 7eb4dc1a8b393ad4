package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

// setup is every page while there is no operator: it asks for the code that
// shows that somebody holds the machine.
func setup(v *visit) error {
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		return v.goOn("/set-up")
	}
	return v.setupPage(http.StatusOK, v.setupForm())
}

func (v *visit) setupForm() *form {
	w := v.p.words.Setup
	f := v.newForm(w.GoOn, &field{ID: "code", Label: w.Code, Hint: w.CodeHint, Auto: "off", Code: true})
	f.Action = "/set-up" // the page is shown at every address
	return f
}

func (v *visit) setupPage(status int, f *form) error {
	v.form = f
	return v.show(status, "setup", v.p.words.Setup.Title, nil)
}

// setupCode looks at the code and goes on to the next question.
func setupCode(v *visit) error {
	code := v.typed("code")
	if err := v.p.cfg.Setup.Check(v.source(), code); err != nil {
		status, ok := mendable(err)
		if !ok {
			return err
		}
		f := v.setupForm()
		f.Fields[0].Problem = v.p.sentence(err)
		return v.setupPage(status, f)
	}
	v.setCookie(setupCookie, code, setupTime)
	return v.goOn("/set-up/you")
}

func (v *visit) setupQuestion() *question {
	w := v.p.words.Setup
	f := v.newForm(w.MakeKey, &field{ID: "name", Label: w.Name, Hint: w.NameHint, Auto: "name"}).withPasskey("create", v.p.words.Passkey.Signed)
	return &question{title: w.You, text: []string{w.YouText, w.Passkey}, form: f}
}

// setupYou asks for the operator's name and passkey.
func setupYou(v *visit) error {
	if v.cookie(setupCookie) == "" {
		return v.goOn("/set-up")
	}
	return v.ask(v.setupQuestion())
}

func (v *visit) beginOperator() (account.Ceremony, error) {
	return v.p.cfg.Accounts.BeginOperator(v.r.Context(), v.p.cfg.Setup, v.source(), v.cookie(setupCookie), v.typed("name"))
}

func setupBegin(v *visit) error { return v.begin(v.beginOperator()) }

// setupFinish makes the first operator, who keeps recovery codes next.
func setupFinish(v *visit) error {
	ok, err := v.answered(v.setupQuestion(), "name", v.beginOperator, func(id string, answer []byte) error {
		s, secret, err := v.p.cfg.Accounts.FinishOperator(v.r.Context(), v.p.cfg.Setup, id, answer, v.passkeyName(), v.device())
		if err != nil {
			return err
		}
		if err := v.enter(secret); err != nil {
			return err
		}
		return v.p.cfg.Staff.FirstOperator(v.r.Context(), s.Account, v.typed("name"))
	})
	if err != nil || !ok {
		return err
	}
	v.dropCookie(setupCookie)
	return v.goOn(withNext("/account/codes/new", "/set-up/done"))
}

// setupDone says what an operator does next.
func setupDone(v *visit) error {
	return v.show(http.StatusOK, "setupdone", v.p.words.Setup.DoneTitle, nil)
}
