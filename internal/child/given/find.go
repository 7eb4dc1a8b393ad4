package given

import (
	"context"
	"slices"
	"strconv"
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

// Asked is what a question is about, beside the history.
type Asked struct {
	// Received asks for ImmunizationRecommendations of others as well, in the same
	// question, and With for what comes along, such as who gave a vaccine.
	Received bool
	With     []search.Pair
}

// Found is what was found in a record.
type Found struct {
	History
	Patient  *fhir.Tree // nil where the viewer may not see it
	More     bool       // there are more Immunizations than were looked at
	Received []*fhir.Tree
	Along    []record.Resource // what came along
}

// Find reads the history of a person through a viewer's session. What the viewer
// may not see is not in it.
func (r *Reader) Find(ctx context.Context, s Session, patient string, now time.Time, ask Asked) (Found, error) {
	var out Found
	if one, err := s.Read(ctx, record.Key{Type: "Patient", ID: patient}, 0); err == nil {
		if out.Patient, err = parse(one.Body); err != nil {
			return out, err
		}
	} else if !unseen(err) {
		return out, err
	}
	types := []string{"Immunization"}
	if ask.Received {
		types = append(types, "ImmunizationRecommendation")
	}
	about := search.Pair{Name: "patient", Value: "Patient/" + patient}
	page, err := all(ctx, s, types, append([]search.Pair{about, {Name: "_sort", Value: "-" + search.When}, {Name: "_total", Value: "none"}}, ask.With...), now)
	if err != nil {
		return out, err
	}
	entries := page.entries
	out.More, out.Along = page.more, page.along
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
	found, err := all(ctx, s, []string{"Condition"}, []search.Pair{about, {Name: "code", Value: codes}}, now)
	if unseen(err) {
		return nil, nil
	}
	return found.entries, err
}

func unseen(err error) bool {
	return problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) || problem.Is(err, problem.Forbidden)
}

// answer is one page of a search.
type answer struct {
	entries []*fhir.Tree
	along   []record.Resource
	more    bool
}

func all(ctx context.Context, s Session, types []string, pairs []search.Pair, now time.Time) (out answer, err error) {
	pairs = append(pairs, search.Pair{Name: "_count", Value: strconv.Itoa(MostEntries)})
	q, err := search.Parse(s.Registry(), types, nil, pairs, search.Options{Strict: true, When: true, Now: now.UnixMicro(), MaxCount: MostEntries})
	if err != nil {
		return out, err
	}
	page, err := s.Search(ctx, q, "")
	if err != nil {
		return out, err
	}
	for _, one := range page.Items {
		if one.Include {
			out.along = append(out.along, one)
			continue
		}
		t, err := parse(one.Body)
		if err != nil {
			return out, err
		}
		out.entries = append(out.entries, t)
	}
	out.more = page.Next != ""
	return out, nil
}

func parse(body []byte) (*fhir.Tree, error) {
	t, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return t, nil
}
