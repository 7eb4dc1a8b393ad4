package portal

import (
	"cmp"
	"encoding/json"

	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/child/given"
)

// immunizationOrigin is HL7's code system of where a report of a vaccine comes from.
const immunizationOrigin = "http://terminology.hl7.org/CodeSystem/immunization-origin"

// copied is one thing that was copied: what it is in words, and the entry of it.
type copied struct {
	step, what, said string
	fact             *book.Fact
	entry            map[string]any
}

// copiedAll are all that was copied so far. What the record would not take any more,
// because of what it learnt in the meantime, is not among them, and its step says
// so when it is opened.
func (f *folder) copiedAll(p *book.Paper, of theirs) (all []copied, err error) {
	for _, step := range factParts {
		for _, set := range p.Steps[step] {
			f.as(set, func() { all = append(all, f.copiedFacts(step, of)...) })
		}
	}
	r := f.p.cfg.Vaccinations
	for _, step := range paperLists {
		for _, set := range p.Steps[step] {
			c := copied{step: step, said: f.lineSaid(step, set)}
			switch step {
			case "vaccinations":
				c.what, c.entry = f.stepName(step), f.copiedVaccine(r, set)
			case "growth":
				c.what, c.entry = f.stepName(step), f.copiedGrowth(set)
			default:
				c.what, c.entry = f.stepName(step), f.copiedMilestone(set)
			}
			if c.entry != nil {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// copiedFacts are the facts of one form.
func (f *folder) copiedFacts(step string, of theirs) (all []copied) {
	day, _, wrong := f.factDay(step, of)
	if wrong != "" {
		return nil
	}
	for _, one := range book.Published().Part(step).Facts {
		if one.ReadOnly {
			continue
		}
		said, ok, wrong := f.readFact(one)
		if !ok || wrong != "" {
			continue
		}
		e := said.Entry()
		e["effectiveDateTime"] = day
		all = append(all, copied{step: step, what: said.Label, said: said.Text, fact: one, entry: e})
	}
	return all
}

// lineSaid is a line of a list in words.
func (f *folder) lineSaid(step string, set map[string]string) string {
	out := ""
	switch step {
	case "vaccinations":
		out = cmp.Or(set["product"], f.p.words.Vaccinations.Names[set["vaccine"]], set["vaccine"])
		if set["batch"] != "" {
			out += ", " + set["batch"]
		}
	case "growth":
		out = f.p.words.Add.Measures[set["kind"]] + ": " + set["value"]
	default:
		out = f.p.words.Book.First.Names[set["which"]]
		if set["said"] != "" {
			out += ": " + set["said"]
		}
	}
	if set["day"] == "" {
		return out + ", " + f.p.words.Folder.NotDated
	}
	return out + ", " + f.p.plainWords().Date(set["day"])
}

// copiedVaccine is a vaccine that the paper book names. It is no primary source, and
// a day that is not there is not made up.
func (f *folder) copiedVaccine(r *given.Reader, set map[string]string) map[string]any {
	e := map[string]any{"resourceType": "Immunization", "status": "completed", "patient": f.subjectRef(), "primarySource": false,
		"reportOrigin": map[string]any{"coding": []any{map[string]string{"system": immunizationOrigin, "code": "record"}}, "text": f.p.words.Paper.Source}}
	if set["vaccine"] != "" {
		e["vaccineCode"] = r.Concept(set["vaccine"], set["product"])
	} else {
		e["vaccineCode"] = map[string]any{"text": set["product"]}
	}
	if set["day"] != "" {
		e["occurrenceDateTime"] = set["day"]
	} else {
		e["occurrenceString"] = f.p.words.Folder.NotDated
	}
	if set["batch"] != "" {
		e["lotNumber"] = set["batch"]
	}
	return e
}

func (f *folder) copiedGrowth(set map[string]string) map[string]any {
	m, ok := measureOf(set["kind"])
	of, grows := grownKinds[set["kind"]]
	a, wrong := f.grownAmount(of, set["value"])
	if !ok || !grows || wrong != "" {
		return nil
	}
	e := map[string]any{"resourceType": "Observation", "status": "final", "effectiveDateTime": set["day"],
		"category": []any{map[string]any{"coding": []any{coding("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital Signs")}}},
		"code":     m.concept(f.p.words.Add.Measures[m.key]), "valueQuantity": map[string]any{"value": json.Number(a.Value), "unit": a.Shown, "system": "http://unitsofmeasure.org", "code": a.Unit}}
	if how := f.methodText(m.method); how != "" {
		e["method"] = map[string]string{"text": how}
	}
	return e
}

func (f *folder) copiedMilestone(set map[string]string) map[string]any {
	w := f.p.words.Book.First
	if w.Names[set["which"]] == "" {
		return nil
	}
	e := book.Milestone{ID: set["which"], Name: w.Names[set["which"]], Said: set["said"], Day: set["day"]}.Entry(w.Code)
	if set["day"] == "" {
		delete(e, "effectiveDateTime")
	}
	return e
}

// marked adds to an entry that it was copied, from what and by whom.
func (f *folder) marked(e map[string]any, source string) map[string]any {
	w := f.p.words.Paper
	meta, _ := e["meta"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	tags, _ := meta["tag"].([]any)
	meta["tag"] = append(tags, map[string]string{"system": book.Own, "code": book.Copied})
	e["meta"] = meta
	e["note"] = []any{map[string]any{"text": w.Note, "authorReference": ref(f.author()), "time": f.p.cfg.Now().UTC().Format("2006-01-02T15:04:05Z07:00")}}
	if e["resourceType"] == "Observation" {
		e["subject"], e["performer"] = f.subjectRef(), []any{ref(f.author())}
		e["derivedFrom"] = []any{ref("QuestionnaireResponse/" + source)}
	}
	return e
}

// copiedBook is what was copied so far, whose it is, and the entries that it makes.
func (f *folder) copiedBook() (p book.Paper, of theirs, all []copied, err error) {
	if p, err = f.paper(); err != nil {
		return p, of, nil, err
	}
	if of, err = f.child(); err == nil {
		all, err = f.copiedAll(&p, of)
	}
	return p, of, all, err
}

// paperCheck shows all that was copied beside what the record has already.
func paperCheck(f *folder) error {
	w := f.p.words.Paper
	_, of, all, err := f.copiedBook()
	if err != nil {
		return err
	}
	known, err := f.facts(of.born, factParts...)
	if err != nil {
		return err
	}
	t := table{Caption: w.Paper, None: w.Nothing, Heads: []string{w.Where, w.Paper, w.Record}}
	for _, c := range all {
		has := "–"
		if c.fact != nil {
			has = w.NotInRecord
			if found, ok := known[c.fact.Name()]; ok {
				l := f.lineOf(found.Tree)
				has = f.foundText(found) + ", " + l.When + ", " + l.By
			}
		}
		t.Rows = append(t.Rows, []cell{{Text: c.what, Href: f.at + paperAt + "/" + c.step, About: c.said}, text(c.said), text(has)})
	}
	s := &sheet{text: []string{w.CheckText, w.Open}, tables: []table{t}, links: []link{{w.Back, f.at + paperAt},
		{f.p.words.Book.Vaccinations, f.at + vaccinationsAt}, {f.p.words.Book.Growth, f.at + growthAt}}}
	if len(all) > 0 {
		s.do = way{Text: w.Send, Action: f.at + paperAt + "/check"}
	}
	return f.bookPage(w.Check, s)
}

// paperSend writes all of it in one step, or nothing. The answers are finished with
// it, so that a form that is sent twice writes nothing again.
func paperSend(f *folder) error {
	p, _, all, err := f.copiedBook()
	if err != nil {
		return err
	}
	if p.ID == "" || len(all) == 0 {
		return f.goOn(f.at + paperAt)
	}
	made := make([]map[string]any, 0, len(all))
	for _, c := range all {
		made = append(made, f.marked(c.entry, p.ID))
	}
	if err := f.savePaper(&p, made, true); err != nil {
		return err
	}
	return f.doneThen(paperSent, f.at+childAt)
}
