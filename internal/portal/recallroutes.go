package portal

import (
	"slices"

	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	recallAt      = staffAt + "/recall"
	coverageAt    = staffAt + "/coverage"
	totalAt       = operatorAt + "/coverage"
	remindersAt   = "/account/reminders"
	recallEntryAt = "recall"
)

// recallRoutes are the pages about whom to call, for staff, for those who run the
// service, and for who gets reminders.
var recallRoutes = []route{
	{"GET " + recallAt, caring(recalling(recallList))},
	{"GET " + recallAt + "/file", caring(recalling(recallFile))},
	{"GET " + coverageAt, caring(recalling(coverageHere))},
	{"GET " + totalAt, operate(coverageTotal)},
	{"POST " + totalAt + "/reminders", operate(startRecall(recall.RemindKind))},
	{"POST " + totalAt + "/renew", operate(startRecall(recall.RenewKind))},
	{"GET " + remindersAt, member(reminders)},
	{"POST " + remindersAt, member(remindersFinish)},
}

// recalling lets a page be seen where lists are kept.
func recalling(do func(*visit, subject) error) func(*visit, subject) error {
	return func(v *visit, s subject) error {
		if v.p.cfg.Recalls == nil {
			return v.noRecalls()
		}
		return do(v, s)
	}
}

func (v *visit) noRecalls() error {
	return problem.New(problem.NotFound, v.p.words.Problem.NotHere)
}

// kept says whether there is a page at an address, where that hangs on whether
// lists are kept.
func (v *visit) kept(at string) bool {
	if at == notesAt {
		return v.p.cfg.Talks != nil
	}
	return v.p.cfg.Recalls != nil || !slices.Contains([]string{recallAt, coverageAt, totalAt, remindersAt}, at)
}
