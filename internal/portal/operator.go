package portal

import (
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const operatorAt = "/operator"

// operate makes a page one of an operator who acts as one.
func operate(do func(*visit) error) func(*visit) error { return atWork(staff.Operate, do) }

// operateFresh is operate for what gives or takes authority: their passkey was
// used just now.
func operateFresh(do func(*visit) error) func(*visit) error {
	return operate(func(v *visit) error {
		if ok, err := v.need(account.ManageStaff, v.home()); err != nil || !ok {
			return err
		}
		return do(v)
	})
}

// operator is the first page of those who run the service.
func operator(v *visit) error {
	w := v.p.words.Operator
	return v.showSheet(&sheet{title: w.Title, text: []string{w.What}, links: slices.DeleteFunc([]link{
		{w.Organisations, organisationsAt}, {w.Clients, clientsAt}, {v.p.words.Erasure.Staff, erasuresAt}, {v.p.words.Staff.History, historyAt}, {v.p.words.Emergency.LateLink, lateReviewsAt},
		{v.p.words.Sources.Title, sourcesAt}, {v.p.words.Messages.Title, messagesAt}, {v.p.words.Recall.Coverage.Total, totalAt}, {v.p.words.Running.Jobs, jobsAt}, {v.p.words.Running.Quality, qualityAt}, {v.p.words.Running.Log, logAt},
	}, func(l link) bool { return !v.kept(l.Href) })})
}

// by is the actor who does what an operator does.
func (v *visit) by() string { return v.work.acting.Actor() }

// reasonField asks why something is taken away.
func (v *visit) reasonField() *field {
	w := v.p.words.Operator
	return &field{ID: "reason", Label: w.Reason, Hint: w.ReasonHint, Auto: "off"}
}

// takeAway is a page that asks before something is taken away, and why.
func (v *visit) takeAway(title, button, cancel string, shown []string, text ...string) *question {
	f := v.newForm(button, v.reasonField())
	f.Danger, f.Cancel = true, cancel
	return &question{title: title, shown: shown, text: text, form: f}
}

// day reads a calendar day that was typed, which begins at midnight where times
// are shown; the zero time for none.
func (v *visit) day(id string) (time.Time, error) {
	text := v.typed(id)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, v.p.cfg.Zone)
	if err != nil {
		return time.Time{}, problem.New(problem.Invalid, v.p.words.Operator.BadDay)
	}
	return t, nil
}

// date is a day as people write it.
func (v *visit) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return v.p.words.Dates.Day(t.In(v.p.cfg.Zone))
}
