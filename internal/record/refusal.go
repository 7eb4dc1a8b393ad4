package record

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
)

// noteRefusal writes down that no session was opened. Where a credential for one
// patient was used to ask about another, the other one is told as well: an
// attempt on their record is theirs to know of. For a patient whom nobody knows
// the same work is done, so that neither the answer nor the time that it takes
// tells whether there is one.
func (s *Session) noteRefusal(ctx context.Context, asked string, status int) error {
	e := audit.Entry{Request: s.d.reqID(ctx), Who: s.who, Purpose: s.why, Person: s.person, Verb: access.Read,
		Rule: s.decision.Rule, Rules: s.decision.Version, Outcome: status, Total: -1, By: s.by}
	if asked == "" || asked == s.patient {
		return s.append(ctx, e)
	}
	person, err := s.d.store.PersonNamed(ctx, asked) // not from memory, which would be faster for those who are there
	if err != nil {
		return err
	}
	other := e
	other.Person = max(person, 0)
	return s.append(ctx, e, other)
}
