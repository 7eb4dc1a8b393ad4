package portal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// entryForm is one kind of entry that staff write: a form, a page on which it is
// checked, and the resource that it becomes.
type entryForm struct {
	at, key string // the last part of its address, and its letter
	typ     string
	text    func(v *visit) (action, title string)
	fields  func(f *folder) []*field
	read    func(f *folder) draft
}

// draft is what was typed, as a resource. Where it can not be one, at is the field
// and wrong what to do.
type draft struct {
	body      map[string]any
	facts     []fact
	warnings  []string
	at, wrong string
	err       error // what keeps it from being read at all
	// many are several resources instead of one body, written together; back is
	// where one goes on to then.
	many []book.Placed
	back string
}

// bad says that a field has to be mended.
func bad(at, wrong string) draft { return draft{at: at, wrong: wrong} }

// entryForms are the kinds, in the order of the list of actions.
func entryForms() []entryForm {
	return []entryForm{noteForm, problemForm, measureForm, vaccineForm, referralForm, recallForm}
}

// entryRoutes are the pages of one kind.
func entryRoutes() (out []route) {
	for _, e := range entryForms() {
		at := peopleAt + "/{person}/add/" + e.at
		out = append(out, route{"GET " + at, ofCare(func(f *folder) error { return f.askEntry(e, http.StatusOK, "", "") })},
			route{"POST " + at, ofCare(func(f *folder) error { return f.sendEntry(e) })})
	}
	return out
}

// askEntry shows the form.
func (f *folder) askEntry(e entryForm, status int, at, wrong string) error {
	t, err := f.person()
	if err != nil {
		return f.orNobody(err)
	}
	_, title := e.text(f.visit)
	q := f.newForm(f.p.words.Clinic.Write.CheckTitle, e.fields(f)...)
	q.Hidden, q.Cancel = f.formHidden(), f.at
	if wrong != "" {
		q.wrong(at, wrong)
	}
	return f.asked(status, &question{title: title, shown: []string{newSomeone(t, f.p.words.Choosing, f.p.cfg.Zone).Text}, form: q})
}

// orNobody is how a page answers for somebody whose Patient can not be read.
func (f *folder) orNobody(err error) error {
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) || problem.Is(err, problem.Forbidden) {
		return f.nobodyHere()
	}
	return err
}

// formHidden names the form.
func (f *folder) formHidden() [][2]string {
	return [][2]string{{"key", f.formKey()}}
}

// sendEntry checks what was typed, shows it to be looked at again, and saves it.
func (f *folder) sendEntry(e entryForm) error {
	d := e.read(f)
	if d.err != nil {
		return d.err
	}
	switch step := f.typed("step"); {
	case step == "change":
		return f.askEntry(e, http.StatusOK, "", "")
	case d.wrong != "":
		return f.askEntry(e, http.StatusUnprocessableEntity, d.at, d.wrong)
	case step != "save" || !formKey.MatchString(f.typed("key")):
		return f.checkEntry(e, d)
	}
	if d.many != nil {
		return f.saveMany(d)
	}
	return f.saveEntry(e.typ, d)
}

// checkPage is what was typed, before it is saved.
type checkPage struct {
	Person   string
	Facts    []fact
	Warnings []string
	At, Back string
	Hidden   [][2]string
}

func (f *folder) checkEntry(e entryForm, d draft) error {
	t, err := f.person()
	if err != nil {
		return f.orNobody(err)
	}
	body := checkPage{Person: newSomeone(t, f.p.words.Choosing, f.p.cfg.Zone).Text, Facts: d.facts, Warnings: d.warnings, At: f.r.URL.Path, Back: f.at, Hidden: f.formHidden()}
	body.Facts = append(body.Facts, fact{f.p.words.Clinic.Write.ByWho, f.actingAs(f.work.acting)})
	for _, q := range e.fields(f) {
		ids := []string{q.ID}
		if q.Date != nil {
			ids = append(ids, q.ID+"month", q.ID+"year")
		}
		for _, id := range ids {
			if said := f.r.PostForm.Get(id); said != "" {
				body.Hidden = append(body.Hidden, [2]string{id, said})
			}
		}
	}
	return f.show(http.StatusOK, "carecheck", f.p.words.Clinic.Write.CheckTitle, body)
}

// saveEntry writes the entry and who wrote it, once for each form.
func (f *folder) saveEntry(typ string, d draft) error {
	key := f.typed("key")
	d.body["resourceType"] = typ
	d.body["meta"] = tagged(key)
	t, err := f.valid(d.body)
	if err != nil {
		return err
	}
	const place = "urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-000000000000" // within this call only
	told := f.provenance(place, "CREATE")
	told["meta"] = tagged(key)
	p, err := f.valid(told)
	if err != nil {
		return err
	}
	w, err := f.open(access.OneType(typ, access.Create|access.Search|access.Read).Or(access.OneType("Provenance", access.Create|access.Search|access.Read)))
	if err != nil {
		return f.orNobody(err)
	}
	writer, ok := w.(transactor)
	if !ok {
		return problem.New(problem.Unavailable, "")
	}
	once, err := f.unsent(w, typ, key)
	if err != nil {
		return err
	}
	alone, err := f.unsent(w, "Provenance", key)
	if err != nil {
		return err
	}
	out, err := writer.Transact(f.r.Context(), []record.Op{
		{Method: record.Post, Key: record.Key{Type: typ}, If: once, Body: t, FullURL: place},
		{Method: record.Post, Key: record.Key{Type: "Provenance"}, If: alone, Body: p},
	})
	if err != nil {
		return err
	}
	news := entrySaved
	if !out[0].Created && !sameEntry(out[0].Resource.Body, t.Bytes()) {
		news = entrySavedBefore
	}
	return f.doneThen(news, f.at+"/written/"+typ+"/"+out[0].Resource.ID)
}

// provenance says who wrote an entry, when and for which organisation. It names
// the person besides, so that it lies in their record.
func (f *folder) provenance(target, what string) map[string]any {
	me := map[string]any{"who": f.me(), "onBehalfOf": f.ours()}
	return map[string]any{"resourceType": "Provenance", "target": []any{ref(target), ref("Patient/" + f.patient)}, "recorded": f.p.cfg.Now().UTC().Format(time.RFC3339),
		"activity": coded("http://terminology.hl7.org/CodeSystem/v3-DataOperation", what, ""), "agent": []any{me}}
}

// me is whoever writes, and ours the organisation for which they do.
func (f *folder) me() map[string]string {
	return map[string]string{"reference": f.who.User, "display": f.work.acting.Name}
}

func (f *folder) ours() map[string]string {
	return map[string]string{"reference": "Organization/" + f.who.Organisation, "display": f.work.acting.Organisation.Name}
}

func ref(to string) map[string]string { return map[string]string{"reference": to} }

func (f *folder) subjectRef() map[string]string { return ref("Patient/" + f.patient) }

func (f *folder) today() string { return f.p.cfg.Now().In(f.p.cfg.Zone).Format(time.DateOnly) }

// coded is a CodeableConcept.
func coded(system, code, text string) map[string]any {
	out := map[string]any{}
	if code != "" {
		out["coding"] = []any{map[string]string{"system": system, "code": code}}
	}
	if text != "" {
		out["text"] = text
	}
	return out
}

// valid is a resource, which has to be valid R4.
func (f *folder) valid(body map[string]any) (*fhir.Tree, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	t, err := fhir.Parse(b, fhir.DefaultLimits)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	for _, is := range validate.Resource(t, validate.Options{}) {
		if is.Severity == validate.Error {
			return nil, problem.Wrap(problem.Internal, "", &invalid{is.Message})
		}
	}
	return t, nil
}

// invalid is a form that made what is no resource: a mistake of ours.
type invalid struct{ message string }

func (e *invalid) Error() string { return "portal: a form made no valid resource: " + e.message }

// moments are the elements that say when something was written down, which is no
// part of what it says.
var moments = []string{"id", "meta", "recordedDate", "recorded", "issued", "date", "authoredOn"}

// sameEntry says whether two resources say the same, but for when they were
// written down.
func sameEntry(a, b []byte) bool {
	plain := func(src []byte) []byte {
		var m map[string]any
		d := json.NewDecoder(bytes.NewReader(src))
		d.UseNumber()
		if d.Decode(&m) != nil {
			return nil
		}
		for _, name := range moments {
			delete(m, name)
		}
		if at, ok := m["effectiveDateTime"].(string); ok {
			m["effectiveDateTime"] = at[:min(len(at), len(time.DateOnly))]
		}
		out, _ := json.Marshal(m) // what was decoded can be written
		return out
	}
	x := plain(a)
	return x != nil && bytes.Equal(x, plain(b))
}

// line reads a text of at most so many letters, on one line or on many.
func (v *visit) line(id string, most int) (string, bool) {
	s := v.typed(id)
	return s, utf8.RuneCountInString(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' })
}

// dayTyped reads a day that lies not in the future; empty is today.
func (f *folder) dayTyped(id string) (day string, wrong string) {
	w := f.p.words.Clinic.Write
	at, empty, ok := f.typedDay(id)
	switch {
	case empty:
		return "", ""
	case !ok:
		return "", w.BadDay
	case at.After(f.p.cfg.Now()):
		return "", w.Late
	}
	return at.Format(time.DateOnly), ""
}

// saidDay is a day as people write it.
func (f *folder) saidDay(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return f.p.words.Clinic.Write.NotSaid
	}
	return at.Format("2 January 2006")
}

// orNotSaid is what was typed, or that it was not.
func (f *folder) orNotSaid(s string) string {
	if s == "" {
		return f.p.words.Clinic.Write.NotSaid
	}
	return s
}

// picked is the text of an option, and whether there is one with the value.
func picked(options []option, value string) (string, bool) {
	i := slices.IndexFunc(options, func(o option) bool { return o.Value == value })
	if i < 0 {
		return "", false
	}
	return options[i].Text, true
}
