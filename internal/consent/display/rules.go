package display

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/label"
)

//go:embed rules.json
var published []byte

// How says how somebody is shown results of a kind on their own pages.
type How string

// The ways, the most careful last.
const (
	Now  How = "now"  // at once
	Warn How = "warn" // behind a page that says what kind of result it is
	Wait How = "wait" // when a clinician has talked with them, or after some days
)

// Ways are all of them, as people are asked.
func Ways() []How { return []How{Now, Warn, Wait} }

// careful orders the ways. What is none of them is the most careful.
func (h How) careful() int {
	switch h {
	case Now:
		return 0
	case Warn:
		return 1
	}
	return 2
}

// Everyday is the kind of every result that is of no other kind.
const Everyday = "everyday"

// Code is one code by which a result is of a kind. Term is for the reader.
type Code struct{ System, Code, Term, Source string }

// Kind is a kind of result.
type Kind struct {
	ID     string
	First  How      // what holds for those who chose nothing
	Days   int      // after which a result waits no longer
	Labels []string // those of access/label that make a result one of this kind
	Codes  []Code

	labels label.Set
}

// Rules are the kinds of results and what holds at first.
type Rules struct {
	ID, Version, Effective, Licence, SignOff string
	Sources                                  []string
	Kinds                                    []Kind // Everyday is the last

	byCode map[[2]string]int
}

// Published are the rules that come with Bevan.
var Published = sync.OnceValue(func() *Rules {
	r, err := ReadRules(published)
	if err != nil {
		panic("display: " + err.Error()) // the file is part of the program, and a test reads it
	}
	return r
})

// ReadRules reads a file of rules. What it does not understand it refuses.
func ReadRules(text []byte) (*Rules, error) {
	r := &Rules{byCode: map[[2]string]int{}}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, r.Effective); err != nil || r.Version == "" || len(r.Sources) == 0 {
		return nil, fmt.Errorf("the rules need a version, a day from which they hold, and sources")
	}
	seen := map[string]bool{}
	for i := range r.Kinds {
		k := &r.Kinds[i]
		if k.ID == "" || seen[k.ID] || k.First != Now && k.First != Warn && k.First != Wait || k.Days < 1 || k.Days > 366 {
			return nil, fmt.Errorf("kind %d (%q) has no name of its own, no way of showing, or no days", i, k.ID)
		}
		seen[k.ID] = true
		for _, name := range k.Labels {
			l, ok := label.ByName(name)
			if !ok {
				return nil, fmt.Errorf("%s: %q is no label", k.ID, name)
			}
			k.labels |= l
		}
		for _, c := range k.Codes {
			key := [2]string{c.System, c.Code}
			if _, twice := r.byCode[key]; twice || c.System == "" || c.Code == "" || c.Term == "" || c.Source == "" {
				return nil, fmt.Errorf("%s: %s stands there twice, or lacks its system, code, term or source", k.ID, c.Code)
			}
			r.byCode[key] = i
		}
	}
	if n := len(r.Kinds); n == 0 || r.Kinds[n-1].ID != Everyday {
		return nil, fmt.Errorf("the last kind has to be %s", Everyday)
	}
	return r, nil
}

// Kind finds a kind by its id.
func (r *Rules) Kind(id string) (Kind, bool) {
	for _, k := range r.Kinds {
		if k.ID == id {
			return k, true
		}
	}
	return Kind{}, false
}

// IsResult says whether a resource is a result, which these rules are about.
func IsResult(t *fhir.Tree) bool {
	typ := t.Root().Get("resourceType")
	return typ.Is("Observation") || typ.Is("DiagnosticReport")
}

// Hard says whether a result is of a kind that is not shown at once to those who
// chose nothing.
func (r *Rules) Hard(t *fhir.Tree) bool {
	for _, k := range r.Of(t) {
		if k.First != Now {
			return true
		}
	}
	return false
}

// Of are the kinds of a result: by every code in it, its parts and what it
// contains, so that a report is as hard as the hardest thing in it. It is
// empty for what is no result.
func (r *Rules) Of(t *fhir.Tree) (all []Kind) {
	if !IsResult(t) {
		return nil
	}
	is := make([]bool, len(r.Kinds))
	for n := range t.Strings("code") {
		if i, ok := r.byCode[[2]string{n.Parent().Get("system").Str(), n.Str()}]; ok {
			is[i] = true
		}
	}
	set := label.Built().Of(t, 0)
	for i, k := range r.Kinds {
		if is[i] || k.labels&set != 0 {
			all = append(all, k)
		}
	}
	if len(all) == 0 {
		all = r.Kinds[len(r.Kinds)-1:]
	}
	return all
}
