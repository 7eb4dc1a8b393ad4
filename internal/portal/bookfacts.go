package portal

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/child/book"
)

// factParts are the parts that staff write, each on a form of its own.
var factParts = append([]string{"birth"}, screeningParts...)

// factRoutes are those forms.
func factRoutes() (out []route) {
	for _, part := range factParts {
		e := factForm(part)
		at := peopleAt + "/{person}" + childAt + "/write/" + part
		out = append(out, route{"GET " + at, ofCare(func(f *folder) error { return f.askEntry(e, 200, "", "") })},
			route{"POST " + at, ofCare(func(f *folder) error { return f.sendEntry(e) })})
	}
	return out
}

// factForm is the form of one part: a field for each fact, and what is left empty
// is not written.
func factForm(part string) entryForm {
	return entryForm{typ: "Observation",
		text:   func(v *visit) (string, string) { t := v.p.words.Book.Write.Titles[part]; return t, t },
		fields: func(f *folder) []*field { return f.factFields(part) },
		read:   func(f *folder) draft { return f.readFacts(part) },
	}
}

func (f *folder) factFields(part string) (all []*field) {
	w := f.p.words.Book
	for _, one := range book.Published().Part(part).Facts {
		if one.ReadOnly {
			continue
		}
		q := &field{ID: one.ID, Label: w.Facts[one.ID], Auto: "off"}
		switch one.Kind {
		case book.Choice:
			q.Options = []option{{"", w.Write.NotSaid}}
			for _, a := range one.Set() {
				q.Options = append(q.Options, option{a.ID, w.Answers[a.ID]})
			}
		case book.Gestation:
			q.Hint = w.Write.GestationHint
		case book.Score:
			q.Hint, q.Mode = w.Write.ScoreHint, "numeric"
		default:
			q.Label += " (" + w.Units[one.Unit] + ")"
			q.Hint, q.Mode = w.Write.NumberHint, "decimal"
		}
		all = append(all, q)
	}
	if part != "birth" {
		all = append(all, f.dateField("when", w.Write.When, w.Write.WhenHint))
	}
	return all
}

// factDay is the day that the facts of a form are of.
func (f *folder) factDay(part string, of theirs) (day, at, wrong string) {
	w := f.p.words.Book.Write
	if part == "birth" {
		if of.born == "" {
			return "", "", w.NoBirth
		}
		return of.born, "", ""
	}
	day, wrong = f.dayTyped("when")
	if wrong != "" {
		return "", "when", wrong
	}
	if day == "" {
		day = f.today()
	}
	age, dated := book.AgeAt(of.born, day)
	switch {
	case !dated && (part == "newborn-exam" || part == "weeks-exam"):
		return "", "", w.NoBirth
	case dated && age < 0:
		return "", "when", w.BeforeBirth
	case part == "newborn-exam" && age >= firstWeeks:
		return "", "when", w.TooOld
	case part == "weeks-exam" && age < firstWeeks:
		return "", "when", w.TooYoung
	}
	return day, "", ""
}

// firstWeeks is up to which age, in days, a check is that of the newborn: as the
// facts have it.
const firstWeeks = 28

var weeksTyped = regexp.MustCompile(`^(2[2-9]|3[0-9]|4[0-4])(?:\+([0-6]))?$`)

// readFact reads one field; ok is false where nothing was typed.
func (f *folder) readFact(one *book.Fact) (said book.Said, ok bool, wrong string) {
	w := f.p.words.Book
	typed := strings.TrimSpace(f.typed(one.ID))
	said = book.Said{Fact: one, Label: w.Facts[one.ID]}
	if typed == "" {
		return said, false, ""
	}
	switch one.Kind {
	case book.Choice:
		for _, a := range one.Set() {
			if a.ID == typed {
				said.Answer, said.Text = a.ID, w.Answers[a.ID]
				return said, true, ""
			}
		}
		return said, false, w.Write.BadAnswer
	case book.Gestation:
		m := weeksTyped.FindStringSubmatch(strings.ReplaceAll(typed, " ", ""))
		if m == nil {
			return said, false, w.Write.BadGestation
		}
		weeks, _ := strconv.Atoi(m[1])
		days, _ := strconv.Atoi(m[2]) // none is 0
		said.Number, said.Text = json.Number(strconv.Itoa(7*weeks+days)), f.weeksText(7*weeks+days)
		return said, true, ""
	case book.Score:
		n, err := strconv.Atoi(typed)
		if err != nil || typed != strconv.Itoa(n) || float64(n) < one.Low || float64(n) > one.High {
			return said, false, w.Write.BadScore
		}
		said.Number, said.Text = json.Number(typed), typed
		return said, true, ""
	}
	typed = strings.Replace(typed, ",", ".", 1)
	n, err := strconv.ParseFloat(typed, 64)
	if !typedNumber.MatchString(typed) || err != nil || n < one.Low || n > one.High {
		return said, false, w.Write.BadNumber
	}
	said.Number, said.Text = json.Number(typed), typed+" "+w.Units[one.Unit]
	return said, true, ""
}

// readFacts makes an Observation of each fact that was typed.
func (f *folder) readFacts(part string) draft {
	w := f.p.words.Book
	of, err := f.child()
	if err != nil {
		return bad("", f.p.sentence(err))
	}
	var d draft
	for _, one := range book.Published().Part(part).Facts {
		if one.ReadOnly {
			continue
		}
		said, ok, wrong := f.readFact(one)
		if wrong != "" {
			return bad(one.ID, wrong)
		}
		if ok {
			d.many = append(d.many, book.Placed{Body: said.Entry()})
			d.facts = append(d.facts, fact{said.Label, said.Text})
		}
	}
	day, at, wrong := f.factDay(part, of)
	switch {
	case wrong != "":
		return bad(at, wrong)
	case d.many == nil:
		return bad("", w.Write.Nothing)
	}
	for _, one := range d.many {
		one.Body["subject"], one.Body["effectiveDateTime"], one.Body["performer"] = f.subjectRef(), day, []any{f.me(), f.ours()}
	}
	d.facts = append(d.facts, fact{w.When, f.saidDay(day)})
	d.back = f.at + childAt + "/screening"
	if part == "birth" {
		d.back = f.at + childAt + "/birth"
	}
	return d
}
