package portal

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange/plain"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

const recordAt = "/record"

// ownRecord makes sure that somebody may read their own record: a passkey, proof
// of who they are, and a record. ok is false where they were sent to mend
// something first.
func (v *visit) ownRecord() (patient string, ok bool, err error) {
	now := v.p.cfg.Now()
	switch n := account.Export.Lacks(v.s.Standing, now, now); n {
	case account.NeedNothing:
		return recordID(v.s.Record), true, nil
	case account.NeedPasskey:
		return "", false, v.goOn(withNext("/check", recordAt))
	default:
		return "", false, n.Problem()
	}
}

// ownWho is somebody as themself, about their own record.
func (v *visit) ownWho(patient string) access.Who {
	return subject{role: access.RoleSelf}.who(v.s.Account, patient, access.AllTypes(access.AllVerbs))
}

// openOwn opens a session about the record of whoever is signed in.
func (v *visit) openOwn() (r Records, ok bool, err error) {
	patient, ok, err := v.ownRecord()
	if err != nil || !ok {
		return nil, false, err
	}
	r, err = v.p.cfg.Open(v.r.Context(), v.ownWho(patient), patient, access.Own)
	return r, err == nil, err
}

// plainWords are the words between what a resource says.
func plainWords(w *words.Words) plain.Words {
	return plain.Words{Yes: w.Record.Yes, No: w.Record.No, Unknown: w.Record.Unknown, From: w.Record.From, Until: w.Record.Until, File: w.Record.File, Labels: w.Record.Labels}
}

// entryOf is an entry in words. One that was marked as wrong says so in its
// title.
func (v *visit) entryOf(t *fhir.Tree) plain.Entry {
	e := plain.Reader{W: plainWords(v.p.words)}.Entry(t)
	if e.Wrong {
		e.Title += " (" + v.p.words.Takeaway.WrongMark + ")"
	}
	return e
}

// Bounds of the list of what there is.
const (
	mostListed = 5    // pages
	listedPage = 1000 // resources
)

// myRecord lists what kinds of data there are about somebody.
func myRecord(v *visit) error {
	r, ok, err := v.openOwn()
	if err != nil || !ok {
		return err
	}
	counts, more, err := countKinds(v.r.Context(), r, v.p.cfg.Now().UnixMicro())
	if err != nil {
		return err
	}
	w := v.p.words.Record
	t := table{Caption: w.Title, None: w.None, Heads: []string{w.Kind, w.Count}}
	kinds := make([]string, 0, len(counts))
	for typ := range counts {
		kinds = append(kinds, typ)
	}
	slices.SortFunc(kinds, func(a, b string) int { return compare(v.p.words.Kinds[a], v.p.words.Kinds[b]) })
	for _, typ := range kinds {
		t.Rows = append(t.Rows, []cell{{Text: v.p.words.Kinds[typ], Href: recordAt + "/" + typ}, text(strconv.Itoa(counts[typ]))})
	}
	says := []string{w.What}
	if more {
		says = append(says, w.More)
	}
	return v.showSheet(&sheet{title: w.Title, text: says, tables: []table{t}, links: []link{
		{v.p.words.SeenAs.Link, seenAsAt}, {w.Download, downloadAt}, {w.Corrections, correctionsAt}, {w.Erase, eraseAt},
	}})
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// countKinds counts what there is by type, and says whether there is more than
// was counted. It is one question, so that it is one entry of the access log.
func countKinds(ctx context.Context, r Records, now int64) (counts map[string]int, more bool, err error) {
	q, err := search.Parse(r.Registry(), aboutSomebody(), nil, []search.Pair{{Name: "_count", Value: strconv.Itoa(listedPage)}}, search.Options{Strict: true, Now: now, MaxCount: listedPage})
	if err != nil {
		return nil, false, err
	}
	counts = map[string]int{}
	cursor := ""
	for range mostListed {
		page, err := r.Search(ctx, q, cursor)
		if err != nil {
			return nil, false, err
		}
		for _, one := range page.Items {
			counts[one.Type]++
		}
		if cursor = page.Next; cursor == "" {
			return counts, false, nil
		}
	}
	return counts, true, nil
}

// kindNamed is the type in the address of the page.
func (v *visit) kindNamed() (string, error) {
	typ := v.r.PathValue("type")
	if !slices.Contains(aboutSomebody(), typ) {
		return "", problem.New(problem.NotFound, v.p.words.Problem.NotHere)
	}
	return typ, nil
}

// myKind lists what there is of one kind, the newest changes first.
func myKind(v *visit) error {
	typ, err := v.kindNamed()
	if err != nil {
		return err
	}
	r, ok, err := v.openOwn()
	if err != nil || !ok {
		return err
	}
	q, err := search.Parse(r.Registry(), []string{typ}, nil, []search.Pair{{Name: "_sort", Value: "-_lastUpdated"}, {Name: "_count", Value: strconv.Itoa(perPage)}},
		search.Options{Strict: true, Now: v.p.cfg.Now().UnixMicro()})
	if err != nil {
		return err
	}
	found, err := r.Search(v.r.Context(), q, v.after())
	if err != nil {
		return err
	}
	w := v.p.words.Record
	t := table{Caption: v.p.words.Kinds[typ], None: w.KindNone, Heads: []string{w.Entry, w.When, w.By}}
	for _, one := range found.Items {
		tree, err := fhir.Parse(one.Body, fhir.Limits{Bytes: len(one.Body), Nodes: 64 << 20})
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		e := v.entryOf(tree)
		t.Rows = append(t.Rows, []cell{{Text: e.Title, Href: recordAt + "/" + typ + "/" + one.ID, About: e.Date}, text(e.Date), text(e.By)})
	}
	if found.Next != "" {
		t.More = v.more(found.Next)
	}
	return v.showSheet(&sheet{title: v.p.words.Kinds[typ], text: []string{w.KindText}, tables: []table{t}, links: []link{{w.Back, recordAt}}})
}

// myEntry shows all that one entry says, and the way to say that it is wrong.
func myEntry(v *visit) error {
	typ, err := v.kindNamed()
	if err != nil {
		return err
	}
	r, ok, err := v.openOwn()
	if err != nil || !ok {
		return err
	}
	tree, err := read(v.r.Context(), r, typ, v.r.PathValue("id"))
	if err != nil {
		return v.notThere(err)
	}
	w := v.p.words.Record
	e := plain.Reader{W: plainWords(v.p.words)}.Entry(tree)
	body := struct {
		Wrong           bool
		Facts           []fact
		WrongAt, BackAt string
		Back, WhoAt     string
		Links           []link
	}{Wrong: e.Wrong, Facts: []fact{{w.Entry, e.Title}, {w.When, e.Date}, {w.By, e.By}},
		WrongAt: recordAt + "/" + typ + "/" + e.ID + "/wrong", BackAt: recordAt + "/" + typ, Back: v.p.words.Kinds[typ],
		WhoAt: recordAt + "/" + typ + "/" + e.ID + "/who"}
	for _, row := range e.Rows {
		body.Facts = append(body.Facts, fact{row.Label, row.Value})
	}
	if body.Links, err = v.entryLinks(record.Key{Type: typ, ID: e.ID}); err != nil {
		return err
	}
	body.Links = append(body.Links, v.readAbout(tree)...)
	return v.show(http.StatusOK, "entry", w.EntryTitle, body)
}

// notThere says in the words of pages that there is no such entry, or that it may
// not be seen: which of the two is not told.
func (v *visit) notThere(err error) error {
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return problem.Wrap(problem.NotFound, v.p.words.Problem.NotHere, err)
	}
	return err
}
