package proof

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Papers is a version of the list of documents that can be checked at a desk,
// each with how strong it is as evidence (GPG 45, strength 1 to 4).
type Papers struct {
	ID          string `json:"id"`
	Effective   string `json:"effective"`
	Source      string `json:"source"`
	Licence     string `json:"licence"`
	SignedOffBy string `json:"signed-off-by"`
	// LeastStrength is that of the document whose photograph is compared.
	LeastStrength int `json:"least-strength"`
	// LastsYears is for how long a proof at a desk counts.
	LastsYears int     `json:"lasts-years"`
	Papers     []Paper `json:"papers"`
}

// Paper is one kind of document.
type Paper struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Strength int    `json:"strength"`
	Photo    bool   `json:"photo"`
	Ends     bool   `json:"ends"` // it says until when it is good
}

//go:embed papers.json
var builtInPapers []byte

// BuiltInPapers is the list that Bevan comes with.
func BuiltInPapers() (*Papers, error) { return ReadPapers(builtInPapers) }

// ReadPapers reads a list. One by which no photograph need be compared is
// refused, whoever wrote it.
func ReadPapers(b []byte) (*Papers, error) {
	var p Papers
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("proof: the list of documents can not be read: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, p.Effective); err != nil || p.ID == "" || p.Source == "" {
		return nil, fmt.Errorf("proof: the list of documents needs an id, a date and a source")
	}
	if p.LeastStrength < 3 || p.LeastStrength > 4 || p.LastsYears < 1 || p.LastsYears > 20 {
		return nil, fmt.Errorf("proof: the photograph that is compared is on a document of strength 3 or 4, and a proof counts for 1 to 20 years")
	}
	seen := map[string]bool{}
	usable := false
	for _, d := range p.Papers {
		if d.ID == "" || d.Name == "" || strings.ContainsAny(d.ID, " \t\n") || seen[d.ID] || d.Strength < 1 || d.Strength > 4 {
			return nil, fmt.Errorf("proof: document %q needs an id of its own without blanks, a name, and a strength of 1 to 4", d.ID)
		}
		seen[d.ID] = true
		usable = usable || p.compares(d)
	}
	if !usable {
		return nil, fmt.Errorf("proof: no document on the list has a photograph that could be compared")
	}
	return &p, nil
}

// compares says whether a document is one whose photograph proves who somebody
// is.
func (p *Papers) compares(d Paper) bool { return d.Photo && d.Strength >= p.LeastStrength }

func (p *Papers) kind(id string) (Paper, bool) {
	for _, d := range p.Papers {
		if d.ID == id {
			return d, true
		}
	}
	return Paper{}, false
}

// Document is one that a member of staff has in their hand.
type Document struct {
	Kind   string // the id of a Paper
	Issuer string
	Number string // kept as a keyed hash
	Until  string // a date, where the document has one
}

// check reads what staff typed of a document, at a time.
func (p *Papers) check(d Document, now time.Time) (Document, Paper, error) {
	kind, ok := p.kind(d.Kind)
	if !ok {
		return d, kind, problem.New(problem.Invalid, "This kind of document is not on the list. Choose one that is.").Because("paper-kind")
	}
	issuer, err := line(d.Issuer, 100, problem.New(problem.Invalid, "Say who issued the document, such as HM Passport Office.").Because("paper-issuer"))
	if err != nil {
		return d, kind, err
	}
	number, err := line(d.Number, 50, problem.New(problem.Invalid, "Type the number that stands on the document. It is kept in a form that nobody can read.").Because("paper-number"))
	if err != nil {
		return d, kind, err
	}
	d.Issuer, d.Number = issuer, plainNumber(number)
	if !kind.Ends {
		d.Until = ""
		return d, kind, nil
	}
	until, ok := ReadDate(d.Until)
	if !ok {
		return d, kind, problem.New(problem.Invalid, "Type until when the document is good, such as 31 3 2031.").Because("paper-until")
	}
	if until < now.UTC().Format(time.DateOnly) {
		return d, kind, problem.New(problem.Invalid, "This document is too old to be used. Ask for another one.").Because("paper-old")
	}
	d.Until = until
	return d, kind, nil
}

// plainNumber is a document's number without what people write differently.
func plainNumber(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "/", "", ".", "").Replace(s))
}
