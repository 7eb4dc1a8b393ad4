package portal

import (
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

const (
	questionsAt = "/staff/questions"
	linksAt     = "/staff/links"
)

// decide lets a page be seen by staff who link records, with a passkey that
// they used of late.
func decide(do func(*visit, proof.By) error) func(*visit) error {
	return asStaff(staff.Merge, questionsAt, do)
}

func (v *visit) via(how proof.Via) string {
	w := v.p.words.Desk
	return map[proof.Via]string{proof.ViaDetails: w.ByDetails, proof.ViaDesk: w.ByDesk, proof.ViaProvider: w.ByProvider, proof.ViaPeople: w.ByPeople}[how]
}

// questions lists what waits for people.
func questions(v *visit, by proof.By) error {
	all, err := v.p.cfg.Proofs.Questions(v.r.Context(), by)
	if err != nil {
		return err
	}
	w := v.p.words.Desk
	t := table{Caption: w.Questions, None: w.QuestionsNone, Heads: []string{w.When, w.By, w.Reason, w.Look}}
	for _, q := range all {
		t.Rows = append(t.Rows, []cell{text(v.when(q.At)), text(v.via(q.Via)), text(q.Reason), {Text: w.Look, Href: questionsAt + "/" + q.ID, About: v.when(q.At)}})
	}
	return v.showSheet(&sheet{title: w.Questions, text: []string{w.QuestionsText}, links: []link{{w.Links, linksAt}, {v.p.words.Staff.Title, staffAt}}, tables: []table{t}})
}

// decision reads the decision that the page is about.
func (v *visit) decision(by proof.By) (proof.Question, error) {
	return v.p.cfg.Proofs.Question(v.r.Context(), by, v.r.PathValue("id"))
}

// claimed is what somebody gave, as rows.
func (v *visit) claimed(d match.Details) []fact {
	w := v.p.words.Desk
	var rows []fact
	for _, f := range []fact{{w.Given, strings.Join(d.Given, ", ")}, {w.Family, strings.Join(d.Family, ", ")}, {w.Born, day(d.Birth)},
		{w.At, strings.Join(d.Postcode, ", ")}, {w.NHS, d.NHSNumber}} {
		if f.Value != "" {
			rows = append(rows, f)
		}
	}
	return rows
}

// showDecision shows a decision, with a form where something can be done.
func (v *visit) showDecision(status int, title string, q proof.Question, facts []fact, f *form, text ...string) error {
	cards := make([]recordCard, 0, len(q.Seen))
	for _, s := range q.Seen {
		cards = append(cards, v.record(s))
	}
	v.form = f
	return v.show(status, "decision", title, struct {
		Text    []string
		Facts   []fact
		Claimed []fact
		Records []recordCard
	}{text, facts, v.claimed(q.Claimed), cards})
}

func (v *visit) answerForm(q proof.Question) *form {
	w := v.p.words.Desk
	records := []option{{"", w.NoneOfThem}}
	for _, s := range q.Seen {
		c := v.record(s)
		name := c.Name + ", " + c.Rows[1].Value + ", " + c.Rows[2].Value
		if s.Taken {
			name += " (" + w.HasAccount + ")"
		}
		records = append(records, option{s.Patient, name})
	}
	f := v.newForm(w.Decide, &field{ID: "patient", Label: w.Which, Options: records},
		&field{ID: "move", Label: w.Move, Hint: w.MoveHint, Options: []option{{"", w.MoveNo}, {"yes", w.MoveYes}}},
		&field{ID: "reason", Label: w.Why, Hint: w.WhyHint, Auto: "off"})
	f.Cancel = questionsAt
	return f
}

func (v *visit) questionFacts(q proof.Question) []fact {
	w := v.p.words.Desk
	return []fact{{w.When, v.when(q.At)}, {w.By, v.via(q.Via)}, {w.Reason, q.Reason}, {w.Account, q.Account}}
}

// oneQuestion shows what is to be decided.
func oneQuestion(v *visit, by proof.By) error {
	q, err := v.decision(by)
	if err != nil {
		return err
	}
	return v.showDecision(http.StatusOK, v.p.words.Desk.QuestionTitle, q, v.questionFacts(q), v.answerForm(q))
}

// answerQuestion decides it.
func answerQuestion(v *visit, by proof.By) error {
	err := v.p.cfg.Proofs.Answer(v.r.Context(), by, v.r.PathValue("id"), v.typed("patient"), v.typed("move") == "yes", v.typed("reason"))
	if err == nil {
		return v.doneThen(questionAnswered, questionsAt)
	}
	status, ok := mendable(err)
	if !ok {
		return err
	}
	q, qerr := v.decision(by)
	if qerr != nil {
		return qerr
	}
	f := v.answerForm(q)
	f.wrong(fieldOf(err, "reason"), v.p.sentence(err))
	return v.showDecision(status, v.p.words.Desk.QuestionTitle, q, v.questionFacts(q), f)
}

// links lists the newest links between records and accounts.
func links(v *visit, by proof.By) error {
	all, err := v.p.cfg.Proofs.Links(v.r.Context(), by)
	if err != nil {
		return err
	}
	w := v.p.words.Desk
	t := table{Caption: w.Links, None: w.LinksNone, Heads: []string{w.When, w.By, w.Record, w.TakenBack, w.Look}}
	for _, d := range all {
		t.Rows = append(t.Rows, []cell{text(v.when(d.At)), text(v.via(d.Via)), text(d.Patient), text(v.when(d.Undone)), {Text: w.Look, Href: linksAt + "/" + d.ID, About: v.when(d.At)}})
	}
	return v.showSheet(&sheet{title: w.Links, text: []string{w.LinksText}, links: []link{{w.ToAsk, questionsAt}}, tables: []table{t}})
}

func (v *visit) linkFacts(q proof.Question) []fact {
	w := v.p.words.Desk
	who := w.Staff
	if q.By == "rules" {
		who = w.Rules
	}
	facts := append(v.questionFacts(q), fact{w.Record, q.Patient}, fact{w.Rule, q.Rule + ", " + q.Rules}, fact{w.Who, who})
	if !q.Undone.IsZero() {
		facts = append(facts, fact{w.TakenBack, v.when(q.Undone)}, fact{w.TakenBackWhy, q.UndoneWhy})
	}
	return facts
}

func (v *visit) undoForm() *form {
	w := v.p.words.Desk
	f := v.newForm(w.UndoButton, &field{ID: "reason", Label: w.Why, Hint: w.WhyHint, Auto: "off"})
	f.Danger, f.Cancel = true, linksAt
	return f
}

// oneLink shows a link, and lets it be taken back while it stands.
func oneLink(v *visit, by proof.By) error {
	q, err := v.decision(by)
	if err != nil {
		return err
	}
	w := v.p.words.Desk
	if !q.Current {
		return v.showDecision(http.StatusOK, w.LinkTitle, q, v.linkFacts(q), nil, w.NotCurrent)
	}
	return v.showDecision(http.StatusOK, w.LinkTitle, q, v.linkFacts(q), v.undoForm(), w.UndoText)
}

// undoLink takes it back.
func undoLink(v *visit, by proof.By) error {
	err := v.p.cfg.Proofs.Undo(v.r.Context(), by, v.r.PathValue("id"), v.typed("reason"))
	if err == nil {
		return v.doneThen(linkUndone, linksAt)
	}
	status, ok := mendable(err)
	if !ok {
		return err
	}
	q, qerr := v.decision(by)
	if qerr != nil {
		return qerr
	}
	f := v.undoForm()
	f.wrong(fieldOf(err, "reason"), v.p.sentence(err))
	return v.showDecision(status, v.p.words.Desk.LinkTitle, q, v.linkFacts(q), f, v.p.words.Desk.UndoText)
}
