package portal

import (
	"net/http"
	"strconv"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// saveMany writes the entries of one form together, and who wrote them, once for
// each form: all of them or none.
func (f *folder) saveMany(d draft) error {
	told := f.provenance("", "CREATE")
	targets := []any{ref("Patient/" + f.patient)}
	for i := range d.many {
		if d.many[i].Place == "" {
			d.many[i].Place = "urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-0000000002" + strconv.Itoa(10+i) // within this call only
		}
		targets = append(targets, ref(d.many[i].Place))
	}
	told["target"] = targets
	all := append(d.many, book.Placed{Body: told})
	created, err := f.writeAll(all, f.typed("key"))
	if err != nil {
		return err
	}
	news := entrySaved
	if !created {
		news = entrySavedBefore
	}
	return f.doneThen(news, d.back)
}

// writeAll writes resources in one step, each once for the form with that key; it
// tells whether that was now. What a resource's tags say stays.
func (f *folder) writeAll(all []book.Placed, key string) (created bool, err error) {
	rights := access.Rights{}
	for _, one := range all {
		typ, _ := one.Body["resourceType"].(string)
		rights = rights.Or(access.OneType(typ, access.Create|access.Search|access.Read))
	}
	s, err := f.open(rights)
	if err != nil {
		return false, f.orNobody(err)
	}
	w, ok := s.(transactor)
	if !ok {
		return false, problem.New(problem.Unavailable, "")
	}
	var ops []record.Op
	for i, one := range all {
		typ, _ := one.Body["resourceType"].(string)
		mark := key + "-" + strconv.Itoa(i)
		meta, _ := one.Body["meta"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
		}
		tags, _ := meta["tag"].([]any)
		meta["tag"] = append(tags, map[string]string{"system": formSystem, "code": mark})
		one.Body["meta"] = meta
		body, err := f.valid(one.Body)
		if err != nil {
			return false, err
		}
		once, err := f.unsent(s, typ, mark)
		if err != nil {
			return false, err
		}
		ops = append(ops, record.Op{Method: record.Post, Key: record.Key{Type: typ}, If: once, Body: body, FullURL: one.Place})
	}
	out, err := w.Transact(f.r.Context(), ops)
	if err != nil {
		return false, err
	}
	return out[0].Created, nil
}

// bookTagged is the meta of what the book finds again by a tag.
func bookTagged(code string) map[string]any {
	return map[string]any{"tag": []any{map[string]string{"system": book.Own, "code": code}}}
}

// mayAsk puts a form on a page for whoever may send it, and gives the status of the
// page.
func (f *folder) mayAsk(may bool, q *form) int {
	f.form = nil
	if !may {
		return http.StatusOK
	}
	f.form = q
	if q.Problems() {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
