package growing

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Records is a session of the record, as far as this room asks one.
type Records interface {
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	Registry() *search.Registry
}

// Most is how many Observations are read at once, the newest first: more than a child
// is measured until they are grown. What is older is not read, and More says so.
const Most = 500

// Entry is one measurement of the record.
type Entry struct {
	growth.Measurement
	ID    string // of the Observation
	Birth bool   // it was measured at birth
	Tree  *fhir.Tree
	// Weight and Height are the Observations from which a body mass index was worked
	// out on that day; ID is then empty.
	Weight, Height string
}

// Tall is how tall a parent is.
type Tall struct {
	Value float64 // cm
	ID    string
}

// Book is what a record says of a child's growth.
type Book struct {
	Child growth.Child
	// Sex is as it was recorded: male, female, other, unknown, or empty.
	Sex string
	// Entries are the measurements, the oldest first.
	Entries        []Entry
	Mother, Father Tall // zero where it is not known
	// Unread is how many entries hold a value that can not be read for certain, and
	// Unborn how many lie before the day of birth.
	Unread, Unborn int
	More           bool // there are older entries that were not read
	Patient        *fhir.Tree
}

// Reader reads books.
type Reader struct {
	Now  time.Time
	Zone *time.Location // the days of measurements are days there
	// Leaves says of an Observation that it is to be left out, as one that waits for a
	// clinician; nil leaves none.
	Leaves func(*fhir.Tree) bool
	// Meets is told of who made the entries; nil for nobody.
	Meets func(record.Resource, *fhir.Tree)
}

// Read reads a child's growth. It asks two questions, and a third one where there is more
// than it reads at once.
func (r Reader) Read(ctx context.Context, s Records, patient string) (Book, error) {
	one, err := s.Read(ctx, record.Key{Type: "Patient", ID: patient}, 0)
	if err != nil {
		return Book{}, err
	}
	t, err := fhir.Parse(one.Body, fhir.Limits{})
	if err != nil {
		return Book{}, problem.Wrap(problem.Internal, "", err)
	}
	return r.ReadOf(ctx, s, t)
}

// Born is the day on which somebody was born, and the sex that was recorded.
func Born(patient *fhir.Tree) growth.Child {
	b := Book{}
	b.readPatient(patient.Root())
	return b.Child
}

// ReadOf is Read of one whose Patient was read before.
func (r Reader) ReadOf(ctx context.Context, s Records, patient *fhir.Tree) (Book, error) {
	found, err := r.Find(ctx, s)
	if err != nil {
		return Book{}, err
	}
	return r.Book(patient, found), nil
}

// Found are the Observations of somebody's growth.
type Found struct {
	trees []*fhir.Tree
	more  bool
}

// Find asks for them. It needs nothing of the Patient, and may be asked beside it.
func (r Reader) Find(ctx context.Context, s Records) (Found, error) {
	all, more, err := r.find(ctx, s, Codes())
	if err != nil || !more {
		return Found{all, more}, err
	}
	// What is known from birth lies behind all measurements.
	rest, _, err := r.find(ctx, s, codes().search([]string{"gestation", "mother", "father"}))
	return Found{append(all, rest...), true}, err
}

// Book puts together what was found of a child.
func (r Reader) Book(patient *fhir.Tree, found Found) Book {
	b := Book{Patient: patient, More: found.more}
	b.readPatient(patient.Root())
	for _, t := range found.trees {
		r.take(&b, t)
	}
	b.finish()
	return b
}

// find searches Observations, the newest first, with who made them.
func (r Reader) find(ctx context.Context, s Records, of string) (all []*fhir.Tree, more bool, err error) {
	pairs := []search.Pair{{Name: "code", Value: of}, {Name: "_sort", Value: "-" + search.When}, {Name: "_count", Value: strconv.Itoa(Most)}, {Name: "_total", Value: "none"},
		{Name: "_include", Value: "Observation:performer"}}
	q, err := search.Parse(s.Registry(), []string{"Observation"}, nil, pairs, search.Options{Strict: true, When: true, Now: r.Now.UnixMicro(), MaxCount: Most})
	if err != nil {
		return nil, false, err
	}
	page, err := s.Search(ctx, q, "")
	if problem.Is(err, problem.Forbidden) { // what nobody may see is as if it were not there
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	for _, one := range page.Items {
		t, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, false, problem.Wrap(problem.Internal, "", err)
		}
		switch {
		case !one.Include:
			all = append(all, t)
		case r.Meets != nil:
			r.Meets(one, t)
		}
	}
	return all, page.Next != "", nil
}

func (b *Book) readPatient(p fhir.Node) {
	b.Sex = p.Get("gender").Str()
	b.Child.Sex, _ = growth.ParseSex(b.Sex)
	if d, err := growth.ParseDate(p.Get("birthDate").Str()); err == nil {
		b.Child.Born = d
	}
}

// take reads one Observation into the book.
func (r Reader) take(b *Book, t *fhir.Tree) {
	root := t.Root()
	switch root.Get("status").Str() {
	case "final", "amended", "corrected", "preliminary":
	default:
		return // wrong, stopped, or not done yet
	}
	m, ok := codes().meaningOf(root.Get("code"))
	if !ok || r.Leaves != nil && r.Leaves(t) {
		return
	}
	id := root.Get("id").Str()
	switch m.Of {
	case "gestation":
		if days, ok := gestation(root); ok && b.Child.Gestation == 0 {
			b.Child.Gestation = days
		}
		return
	case "mother", "father":
		parent := &b.Mother
		if m.Of == "father" {
			parent = &b.Father
		}
		if cm, ok := amount(root, "cm"); ok && parent.ID == "" && cm >= LeastTall && cm <= MostTall {
			*parent = Tall{cm, id}
		}
		return
	}
	e := Entry{ID: id, Birth: m.Birth, Tree: t}
	e.Of, _ = growth.ParseMeasure(m.Of)
	e.Method, _ = growth.ParseMethod(m.Method)
	if e.Method == growth.NotSaid {
		e.Method = methodOf(root.Get("method"))
	}
	var read, dated bool
	e.Value, read = amount(root, wanted[e.Of])
	if e.On, dated = r.day(root); m.Birth && b.Child.Born != 0 {
		e.On, dated = b.Child.Born, true // whenever it was written down
	}
	switch {
	case !read || !dated:
		b.Unread++
	case b.Child.Born != 0 && e.On < b.Child.Born:
		b.Unborn++
	default:
		b.Entries = append(b.Entries, e)
	}
}

// wanted are the units of the measures, as UCUM writes them.
var wanted = map[growth.Measure]string{growth.Weight: "kg", growth.Height: "cm", growth.Head: "cm", growth.BMI: "kg/m2"}

// Bounds of what is taken for the height of a grown person, in cm.
const (
	LeastTall = 100.0
	MostTall  = 250.0
)

func amount(root fhir.Node, unit string) (float64, bool) {
	q, ok := fhir.ParseQuantity(root.Get("valueQuantity"))
	if !ok {
		return 0, false
	}
	v, ok := In(unit, q)
	return v, ok && v > 0 && !math.IsInf(v, 0)
}

// Bounds of the length of a pregnancy, in days: 22 to 44 weeks.
const (
	leastPregnant = 22 * 7
	mostPregnant  = 44*7 + 6
)

// gestation is how long the pregnancy was, in days: a number of weeks or days.
func gestation(root fhir.Node) (days int, ok bool) {
	d, ok := amount(root, "d")
	days = int(math.Round(d))
	return days, ok && days >= leastPregnant && days <= mostPregnant
}

// day is the day on which something was measured; one of which only the month is known
// is not taken.
func (r Reader) day(root fhir.Node) (growth.Date, bool) {
	for _, n := range []fhir.Node{root.Get("effectiveDateTime"), root.Get("effectiveInstant"), root.Get("effectivePeriod").Get("start")} {
		s := n.Str()
		if s == "" {
			continue
		}
		if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return growth.DateOf(at.In(r.Zone)), true
		}
		d, err := growth.ParseDate(s)
		return d, err == nil
	}
	return 0, false
}

// methodOf reads the position of the body where the code does not say it: SNOMED CT's
// codes of it, as the vital signs of FHIR use them.
func methodOf(n fhir.Node) growth.Method {
	for c := range n.Get("coding").Items() {
		switch c.Get("code").Str() {
		case "102538003", "40199007": // recumbent, supine
			return growth.Lying
		case "10904000": // orthostatic
			return growth.Standing
		}
	}
	return growth.NotSaid
}

// finish puts the entries in order and works out what follows from them.
func (b *Book) finish() {
	b.workOut()
	slices.SortStableFunc(b.Entries, func(x, y Entry) int {
		return cmp.Or(cmp.Compare(x.On, y.On), cmp.Compare(x.Of, y.Of), cmp.Compare(x.ID, y.ID))
	})
}

// workOut adds a body mass index for each day on which weight and height were measured
// and none was written.
func (b *Book) workOut() {
	type day struct{ weight, height, mass *Entry }
	days := map[growth.Date]*day{}
	for i := range b.Entries {
		e := &b.Entries[i]
		d := days[e.On]
		if d == nil {
			d = &day{}
			days[e.On] = d
		}
		switch e.Of {
		case growth.Weight:
			d.weight = e
		case growth.Height:
			d.height = e
		case growth.BMI:
			d.mass = e
		}
	}
	var more []Entry
	for on, d := range days {
		if d.weight == nil || d.height == nil || d.mass != nil {
			continue
		}
		m := d.height.Value / 100
		e := Entry{Weight: d.weight.ID, Height: d.height.ID, Birth: d.weight.Birth}
		e.Measurement = growth.Measurement{Of: growth.BMI, Value: d.weight.Value / (m * m), On: on, Method: d.height.Method}
		more = append(more, e)
	}
	b.Entries = append(b.Entries, more...)
}

// Of are the entries of one measure, the oldest first.
func (b *Book) Of(m growth.Measure) (out []Entry) {
	for _, e := range b.Entries {
		if e.Of == m {
			out = append(out, e)
		}
	}
	return out
}

// Parents is how tall the parents are.
func (b *Book) Parents() growth.Parents {
	return growth.Parents{Mother: b.Mother.Value, Father: b.Father.Value}
}

// Series are the measurements of all measures, the oldest first.
func (b *Book) Series() (out []growth.Measurement) {
	for _, e := range b.Entries {
		out = append(out, e.Measurement)
	}
	return out
}
