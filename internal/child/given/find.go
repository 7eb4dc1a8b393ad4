package given

import (
	"context"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Session is what a viewer may see of a record, as the door opens it.
type Session interface {
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	Registry() *search.Registry
}

// MostEntries bounds how many Immunizations are looked at: the newest. Nobody has
// so many, and a record that does is a mistake that has to be told.
const MostEntries = 400

// grown is the age from which it is not asked which illnesses somebody had: no
// programme for children is for them.
const grown = 18

// Found is what was found in a record.
type Found struct {
	History
	Patient  *fhir.Tree // nil where the viewer may not see it
	More     bool       // there are more Immunizations than were looked at
	Received []*fhir.Tree
}

// Find reads the history of a person through a viewer's session. What the viewer
// may not see is not in it. With received it looks for ImmunizationRecommendations
// of others as well, which come in the same question.
func (r *Reader) Find(ctx context.Context, s Session, patient string, now time.Time, received bool) (Found, error) {
	var out Found
	if one, err := s.Read(ctx, record.Key{Type: "Patient", ID: patient}, 0); err == nil {
		if out.Patient, err = parse(one.Body); err != nil {
			return out, err
		}
	} else if !unseen(err) {
		return out, err
	}
	types := []string{"Immunization"}
	if received {
		types = append(types, "ImmunizationRecommendation")
	}
	about := search.Pair{Name: "patient", Value: "Patient/" + patient}
	entries, more, err := all(ctx, s, types, []search.Pair{about, {Name: "_sort", Value: "-date"}}, now)
	if err != nil {
		return out, err
	}
	out.More = more
	entries = slices.DeleteFunc(entries, func(t *fhir.Tree) bool {
		if !t.Root().Get("resourceType").Is("ImmunizationRecommendation") {
			return false
		}
		out.Received = append(out.Received, t)
		return true
	})
	out.History = r.Read(out.Patient, nil)
	if today := DateOf(now, r.zone); out.Born != 0 && today < out.Born.Add(vaccine.Period{Years: grown}) {
		had, err := r.had(ctx, s, about, now)
		if err != nil {
			return out, err
		}
		entries = append(entries, had...)
	}
	out.History = r.Read(out.Patient, entries)
	return out, nil
}

// had asks for the illnesses and risks that the schedule asks for. One who may not
// see them is told what comes next without them.
func (r *Reader) had(ctx context.Context, s Session, about search.Pair, now time.Time) ([]*fhir.Tree, error) {
	codes := ""
	for code := range r.observed {
		if codes != "" {
			codes += ","
		}
		codes += code
	}
	if codes == "" {
		return nil, nil
	}
	found, _, err := all(ctx, s, []string{"Condition"}, []search.Pair{about, {Name: "code", Value: codes}}, now)
	if unseen(err) {
		return nil, nil
	}
	return found, err
}

func unseen(err error) bool {
	return problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) || problem.Is(err, problem.Forbidden)
}

func all(ctx context.Context, s Session, types []string, pairs []search.Pair, now time.Time) (found []*fhir.Tree, more bool, err error) {
	q, err := search.Parse(s.Registry(), types, nil, pairs, search.Options{Strict: true, Now: now.UnixMicro(), MaxCount: MostEntries})
	if err != nil {
		return nil, false, err
	}
	q.Count = MostEntries
	page, err := s.Search(ctx, q, "")
	if err != nil {
		return nil, false, err
	}
	for _, one := range page.Items {
		t, err := parse(one.Body)
		if err != nil {
			return nil, false, err
		}
		found = append(found, t)
	}
	return found, page.Next != "", nil
}

func parse(body []byte) (*fhir.Tree, error) {
	t, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return t, nil
}
