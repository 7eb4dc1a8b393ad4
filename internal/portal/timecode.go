package portal

import (
	"html/template"
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

const appAt = "/account/app"

// app says whether codes of an app can be used, and what they are good for.
func app(v *visit) error {
	set, err := v.p.cfg.Accounts.HasTimeCode(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	all, err := v.p.cfg.Accounts.Channels(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	told := false
	for _, c := range all {
		told = told || !c.Verified.IsZero()
	}
	return v.show(http.StatusOK, "app", v.p.words.App.Title, struct{ Set, Told bool }{set, told})
}

// newApp says what is needed for an app.
func newApp(v *visit) error {
	if ok, err := v.need(account.NewTimeCode, appAt+"/new"); err != nil || !ok {
		return err
	}
	w := v.p.words.App
	f := v.newForm(w.NewButton)
	f.Cancel = appAt
	return v.ask(&question{title: w.NewTitle, text: []string{w.NewText}, form: f})
}

func (v *visit) appQuestion(id string) *question {
	w := v.p.words.App
	f := v.newForm(w.Button, &field{ID: "code", Label: w.Code, Hint: w.CodeHint, Auto: "one-time-code", Mode: "numeric", Code: true})
	f.Action, f.Hidden, f.Cancel = appAt+"/confirm", [][2]string{{"ceremony", id}}, appAt
	return &question{title: w.ShownTitle, form: f}
}

// showApp makes a key for an app and shows it, as a part of the answer to the
// form itself.
func showApp(v *visit) error {
	if ok, err := v.need(account.NewTimeCode, appAt+"/new"); err != nil || !ok {
		return err
	}
	c, err := v.p.cfg.Accounts.BeginTimeCode(v.r.Context(), v.s)
	if err != nil {
		return err
	}
	q := v.appQuestion(c.ID)
	v.form = q.form
	return v.show(http.StatusOK, "appshown", q.title, struct {
		Secret string
		Link   template.URL
	}{c.Secret, template.URL(c.URI)}) // made by account, and its scheme is otpauth
}

// confirmApp takes the first code of the app.
func confirmApp(v *visit) error {
	if ok, err := v.need(account.NewTimeCode, appAt+"/new"); err != nil || !ok {
		return err
	}
	id := v.r.PostForm.Get("ceremony")
	if err := v.p.cfg.Accounts.FinishTimeCode(v.r.Context(), v.s, id, v.typed("code")); err != nil {
		q := v.appQuestion(id)
		q.text = []string{v.p.words.App.Once}
		return v.again(q, "code", err)
	}
	return v.doneThen(appSet, appAt)
}

func (v *visit) removeAppQuestion() *question {
	w := v.p.words.App
	f := v.newForm(w.RemoveButton)
	f.Danger, f.Cancel = true, appAt
	return &question{title: w.RemoveTitle, text: []string{w.RemoveText}, form: f}
}

// removeApp asks whether codes are to stop.
func removeApp(v *visit) error {
	if ok, err := v.need(account.NewTimeCode, v.r.URL.Path); err != nil || !ok {
		return err
	}
	return v.ask(v.removeAppQuestion())
}

// removeAppFinish stops them.
func removeAppFinish(v *visit) error {
	if ok, err := v.need(account.NewTimeCode, v.r.URL.Path); err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Accounts.RemoveTimeCode(v.r.Context(), v.s); err != nil {
		return v.again(v.removeAppQuestion(), "", err)
	}
	return v.doneThen(appRemoved, appAt)
}
