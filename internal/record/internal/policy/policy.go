// Package policy says what holds where a person has not decided, and who
// somebody is in the eyes of a person's choices.
//
// The rules are a file with a version, not code: the default is inside, and an
// operator may run another one. The package is pure: whoever asks it has
// gathered the facts.
package policy

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed default.json
var standard []byte

// Policy is one version of the rules.
type Policy struct {
	// Version stands beside every decision.
	Version string `json:"version"`
	// Date and Source say since when and on whose word.
	Date   string `json:"date"`
	Source string `json:"source"`
	Rules  []Rule `json:"rules"`
	// Ties are the parts of a record that show that somebody looks after the
	// person.
	Ties []Tie `json:"ties"`
}

// Rule says what holds for a role and a purpose. Where no rule speaks, nothing
// may be seen.
type Rule struct {
	Name    string `json:"name"`
	Role    string `json:"role"`
	Purpose string `json:"purpose"`
	// App limits the rule to those who come by an app, or by none.
	App *bool `json:"app"`
	// Undecided is what holds where the person has not decided: permit or deny.
	Undecided string `json:"undecided"`
	// No is what becomes of a person's no: it is obeyed or lifted.
	No string `json:"no"`
	// Tie asks that the one who looks is known to look after the person.
	Tie bool `json:"tie"`
	// Unjudged is what becomes of what has a new kind of code from a sensitive
	// service, which nobody has judged yet: it is shown or hidden.
	Unjudged string `json:"unjudged"`
	// Kept names labels that stay hidden under the rule whatever the person
	// decided or a mandate shows, and though the rule lifts a no: what a court or
	// those who keep somebody safe imposed.
	Kept []string `json:"kept"`
	// Why is what the person is told.
	Why string `json:"why"`

	kept label.Set // what Kept names
}

// Keeps are the labels that stay hidden under the rule.
func (r *Rule) Keeps() label.Set { return r.kept }

// Tie is a type of resource that shows that its person is looked after by
// those whom a search parameter finds in it.
type Tie struct {
	Type   string   `json:"type"`
	Params []string `json:"params"`
	// Time is the element that says when, a Period or a dateTime; empty for one
	// that holds while it stands.
	Time string `json:"time"`
	// Status lists the values of the element status with which it holds; none
	// is any.
	Status []string `json:"status"`
	// BeforeDays and AfterDays are how long before and after that time it
	// holds: for those who prepare a visit, and who write about it.
	BeforeDays int    `json:"beforeDays"`
	AfterDays  int    `json:"afterDays"`
	Why        string `json:"why"`
}

// Default is the policy that is inside the program.
func Default() *Policy {
	p, err := Read(standard)
	if err != nil {
		panic(err) // a test reads it
	}
	return p
}

// maxPolicy bounds a policy file, in bytes.
const maxPolicy = 1 << 20

// Read reads a policy file. What it does not know it refuses: a word that was
// spelt wrongly must not become a rule that is not there.
func Read(src []byte) (*Policy, error) {
	p := &Policy{}
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil || len(src) > maxPolicy || d.More() {
		return nil, problem.Wrap(problem.Invalid, "The policy file can't be read. It has to be JSON in the form of the default policy.", err)
	}
	if p.Version == "" || p.Source == "" {
		return nil, problem.New(problem.Invalid, "The policy file names no version or no source. Add both.")
	}
	if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
		return nil, problem.Wrap(problem.Invalid, "The policy file has no date such as 2026-11-26.", err)
	}
	for i := range p.Rules {
		if err := p.Rules[i].check(); err != nil {
			return nil, err
		}
	}
	for i := range p.Ties {
		t := &p.Ties[i]
		if t.Type == "" || len(t.Params) == 0 || t.BeforeDays < 0 || t.AfterDays < 0 {
			return nil, problem.New(problem.Invalid, "A tie of the policy file names no type or no search parameter, or a number of days below 0.")
		}
	}
	return p, nil
}

func (r *Rule) check() error {
	kept, known := label.Named(r.Kept)
	if !known {
		return problem.New(problem.Invalid, "The rule "+r.Name+" of the policy file keeps a label that is not known. Mend its name.")
	}
	r.kept = kept
	_, role := access.RoleByName(r.Role)
	_, purpose := access.PurposeByName(r.Purpose)
	ok := role && purpose && r.Name != "" && slices.Contains([]string{"permit", "deny"}, r.Undecided) &&
		slices.Contains([]string{"obeyed", "lifted"}, r.No) && slices.Contains([]string{"shown", "hidden"}, r.Unjudged)
	if !ok {
		return problem.New(problem.Invalid, "The rule "+r.Name+" of the policy file is not complete. It needs name, role, purpose, undecided (permit or deny), no (obeyed or lifted) and unjudged (shown or hidden).")
	}
	return nil
}

// Rule is the rule for somebody with a purpose; nil where none speaks.
func (p *Policy) Rule(who access.Who, why access.Purpose) *Rule {
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Role == who.Role.String() && r.Purpose == seeing(who, why).String() && (r.App == nil || *r.App == (who.App != "")) {
			return r
		}
	}
	return nil
}

// Applies tells whether the choices of people apply to a role at all. Those
// who keep the service running do not look after or for anybody: what they do
// is bound by other rules.
func Applies(who access.Who) bool { return who.Role != access.RoleOperator }
