package talk

import (
	"context"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Bounds of what is read of one person.
const (
	MostNotes = 50 // the last ones that were written
	mostTies  = 200
	mostTeams = 20
)

// bound is all that the room does in a record.
func bound() (all access.Rights) {
	for _, t := range []string{"CareTeam", "Communication", "EpisodeOfCare", "Patient", "Provenance"} {
		all = all.Or(access.OneType(t, access.Read|access.Search))
	}
	return all
}

// Notes asks a record for its notes, those that were written last first.
func Notes(reg *search.Registry) (search.Query, error) {
	return query(reg, MostNotes, []string{"Communication"}, search.Pair{Name: "_tag", Value: book.Own + "|" + book.NoteTag}, search.Pair{Name: "_sort", Value: "-_lastUpdated"})
}

// ByStaff asks which of some notes were written by staff: there is a Provenance of
// them, which nobody writes about a record of their own or of whom they act for.
func ByStaff(reg *search.Registry, notes []*fhir.Tree) (q search.Query, some bool, err error) {
	var ids []string
	for _, n := range notes {
		if !book.FromFamily(n) {
			ids = append(ids, "Communication/"+n.Root().Get("id").Str())
		}
	}
	if len(ids) == 0 {
		return q, false, nil
	}
	q, err = query(reg, 2*MostNotes, []string{"Provenance"}, search.Pair{Name: "target", Value: strings.Join(ids, ",")})
	return q, true, err
}

// Written reads the answer to ByStaff.
func Written(provenances []*fhir.Tree) func(note string) bool {
	ids := map[string]bool{}
	for _, p := range provenances {
		for target := range p.Root().Get("target").Items() {
			if id, ok := strings.CutPrefix(target.Get("reference").Str(), "Communication/"); ok {
				ids[id] = true
			}
		}
	}
	return func(note string) bool { return ids[note] }
}

func query(reg *search.Registry, most int, types []string, pairs ...search.Pair) (search.Query, error) {
	q, err := search.Parse(reg, types, nil, pairs, search.Options{Strict: true})
	if err != nil {
		return q, problem.Wrap(problem.Internal, "", err)
	}
	q.Count = most
	return q, nil
}

// known is what the room may know of one person's notes.
type known struct {
	Looker
	patient string
	asks    search.Query // for the notes
	notes   []*fhir.Tree
	written func(id string) bool
}

// Settle tells those of one person's notes who were not told, and works out for whom
// notes wait.
func (t *Talks) Settle(ctx context.Context, patient string) error {
	k, err := t.look(ctx, patient)
	if err != nil {
		return err
	}
	if err := t.tell(ctx, k); err != nil {
		return err
	}
	if len(book.Waiting(k.notes, k.written)) == 0 {
		return t.keep(ctx, patient, nil, false)
	}
	teams, err := k.teams(ctx)
	if err != nil {
		return err
	}
	since := map[int64]int64{}
	for _, team := range teams {
		seen, err := k.seenBy(ctx, recall.StaffOf(team))
		if err != nil {
			return err
		}
		if waits := book.Waiting(seen, k.written); len(waits) > 0 {
			since[t.team(team)] = Since(waits)
		}
	}
	return t.keep(ctx, patient, since, true)
}

// Since is when the oldest of some notes was written, in seconds since 1970.
func Since(notes []*fhir.Tree) int64 {
	oldest := book.Written(notes[0])
	for _, n := range notes[1:] {
		if at := book.Written(n); at.Before(oldest) {
			oldest = at
		}
	}
	return oldest.Unix()
}

func (t *Talks) look(ctx context.Context, patient string) (*known, error) {
	s, err := t.Look(ctx, patient, bound())
	if err != nil {
		return nil, err
	}
	k := &known{Looker: s, patient: patient}
	if k.asks, err = Notes(s.Registry()); err != nil {
		return nil, err
	}
	if k.notes, err = k.found(ctx, k.asks); err != nil {
		return nil, err
	}
	q, some, err := ByStaff(s.Registry(), k.notes)
	if err != nil {
		return nil, err
	}
	var provenances []*fhir.Tree
	if some {
		if provenances, err = k.found(ctx, q); err != nil {
			return nil, err
		}
	}
	k.written = Written(provenances)
	return k, nil
}

func (k *known) found(ctx context.Context, q search.Query) (all []*fhir.Tree, err error) {
	page, err := k.Search(ctx, q, "")
	if err != nil {
		return nil, err
	}
	for _, one := range page.Items {
		tree, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		all = append(all, tree)
	}
	return all, nil
}

// seenBy are the notes that a viewer would see.
func (k *known) seenBy(ctx context.Context, as record.Viewer) (all []*fhir.Tree, err error) {
	page, err := k.SeenAs(ctx, k.asks, "", as)
	if err != nil || page.Refused != nil {
		return nil, err
	}
	for _, one := range page.Items {
		if !one.May {
			continue
		}
		tree, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		all = append(all, tree)
	}
	return all, nil
}

// teams are the organisations that may look after the person: where they are
// registered, whose care they are in, and whose care team. Whether they do now is
// for the record's evaluator to say.
func (k *known) teams(ctx context.Context) (all []string, err error) {
	q, err := query(k.Registry(), mostTies, []string{"CareTeam", "EpisodeOfCare", "Patient"})
	if err != nil {
		return nil, err
	}
	ties, err := k.found(ctx, q)
	if err != nil {
		return nil, err
	}
	add := func(ref fhir.Node) {
		if id, ok := strings.CutPrefix(ref.Get("reference").Str(), "Organization/"); ok && len(all) < mostTeams && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	// Where somebody is registered comes first, however many teams there are.
	slices.SortStableFunc(ties, func(a, b *fhir.Tree) int {
		return strings.Compare(b.Root().Get("resourceType").Str(), a.Root().Get("resourceType").Str())
	})
	if len(ties) == 0 || !ties[0].Root().Get("resourceType").Is("Patient") {
		return nil, nil // who is not there any more waits for nobody
	}
	for _, tie := range ties {
		n := tie.Root()
		for g := range n.Get("generalPractitioner").Items() {
			add(g)
		}
		add(n.Get("managingOrganization"))
		for p := range n.Get("participant").Items() {
			add(p.Get("member"))
		}
	}
	return all, nil
}

// keep writes down for whom notes wait, by team since when.
func (t *Talks) keep(ctx context.Context, patient string, since map[int64]int64, waits bool) error {
	return t.db.Write(ctx, func(tx *db.Tx) error {
		if err := drop(tx, patient); err != nil || !waits {
			return err
		}
		if _, err := tx.Exec("INSERT INTO talk_wait (patient, again) VALUES ($1, $2)", patient, t.Recalls.Now().Add(lookAgain).Unix()); err != nil {
			return err
		}
		for team, at := range since {
			if _, err := tx.Exec("INSERT INTO talk_team (patient, team, since) VALUES ($1, $2, $3)", patient, team, at); err != nil {
				return err
			}
		}
		return nil
	})
}
