package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// paperAt is where a family copies a paper red book.
const paperAt = childAt + "/paper"

// paperLists are the steps that are lists; those before them are forms of facts.
var paperLists = []string{"vaccinations", "growth", "milestones"}

// paperSteps are all steps in the order of the book.
func paperSteps() []string { return slices.Concat(factParts, paperLists) }

func isList(step string) bool { return slices.Contains(paperLists, step) }

// paperRoutes are the pages of all steps.
func paperRoutes() []route {
	out := slices.Concat([]route{{"GET " + recordAt + paperAt, ofSelf(adding(paperBook))}, {"GET " + familyRecordAt + paperAt, ofFamily(adding(paperBook))}},
		addPages(paperAt+"/check", paperCheck, paperSend))
	for _, step := range paperSteps() {
		out = append(out, addPages(paperAt+"/"+step, func(f *folder) error { return f.askPaper(step) }, func(f *folder) error { return f.keepPaper(step) })...)
	}
	return out
}

// paper is what was copied so far: the newest that is in progress.
func (f *folder) paper() (book.Paper, error) {
	all, err := f.coded("_tag", []book.Code{{System: book.Own, Code: book.PaperDraft}}, 5, "QuestionnaireResponse")
	if err != nil {
		return book.Paper{}, err
	}
	for _, t := range all {
		if p, ok := book.ReadPaper(t); ok {
			return p, nil
		}
	}
	return book.Paper{Steps: map[string][]map[string]string{}}, nil
}

func (f *folder) stepName(step string) string {
	return cmp.Or(f.p.words.Paper.Names[step], f.p.words.Book.PartTitles[step])
}

// stepState is how much of a step was copied.
func (f *folder) stepState(p *book.Paper, step string) string {
	w, sets := f.p.words.Paper, p.Steps[step]
	switch {
	case len(sets) == 0:
		return w.None
	case isList(step):
		return howMany(len(sets), w.LineOne, w.LineMany)
	}
	n := 0
	for _, one := range book.Published().Part(step).Facts {
		if sets[0][one.ID] != "" {
			n++
		}
	}
	return howMany(n, w.OneFilled, w.ManyFilled)
}

// paperBook lists the steps, and how far each is.
func paperBook(f *folder) error {
	w := f.p.words.Paper
	p, err := f.paper()
	if err != nil {
		return err
	}
	t := table{Caption: w.Steps, Heads: []string{w.Step, w.State}}
	for _, step := range paperSteps() {
		t.Rows = append(t.Rows, []cell{{Text: f.stepName(step), Href: f.at + paperAt + "/" + step}, text(f.stepState(&p, step))})
	}
	s := &sheet{text: []string{w.Text, w.Keep, w.Open}, tables: []table{t}}
	if !p.Empty() {
		s.button = link{w.Skip, f.at + paperAt + "/check"}
	}
	return f.bookPage(w.Title, s)
}

// paperFields are the fields of a step; of a list, those of one more line.
func (f *folder) paperFields(step string) []*field {
	w := f.p.words.Paper
	day := f.dateField("when", w.Day, w.DayHint)
	switch step {
	case "vaccinations":
		all := vaccineOptions(f)
		all[0].Text = w.Choose
		return []*field{{ID: "vaccine", Label: w.Vaccine, Options: all}, {ID: "product", Label: w.Product, Auto: "off"}, {ID: "batch", Label: w.Batch, Auto: "off", Code: true}, day}
	case "growth":
		kinds := []option{{"", w.Choose}}
		for _, m := range measures {
			if _, grows := grownKinds[m.key]; grows {
				kinds = append(kinds, option{m.key, f.p.words.Add.Measures[m.key]})
			}
		}
		day.Hint = ""
		return []*field{{ID: "kind", Label: w.Kind, Options: kinds}, {ID: "value", Label: w.Value, Hint: f.p.words.Add.ValueHint}, day}
	case "milestones":
		names := f.p.words.Book.First.Names
		all := []option{{"", w.Choose}}
		for _, id := range book.Milestones {
			all = append(all, option{id, names[id]})
		}
		return []*field{{ID: "which", Label: w.Which, Options: all}, {ID: "said", Label: w.Said, Auto: "off"}, day}
	}
	all := f.factFields(step)
	if last := all[len(all)-1]; last.Date != nil {
		last.Hint = ""
	}
	return all
}

// paperQuestion is the form of a step, with what was copied so far.
func (f *folder) paperQuestion(p *book.Paper, step string, more ...*field) *question {
	w := f.p.words.Paper
	fields := append(f.paperFields(step), more...)
	title, _ := f.bookTitle(f.stepName(step)) // without the name where it can not be read now; the band has it
	q := &question{title: cmp.Or(title, f.stepName(step)), text: []string{w.Text, w.Keep}}
	switch sets := p.Steps[step]; {
	case isList(step) && len(sets) > 0:
		drop := &field{ID: "drop", Label: w.Drop, Options: []option{{"", w.DropNone}}}
		for i, set := range sets {
			drop.Options = append(drop.Options, option{strconv.Itoa(i + 1), strconv.Itoa(i+1) + ": " + f.lineSaid(step, set)})
		}
		fields = append(fields, drop)
	case len(sets) > 0:
		for _, one := range fields {
			one.Value = sets[0][one.ID]
			if one.Date != nil && !f.r.PostForm.Has(one.ID) {
				one.Date.day, one.Date.month, one.Date.year = sets[0][one.ID], sets[0][one.ID+"month"], sets[0][one.ID+"year"]
			}
		}
	}
	q.form = f.newForm(w.Button, fields...)
	q.form.Cancel = f.at + paperAt
	if i := slices.Index(paperSteps(), step); i+1 < len(paperSteps()) {
		q.links = append(q.links, link{w.Next, f.at + paperAt + "/" + paperSteps()[i+1]})
	}
	q.links = append(q.links, link{w.Skip, f.at + paperAt + "/check"})
	return q
}

func (f *folder) askPaper(step string) error {
	p, err := f.paper()
	if err != nil {
		return err
	}
	return f.ask(f.paperQuestion(&p, step))
}

// keepPaper keeps one step, as it was typed. What can not be is said at its field.
func (f *folder) keepPaper(step string) error {
	w := f.p.words.Paper
	p, err := f.paper()
	if err != nil {
		return err
	}
	of, err := f.child()
	if err != nil {
		return err
	}
	var said map[string]string
	var at, wrong string
	var more []*field
	drop, _ := strconv.Atoi(f.typed("drop"))
	switch {
	case isList(step) && drop > 0 && drop <= len(p.Steps[step]):
		p.Steps[step] = slices.Delete(slices.Clone(p.Steps[step]), drop-1, drop)
	case isList(step):
		said, at, wrong = f.readLine(step, of)
		if step == "growth" && wrong == "" {
			at, wrong, err = f.unlikely(said)
			if wrong != "" {
				more = append(more, f.sureField())
			}
		}
		if wrong == "" && len(p.Steps[step]) >= book.MostLines {
			wrong = w.TooMany
		}
	default:
		said, at, wrong = f.readSet(step, of)
	}
	if err != nil {
		return err
	}
	if wrong != "" {
		q := f.paperQuestion(&p, step, more...)
		q.form.wrong(at, wrong)
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	switch {
	case said == nil:
	case isList(step):
		p.Steps[step] = append(p.Steps[step], said)
	default:
		p.Steps[step] = []map[string]string{said}
	}
	if err := f.savePaper(&p, nil, false); err != nil {
		return err
	}
	next := f.at + paperAt
	if isList(step) {
		next += "/" + step // one line after the other
	}
	return f.doneThen(paperKept, next)
}

// readSet reads a form of facts, each as it was typed, after it was found to be
// something that can be.
func (f *folder) readSet(step string, of theirs) (said map[string]string, at, wrong string) {
	said = map[string]string{}
	for _, one := range book.Published().Part(step).Facts {
		if one.ReadOnly {
			continue
		}
		_, ok, wrong := f.readFact(one)
		if wrong != "" {
			return nil, one.ID, wrong
		}
		if ok {
			said[one.ID] = f.typed(one.ID)
		}
	}
	if len(said) == 0 {
		return said, "", ""
	}
	if _, at, wrong = f.factDay(step, of); wrong != "" {
		return nil, at, wrong
	}
	if step != "birth" {
		if f.typed("when") == "" {
			return nil, "when", f.p.words.Paper.NotDay
		}
		for _, name := range []string{"when", "whenmonth", "whenyear"} {
			said[name] = f.typed(name)
		}
	}
	return said, "", ""
}

// readLine reads one line of a list.
func (f *folder) readLine(step string, of theirs) (said map[string]string, at, wrong string) {
	w := f.p.words.Paper
	said = map[string]string{}
	day, wrong := f.paperDay(of)
	if wrong != "" {
		return nil, "when", wrong
	}
	said["day"] = day
	for _, one := range f.paperFields(step) {
		if one.Date != nil {
			continue
		}
		typed, ok := f.line(one.ID, book.MostAnswer)
		if !ok || one.Options != nil && !slices.ContainsFunc(one.Options, func(o option) bool { return o.Value == typed }) {
			return nil, one.ID, f.p.words.Book.Write.BadAnswer
		}
		said[one.ID] = typed
	}
	switch {
	case step == "vaccinations" && said["vaccine"] == "" && said["product"] == "":
		return nil, "vaccine", w.NoVaccine
	case step == "growth" && (said["kind"] == "" || said["value"] == ""):
		return nil, "value", w.NoValue
	case step == "growth" && len(day) != len(time.DateOnly):
		return nil, "when", w.NotDay
	case step == "milestones" && said["which"] == "":
		return nil, "which", f.p.words.Book.First.NoWhich
	case step == "milestones" && said["which"] == "own" && said["said"] == "":
		return nil, "said", f.p.words.Book.First.NoSaid
	}
	return said, "", ""
}

// paperDay is a day, a month or a year as the paper book has it; empty where it has
// none, which is never filled in.
func (f *folder) paperDay(of theirs) (day, wrong string) {
	w := f.p.words.Paper
	d, m, y := f.typed("when"), f.typed("whenmonth"), f.typed("whenyear")
	form := time.DateOnly
	switch {
	case d+m+y == "":
		return "", ""
	case d == "" && m == "":
		form, d, m = "2006", "1", "1"
	case d == "":
		form, d = "2006-01", "1"
	}
	at, _, ok := readDay(d, m, y, f.p.cfg.Zone)
	switch {
	case !ok:
		return "", w.BadDay
	case at.After(f.p.cfg.Now()):
		return "", f.p.words.Add.Future
	case of.born != "" && at.Format(form) < of.born[:len(form)]:
		return "", f.p.words.Book.Write.BeforeBirth
	}
	return at.Format(form), ""
}

// unlikely says what is hard to believe about a measurement, until whoever copies it
// says that the book has it so.
func (f *folder) unlikely(said map[string]string) (at, wrong string, err error) {
	m, ok := measureOf(said["kind"])
	of, grows := grownKinds[said["kind"]]
	if !ok || !grows {
		return "kind", f.p.words.Paper.NoValue, nil
	}
	a, wrong := f.grownAmount(of, said["value"])
	if wrong == "" && (a.In < m.least || a.In > m.most) {
		wrong = f.p.words.Add.BadValue
	}
	if wrong != "" {
		return "value", wrong, nil
	}
	c, err := f.grownCheck(growth.Measurement{Of: of, Value: a.In, On: dayOf(said["day"]), Method: m.method})
	switch {
	case err != nil:
		return "", "", err
	case c.beforeBirth:
		return "when", f.p.words.Growth.BeforeBirth, nil
	case c.doubt != "" && f.typed("sure") != "yes":
		return "value", c.doubt + " " + f.p.words.Paper.Unlikely, nil
	}
	return "", "", nil
}

// savePaper keeps what was copied, with what is made from it, in one step: done
// says that it is finished. Somebody who changed it in the meantime is not
// overwritten.
func (f *folder) savePaper(p *book.Paper, made []map[string]any, done bool) error {
	rights := access.OneType("QuestionnaireResponse", access.Create|access.Update|access.Read|access.Search)
	for _, one := range made {
		typ, _ := one["resourceType"].(string)
		rights = rights.Or(access.OneType(typ, access.Create|access.Read|access.Search))
	}
	s, err := f.open(rights)
	if err != nil {
		return f.orNobody(err)
	}
	to, ok := s.(transactor)
	if !ok {
		return problem.New(problem.Unavailable, "")
	}
	entry := p.Entry(paperSteps(), f.p.cfg.Now().UTC().Format(time.RFC3339), done)
	entry["subject"], entry["author"], entry["source"] = f.subjectRef(), ref(f.author()), ref(f.author())
	body, err := f.valid(entry)
	if err != nil {
		return err
	}
	op := record.Op{Method: record.Post, Key: record.Key{Type: "QuestionnaireResponse"}, Body: body}
	if p.ID != "" {
		op.Method, op.Key.ID, op.MustExist = record.Put, p.ID, true
		op.IfMatch, _ = strconv.ParseInt(p.Version, 10, 64) // 0 is any, and no version is 0
	}
	ops := []record.Op{op}
	for _, one := range made {
		var t *fhir.Tree
		if t, err = f.valid(one); err != nil {
			return err
		}
		typ, _ := one["resourceType"].(string)
		ops = append(ops, record.Op{Method: record.Post, Key: record.Key{Type: typ}, Body: t})
	}
	_, err = to.Transact(f.r.Context(), ops)
	if problem.Is(err, problem.Conflict) || problem.Is(err, problem.PreconditionFailed) {
		return problem.Wrap(problem.Conflict, f.p.words.Paper.Lost, err)
	}
	return err
}

// as lets what was kept be read as if it were typed now, by the same rules.
func (f *folder) as(said map[string]string, do func()) {
	was := f.r.PostForm
	f.r.PostForm = url.Values{}
	for name, one := range said {
		f.r.PostForm.Set(name, one)
	}
	do()
	f.r.PostForm = was
}
