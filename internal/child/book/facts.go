package book

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed facts.json
var factsFile []byte

// Own is the code system of what only this book has a code for.
const Own = "urn:bevan:child"

// AnswerSystem is the code system of the answers, each by its id.
const AnswerSystem = "urn:bevan:child:answer"

// Rules is what every file of rules says of itself.
type Rules struct {
	ID, Version, Effective, Source, Licence string
	// SignedOff names who signed the rules off and when; nil where nobody has.
	SignedOff *string
	// Systems are the code systems by the short names that codes are written with.
	Systems map[string]string
}

// Facts are what can be known of a child's birth and screening.
type Facts struct {
	Rules
	Answers map[string][]Answer
	Parts   []Part
	ids     map[Code]string // of the facts and answers that a code is of; "" for several
}

// ID is that of the fact or the answer that a code is of; "" for none, and for a
// code that is of several.
func (f *Facts) ID(c Code) string { return f.ids[c] }

func (f *Facts) know(id string, codes []Code) {
	for _, c := range codes {
		if other, twice := f.ids[c]; twice && other != id {
			f.ids[c] = ""
			continue
		}
		f.ids[c] = id
	}
}

// Part is what stands on one page, or under one heading.
type Part struct {
	ID    string
	Facts []*Fact
}

// Answer is one thing that can be said of a fact, by its id and by the codes that
// others write for it.
type Answer struct {
	ID    string
	Codes []Code
	Open  bool // something is still to be done about it
}

// Code is a code of a system.
type Code struct{ System, Code string }

// Kinds of facts.
const (
	Choice    = "answer"    // one of the answers
	Number    = "number"    // a quantity in the unit
	Score     = "score"     // a whole number without one
	Gestation = "gestation" // a quantity of days, told in weeks and days
)

// Fact is one thing that can be known.
type Fact struct {
	ID, Kind string
	// Codes say in an entry that it is about this fact; FirstDay ones do so on the
	// day of birth only. The first code is the one that is written, with the fact's
	// own beside it.
	Codes, FirstDay []Code
	// Tests are procedures of which the outcome says what it is about: their
	// outcomes are in the set Outcomes.
	Tests    []Code
	Outcomes string
	// Answers names the set of answers of a Choice.
	Answers string
	// Unit is UCUM's code; Low and High are bounds beyond which a number is a slip.
	Unit      string
	Low, High float64
	// From and Before bound the age in days at which an entry is about this fact
	// and not about the same one at another age; 0 is no bound.
	From, Before int
	// ReadOnly facts are what others sum up: nobody is asked for them.
	ReadOnly bool

	part string
	set  []Answer
	outs []Answer
}

// Name is what the fact is called among all: the same thing at another age has
// another name.
func (f *Fact) Name() string { return f.part + "/" + f.ID }

// Set are the answers of a Choice.
func (f *Fact) Set() []Answer { return f.set }

// Published are the facts that come with Bevan.
var Published = sync.OnceValue(func() *Facts {
	f, err := ReadFacts(factsFile)
	if err != nil {
		panic("book: " + err.Error()) // the file is part of the program, and a test reads it
	}
	return f
})

// strictly decodes a file of rules, and refuses what it does not know.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// whole says whether a file names what every file of rules has to.
func (r *Rules) whole() error {
	if _, err := time.Parse(time.DateOnly, r.Effective); err != nil || r.ID == "" || r.Version == "" || r.Source == "" || r.Licence == "" {
		return fmt.Errorf("the rules need an id, a version, a day from which they hold, a source and a licence")
	}
	return nil
}

// code reads "sct|314081000", by the short name of its system.
func (r *Rules) code(text string) (Code, error) {
	name, code, ok := strings.Cut(text, "|")
	if system := r.Systems[name]; ok && system != "" && code != "" {
		return Code{system, code}, nil
	}
	return Code{}, fmt.Errorf("%q is no code of a system that the file names", text)
}

func (r *Rules) codes(all []string) (out []Code, err error) {
	for _, text := range all {
		c, err := r.code(text)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// ReadFacts reads a file of facts. What it does not understand it refuses.
func ReadFacts(text []byte) (*Facts, error) {
	var file struct {
		Rules
		Answers map[string][]struct {
			ID    string
			Codes []string
			Open  bool
		}
		Parts []struct {
			ID    string
			Facts []struct {
				ID, Kind, Answers, Outcomes, Unit string
				Codes, FirstDay, Tests            []string
				Low, High                         float64
				From, Before                      int
				ReadOnly                          bool
			}
		}
	}
	if err := strictly(text, &file); err != nil {
		return nil, err
	}
	out := &Facts{Rules: file.Rules, Answers: map[string][]Answer{}, ids: map[Code]string{}}
	if err := out.whole(); err != nil {
		return nil, err
	}
	for name, all := range file.Answers {
		for _, a := range all {
			codes, err := out.codes(a.Codes)
			if err != nil {
				return nil, err
			}
			codes = append(codes, Code{AnswerSystem, a.ID})
			out.Answers[name] = append(out.Answers[name], Answer{a.ID, codes, a.Open})
			out.know(a.ID, codes)
		}
	}
	for _, p := range file.Parts {
		part := Part{ID: p.ID}
		for _, f := range p.Facts {
			one := &Fact{ID: f.ID, Kind: f.Kind, Answers: f.Answers, Outcomes: f.Outcomes, Unit: f.Unit, Low: f.Low, High: f.High, From: f.From, Before: f.Before, ReadOnly: f.ReadOnly,
				part: p.ID, set: out.Answers[f.Answers], outs: out.Answers[f.Outcomes]}
			for _, c := range []struct {
				from []string
				to   *[]Code
			}{{f.Codes, &one.Codes}, {f.FirstDay, &one.FirstDay}, {f.Tests, &one.Tests}} {
				codes, err := out.codes(c.from)
				if err != nil {
					return nil, err
				}
				*c.to = codes
			}
			one.Codes = append(one.Codes, Code{Own, f.ID})
			if err := one.check(); err != nil {
				return nil, err
			}
			part.Facts = append(part.Facts, one)
			out.know(one.ID, one.Codes)
		}
		out.Parts = append(out.Parts, part)
	}
	return out, nil
}

func (f *Fact) check() error {
	switch f.Kind {
	case Choice:
		if len(f.set) == 0 || (len(f.Tests) > 0) != (len(f.outs) > 0) {
			return fmt.Errorf("%s has no answers to choose from", f.Name())
		}
	case Number, Gestation:
		if f.Unit == "" || f.Low >= f.High {
			return fmt.Errorf("%s has no unit or no bounds", f.Name())
		}
	case Score:
		if f.Low >= f.High {
			return fmt.Errorf("%s has no bounds", f.Name())
		}
	default:
		return fmt.Errorf("%s is of no known kind", f.Name())
	}
	return nil
}

// Part finds a part by its id; an empty one where there is none.
func (f *Facts) Part(id string) Part {
	i := slices.IndexFunc(f.Parts, func(p Part) bool { return p.ID == id })
	if i < 0 {
		return Part{ID: id}
	}
	return f.Parts[i]
}

// Asked are the codes by which entries about some parts are found.
func (f *Facts) Asked(parts ...string) (all []Code) {
	for _, id := range parts {
		for _, one := range f.Part(id).Facts {
			for _, c := range slices.Concat(one.Codes, one.FirstDay, one.Tests) {
				if !slices.Contains(all, c) {
					all = append(all, c)
				}
			}
		}
	}
	return all
}
