package portal

import (
	"context"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange/plain"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
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
func plainWords(w *words.Words, zone *time.Location) plain.Words {
	return plain.Words{Zone: zone, Yes: w.Record.Yes, No: w.Record.No, Unknown: w.Record.Unknown, Masked: w.Record.Masked, From: w.Record.From, Until: w.Record.Until, File: w.Record.File, Labels: w.Record.Labels, Dates: w.Dates}
}

func (p *Portal) plainWords() plain.Words { return plainWords(p.words, p.cfg.Zone) }

// entryOf is an entry in words. One that was marked as wrong says so in its
// title.
func (v *visit) entryOf(t *fhir.Tree) plain.Entry {
	e := plain.Reader{W: v.p.plainWords(), Code: v.p.codeName}.Entry(t)
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
func countKinds(ctx context.Context, r Records, types []string, now int64) (counts map[string]int, more bool, err error) {
	q, err := search.Parse(r.Registry(), types, nil, []search.Pair{{Name: "_count", Value: strconv.Itoa(listedPage)}}, search.Options{Strict: true, Now: now, MaxCount: listedPage})
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

// notThere says in the words of pages that there is no such entry, or that it may
// not be seen: which of the two is not told.
func (v *visit) notThere(err error) error {
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return problem.Wrap(problem.NotFound, v.p.words.Problem.NotHere, err)
	}
	return err
}
