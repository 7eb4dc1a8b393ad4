package portal

import (
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"unicode/utf8"
)

// writtenTypes are the types of what staff write on these pages.
var writtenTypes = []string{"DocumentReference", "Condition", "Observation", "Immunization", "ServiceRequest", "Communication"}

// entryNamed reads the entry in the address.
func (f *folder) entryNamed() (one record.Resource, t *fhir.Tree, err error) {
	k := record.Key{Type: f.r.PathValue("type"), ID: f.r.PathValue("id")}
	if !slices.Contains(writtenTypes, k.Type) {
		return one, nil, problem.New(problem.NotFound, f.p.words.Problem.NotHere)
	}
	if one, err = f.Read(f.r.Context(), k, 0); err != nil {
		return one, nil, f.notThere(err)
	}
	t, err = fhir.Parse(one.Body, fhir.DefaultLimits)
	if err != nil {
		return one, nil, problem.Wrap(problem.Internal, "", err)
	}
	return one, t, nil
}

// writtenEntry shows all that an entry says, and the way to mark it as a mistake.
func writtenEntry(f *folder) error {
	_, t, err := f.entryNamed()
	if err != nil {
		return err
	}
	w := f.p.words.Clinic.Write
	e := f.entry(t)
	facts := []fact{{f.p.words.Record.Entry, f.entryOf(t).Title}, {f.p.words.Record.When, e.Date}, {f.p.words.Record.By, e.By}}
	for _, row := range e.Rows {
		facts = append(facts, fact{row.Label, row.Value})
	}
	links := []link{{w.Back, f.at}}
	if !e.Wrong {
		links = append(links, link{w.Mark, f.at + "/mistake/" + t.Root().Get("resourceType").Str() + "/" + t.Root().Get("id").Str()})
	}
	return f.showSheet(&sheet{title: w.EntryTitle, facts: facts, links: links})
}

func (f *folder) mistakeQuestion(one record.Resource, t *fhir.Tree) *question {
	w := f.p.words.Clinic.Write
	q := f.newForm(w.MarkButton, &field{ID: "why", Label: w.MarkWhy, Hint: w.MarkWhyHint, Lines: 3})
	version := f.typed("version")
	if version == "" {
		version = versionText(one.Version)
	}
	q.Hidden = [][2]string{{"version", version}}
	q.Danger, q.Cancel = true, f.at+"/written/"+one.Type+"/"+one.ID
	return &question{title: w.MarkTitle, shown: []string{f.entryOf(t).Title}, text: []string{w.MarkText}, form: q}
}

// mistake asks why an entry is wrong.
func mistake(f *folder) error {
	one, t, err := f.entryNamed()
	if err != nil {
		return err
	}
	return f.ask(f.mistakeQuestion(one, t))
}

// mistakeFinish marks it: the version that was seen, with a Provenance that says
// who did it and why. The older version stays in the history.
func mistakeFinish(f *folder) error {
	one, t, err := f.entryNamed()
	if err != nil {
		return err
	}
	w, q := f.p.words.Clinic.Write, f.mistakeQuestion(one, t)
	why, ok := f.line("why", 1_000)
	if !ok || utf8.RuneCountInString(why) < 10 {
		q.form.wrong("why", w.MarkWhyHint+".")
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	at := f.at + "/written/" + one.Type + "/" + one.ID
	put, err := correction.AsMistake(one)
	if err != nil {
		return err
	}
	if put == nil { // it says so already: a form that was sent twice
		return f.doneThen(entryMarked, at)
	}
	if f.typed("version") != versionText(one.Version) {
		q.form.Hidden = [][2]string{{"version", versionText(one.Version)}}
		q.form.wrong("", w.MarkStale)
		return f.asked(http.StatusConflict, q)
	}
	p := f.provenance(one.Key.String()+"/_history/"+versionText(one.Version+1), "UPDATE")
	p["entity"] = []any{map[string]any{"role": "revision", "what": ref(one.Key.String() + "/_history/" + versionText(one.Version))}}
	p["reason"] = []any{coded("", "", why)}
	pt, err := f.valid(p)
	if err != nil {
		return err
	}
	s, err := f.open(access.OneType(one.Type, access.Read|access.Update).Or(access.OneType("Provenance", access.Create)))
	if err != nil {
		return f.orNobody(err)
	}
	writer, ok := s.(transactor)
	if !ok {
		return problem.New(problem.Unavailable, "")
	}
	_, err = writer.Transact(f.r.Context(), []record.Op{{Method: record.Put, Key: one.Key, IfMatch: one.Version, Body: put},
		{Method: record.Post, Key: record.Key{Type: "Provenance"}, Body: pt}})
	if problem.Is(err, problem.PreconditionFailed) {
		q.form.wrong("", w.MarkStale)
		return f.asked(http.StatusConflict, q)
	}
	if err != nil {
		return err
	}
	return f.doneThen(entryMarked, at)
}
