package optout

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Numbers are the NHS numbers of a list.
type Numbers map[uint64]struct{}

// The bounds of a list.
const (
	maxNumbers = 20_000_000
	badShown   = 10
)

// ReadNumbers reads a list: one NHS number on a line, with or without a comma
// behind it, as the national check service has them (DCB3058). A line that is
// none refuses the whole list, by its place: it may be somebody's no. So does
// an empty list, which would lift every one.
func ReadNumbers(r io.Reader) (Numbers, error) {
	all := Numbers{}
	var bad []string
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 128), 256)
	n := 0
	for lines.Scan() {
		n++
		text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(lines.Text()), ","))
		if text == "" {
			continue
		}
		digits, ok := fhir.ParseNHSNumber(text)
		number, err := strconv.ParseUint(digits, 10, 64)
		if !ok || err != nil {
			bad = append(bad, strconv.Itoa(n))
			if len(bad) == badShown {
				break
			}
			continue
		}
		if all[number] = struct{}{}; len(all) > maxNumbers {
			return nil, problem.New(problem.TooLarge, "The list has more than 20 million numbers. Check that it is the right file.")
		}
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, problem.Wrap(problem.Invalid, fmt.Sprintf("The list can not be read behind line %d. Each line holds one NHS number. Nothing was changed.", n), err)
	case len(bad) > 0:
		return nil, problem.New(problem.Invalid, "These lines hold no NHS number: "+strings.Join(bad, ", ")+". Mend them and bring the list in again. Nothing was changed.")
	case len(all) == 0:
		return nil, problem.New(problem.Invalid, "The list is empty, and would lift every no that came by a list. Check that it is the right file. Nothing was changed.")
	}
	return all, nil
}

// Report is what a list changed.
type Report struct {
	Numbers int // on the list
	Seen    int // people here whom it speaks of
	Set     int // who say no from now on
	Lifted  int // who do so no more, as far as lists go
	Same    int // who said no before by a list and still do
	// Unknown are numbers of a list of nos that nobody here has, and people here
	// without a number where the list says who may be used: of both is nothing
	// known, and people without a number are left out.
	Unknown int
}

// Import makes what a list says hold for everybody here, and lifts what an
// earlier one said and this one does not. allowed is a list of those who did
// not say no, as the national check service answers; everybody else here did
// then, people without an NHS number too. What people said themselves stays.
func (o *OptOuts) Import(ctx context.Context, by string, k optout.Kind, numbers Numbers, allowed bool, progress func(done int)) (Report, error) {
	r, err := o.Open(ctx, by)
	if err != nil {
		return Report{}, err
	}
	i := &importing{OptOuts: o, r: r, kind: k, progress: progress, no: map[string]bool{}}
	i.rep.Numbers = len(numbers)
	if allowed {
		err = i.everybody(ctx, numbers)
	} else {
		err = i.listed(ctx, numbers)
	}
	if err == nil {
		err = i.lift(ctx)
	}
	return i.rep, err
}

// importing is one list on its way in.
type importing struct {
	*OptOuts
	rep      Report
	r        Records
	kind     optout.Kind
	progress func(int)
	no       map[string]bool // who says no by this list
	done     int
}

// perBatch is how many people are looked up and written at once.
const perBatch = 100

// listed goes through a list of nos.
func (i *importing) listed(ctx context.Context, numbers Numbers) error {
	var batch []string
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		found, err := i.patients(ctx, batch)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		var ids []string
		for _, p := range found {
			for _, n := range p.numbers {
				known[n] = true
			}
			ids = append(ids, p.id)
		}
		for _, n := range batch {
			if !known[n] {
				i.rep.Unknown++
			}
		}
		batch = batch[:0]
		return i.set(ctx, ids)
	}
	for n := range numbers {
		if batch = append(batch, fmt.Sprintf("%010d", n)); len(batch) == perBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// patient is somebody here, with their numbers.
type patient struct {
	id      string
	numbers []string
}

func readPatients(items []record.Resource) ([]patient, error) {
	var all []patient
	for _, one := range items {
		t, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		p := patient{id: one.ID}
		for id := range t.Root().Get("identifier").Items() {
			if !id.Get("system").Is(fhir.NHSNumberSystem) {
				continue
			}
			if digits, ok := fhir.ParseNHSNumber(id.Get("value").Str()); ok {
				p.numbers = append(p.numbers, digits)
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// patients finds everybody who has one of some numbers: all records of one
// number, where there are several.
func (i *importing) patients(ctx context.Context, numbers []string) ([]patient, error) {
	values := make([]string, len(numbers))
	for n, number := range numbers {
		values[n] = fhir.NHSNumberSystem + "|" + number
	}
	var all []patient
	for cursor := ""; ; {
		page, err := i.find(ctx, i.r, "Patient", cursor, search.Pair{Name: "identifier", Value: strings.Join(values, ",")})
		if err != nil {
			return nil, err
		}
		some, err := readPatients(page.Items)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// everybody goes through all people here, with a list of those who did not say
// no.
func (i *importing) everybody(ctx context.Context, allowed Numbers) error {
	for cursor := ""; ; {
		page, err := i.find(ctx, i.r, "Patient", cursor)
		if err != nil {
			return err
		}
		all, err := readPatients(page.Items)
		if err != nil {
			return err
		}
		var ids []string
		for _, p := range all {
			if len(p.numbers) == 0 {
				i.rep.Unknown++
			}
			if !p.among(allowed) {
				ids = append(ids, p.id)
			} else {
				i.rep.Seen++
			}
		}
		if err := i.set(ctx, ids); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// among says whether every number of a person is on a list, of which there is
// one at least.
func (p patient) among(numbers Numbers) bool {
	for _, digits := range p.numbers {
		n, err := strconv.ParseUint(digits, 10, 64)
		if _, ok := numbers[n]; err != nil || !ok {
			return false
		}
	}
	return len(p.numbers) > 0
}

// set has people say no by the list who did not yet.
func (i *importing) set(ctx context.Context, ids []string) error {
	var fresh []string
	for _, id := range ids {
		if !i.no[id] {
			i.no[id] = true
			fresh = append(fresh, id)
		}
	}
	i.rep.Seen += len(fresh)
	before, err := i.bylist(ctx, fresh)
	if err != nil {
		return err
	}
	var changes []change
	for _, id := range fresh {
		if before[id] {
			i.rep.Same++
			continue
		}
		changes = append(changes, change{i.consentID(id, i.kind, list), id, i.kind, true})
	}
	i.rep.Set += len(changes)
	return i.save(ctx, changes, len(fresh))
}

func (i *importing) save(ctx context.Context, changes []change, done int) error {
	if len(changes) > 0 {
		if err := i.write(ctx, i.r, changes); err != nil {
			return err
		}
	}
	if i.done += done; i.progress != nil {
		i.progress(i.done)
	}
	return nil
}

// bylist says who of some people says no by a list now.
func (i *importing) bylist(ctx context.Context, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for len(ids) > 0 {
		some := ids[:min(len(ids), perBatch)]
		ids = ids[len(some):]
		of, names := map[string]string{}, make([]string, len(some))
		for n, id := range some {
			names[n] = i.consentID(id, i.kind, list)
			of[names[n]] = id
		}
		page, err := i.find(ctx, i.r, "Consent", "", search.Pair{Name: "_id", Value: strings.Join(names, ",")}, search.Pair{Name: "status", Value: "active"})
		if err != nil {
			return nil, err
		}
		for _, c := range page.Items {
			out[of[c.ID]] = true
		}
	}
	return out, nil
}

// lift goes through everybody who says no, and lifts what lists said before and
// this one does not.
func (i *importing) lift(ctx context.Context) error {
	for after := int64(0); ; {
		ids, next, err := i.r.OptedOutIDs(ctx, i.kind, after)
		if err != nil {
			return err
		}
		var others []string
		for _, id := range ids {
			if !i.no[id] {
				others = append(others, id)
			}
		}
		before, err := i.bylist(ctx, others)
		if err != nil {
			return err
		}
		var changes []change
		for _, id := range others {
			if before[id] {
				changes = append(changes, change{i.consentID(id, i.kind, list), id, i.kind, false})
			}
		}
		i.rep.Lifted += len(changes)
		for len(changes) > 0 {
			some := changes[:min(len(changes), perBatch)]
			changes = changes[len(some):]
			if err := i.save(ctx, some, len(some)); err != nil {
				return err
			}
		}
		if after = next; after == 0 {
			return nil
		}
	}
}
