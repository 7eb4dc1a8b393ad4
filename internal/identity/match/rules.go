package match

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Rules are a version of the rules of the trace. A rule is met when all its
// parts agree; a part with ~ agrees also when it only sounds alike or was so in
// the past.
type Rules struct {
	ID          string `json:"id"`
	Effective   string `json:"effective"`
	Source      string `json:"source"`
	Licence     string `json:"licence"`
	SignedOffBy string `json:"signed-off-by"`
	Link        []Rule `json:"link"`  // may link by themselves
	Queue       []Rule `json:"queue"` // people should look at it
	// Veto are the parts that stop a link when both sides have them and they
	// do not agree.
	Veto []string `json:"veto"`
}

// Rule is one way to agree.
type Rule struct {
	Name string   `json:"name"`
	All  []string `json:"all"`
}

//go:embed rules.json
var builtIn []byte

// BuiltIn are the rules that Bevan comes with.
func BuiltIn() (*Rules, error) { return ReadRules(builtIn) }

// ReadRules reads a file of rules. A rule that would link by similarity alone
// is refused, whoever wrote the file.
func ReadRules(text []byte) (*Rules, error) {
	var r Rules
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("match: the rules can not be read: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, r.Effective); err != nil || r.ID == "" || r.Source == "" || len(r.Link) == 0 || len(r.Queue) == 0 {
		return nil, fmt.Errorf("match: the rules need an id, a date, a source, and rules for link and queue")
	}
	for _, p := range r.Veto {
		if parts[p] == nil {
			return nil, fmt.Errorf("match: there is no part %q", p)
		}
	}
	for _, rule := range slices.Concat(r.Link, r.Queue) {
		if rule.Name == "" || len(rule.All) == 0 {
			return nil, fmt.Errorf("match: a rule has no name or no parts")
		}
		for _, p := range rule.All {
			if parts[p] == nil {
				return nil, fmt.Errorf("match: rule %s: there is no part %q", rule.Name, p)
			}
		}
	}
	for _, rule := range r.Link {
		exact := slices.DeleteFunc(slices.Clone(rule.All), func(p string) bool { return strings.HasSuffix(p, "~") })
		if !slices.Contains(exact, "birth") || len(exact) < 2 {
			return nil, fmt.Errorf("match: rule %s links, and needs the exact birth date and one more exact part", rule.Name)
		}
	}
	return &r, nil
}
