package record

import "github.com/bevanhealth/bevan/internal/access"

// Default is what the policy of the service says where a person has chosen
// nothing.
type Default struct {
	Known  bool // there is a rule; without one nothing is seen
	Permit bool // it lets them see, where the person has not decided
	Obeyed bool // a person's no is obeyed, rather than lifted
	Tied   bool // only of those whom the record shows to look after the person
}

// Default says what holds for somebody with a purpose, so that a page can say it
// as it is and not as it was when the page was written.
func (s *Session) Default(who access.Who, why access.Purpose) Default {
	r := s.d.policy.Rule(who, why)
	if r == nil {
		return Default{}
	}
	return Default{Known: true, Permit: r.Undecided == "permit", Obeyed: r.No == "obeyed", Tied: r.Tie}
}
