package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/child/book"
)

// mostMilestones is how many are read for a page: twenty teeth, and more.
const mostMilestones = 100

// bookMilestones lists the first times that parents wrote down, the newest first.
func bookMilestones(f *folder) error {
	w := f.p.words.Book.First
	all, err := f.coded("_tag", []book.Code{{System: book.Own, Code: book.MilestoneTag}}, mostMilestones, "Observation")
	if err != nil {
		return err
	}
	t := table{Caption: f.p.words.Book.Milestones, None: f.noneHere(w.None), Heads: []string{w.What, w.When, w.Photo, f.p.words.Book.By}}
	for _, one := range all {
		n := one.Root()
		if n.Get("status").Is("entered-in-error") {
			continue
		}
		l := f.lineOf(one)
		photo := cell{Text: w.NoPhoto}
		if id := book.PhotoOf(one); id != "" {
			photo = cell{Text: w.Photo, Href: f.at + "/DocumentReference/" + id + "/file/0", About: l.When}
		}
		by := l.By
		if l.Note != "" {
			by = l.Note
		}
		t.Rows = append(t.Rows, []cell{{Text: f.orKnown(textOf(n.Get("valueCodeableConcept"))), Href: l.Href}, text(l.When), photo, text(by)})
	}
	s := &sheet{text: []string{w.Text}, tables: []table{t}}
	if f.mayAdd() {
		s.links = []link{{w.Add, f.at + childAt + "/milestones/add"}}
	}
	return f.bookPage(f.p.words.Book.Milestones, s)
}

func (f *folder) milestoneQuestion() *question {
	w := f.p.words.Book.First
	which := []option{{"", w.Choose}}
	for _, id := range book.Milestones {
		which = append(which, option{id, w.Names[id]})
	}
	teeth := []option{{"", w.NoTooth}}
	for _, id := range book.Teeth {
		teeth = append(teeth, option{id, f.toothText(id)})
	}
	q := f.addQuestion(w.Add, []string{w.Shown}, &field{ID: "which", Label: w.Which, Options: which}, &field{ID: "said", Label: w.Said, Hint: w.SaidHint},
		&field{ID: "tooth", Label: w.Tooth, Options: teeth}, f.dateField("day", w.Day, w.DayHint), &field{ID: "file", Label: w.File, Hint: w.FileHint, Type: "file"})
	q.form.Upload, q.form.Cancel = true, f.at+childAt+"/milestones"
	return q
}

// toothText is what a tooth is called: which one, up or down, and on which side of
// the child.
func (f *folder) toothText(id string) string {
	w := f.p.words.Book.First
	return w.Quarters[id[:1]] + ", " + w.Teeth[id[1:]]
}

// addMilestone asks for one.
func addMilestone(f *folder) error { return f.ask(f.milestoneQuestion()) }

// aboutDay is a day, or a month or a year where no more is known; empty is today.
func (f *folder) aboutDay(q *question, born string) (day string, ok bool) {
	w := f.p.words.Book.First
	now := f.p.cfg.Now().In(f.p.cfg.Zone)
	d, m, y := f.typed("day"), f.typed("daymonth"), f.typed("dayyear")
	form := time.DateOnly
	switch {
	case d+m+y == "":
		return now.Format(time.DateOnly), true
	case d == "" && m == "":
		form, d, m = "2006", "1", "1"
	case d == "":
		form, d = "2006-01", "1"
	}
	at, _, ok := readDay(d, m, y, f.p.cfg.Zone)
	switch {
	case !ok:
		q.form.wrong("day", w.BadDay)
	case at.After(now):
		q.form.wrong("day", f.p.words.Add.Future)
	case born != "" && at.Format(form) < born[:len(form)]:
		q.form.wrong("day", f.p.words.Book.Write.BeforeBirth)
	default:
		return at.Format(form), true
	}
	return "", false
}

// addMilestoneFinish adds one, with its photo: both or neither.
func addMilestoneFinish(f *folder) error {
	w := f.p.words.Book.First
	data, err := f.upload(f.p.words.Add.LargeFile, w.OtherFile)
	q := f.milestoneQuestion()
	kind, _ := sniffed(data)
	if err != nil {
		q.form.wrong("file", f.p.sentence(err))
	} else if len(data) > 0 && !strings.HasPrefix(kind, "image/") {
		q.form.wrong("file", w.OtherFile)
	}
	of, err := f.child()
	if err != nil {
		return err
	}
	m := book.Milestone{ID: f.typed("which"), Said: f.typed("said"), Tooth: f.typed("tooth")}
	m.Name = w.Names[m.ID]
	switch {
	case m.Name == "":
		q.form.wrong("which", w.NoWhich)
	case m.ID == "own" && m.Said == "":
		q.form.wrong("said", w.NoSaid)
	case len([]rune(m.Said)) > 200:
		q.form.wrong("said", w.LongSaid)
	case m.Tooth != "" && (m.ID != "tooth" || !book.IsTooth(m.Tooth)):
		q.form.wrong("tooth", w.OnlyTooth)
	case m.Tooth != "":
		m.ToothName = f.toothText(m.Tooth)
	}
	day, ok := f.aboutDay(q, of.born)
	if !ok || q.form.Problems() {
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	m.Day = day
	var all []book.Placed
	if len(data) > 0 {
		m.Photo = "urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-000000000301" // within this call only
		photo := f.document(f.p.cfg.Now().In(f.p.cfg.Zone).Format(time.RFC3339), w.Photo, m.Name, kind, withoutPlace(data))
		photo["resourceType"], photo["subject"] = "DocumentReference", f.subjectRef()
		all = append(all, book.Placed{Place: m.Photo, Body: photo})
	}
	entry := m.Entry(w.Code)
	entry["subject"], entry["performer"] = f.subjectRef(), []any{ref(f.author())}
	all = append(all, book.Placed{Body: entry})
	if _, err := f.writeAll(all, f.formKey()); err != nil {
		return err
	}
	return f.doneThen(entryAdded, f.at+childAt+"/milestones")
}
