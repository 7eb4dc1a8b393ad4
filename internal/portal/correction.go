package portal

import (
	"net/http"
	"strconv"

	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/record"
)

const correctionsAt = "/record/corrections"

// ownSelf is whoever is signed in, for what they ask about their own record.
func (v *visit) ownSelf() (by correction.Self, ok bool, err error) {
	patient, ok, err := v.ownRecord()
	return correction.Self{Who: v.ownWho(patient), Account: v.s.Account, Patient: patient}, ok, err
}

func (v *visit) wrongQuestion() *question {
	w := v.p.words.Correction
	f := v.newForm(w.Button, &field{ID: "words", Label: w.Words, Hint: w.WordsHint, Lines: 6})
	f.Cancel = recordAt + "/" + v.r.PathValue("type") + "/" + v.r.PathValue("id")
	return &question{title: w.Title, text: []string{w.What}, form: f}
}

// wrong asks what is wrong with an entry, which has to be there.
func wrong(v *visit) error {
	typ, err := v.kindNamed()
	if err != nil {
		return err
	}
	r, ok, err := v.openOwn()
	if err != nil || !ok {
		return err
	}
	if _, err := read(v.r.Context(), r, typ, v.r.PathValue("id")); err != nil {
		return v.notThere(err)
	}
	return v.ask(v.wrongQuestion())
}

// wrongFinish keeps it.
func wrongFinish(v *visit) error {
	typ, err := v.kindNamed()
	if err != nil {
		return err
	}
	by, ok, err := v.ownSelf()
	if err != nil || !ok {
		return err
	}
	if _, err := v.p.cfg.Corrections.Ask(v.r.Context(), by, record.Key{Type: typ, ID: v.r.PathValue("id")}, v.typed("words")); err != nil {
		if gone := v.notThere(err); gone != err {
			return gone
		}
		return v.again(v.wrongQuestion(), fieldOf(err, "words"), err)
	}
	return v.doneThen(correctionSent, correctionsAt)
}

// corrections lists what somebody said is wrong.
func corrections(v *visit) error {
	by, ok, err := v.ownSelf()
	if err != nil || !ok {
		return err
	}
	all, err := v.p.cfg.Corrections.Mine(v.r.Context(), by)
	if err != nil {
		return err
	}
	w := v.p.words.Correction
	t := table{Caption: w.List, None: w.None, Heads: []string{w.Entry, w.Asked, w.Due, w.State}}
	for _, r := range all {
		t.Rows = append(t.Rows, []cell{{Text: v.p.words.Kinds[r.Entry.Type], Href: correctionsAt + "/" + r.ID, About: v.when(r.Made)}, text(v.when(r.Made)), text(v.date(r.Due)), text(v.correctionState(r))})
	}
	return v.showSheet(&sheet{title: w.List, tables: []table{t}, links: []link{{v.p.words.Record.Back, recordAt}}})
}

func (v *visit) correctionState(r correction.Request) string {
	return v.p.words.Correction.States[string(r.State)]
}

// oneCorrection shows a request, its answer, and what can be done.
func oneCorrection(v *visit) error { return v.oneCorrection(http.StatusOK, nil) }

func (v *visit) oneCorrection(status int, wrong error) error {
	by, ok, err := v.ownSelf()
	if err != nil || !ok {
		return err
	}
	t, err := v.p.cfg.Corrections.One(v.r.Context(), by, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	w := v.p.words.Correction
	body := struct {
		Late, Withdraw, Disagree bool
		Facts                    []fact
		At, Entry                string
	}{Late: t.Late(v.p.cfg.Now()), Withdraw: t.State.Open(), Disagree: t.State == correction.Refused && t.Statement == "",
		At: correctionsAt + "/" + t.ID, Entry: recordAt + "/" + t.Entry.Type + "/" + t.Entry.ID}
	body.Facts = []fact{{w.Entry, v.p.words.Kinds[t.Entry.Type]}, {w.YourWords, t.Words}, {w.Asked, v.when(t.Made)}, {w.Due, v.date(t.Due)}, {w.State, v.correctionState(t.Request)}}
	if t.Reason != "" {
		body.Facts = append(body.Facts, fact{w.Answer, t.Reason})
	}
	if t.Statement != "" {
		body.Facts = append(body.Facts, fact{w.Statement, t.Statement})
	}
	if body.Disagree {
		v.form = v.newForm(w.Disagree, &field{ID: "statement", Label: w.Statement, Hint: w.DisagreeHint, Lines: 6})
		v.form.Action = body.At + "/disagree"
		if wrong != nil {
			v.form.wrong(fieldOf(wrong, "statement"), v.p.sentence(wrong))
		}
	}
	return v.show(status, "correction", w.One, body)
}

// withdrawCorrection takes a request back.
func withdrawCorrection(v *visit) error {
	by, ok, err := v.ownSelf()
	if err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Corrections.Withdraw(v.r.Context(), by, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(correctionBack, correctionsAt)
}

// disagree keeps why somebody does not agree with an answer.
func disagree(v *visit) error {
	by, ok, err := v.ownSelf()
	if err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Corrections.Disagree(v.r.Context(), by, v.r.PathValue("id"), v.typed("statement")); err != nil {
		if status, mend := mendable(err); mend && fieldOf(err, "x") == "x" {
			return v.oneCorrection(status, err)
		}
		return err
	}
	return v.doneThen(disagreed, correctionsAt+"/"+v.r.PathValue("id"))
}

// versionText is the number of a version, for a form.
func versionText(n int64) string { return strconv.FormatInt(n, 10) }
