package staff

import (
	"slices"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Page is a group of pages, or of what an app asks in somebody's name, that a
// role may have.
type Page string

// The pages of staff.
const (
	// Launch starts an app about a patient.
	Launch Page = "launch"
	// Desk sees documents, and hands out codes that link an account to a record.
	Desk Page = "desk"
	// Merge takes links and matches back, and joins accounts, with reasons.
	Merge Page = "merge"
	// Family gives, stops and ends rights to act for somebody, with evidence and
	// reasons.
	Family Page = "family"
	// Correct answers what people say is wrong in their records.
	Correct Page = "correct"
	// Operate keeps organisations, staff and clients.
	Operate Page = "operate"
	// History shows who changed organisations, staff and clients.
	History Page = "history"
	// Emergency opens one person's record without their yes, and Review looks
	// at that afterwards.
	Emergency Page = "emergency"
	Review    Page = "review"
)

// duty is what one role may do.
type duty struct {
	pages    []Page
	purposes []access.Purpose
}

// duties is the whole of it: what is not written here is refused. Purposes are
// those for which a role may ask about people at all; whom they may see is for
// access and consent to say.
var duties = map[Role]duty{
	Clinician:       {[]Page{Launch, Desk, Family, Correct, Emergency}, []access.Purpose{access.Care, access.Emergency}},
	CareCoordinator: {[]Page{Launch, Desk, Family, Correct}, []access.Purpose{access.Care}},
	Administrator:   {[]Page{Desk, Merge, Family}, nil},
	AppAssessor:     {nil, nil},
	Researcher:      {nil, []access.Purpose{access.Research}},
	Auditor:         {[]Page{History, Review}, nil},
	Operator:        {[]Page{Correct, Operate, History}, []access.Purpose{access.Operations, access.Import, access.Export}},
}

// Pages lists the pages there are.
func Pages() []Page {
	return []Page{Launch, Desk, Merge, Family, Correct, Operate, History, Emergency, Review}
}

// May says whether the role has the page.
func (r Role) May(p Page) bool { return slices.Contains(duties[r].pages, p) }

// MayAsk says whether the role may ask about people for the purpose.
func (r Role) MayAsk(why access.Purpose) bool { return slices.Contains(duties[r].purposes, why) }

// May refuses a page that the role in which somebody acts has not. It is of
// kind Forbidden.
func (a Acting) May(p Page) error {
	if a.Member != "" && a.Role.May(p) {
		return nil
	}
	return problem.New(problem.Forbidden, "The role in which you work now does not have this page. Choose another role, or ask an operator for one.").Because("role-no-page")
}
