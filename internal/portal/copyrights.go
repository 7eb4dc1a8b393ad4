package portal

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
)

// rightLine is a right to act as programs read it.
type rightLine struct {
	Right    string    `json:"right"`
	Name     string    `json:"name"`
	Relation string    `json:"relation,omitempty"`
	Basis    string    `json:"basis,omitempty"`
	Patient  string    `json:"patient"`
	May      string    `json:"may"`
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until"`
	Review   time.Time `json:"review,omitzero"`
}

// rightsGiven are the rights that others have to act for the person, as their
// page shows them: those in force. One that was stopped to keep somebody safe is
// for staff to tell, since whoever it keeps out may read the copy as well.
func (p *CopyPage) rightsGiven(ctx context.Context, s CopySources, of takeaway.Whose, fn func(any, []string) error) error {
	all, err := s.Mandates.Given(ctx, of.Patient)
	if err != nil {
		return err
	}
	for _, d := range all {
		line := rightLine{Right: d.ID, Name: d.Relation.Name, Relation: string(d.Relation.Kind), Basis: string(d.Basis), Patient: d.Patient, May: d.May.Name(),
			Since: d.Starts.UTC(), Until: d.Ends.UTC(), Review: d.Review.UTC()}
		if err := fn(line, []string{d.Relation.Name, kindIn(p.w.Family.Kinds, d.Relation.Kind), mayIn(p.w.Family, d.May), p.at(d.Starts), p.at(d.Ends)}); err != nil {
			return err
		}
	}
	return nil
}

// rightsHeld are the rights by which the person acts for others. Of those
// others there is a name, which they see on their own pages, and nothing else.
func (p *CopyPage) rightsHeld(ctx context.Context, s CopySources, of takeaway.Whose, fn func(any, []string) error) error {
	all, err := s.Mandates.RightsOf(ctx, of.Account)
	if err != nil {
		return err
	}
	for _, r := range all {
		line := rightLine{Right: r.Mandate, Name: r.Name, Patient: r.Patient, May: r.May.Name(), Until: r.Until.UTC()}
		if err := fn(line, []string{r.Name, mayIn(p.w.Family, r.May), p.at(r.Until)}); err != nil {
			return err
		}
	}
	return nil
}
