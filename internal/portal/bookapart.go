package portal

import (
	"context"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/exchange/ips"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// apart is a record without what is in no red book that leaves this place, so that
// whatever is made from it, on paper or as a file, can not hold it.
type apart struct {
	Records
	leaves label.Set
}

// toTakeAway is the record of a folder as far as it goes into a book. What a child
// keeps to themself is in their own.
func (f *folder) toTakeAway() Records {
	leaves := label.Set(ips.Apart)
	if !f.own() {
		leaves |= label.ChildsOwn
	}
	return apart{f.Records, leaves}
}

// Search leaves out what is kept apart. A page may be shorter for it, and says
// nothing of that.
func (a apart) Search(ctx context.Context, q search.Query, cursor string) (record.Page, error) {
	page, err := a.Records.Search(ctx, q, cursor)
	if err != nil {
		return page, err
	}
	kept := page.Items[:0:0]
	for _, one := range page.Items {
		if ok, err := a.may(one); err != nil {
			return record.Page{}, err
		} else if ok {
			kept = append(kept, one)
		}
	}
	page.Items = kept
	return page, nil
}

// Read answers what is kept apart as what is not there.
func (a apart) Read(ctx context.Context, k record.Key, version int64) (record.Resource, error) {
	one, err := a.Records.Read(ctx, k, version)
	if err != nil {
		return one, err
	}
	if ok, err := a.may(one); err != nil || !ok {
		return record.Resource{}, problem.New(problem.NotFound, "").Because("apart")
	}
	return one, nil
}

func (a apart) may(one record.Resource) (bool, error) {
	if one.Key.Type == "Patient" {
		return true, nil // whose book it is
	}
	t, err := fhir.Parse(one.Body, fhir.Limits{Bytes: len(one.Body), Nodes: 64 << 20})
	if err != nil {
		return false, problem.Wrap(problem.Internal, "", err)
	}
	return label.Built().Of(t, 0)&a.leaves == 0, nil
}

// Searchable keeps the types that the viewer may search.
func (a apart) Searchable(types []string) []string {
	if s, ok := a.Records.(searcher); ok {
		return s.Searchable(types)
	}
	return nil
}
