package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	staffFamilyAt = "/staff/family"
	staffRightsAt = "/staff/rights"
)

// looksAfter lets a page be seen by staff who look after who acts for whom, with
// a passkey that they used of late.
func looksAfter(do func(*visit, mandate.By) error) func(*visit) error {
	return atWork(staff.Family, func(v *visit) error {
		if ok, err := v.need(account.ProveIdentity, v.home()); err != nil || !ok {
			return err
		}
		a, err := v.acting()
		if err != nil {
			return err
		}
		return do(v, mandate.By{Actor: a.Actor(), Reference: a.Practitioner, Organisation: a.Organisation.ODS})
	})
}

func (v *visit) familyFindQuestion() *question {
	w := v.p.words.Family.Desk
	f := v.newForm(w.Find, &field{ID: "number", Label: w.Number, Hint: w.NumberHint, Auto: "off", Mode: "numeric"})
	f.Action, f.Cancel = staffFamilyAt, staffAt
	return &question{title: w.Title, text: []string{w.What}, form: f}
}

// staffFamily asks about whom it is.
func staffFamily(v *visit, _ mandate.By) error { return v.ask(v.familyFindQuestion()) }

// staffFamilyFind finds the record of an NHS number.
func staffFamilyFind(v *visit, by mandate.By) error {
	patient, _, err := v.p.cfg.Mandates.RecordOf(v.r.Context(), by, v.typed("number"))
	if err != nil {
		return v.again(v.familyFindQuestion(), "number", err)
	}
	return v.goOn(staffFamilyAt + "/" + patient)
}

func (v *visit) stateWord(s mandate.Status) string {
	w := v.p.words.Family.Desk
	return map[mandate.Status]string{mandate.Active: w.Active, mandate.Suspended: w.Suspended, mandate.Ended: w.Over}[s]
}

// staffFamilyPerson shows who can act for somebody, and what was decided.
func staffFamilyPerson(v *visit, by mandate.By) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	name, err := v.p.cfg.Mandates.NameOf(ctx, by, id)
	if err != nil {
		return err
	}
	all, err := v.p.cfg.Mandates.About(ctx, id)
	if err != nil {
		return err
	}
	decided, err := v.p.cfg.Mandates.Abilities(ctx, id)
	if err != nil {
		return err
	}
	f := v.p.words.Family
	w := f.Desk
	rights := table{Caption: w.Rights, None: w.None, Heads: []string{w.Holder, w.Basis, f.May, w.State, w.Look}}
	for _, d := range all {
		rights.Rows = append(rights.Rows, []cell{text(d.Relation.Name + ", " + v.kindWord(d.Relation.Kind)), text(v.basisWord(d.Basis)), text(v.mayWords(d.May)), text(v.stateWord(d.Status)),
			{Text: w.Look, Href: staffRightsAt + "/" + d.ID, About: d.Relation.Name}})
	}
	able := table{Caption: w.Decisions, None: w.NoDecisions, Heads: []string{w.Decision, w.Day, w.Again, w.Words}}
	for _, a := range decided {
		said := w.CanNot
		if a.Able {
			said = w.Can
		}
		able.Rows = append(able.Rows, []cell{text(said), text(v.date(a.At)), text(v.date(a.Review)), text(a.Words)})
	}
	return v.showSheet(&sheet{title: w.Title, facts: []fact{{w.Person, name}}, tables: []table{rights, able},
		links: []link{{w.Give, staffFamilyAt + "/" + id + "/give"}, {w.Decide, staffFamilyAt + "/" + id + "/decide"}}})
}

func (v *visit) giveQuestion(name string) *question {
	f := v.p.words.Family
	w := f.Desk
	bases := []option{{"", w.Bases.Choose}}
	for _, b := range mandate.Bases() {
		bases = append(bases, option{string(b), v.basisWord(b)})
	}
	papers := []option{{"", w.NoPaper}}
	for _, e := range mandate.Evidence() {
		papers = append(papers, option{e, v.paperWord(e)})
	}
	q := v.newForm(w.GiveButton, &field{ID: "number", Label: w.HolderNumber, Hint: w.HolderHint, Auto: "off", Mode: "numeric"}, v.kindField(f.Relation),
		&field{ID: "basis", Label: w.Basis, Options: bases}, &field{ID: "paper", Label: w.Evidence, Options: papers}, v.mayField(), v.dateField("ends", f.Ends, f.EndsHint))
	q.Cancel = staffFamilyAt + "/" + v.r.PathValue("id")
	return &question{title: w.GiveTitle, shown: []string{name}, text: []string{w.GiveText}, form: q}
}

func (v *visit) paperWord(e string) string {
	w := v.p.words.Family.Desk.Papers
	return map[string]string{"BRTH": w.Birth, "ADPT": w.Adoption, "PRNA": w.Agreement, "SPRNA": w.StepAgreement, "PORD": w.Order, "SGORD": w.Guardian, "OTHCOURT": w.Court, "LPA": w.Power, "OTHR": w.Other}[e]
}

// staffFamilyGive asks what is to be given to whom.
func staffFamilyGive(v *visit, by mandate.By) error {
	name, err := v.p.cfg.Mandates.NameOf(v.r.Context(), by, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.ask(v.giveQuestion(name))
}

// staffFamilyGiveFinish gives it.
func staffFamilyGiveFinish(v *visit, by mandate.By) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	name, err := v.p.cfg.Mandates.NameOf(ctx, by, id)
	if err != nil {
		return err
	}
	holder, called, err := v.p.cfg.Mandates.RecordOf(ctx, by, v.typed("number"))
	if err != nil {
		return v.again(v.giveQuestion(name), "number", err)
	}
	may, err := mandate.MayNamed(v.typed("may"))
	if err != nil {
		return v.again(v.giveQuestion(name), "may", err)
	}
	ends, err := v.typedEnd("ends")
	if err != nil {
		return v.again(v.giveQuestion(name), "ends", err)
	}
	g := mandate.Grant{Patient: id, Record: holder, Name: called, Kind: mandate.Kind(v.typed("kind")), Basis: mandate.Basis(v.typed("basis")), May: may, Ends: ends}
	if e := v.typed("paper"); e != "" {
		g.Evidence = []string{e}
	}
	if _, err := v.p.cfg.Mandates.GiveAsStaff(ctx, by, g); err != nil {
		at := map[string]string{"mandate-kind": "kind", "mandate-basis": "basis", "mandate-young": "basis", "mandate-old": "basis", "mandate-unable": "basis", "mandate-able": "basis", "mandate-not-able": "basis",
			"mandate-evidence": "paper", "mandate-evidence-kind": "paper", "mandate-dates": "ends", "mandate-self": "number", "mandate-twice": "number"}[problem.ReasonOf(err)]
		return v.again(v.giveQuestion(name), at, err)
	}
	return v.doneThen(rightGiven, staffFamilyAt+"/"+id)
}

func (v *visit) whyField() *field {
	w := v.p.words.Family.Desk
	return &field{ID: "why", Label: w.Why, Hint: w.WhyHint, Auto: "off"}
}

func (v *visit) decideQuestion(name string) *question {
	w := v.p.words.Family.Desk
	f := v.newForm(w.DecideButton, &field{ID: "able", Label: w.Which, Options: []option{{"", v.p.words.Family.Kinds.Choose}, {"yes", w.Can}, {"no", w.CanNot}}},
		&field{ID: "review", Label: w.Review, Hint: w.ReviewHint, Auto: "off", Mode: "numeric"}, v.whyField())
	f.Cancel = staffFamilyAt + "/" + v.r.PathValue("id")
	return &question{title: w.DecideTitle, shown: []string{name}, text: []string{w.DecideText}, form: f}
}

// staffFamilyDecide asks what was decided about whether somebody can decide.
func staffFamilyDecide(v *visit, by mandate.By) error {
	name, err := v.p.cfg.Mandates.NameOf(v.r.Context(), by, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.ask(v.decideQuestion(name))
}

// staffFamilyDecideFinish writes it down.
func staffFamilyDecideFinish(v *visit, by mandate.By) error {
	id := v.r.PathValue("id")
	name, err := v.p.cfg.Mandates.NameOf(v.r.Context(), by, id)
	if err != nil {
		return err
	}
	able := v.typed("able")
	if able != "yes" && able != "no" {
		return v.again(v.decideQuestion(name), "able", problem.New(problem.Invalid, v.p.words.Family.Desk.Which))
	}
	var review time.Time
	if review, err = v.day("review"); err != nil {
		return v.again(v.decideQuestion(name), "review", err)
	}
	if err := v.p.cfg.Mandates.Decide(v.r.Context(), by, id, able == "yes", review, v.typed("why")); err != nil {
		at := map[string]string{"mandate-why": "why", "mandate-review": "review"}[problem.ReasonOf(err)]
		return v.again(v.decideQuestion(name), at, err)
	}
	return v.doneThen(abilityDecided, staffFamilyAt+"/"+id)
}
