package ips

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/exchange/plain"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Session is what of a session of the record a summary needs.
type Session interface {
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	Registry() *search.Registry
}

// Words are the sentences of a summary. Where a title or a sentence is missing,
// the name of the code or nothing stands in its place.
type Words struct {
	Plain plain.Words
	Title string
	// Titles and Nones are by the key of a section: what it is called, and what
	// is said when it is empty, which is never that there is nothing.
	Titles, Nones map[string]string
	// Codes are what codes of FHIR are called, such as those of a status.
	Codes              map[string]string
	Cut, Held          string // not all of it is here, because of its length or of a choice
	NotDated, NotKnown string
	By                 string // between an entry and who said so
	Risk, Usual        string // before how bad a reaction can be, and before a usual range
	NoValue            string
	Service            string // what this service calls itself
}

// Options are what a summary is made from.
type Options struct {
	Patient string // id of the Patient
	Now     time.Time
	Words   Words
	// Kind is the kind of document; nil is a patient summary.
	Kind *Kind
	// Only are the keys of the sections that are read; empty for all.
	Only []string
	// Name finds what a reference is called, as plain.Reader has it; it may be nil.
	Name func(reference string) string
	// Hold tells what is kept from the viewer for now by their own choice. What it
	// holds back is not in the summary, which says so. nil holds nothing.
	Hold func(*fhir.Tree) bool
}

// Summary is what is known of a person, in parts.
type Summary struct {
	Patient  Entry
	Made     time.Time
	Sections []Section
	extra    []*fhir.Tree // what entries refer to and can not be read without
	words    Words
	kind     *Kind
}

// Section is one part. One without entries is there only where a reader has to
// hear that nothing is known.
type Section struct {
	Key, Code, Display string
	Title, None        string
	Entries            []Entry
	system             string // of Code; "" is LOINC
	Cut                bool   // there are more
	Held               bool   // some wait to be shown, by a choice of the viewer
}

// Entry is one entry in words, with the resource that it was made from.
type Entry struct {
	plain.Entry
	Detail string // what else has to be known, such as a dose; "" for nothing
	Tree   *fhir.Tree
}

// maxBytes bounds all resources of one summary together. A letter or a picture
// that lies in a report may be large; what comes later is left out, and said.
const maxBytes = 16 << 20

// Read reads a summary through a session about the person. What the session may
// not see looks like what is not known.
func Read(ctx context.Context, s Session, o Options) (*Summary, error) {
	one, err := s.Read(ctx, record.Key{Type: "Patient", ID: o.Patient}, 0)
	if err != nil {
		return nil, err
	}
	g := gather{s: s, o: o, left: maxBytes, names: map[string]string{}, have: map[record.Key]bool{one.Key: true}}
	t, err := g.tree(one)
	if err != nil {
		return nil, err
	}
	if g.o.Kind == nil {
		g.o.Kind = &summary
	}
	out := &Summary{Made: o.Now, words: o.Words, kind: g.o.Kind}
	out.Patient = g.entry(t)
	for _, p := range out.kind.parts {
		if len(o.Only) > 0 && !slices.Contains(o.Only, p.key) {
			continue
		}
		sec, err := g.section(ctx, p)
		if err != nil {
			return nil, err
		}
		if p.needed || len(sec.Entries) > 0 || sec.Held {
			out.Sections = append(out.Sections, sec)
		}
	}
	out.extra = g.extra
	return out, nil
}

// Section finds one part by its key.
func (s *Summary) Section(key string) (Section, bool) {
	for _, one := range s.Sections {
		if one.Key == key {
			return one, true
		}
	}
	return Section{}, false
}

// BloodGroup is the newest entry that tells the person's blood group, as a part.
// It is no part of a summary: nobody gives blood by it, and most records lack it.
func BloodGroup(ctx context.Context, s Session, o Options) (Section, error) {
	o.Kind = &summary
	g := gather{s: s, o: o, left: maxBytes, names: map[string]string{}, have: map[record.Key]bool{}}
	sec, err := g.section(ctx, part{key: "blood", code: "882-1", display: "ABO and Rh group [Type] in Blood", of: []question{blood}})
	sec.Cut = false // what is older is no longer what holds
	return sec, err
}

// gather reads the parts one after the other.
type gather struct {
	s     Session
	o     Options
	left  int
	extra []*fhir.Tree
	names map[string]string // what included resources are called
	have  map[record.Key]bool
}

func (g *gather) section(ctx context.Context, p part) (Section, error) {
	sec := Section{Key: p.key, Code: p.code, Display: p.display, system: p.system, Title: or(g.o.Words.Titles[p.key], p.display), None: g.o.Words.Nones[p.key]}
	for _, q := range p.of {
		all, more, err := g.find(ctx, q)
		if problem.Is(err, problem.Forbidden) {
			continue // what they may not see at all looks like what is not there
		}
		if err != nil {
			return sec, err
		}
		sec.Cut = sec.Cut || more
		for _, t := range all {
			switch {
			case p.keep != nil && !p.keep(t.Root()), g.o.Kind.never(t):
			case g.o.Hold != nil && g.o.Hold(t):
				sec.Held = true
			case !g.room(t):
				sec.Cut = true
			default:
				sec.Entries = append(sec.Entries, g.entry(t))
			}
		}
	}
	return sec, nil
}

// find asks one question, the newest first. What is included is kept for the
// names of what refers to it.
func (g *gather) find(ctx context.Context, q question) (all []*fhir.Tree, more bool, err error) {
	pairs := append([]search.Pair{{Name: "_sort", Value: "-" + search.When}, {Name: "_count", Value: strconv.Itoa(q.most)}, {Name: "_total", Value: "none"}}, q.pairs...)
	if q.include != "" {
		pairs = append(pairs, search.Pair{Name: "_include", Value: q.include})
	}
	asked, err := search.Parse(g.s.Registry(), q.types, &search.Compartment{Type: "Patient", ID: g.o.Patient}, pairs,
		search.Options{Strict: true, When: true, Now: g.o.Now.UnixMicro(), MaxCount: q.most})
	if err != nil {
		return nil, false, err
	}
	page, err := g.s.Search(ctx, asked, "")
	if err != nil {
		return nil, false, err
	}
	for _, one := range page.Items {
		if g.have[one.Key] {
			continue
		}
		t, err := g.tree(one)
		if err != nil {
			return nil, false, err
		}
		g.have[one.Key] = true
		switch {
		case !one.Include:
			all = append(all, t)
		case g.o.Kind.never(t):
		case g.room(t):
			g.extra = append(g.extra, t)
			g.names[one.Key.String()] = g.entry(t).Title
		}
	}
	return all, page.Next != "", nil
}

// room takes the bytes of a resource from what is left.
func (g *gather) room(t *fhir.Tree) bool {
	n := len(t.Bytes())
	if n > g.left {
		return false
	}
	g.left -= n
	return true
}

func (g *gather) tree(one record.Resource) (*fhir.Tree, error) {
	t, err := fhir.Parse(one.Body, fhir.Limits{Bytes: len(one.Body), Nodes: 64 << 20})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return t, nil
}

// name is what a reference is called: what was read with the entry, or what the
// viewer's page calls it.
func (g *gather) name(reference string) string {
	if s := g.names[reference]; s != "" {
		return s
	}
	if g.o.Name != nil {
		return g.o.Name(reference)
	}
	return ""
}
