package portal

import (
	"strings"

	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/problem"
)

// staffRight shows one right to act for somebody, and what became of it.
func staffRight(v *visit, by mandate.By) error {
	d, err := v.p.cfg.Mandates.Find(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	name, err := v.p.cfg.Mandates.NameOf(v.r.Context(), by, d.Patient)
	if err != nil {
		return err
	}
	past, err := v.p.cfg.Mandates.History(v.r.Context(), d.ID)
	if err != nil {
		return err
	}
	f := v.p.words.Family
	w := f.Desk
	var papers []string
	for _, e := range d.Relation.Evidence {
		papers = append(papers, v.paperWord(e))
	}
	if len(papers) == 0 {
		papers = []string{w.NoPaper}
	}
	t := table{Caption: w.History, None: w.HistoryNone, Heads: []string{w.Day, w.What2, w.Words}}
	for _, e := range past {
		t.Rows = append(t.Rows, []cell{text(v.when(e.At)), text(v.becameWord(e.What)), text(e.Words)})
	}
	s := &sheet{title: w.RightTitle, tables: []table{t}, facts: []fact{{w.Person, name}, {w.Holder, d.Relation.Name + ", " + v.kindWord(d.Relation.Kind)}, {w.Basis, v.basisWord(d.Basis)},
		{w.Evidence, strings.Join(papers, ", ")}, {f.May, v.mayWords(d.May)}, {f.Since, v.when(d.Starts)}, {f.Until, v.when(d.Ends)}, {w.Again, v.date(d.Review)}, {w.State, v.stateWord(d.Status)}}}
	at := staffRightsAt + "/" + d.ID
	if d.Status == mandate.Active {
		s.links = append(s.links, link{w.StopLink, at + "/stop"})
	}
	if d.Status != mandate.Ended {
		s.links = append(s.links, link{w.BackLink, at + "/back"}, link{w.EndLink, at + "/end"})
	}
	s.links = append(s.links, link{w.ToPerson, staffFamilyAt + "/" + d.Patient})
	return v.showSheet(s)
}

// becameWord says in words what became of a right.
func (v *visit) becameWord(what string) string {
	w := v.p.words.Family.Desk
	status, reason, both := strings.Cut(what, " ")
	if !both {
		return w.Active // it was given
	}
	said := v.stateWord(mandate.Status(status))
	if r := v.endingWord(mandate.Reason(reason)); r != "" {
		said += ": " + r
	}
	return said
}

func (v *visit) endingWord(r mandate.Reason) string {
	w := v.p.words.Family.Desk.Endings
	return map[mandate.Reason]string{mandate.Safeguarding: w.Safety, mandate.ByRequest: w.Wish, mandate.Unused: w.Unused, mandate.PersonDied: w.Died, mandate.Changed: w.Changed, mandate.Moved: w.Moved}[r]
}

// rightQuestion is a page that asks before a right is changed.
func (v *visit) rightQuestion(d mandate.Mandate, title, said, button string, danger bool, fields ...*field) *question {
	f := v.newForm(button, append(fields, v.whyField())...)
	f.Danger, f.Cancel = danger, staffRightsAt+"/"+d.ID
	return &question{title: title, shown: []string{d.Relation.Name + ", " + v.basisWord(d.Basis)}, text: []string{said}, form: f}
}

// changesRight makes a page that asks and does something with a right.
func changesRight(ask func(*visit, mandate.Mandate) *question, do func(*visit, mandate.By, mandate.Mandate) error, news done) (asks, does func(*visit, mandate.By) error) {
	asks = func(v *visit, _ mandate.By) error {
		d, err := v.p.cfg.Mandates.Find(v.r.Context(), v.r.PathValue("id"))
		if err != nil {
			return err
		}
		return v.ask(ask(v, d))
	}
	does = func(v *visit, by mandate.By) error {
		d, err := v.p.cfg.Mandates.Find(v.r.Context(), v.r.PathValue("id"))
		if err != nil {
			return err
		}
		if err := do(v, by, d); err != nil {
			at := map[string]string{"mandate-why": "why", "mandate-ending": "reason"}[problem.ReasonOf(err)]
			return v.again(ask(v, d), at, err)
		}
		return v.doneThen(news, staffRightsAt+"/"+d.ID)
	}
	return asks, does
}

var (
	staffRightStop, staffRightStopFinish = changesRight(func(v *visit, d mandate.Mandate) *question {
		w := v.p.words.Family.Desk
		return v.rightQuestion(d, w.StopTitle, w.StopText, w.StopButton, true,
			&field{ID: "safety", Label: w.Safety, Hint: w.SafetyHint, Options: []option{{"no", w.SafetyNo}, {"yes", w.SafetyYes}}})
	}, func(v *visit, by mandate.By, d mandate.Mandate) error {
		return v.p.cfg.Mandates.Suspend(v.r.Context(), by, d.ID, v.typed("safety") == "yes", v.typed("why"))
	}, rightStopped)

	staffRightBack, staffRightBackFinish = changesRight(func(v *visit, d mandate.Mandate) *question {
		w := v.p.words.Family.Desk
		return v.rightQuestion(d, w.BackTitle, w.BackText, w.BackButton, false)
	}, func(v *visit, by mandate.By, d mandate.Mandate) error {
		return v.p.cfg.Mandates.Resume(v.r.Context(), by, d.ID, v.typed("why"))
	}, rightBack)

	staffRightEnd, staffRightEndFinish = changesRight(func(v *visit, d mandate.Mandate) *question {
		w := v.p.words.Family.Desk
		reasons := []option{{"", w.Endings.Choose}}
		for _, r := range mandate.Endings() {
			reasons = append(reasons, option{string(r), v.endingWord(r)})
		}
		return v.rightQuestion(d, w.EndTitle, w.EndText, w.EndButton, true, &field{ID: "reason", Label: w.Reason, Options: reasons})
	}, func(v *visit, by mandate.By, d mandate.Mandate) error {
		return v.p.cfg.Mandates.EndAsStaff(v.r.Context(), by, d.ID, mandate.Reason(v.typed("reason")), v.typed("why"))
	}, rightEnded)
)
