package portal

import (
	"github.com/bevanhealth/bevan/internal/access/optout"
	opted "github.com/bevanhealth/bevan/internal/consent/optout"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

const usesAt = "/account/uses"

// mayChoose finds out whether somebody may say what becomes of a record: theirs,
// with a passkey. done says that the answer was given.
func (v *visit) mayChoose(back string) (done bool, err error) {
	now := v.p.cfg.Now()
	switch n := account.ShareChoices.Lacks(v.s.Standing, now, now); n {
	case account.NeedNothing:
		return false, nil
	case account.NeedRecord:
		w := v.p.words
		return true, v.decide(w.Uses.Title, decision{Text: []string{w.Uses.NoRecord}, Link: link{w.Consent.LinkRecord, proofAt}})
	case account.NeedPasskey, account.NeedAgain:
		return true, v.goOn(withNext("/check", back))
	default:
		return true, n.Problem()
	}
}

// useOf is what is said of a kind.
func (v *visit) useOf(k optout.Kind) words.Use {
	if k == optout.Local {
		return v.p.words.Uses.Local
	}
	return v.p.words.Uses.National
}

func (v *visit) useState(s opted.Said) string {
	w := v.p.words.Uses
	switch {
	case s.Own:
		return w.IsOut
	case s.Listed:
		return w.IsListed
	}
	return w.IsUsed
}

// uses lists what somebody said no to.
func uses(v *visit) error {
	if done, err := v.mayChoose(usesAt); done || err != nil {
		return err
	}
	all, err := v.p.cfg.OptOuts.Of(v.r.Context(), staff.Actor(v.s.Account), recordID(v.s.Record))
	if err != nil {
		return err
	}
	w := v.p.words.Uses
	t := table{Caption: w.Title, Heads: []string{w.Title, w.Now, w.Since, w.Change}}
	for _, s := range all {
		since := "–"
		if s.On() {
			since = v.when(s.Since)
		}
		name := v.useOf(s.Kind).Name
		t.Rows = append(t.Rows, []cell{text(name), text(v.useState(s)), text(since), {Text: w.Change, Href: usesAt + "/" + s.Kind.String(), About: name}})
	}
	return v.showSheet(&sheet{title: w.Title, text: []string{w.What}, tables: []table{t}})
}

// useQuestion says what a no does and does not, and lets it be said or taken
// back.
func (v *visit) useQuestion() (k optout.Kind, on bool, q *question, err error) {
	k, ok := optout.Named(v.r.PathValue("id"))
	if !ok {
		return 0, false, nil, problem.New(problem.NotFound, v.p.words.Problem.NotHere)
	}
	all, err := v.p.cfg.OptOuts.Of(v.r.Context(), staff.Actor(v.s.Account), recordID(v.s.Record))
	if err != nil {
		return 0, false, nil, err
	}
	w, use := v.p.words.Uses, v.useOf(k)
	var now opted.Said
	for _, s := range all {
		if s.Kind == k {
			now = s
		}
	}
	text := append([]string{v.useState(now), w.Does}, use.Does...)
	text = append(append(text, w.DoesNot), use.DoesNot...)
	if now.Listed {
		text = append(text, w.ListOnly)
	}
	f := v.newForm(w.StopButton)
	title := w.StopTitle
	if now.Own {
		f, title = v.newForm(w.AllowButton), w.AllowTitle
	}
	f.Hidden, f.Cancel = [][2]string{{"said", onOff(now.Own)}}, usesAt
	return k, !now.Own, &question{title: title, shown: []string{use.Name}, text: text, form: f}, nil
}

// onOff is what a page showed, so that a form that was sent twice does not undo
// itself.
func onOff(on bool) string {
	if on {
		return "no"
	}
	return "yes"
}

func oneUse(v *visit) error {
	if done, err := v.mayChoose(v.r.URL.Path); done || err != nil {
		return err
	}
	_, _, q, err := v.useQuestion()
	if err != nil {
		return err
	}
	return v.ask(q)
}

// changeUse does what the page offered, with a passkey that was used of late.
func changeUse(v *visit) error {
	if done, err := v.mayChoose(v.r.URL.Path); done || err != nil {
		return err
	}
	if ok, err := v.need(account.ShareChoices, v.r.URL.Path); err != nil || !ok {
		return err
	}
	k, on, q, err := v.useQuestion()
	if err != nil {
		return err
	}
	if v.typed("said") != onOff(!on) { // it was changed since the page was made
		return v.ask(q)
	}
	if err := v.p.cfg.OptOuts.Set(v.r.Context(), v.s, recordID(v.s.Record), k, on); err != nil {
		return v.again(q, "", err)
	}
	if on {
		return v.doneThen(useStopped, usesAt)
	}
	return v.doneThen(useAllowed, usesAt)
}
