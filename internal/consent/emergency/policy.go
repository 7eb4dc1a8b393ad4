package emergency

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed policy.json
var builtIn []byte

// Policy is the numbers of an emergency. They are data, so that a deployment
// can be asked which it goes by: each emergency keeps the version.
type Policy struct {
	Version string `json:"version"`
	// Minutes is how long a record is open, and DraftMinutes how long somebody
	// has to touch their passkey once they have said why.
	Minutes      int `json:"minutes"`
	DraftMinutes int `json:"draftMinutes"`
	// MostPerDay bounds how many one account may declare in 24 hours.
	MostPerDay int `json:"mostPerDay"`
	// ReasonLeast and ReasonMost bound what is written, in characters.
	ReasonLeast int `json:"reasonLeast"`
	ReasonMost  int `json:"reasonMost"`
	// ReviewWorkingDays is how many working days a review may take.
	ReviewWorkingDays int `json:"reviewWorkingDays"`
	// DelayHours is how long a reviewer has to decide whether the person is
	// told later; after that they are told. DelayMostDays is the longest that
	// they may wait, from the emergency on.
	DelayHours    int `json:"delayHours"`
	DelayMostDays int `json:"delayMostDays"`
	// Fewest is how many emergencies an organisation has to have to be counted
	// by its name.
	Fewest int `json:"fewest"`
	// Holidays are the days on which nobody reviews, beside weekends, as dates.
	Holidays []string `json:"holidays"`
}

// BuiltIn is the policy that Bevan comes with: 30 minutes, and three working
// days for a review. The holidays are the bank holidays of England and Wales
// (https://www.gov.uk/bank-holidays).
func BuiltIn() (*Policy, error) { return ReadPolicy(builtIn) }

// ReadPolicy reads a policy. One with a number that is missing or out of bounds
// is refused whole: what is not known must not become "for ever".
func ReadPolicy(text []byte) (*Policy, error) {
	bad := func(cause error) error {
		return problem.Wrap(problem.Invalid, "The policy for emergencies can not be read. Each number must be there, within its bounds, and each holiday a date.", cause)
	}
	p := &Policy{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return nil, bad(err)
	}
	for _, n := range []struct{ is, least, most int }{
		{p.Minutes, 1, 240}, {p.DraftMinutes, 1, 60}, {p.MostPerDay, 1, 1000}, {p.ReasonLeast, 1, 200}, {p.ReasonMost, 50, 2000},
		{p.ReviewWorkingDays, 1, 60}, {p.DelayHours, 1, 168}, {p.DelayMostDays, 1, 366}, {p.Fewest, 1, 1000},
	} {
		if n.is < n.least || n.is > n.most {
			return nil, bad(errors.New("emergency: a number is out of its bounds"))
		}
	}
	for _, day := range p.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, bad(err)
		}
	}
	if p.Version == "" || p.ReasonLeast > p.ReasonMost {
		return nil, bad(errors.New("emergency: no version, or no reason is long enough"))
	}
	return p, nil
}

// Due is until when a review has to be done of what began at a moment: the end
// of so many working days after that day, where the zone has it.
func (p *Policy) Due(begun time.Time, zone *time.Location) time.Time {
	y, m, d := begun.In(zone).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for left := p.ReviewWorkingDays; left > 0; {
		day = day.AddDate(0, 0, 1)
		if w := day.Weekday(); w != time.Saturday && w != time.Sunday && !slices.Contains(p.Holidays, day.Format(time.DateOnly)) {
			left--
		}
	}
	return day.AddDate(0, 0, 1)
}
