package sharing

import (
	"context"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Reader is a session of a person with their own record, to list choices.
type Reader interface {
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	Registry() *search.Registry
}

// Decider is a session of a person with their own record, to change choices.
type Decider interface {
	Preview(ctx context.Context, c record.Choosing, onlookers []record.Viewer) (record.Preview, error)
	Decide(ctx context.Context, c record.Choosing, reason string) ([]record.Resource, error)
}

// Choice is a sharing choice that somebody made.
type Choice struct {
	ID      string
	Updated time.Time
	// Active says that it was not ended, and Holds that today lies within its
	// days too.
	Active, Holds bool
	// Plain is its plain form, where IsPlain; otherwise Parts say what it says.
	IsPlain bool
	Plain   Plain
	Parts   []Part
	More    bool // there are more parts
}

const mostListed = 1_000

// List gives the sharing choices of the person of a session: those in force
// first, then the newest change first. Rights to act and opt-outs, which are
// Consents too, are not among them.
func List(ctx context.Context, s Reader, now time.Time) ([]Choice, error) {
	q, err := search.Parse(s.Registry(), []string{"Consent"}, nil, []search.Pair{{Name: "_sort", Value: "-_lastUpdated"}}, search.Options{Strict: true, Now: now.UnixMicro()})
	if err != nil {
		return nil, err
	}
	q.Count = mostListed
	page, err := s.Search(ctx, q, "")
	if err != nil {
		return nil, err
	}
	var all []Choice
	for i := range page.Items {
		c, ok, err := read(&page.Items[i], now)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Choice) int { return rank(a) - rank(b) })
	return all, nil
}

func rank(c Choice) int {
	if c.Active {
		return 0
	}
	return 1
}

// One gives one choice. The error is NotFound where there is none.
func One(ctx context.Context, s Reader, id string, now time.Time) (Choice, error) {
	if !fhir.ValidID(id) {
		return Choice{}, noChoice()
	}
	r, err := s.Read(ctx, record.Key{Type: "Consent", ID: id}, 0)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return Choice{}, noChoice()
	}
	if err != nil {
		return Choice{}, err
	}
	c, ok, err := read(&r, now)
	if err == nil && !ok {
		err = noChoice()
	}
	return c, err
}

func noChoice() error {
	return problem.New(problem.NotFound, "There is no such choice. Look at the list of your choices again.").Because("sharing-none")
}

// read reads a Consent; ok is false for one that is no sharing choice.
func read(r *record.Resource, now time.Time) (c Choice, ok bool, err error) {
	t, err := fhir.Parse(r.Body, fhir.Limits{Bytes: len(r.Body), Nodes: 64 << 20})
	if err != nil {
		return Choice{}, false, problem.Wrap(problem.Internal, "", err)
	}
	said, err := choice.World{Sets: choice.AnySet}.Read(t)
	if err != nil { // it holds, or it could not have been written: it is shown as far as it goes
		said = nil
	}
	if said != nil && said.Kind() != choice.Sharing {
		return Choice{}, false, nil
	}
	c = Choice{ID: r.ID, Updated: r.Updated, Active: t.Root().Get("status").Is("active")}
	c.Holds = c.Active && (said == nil || said.Active(now))
	if c.Plain, c.IsPlain = Read(t); !c.IsPlain {
		c.Parts, c.More = Parts(t)
	}
	return c, true, nil
}

// Save makes a choice. Whoever calls has shown what it does, and made sure of who
// asks.
func Save(ctx context.Context, s Decider, p Plain, patient string) error {
	c, err := adds(p, patient)
	if err != nil {
		return err
	}
	_, err = s.Decide(ctx, c, "")
	return mended(err)
}

// Look says what a choice would do, before it is made.
func Look(ctx context.Context, s Decider, p Plain, patient string, on []record.Viewer) (record.Preview, error) {
	c, err := adds(p, patient)
	if err != nil {
		return record.Preview{}, err
	}
	out, err := s.Preview(ctx, c, on)
	return out, mended(err)
}

func adds(p Plain, patient string) (record.Choosing, error) {
	t, err := Consent(p, patient)
	return record.Choosing{Add: []*fhir.Tree{t}}, err
}

// LookEnd says what the end of a choice would do.
func LookEnd(ctx context.Context, s Decider, id string, on []record.Viewer) (record.Preview, error) {
	out, err := s.Preview(ctx, record.Choosing{End: []string{id}}, on)
	return out, mended(err)
}

// End ends a choice, which is kept with the reason. An empty reason is that the
// person asked.
func End(ctx context.Context, s Decider, id, reason string) error {
	_, err := s.Decide(ctx, record.Choosing{End: []string{id}}, reason)
	return mended(err)
}

// mended says a refusal of the record in words that a page can show.
func mended(err error) error {
	switch problem.KindOf(err) {
	case problem.Unprocessable:
		return problem.Wrap(problem.Unprocessable, "You have more choices than can be kept, or they divide your record into too many parts. End one that you no longer need, then try again.", err).Because("sharing-many")
	case problem.Conflict:
		return problem.Wrap(problem.Conflict, "This choice has ended already. Look at the list again.", err).Because("sharing-ended")
	case problem.NotFound:
		return noChoice()
	case problem.Invalid:
		return problem.Wrap(problem.Invalid, "A reason has 10 to 1,000 letters. Say it in a few words, or leave it out.", err).Because("sharing-reason")
	}
	return err
}
