package portal

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Records is a session of the record, as the door opens one.
type Records interface {
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	Registry() *search.Registry
}

// find searches one type, and gives at most so many and whether there are more.
func find(ctx context.Context, r Records, typ string, pairs []search.Pair, most int, now time.Time) (all []*fhir.Tree, more bool, err error) {
	q, err := search.Parse(r.Registry(), []string{typ}, nil, pairs, search.Options{Strict: true, Now: now.UnixMicro()})
	if err != nil {
		return nil, false, err
	}
	q.Count = most
	page, err := r.Search(ctx, q, "")
	if err != nil {
		return nil, false, err
	}
	for _, one := range page.Items {
		t, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, false, problem.Wrap(problem.Internal, "", err)
		}
		all = append(all, t)
	}
	return all, page.Next != "", nil
}

// read reads one resource.
func read(ctx context.Context, r Records, typ, id string) (*fhir.Tree, error) {
	one, err := r.Read(ctx, record.Key{Type: typ, ID: id}, 0)
	if err != nil {
		return nil, err
	}
	t, err := fhir.Parse(one.Body, fhir.Limits{})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return t, nil
}

// count is how much of something there is today.
type count struct {
	n     int
	known bool
}

// Bounds of counting what an app would see. Beyond mostCounted it is said that
// there are at least so many.
const (
	mostCounted  = 10_000
	countingTime = 3 * time.Second // for all of a page; what takes longer is not counted
	countingAt   = 4               // at once
)

// counted counts what could be looked at today: about the patient of the
// request, by the person, through the door, and no more than they may see
// themselves. What is about many people is not counted.
func (a *asking) counted(all []box, verbs map[box]access.Verb) (map[box]count, error) {
	out := map[box]count{}
	if a.patient == "" || a.p.cfg.Open == nil {
		return out, nil
	}
	ctx, stop := context.WithTimeout(a.r.Context(), countingTime)
	defer stop()
	bound := access.Rights{}
	for _, b := range all {
		if a.counts(b, verbs) {
			bound = bound.Or(access.OneType(b.typ, access.Search))
		}
	}
	if bound.Empty() {
		return out, nil
	}
	r, err := a.p.cfg.Open(ctx, a.about.who(a.s.Account, a.patient, bound), a.patient, a.about.why)
	if problem.Is(err, problem.Forbidden) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var wait sync.WaitGroup
	var broken error
	turns := make(chan struct{}, countingAt)
	for _, b := range all {
		if !a.counts(b, verbs) {
			continue
		}
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			n, err := a.countOne(ctx, r, b)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				out[b] = count{n, true}
			case problem.Is(err, problem.Forbidden):
				out[b] = count{0, true} // what they may not see themselves, no app sees for them
			case ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded):
				broken = errors.Join(broken, err)
			}
		})
	}
	wait.Wait()
	return out, broken
}

// counts says whether it is counted what a box stands for.
func (a *asking) counts(b box, verbs map[box]access.Verb) bool {
	return !b.write && b.typ != rest && verbs[b]&access.Looking != 0 && b.level != access.UserLevel
}

func (a *asking) countOne(ctx context.Context, r Records, b box) (int, error) {
	pairs, ok := pairsOf(b.query)
	if !ok {
		return 0, problem.New(problem.Forbidden, "")
	}
	q, err := search.Parse(r.Registry(), []string{b.typ}, nil, append(pairs, search.Pair{Name: "_summary", Value: "count"}), search.Options{Strict: true, Now: a.p.cfg.Now().UnixMicro()})
	if err != nil {
		return 0, problem.Wrap(problem.Forbidden, "", err) // a search that nobody can answer finds nothing
	}
	page, err := r.Search(ctx, q, "")
	if err != nil || page.Total == nil {
		return 0, err
	}
	return *page.Total, nil
}

// pairsOf takes the search of a scope apart.
func pairsOf(query string) (pairs []search.Pair, ok bool) {
	if query == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(query, "&") {
		name, value, found := strings.Cut(part, "=")
		value, err := url.PathUnescape(value)
		if !found || err != nil {
			return nil, false
		}
		pairs = append(pairs, search.Pair{Name: name, Value: value})
	}
	return pairs, true
}
