package portal

import (
	"fmt"
	"net/http"
	"time"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/growing"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// parentsAt is where the heights of the parents are typed.
const parentsAt = growthAt + "/parents"

// parentCodes are LOINC's codes for the height of a parent, in the record of the child
// (docs/decisions/0064).
var parentCodes = [...]struct{ id, code, display string }{
	{"mother", "83846-6", "Mother's body height"},
	{"father", "83845-8", "Father's body height"},
}

func (f *folder) parentsQuestion() *question {
	w := f.p.words.Growth
	form := f.newForm(w.ParentsButton, &field{ID: "mother", Label: w.Mother, Hint: w.ParentHint}, &field{ID: "father", Label: w.Father, Hint: w.ParentHint})
	form.Cancel = f.at + growthAt + "?of=height"
	form.Hidden = append(form.Hidden, [2]string{"key", f.formKey()})
	return &question{title: w.ParentsTitle, text: []string{w.ParentsText, f.p.words.Add.ShownFor}, form: form}
}

// askParents asks how tall the parents are.
func askParents(f *folder) error { return f.ask(f.parentsQuestion()) }

// askParentsFinish keeps the heights that were typed: an Observation for each, in the
// record of the child. The newest counts.
func askParentsFinish(f *folder) error {
	q, w := f.parentsQuestion(), f.p.words.Growth
	var entries []map[string]any
	for _, p := range parentCodes {
		typed := f.typed(p.id)
		if typed == "" {
			continue
		}
		a, wrong := growing.Typed(growth.Height, typed)
		if wrong != growing.Right || a.In < growing.LeastTall || a.In > growing.MostTall {
			q.form.wrong(p.id, w.BadParent)
			continue
		}
		entries = append(entries, map[string]any{
			"resourceType": "Observation", "status": "final", "subject": f.subjectRef(), "effectiveDateTime": f.p.cfg.Now().In(f.p.cfg.Zone).Format(time.RFC3339),
			"performer": f.sayer(), "code": map[string]any{"coding": []any{coding(loinc, p.code, p.display)}, "text": p.display}, "valueQuantity": quantityOf(a),
		})
	}
	if len(entries) == 0 && !q.form.Problems() {
		q.form.wrong("mother", w.OneParent)
	}
	if q.form.Problems() {
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	if err := f.keepParents(entries); err != nil {
		return err
	}
	return f.doneThen(parentsSaved, f.at+growthAt+"?of=height")
}

// sayer is who says so: staff with their organisation, or a person.
func (f *folder) sayer() []any {
	if f.care() {
		return []any{f.me(), f.ours()}
	}
	return []any{map[string]string{"reference": f.author()}}
}

// keepParents writes the entries, once for each form, and who wrote them where staff do.
func (f *folder) keepParents(entries []map[string]any) error {
	bound := access.OneType("Observation", access.Looking|access.Create)
	if f.care() {
		bound = bound.Or(access.OneType("Provenance", access.Looking|access.Create))
	}
	s, err := f.open(bound)
	if err != nil {
		return f.orNobody(err)
	}
	writer, ok := s.(transactor)
	if !ok {
		return problem.New(problem.Unavailable, "")
	}
	var ops []record.Op
	add := func(typ string, e map[string]any, place string) error {
		key := formPart(f.formKey(), len(ops))
		e["meta"] = tagged(key)
		t, err := f.valid(e)
		if err != nil {
			return err
		}
		once, err := f.unsent(s, typ, key)
		ops = append(ops, record.Op{Method: record.Post, Key: record.Key{Type: typ}, If: once, Body: t, FullURL: place})
		return err
	}
	for i, e := range entries {
		place := fmt.Sprintf("urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-%012d", i) // within this call only
		if err := add("Observation", e, place); err != nil {
			return err
		}
		if !f.care() {
			continue
		}
		if err := add("Provenance", f.provenance(place, "CREATE"), ""); err != nil {
			return err
		}
	}
	_, err = writer.Transact(f.r.Context(), ops)
	return err
}

// formPart names one of several entries that a form makes.
func formPart(key string, i int) string { return fmt.Sprintf("%s-%d", key, i) }
