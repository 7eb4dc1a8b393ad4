package mandate

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
)

// Rules are a version of what age and law change, for one jurisdiction.
type Rules struct {
	Jurisdiction string `json:"jurisdiction"`
	Version      string `json:"version"`
	Effective    string `json:"effective"`
	Source       string `json:"source"`
	SignedOffBy  string `json:"signed-off-by"`
	// NoticeMonths is how long before a change both are told.
	NoticeMonths int `json:"notice-months"`
	// Bands say what somebody with parental responsibility has while the child
	// is at least so many years old, from the youngest on.
	Bands []Band           `json:"bands"`
	Bases map[Basis]*Terms `json:"bases"`
}

// Band is what there is from an age on.
type Band struct {
	From   int      `json:"from"` // in whole years
	Look   []string `json:"look"` // types of resources, or * for all
	Ask    bool     `json:"ask"`
	Manage bool     `json:"manage"`
	Copy   bool     `json:"copy"`
}

// Terms are those of one legal basis.
type Terms struct {
	From   int  `json:"from"`   // the youngest that somebody may be, in whole years
	Before int  `json:"before"` // and the age from which it can not be given; 0 for none
	Banded bool `json:"banded"` // the bands narrow it
	// Stops are the birthdays on which one that was given before is suspended.
	Stops    []int    `json:"stops"`
	Ways     []Way    `json:"ways"`
	Evidence []string `json:"evidence"` // at least one of these is looked at
	// AbleUnder is the age below which staff have to have decided that the person
	// understands what they agree to. Unable says that it is for those who can not
	// decide themselves, as somebody decided.
	AbleUnder    int  `json:"able-under"`
	Unable       bool `json:"unable"`
	Court        bool `json:"court"` // a court made it
	ReviewMonths int  `json:"review-months"`
	// CopiesFrom is the least age of the person on the day from which a right is
	// good that lets its holder take a copy along; without it none does.
	CopiesFrom     *int `json:"copies-from"`
	EndsOnTransfer bool `json:"ends-on-transfer"`
}

//go:embed rules/england.json
var england []byte

// England are the rules that Bevan comes with.
func England() (*Rules, error) { return ReadRules(england) }

// maxAge bounds the ages in a file, in years.
const maxAge = 120

// ReadRules reads a file of rules. Bands that would give more with more years
// are refused, whoever wrote the file: what age changes, it takes away.
func ReadRules(text []byte) (*Rules, error) {
	var r Rules
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("mandate: the rules can not be read: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, r.Effective); err != nil || r.Jurisdiction == "" || r.Version == "" || r.Source == "" || r.SignedOffBy == "" {
		return nil, fmt.Errorf("mandate: the rules need a jurisdiction, a version, a date, a source, and who signed them off")
	}
	if r.NoticeMonths < 0 || r.NoticeMonths > 24 || len(r.Bands) == 0 || r.Bands[0].From != 0 {
		return nil, fmt.Errorf("mandate: bands begin at 0, and notice is of 24 months at most")
	}
	for i := range r.Bands {
		if err := r.checkBand(i); err != nil {
			return nil, err
		}
	}
	for b, t := range r.Bases {
		if err := t.check(b); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

func (r *Rules) checkBand(i int) error {
	b := r.Bands[i]
	for _, typ := range b.Look {
		if typ != "*" && (!spec.IsResource(typ) || !slices.Contains(fields(access.AllActing()), typ)) {
			return fmt.Errorf("mandate: %q is no type that somebody may see who acts for another", typ)
		}
	}
	if i == 0 {
		return nil
	}
	before := r.Bands[i-1]
	wider := b.Ask && !before.Ask || b.Manage && !before.Manage || b.Copy && !before.Copy
	for _, typ := range b.Look {
		wider = wider || !slices.Contains(before.Look, "*") && !slices.Contains(before.Look, typ)
	}
	if b.From <= before.From || b.From > maxAge || wider {
		return fmt.Errorf("mandate: the band from %d does not follow the one from %d, or gives more than it", b.From, before.From)
	}
	return nil
}

func (t *Terms) check(b Basis) error {
	if t == nil || !slices.Contains(Bases(), b) {
		return fmt.Errorf("mandate: there is no legal basis %q", b)
	}
	if t.From < 0 || t.From > maxAge || t.Before != 0 && t.Before <= t.From || t.ReviewMonths < 1 || t.ReviewMonths > 60 || len(t.Ways) == 0 || t.AbleUnder < 0 || t.CopiesFrom != nil && (*t.CopiesFrom < 0 || *t.CopiesFrom > maxAge) {
		return fmt.Errorf("mandate: the ages, the review or the ways of %q are not right", b)
	}
	for _, w := range t.Ways {
		if !slices.Contains([]Way{ByPerson, ByStaff, ByImport}, w) {
			return fmt.Errorf("mandate: there is no way %q", w)
		}
	}
	for _, e := range t.Evidence {
		if !slices.Contains(Evidence(), e) {
			return fmt.Errorf("mandate: there is no evidence %q", e)
		}
	}
	if !slices.IsSorted(t.Stops) {
		return fmt.Errorf("mandate: the birthdays on which %q stops are not in order", b)
	}
	return nil
}

// types are those of a band, with blanks between.
func (b Band) types() string {
	if slices.Contains(b.Look, "*") {
		return access.AllActing()
	}
	return strings.Join(b.Look, " ")
}

// may is what a band leaves of what may be done.
func (b Band) may(a May) May {
	if len(b.Look) == 0 {
		return 0
	}
	if !b.Ask {
		a &^= Ask
	}
	if !b.Manage {
		a &^= Manage
	}
	if !b.Copy {
		a &^= Copy
	}
	return a
}

// copies says whether a right on this basis, good from that day on, can let its
// holder take a copy along. It is the age at its beginning that counts, so that
// no birthday gives what was not given.
func (t *Terms) copies(born, began date) bool {
	return t.CopiesFrom != nil && born.known() && born.age(began) >= *t.CopiesFrom
}
