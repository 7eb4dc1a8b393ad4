package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// placeCard is one place that somebody can work in.
type placeCard struct {
	ID, Where, Role string
	This            bool
	Rows            []fact
}

// work lists the places that somebody holds, for them to choose where they act,
// and what they can do where they act now. A single place is chosen as well, so
// that nobody acts without having said so.
func work(v *visit) error {
	all, err := v.p.cfg.Staff.PlacesOf(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	now, err := v.acting()
	if err != nil && !problem.Is(err, problem.Forbidden) {
		return err
	}
	w := v.p.words.Staff
	body := struct {
		Places  []placeCard
		May     bool
		Refusal string
		Ways    []link
		Next    string
	}{May: true, Ways: v.waysOf(now), Next: v.workNext()}
	switch may := v.s.MayAct(); {
	case may != nil && len(all) > 0:
		body.May, body.Refusal = false, v.p.sentence(may)
	case v.s.Acting != "" && now.Member == "":
		body.Refusal = w.Over
	}
	for _, a := range all {
		c := placeCard{ID: a.Member, Where: a.Organisation.Name, Role: roleName(w.Roles, a.Role), This: a.Member == now.Member, Rows: []fact{{w.Role, roleName(w.Roles, a.Role)}}}
		if a.Team.ID != "" {
			c.Rows = append(c.Rows, fact{w.Team, a.Team.Name})
		}
		body.Places = append(body.Places, c)
	}
	return v.show(http.StatusOK, "staff", w.Title, body)
}

// workNext is where somebody goes on to who has chosen.
func (v *visit) workNext() string {
	if n := v.next(); n != afterwards {
		return n
	}
	return staffAt
}

// waysOf are the pages that a role has.
func (v *visit) waysOf(a staff.Acting) []link {
	w := v.p.words.Staff
	var all []link
	for _, l := range []struct {
		page staff.Page
		link link
	}{
		{staff.Launch, link{v.p.words.Clinic.Find.Link, peopleAt}},
		{staff.Launch, link{v.p.words.Clinic.List.Title, listAt}},
		{staff.Launch, link{v.p.words.Book.Talk.List.Title, notesAt}},
		{staff.Launch, link{v.p.words.Recall.Title, recallAt}},
		{staff.Launch, link{v.p.words.Recall.Coverage.Link, coverageAt}},
		{staff.Desk, link{v.p.words.Desk.Title, deskAt}},
		{staff.Merge, link{v.p.words.Desk.Questions, questionsAt}},
		{staff.Family, link{v.p.words.Family.Desk.Title, staffFamilyAt}},
		{staff.Launch, link{v.p.words.Apps.LaunchLink, launchAt}},
		{staff.Emergency, link{v.p.words.Emergency.Title, emergencyAt}},
		{staff.Emergency, link{v.p.words.Emergency.MineLink, emergenciesAt}},
		{staff.Review, link{v.p.words.Emergency.QueueLink, reviewsAt}},
		{staff.Correct, link{v.p.words.Correction.Staff, toCorrectAt}},
		{staff.Operate, link{w.Operate, operatorAt}},
		{staff.History, link{w.History, historyAt}},
		{staff.History, link{v.p.words.Enquiries.StaffTitle, staffEnquiriesAt}},
	} {
		if a.May(l.page) == nil && v.kept(l.link.Href) {
			all = append(all, l.link)
		}
	}
	return all
}

// workIn keeps where somebody acts from now on.
func workIn(v *visit) error {
	if err := v.s.MayAct(); err != nil {
		return err
	}
	ctx := v.r.Context()
	a, err := v.p.cfg.Staff.ActingIn(ctx, v.r.PostForm.Get("place"), v.s.Account)
	if err != nil {
		return err
	}
	if err := v.p.cfg.Accounts.ActIn(ctx, v.s, a.Member); err != nil {
		return err
	}
	return v.goOn(v.workNext())
}

// stopWork leaves the place in which somebody acts.
func stopWork(v *visit) error {
	if err := v.p.cfg.Accounts.ActIn(v.r.Context(), v.s, ""); err != nil {
		return err
	}
	return v.doneThen(workLeft, staffAt)
}

// actingAs says in a line who acts where and as what.
func (v *visit) actingAs(a staff.Acting) string {
	w := v.p.words.Staff
	where := a.Organisation.Name
	if a.Team.ID != "" {
		where += ", " + a.Team.Name
	}
	return a.Name + ": " + roleName(w.Roles, a.Role) + " " + w.At + " " + where
}

// roleName is what people call a role.
func roleName(w words.Roles, r staff.Role) string {
	return map[staff.Role]string{
		staff.Clinician: w.Clinician, staff.CareCoordinator: w.CareCoordinator, staff.Administrator: w.Administrator,
		staff.AppAssessor: w.AppAssessor, staff.Researcher: w.Researcher, staff.Auditor: w.Auditor, staff.Operator: w.Operator,
	}[r]
}
