package recall

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

const (
	cursorName = "child/recall"
	// followMost bounds how many batches of the feed one Sweep takes, and
	// reckonMost how many children it reckons.
	followMost = 200
	reckonMost = 2000
	reckonPage = 100
	// turnLife is how long another node waits for one that died in its turn.
	turnLife = 2 * time.Minute
	// daily is how soon a child with sharing choices is reckoned again: what they
	// hide can change by a date alone.
	daily = 24 * time.Hour
)

// Sweep reads what was written to the record since the last one, and reckons the
// children whose it was, and those who are to be looked at again by their time.
// It does a bounded amount of work; call it every few seconds. more says that
// something is left.
func (r *Recalls) Sweep(ctx context.Context) (more bool, err error) {
	mine, err := r.Turn(ctx, sweeps)
	if err != nil || !mine {
		return false, err
	}
	moved, err := r.followed(ctx)
	if err != nil {
		return false, err
	}
	left, err := r.reckoned(ctx)
	if err != nil {
		return false, err
	}
	return moved || left, r.EndTurn(ctx, sweeps)
}

// sweeps names the turns of Sweep.
const sweeps = "sweep"

// Turn takes work for this node for two minutes, where no other is at it; name is
// which work.
func (r *Recalls) Turn(ctx context.Context, name string) (mine bool, err error) {
	now := r.Now()
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`INSERT INTO recall_turn (name, owner, until) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE recall_turn.owner = excluded.owner OR recall_turn.until < $4`,
			name, r.node, now.Add(turnLife).Unix(), now.Unix())
		mine = n == 1
		return err
	})
	return mine, err
}

// EndTurn leaves the work to whichever node comes next.
func (r *Recalls) EndTurn(ctx context.Context, name string) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM recall_turn WHERE name = $1 AND owner = $2", name, r.node)
		return err
	})
}

// followed marks whose record has changed. more says that the feed goes on.
func (r *Recalls) followed(ctx context.Context) (more bool, err error) {
	f, err := r.Follow(ctx, ofReads(access.Follow))
	if err != nil {
		return false, err
	}
	for range followMost {
		moved, err := f.FollowSome(ctx, cursorName, func(all []record.Change) error {
			var sure, perhaps []string
			for _, c := range all {
				if c.Type == "Patient" && r.mayBeChild(c) {
					sure = append(sure, c.Patient)
				}
				perhaps = append(perhaps, c.Patient, c.Before)
			}
			return r.changed(ctx, sure, perhaps)
		})
		if err != nil || !moved {
			return false, err
		}
	}
	return true, nil
}

// mayBeChild says whether somebody may belong on the lists of children, by what
// was written of who they are.
func (r *Recalls) mayBeChild(c record.Change) bool {
	t, err := fhir.Parse(c.Body, fhir.Limits{})
	if err != nil {
		return false // deleted
	}
	born, ok := ParseDay(t.Root().Get("birthDate").Str())
	return ok && born.AddMonths(12*r.Policy.Ages) > r.Today()
}

// changed writes down that the records of some people have changed: of those who
// are children for sure, and of others where they are known as children.
func (r *Recalls) changed(ctx context.Context, sure, perhaps []string) error {
	tidy := func(all []string) []string {
		slices.Sort(all)
		return slices.DeleteFunc(slices.Compact(all), func(p string) bool { return p == "" })
	}
	sure, perhaps = tidy(sure), tidy(perhaps)
	mark := newMark()
	const put = "INSERT INTO recall_changed (patient, mark) "
	const again = " ON CONFLICT (patient) DO UPDATE SET mark = excluded.mark"
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		for _, p := range sure {
			if _, err := tx.Exec(put+"VALUES ($1, $2)"+again, p, mark); err != nil {
				return err
			}
		}
		// A child who is being reckoned now for the first time is known by the mark.
		_, err := tx.Exec(put+"SELECT patient, $2 FROM (SELECT patient FROM recall_child UNION SELECT patient FROM recall_changed) AS known WHERE "+tx.Dialect().AnyText("patient", "$1")+again, perhaps, mark)
		return err
	})
}

// newMark tells one change from the next.
func newMark() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return int64(binary.LittleEndian.Uint64(b[:]) >> 1)
}

type marked struct {
	patient string
	mark    int64
}

// reckoned reckons those whose record has changed, and those whose time it is.
func (r *Recalls) reckoned(ctx context.Context) (more bool, err error) {
	for done := 0; done < reckonMost; {
		all, err := r.waiting(ctx)
		if err != nil || len(all) == 0 {
			return false, err
		}
		for _, m := range all {
			if err := r.Reckon(ctx, m.patient, m.mark); err != nil {
				return false, err
			}
		}
		if mine, err := r.Turn(ctx, sweeps); err != nil || !mine {
			return false, err
		}
		done += len(all)
	}
	return true, nil
}

func (r *Recalls) waiting(ctx context.Context) (all []marked, err error) {
	err = r.DB.Query(ctx, "SELECT patient, mark FROM recall_changed ORDER BY patient LIMIT $1", []any{int64(reckonPage)}, func(row *db.Row) error {
		all = append(all, marked{row.Text(0), row.Int64(1)})
		return nil
	})
	if err != nil || len(all) > 0 {
		return all, err
	}
	err = r.DB.Query(ctx, "SELECT patient FROM recall_child WHERE again > 0 AND again <= $1 ORDER BY again, patient LIMIT $2",
		[]any{r.Now().Unix(), int64(reckonPage)}, func(row *db.Row) error {
			all = append(all, marked{patient: row.Text(0)})
			return nil
		})
	return all, err
}

// ofReads are verbs on the types that a view is made of.
func ofReads(v access.Verb) (bound access.Rights) {
	for _, t := range Reads() {
		bound = bound.Or(access.OneType(t, v))
	}
	return bound
}

// Reckon works out anew what is kept of one child. mark is the change that it is
// done for; 0 for none.
func (r *Recalls) Reckon(ctx context.Context, patient string, mark int64) error {
	s, err := r.Look(ctx, patient, ofReads(access.Read|access.Search))
	if err != nil {
		return err
	}
	practice, v, err := r.asPractice(ctx, s, patient)
	if err != nil {
		return err
	}
	return r.keep(ctx, patient, practice, v, mark)
}

// asPractice is what the staff of the practice with which a child is registered
// may know of them. Somebody who belongs on no list of children has no practice.
func (r *Recalls) asPractice(ctx context.Context, s Looker, patient string) (practice string, v View, err error) {
	gone := View{Gone: true}
	whole, err := s.Read(ctx, record.Key{Type: "Patient", ID: patient}, 0)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return "", gone, nil
	}
	if err != nil {
		return "", gone, err
	}
	t, err := fhir.Parse(whole.Body, fhir.Limits{})
	if err != nil {
		return "", gone, problem.Wrap(problem.Internal, "", err)
	}
	v.patient(t.Root())
	practice = v.Practice
	if practice == "" || v.Gone || v.Born == 0 || v.Born.AddMonths(12*r.Policy.Ages) <= r.Today() {
		return "", gone, nil
	}
	born := v.Born
	entries, chosen, err := r.seenBy(ctx, s, StaffOf(practice))
	if err != nil {
		return "", gone, err
	}
	v, err = r.view(entries, r.Today())
	v.Chosen = v.Chosen || chosen
	v.Born = born
	return practice, v, err
}

// StaffOf is somebody who looks after people at a practice, and of whom nothing
// else is known.
func StaffOf(practice string) record.Viewer {
	return record.Viewer{Why: access.Care, Who: access.Who{Actor: "staff of " + practice, Kind: access.Person, Role: access.RoleProfessional,
		Organisation: practice, Hat: "clinician", Bound: access.AllTypes(access.Looking)}}
}

// Bounds of what is read of one child.
const (
	seenPage  = 200
	seenPages = 25
)

// seenBy are the entries of a record that a viewer would see. chosen says that
// the person made sharing choices, whether or not the viewer may know.
func (r *Recalls) seenBy(ctx context.Context, s Looker, as record.Viewer) (entries []*fhir.Tree, chosen bool, err error) {
	queries, err := r.Queries(s.Registry())
	if err != nil {
		return nil, false, err
	}
	for _, q := range queries {
		some, consents, whole, err := seenOf(ctx, s, q, as)
		if err != nil {
			return nil, false, err
		}
		if chosen = chosen || consents; !whole {
			return nil, chosen, nil
		}
		entries = append(entries, some...)
	}
	return entries, chosen, nil
}

// seenOf are those that one query finds. whole is false for a viewer who is let
// into no part of the record, and for a record beyond all bounds: of it nothing is
// known.
func seenOf(ctx context.Context, s Looker, q search.Query, as record.Viewer) (entries []*fhir.Tree, chosen, whole bool, err error) {
	cursor := ""
	for range seenPages {
		page, err := s.SeenAs(ctx, q, cursor, as)
		if err != nil {
			return nil, false, false, err
		}
		if page.Refused != nil {
			return nil, true, false, nil
		}
		for _, one := range page.Items {
			chosen = chosen || one.Type == "Consent"
			if !one.May {
				continue
			}
			t, err := fhir.Parse(one.Body, fhir.Limits{})
			if err != nil {
				return nil, false, false, problem.Wrap(problem.Internal, "", err)
			}
			entries = append(entries, t)
		}
		if cursor = page.Next; cursor == "" {
			return entries, chosen, true, nil
		}
	}
	return nil, chosen, false, nil
}

// keep writes what was reckoned, and takes the mark away that it was done for.
func (r *Recalls) keep(ctx context.Context, patient, practice string, v View, mark int64) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.drop(tx, patient); err != nil {
			return err
		}
		if practice != "" {
			if err := r.put(tx, patient, practice, v); err != nil {
				return err
			}
		}
		if mark == 0 {
			return nil
		}
		_, err := tx.Exec("DELETE FROM recall_changed WHERE patient = $1 AND mark = $2", patient, mark)
		return err
	})
}

func (r *Recalls) put(tx *db.Tx, patient, practice string, v View) error {
	again := int64(0)
	if v.Chosen {
		again = r.Now().Add(daily).Unix()
	}
	if _, err := tx.Exec("INSERT INTO recall_child (patient, practice, born, rules, again) VALUES ($1, $2, $3, $4, $5)",
		patient, r.practice(practice), int64(v.Born), r.rules(), again); err != nil {
		return err
	}
	if v.Gone {
		return nil // hidden from the practice: it is known here that there is a child, and nothing is on a list
	}
	for _, l := range r.lines(v) {
		if _, err := tx.Exec("INSERT INTO recall_due (patient, programme, practice, dose, born, due, overdue, until, rest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			patient, r.programme(l.programme), r.practice(practice), int64(l.dose), int64(l.born), int64(l.due), int64(l.overdue), int64(l.until), int64(l.rest)); err != nil {
			return err
		}
	}
	for i := range r.Policy.Coverage.Birthdays {
		b := &r.Policy.Coverage.Birthdays[i]
		if _, err := tx.Exec("INSERT INTO recall_cover (child, birthday, practice, quarter, asked, had) VALUES ($1, $2, $3, $4, $5, $6)",
			r.child(patient), int64(b.Months), r.practice(practice), int64(v.Born.AddMonths(b.Months).Quarter()), b.forWhom(v.Born), b.had(v.Programmes, v.Born)); err != nil {
			return err
		}
	}
	return nil
}
