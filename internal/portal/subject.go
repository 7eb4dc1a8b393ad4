package portal

import (
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// subject is as whom somebody lets an app in.
type subject struct {
	role access.Role
	why  access.Purpose
	// user is the resource of the one who signed in, and patient the id of
	// their own record; empty for none.
	user, patient string
	work          staff.Acting // zero for a person by themself
	// shares says whether an app may be given a record at all, and refusal and
	// way otherwise what to do.
	shares  bool
	refusal string
	way     link
	needs   account.Need // what the sign-in lacks, but for how long ago it was
	// right is the one by which they act for somebody, and crisis the emergency
	// that they declared; zero for none.
	right  mandate.Right
	crisis emergency.Emergency
}

// atWork says whether they act as staff.
func (s subject) atWork() bool { return s.work.Member != "" }

// mayCare says whether they may choose a patient.
func (s subject) mayCare() bool { return s.atWork() && s.shares }

// forOther says whether they act for somebody by a right.
func (s subject) forOther() bool { return s.right.Mandate != "" }

// inCrisis says whether they act in an emergency.
func (s subject) inCrisis() bool { return s.crisis.ID != "" }

// who is the one who asks the record, about one patient or about nobody yet.
func (s subject) who(account, patient string, bound access.Rights) access.Who {
	switch {
	case s.forOther():
		return s.right.Who(staff.Actor(account), bound)
	case s.inCrisis():
		w := s.crisis.Who()
		w.User, w.Hat, w.Bound = s.user, string(s.work.Role), w.Bound.And(bound)
		return w
	}
	return access.Who{Actor: staff.Actor(account), Kind: access.Person, Role: s.role, Organisation: s.work.Organisation.ID,
		User: s.user, Hat: string(s.work.Role), Patient: patient, Bound: bound}
}

// recordID is the id of the Patient that an account is linked to.
func recordID(record string) string { return strings.TrimPrefix(record, "Patient/") }

// asThemself is a person with their own record.
func (v *visit) asThemself() subject {
	w := v.p.words.Consent
	s := subject{role: access.RoleSelf, why: access.Own, patient: recordID(v.s.Record)}
	if s.patient != "" {
		s.user = "Patient/" + s.patient
	}
	now := v.p.cfg.Now()
	s.needs = account.ShareChoices.Lacks(v.s.Standing, now, now)
	switch s.needs {
	case account.NeedRecord:
		s.refusal, s.way = w.NoRecord, link{w.LinkRecord, proofAt}
	case account.NeedProof:
		s.refusal, s.way = w.NoProof, link{w.LinkRecord, proofAt}
	default:
		s.shares = true
	}
	if s.patient == "" && s.shares { // a weak sign-in without a record: what lacks is named last
		s.shares, s.refusal, s.way = false, w.NoRecord, link{w.LinkRecord, proofAt}
	}
	if s.refusal != "" && v.s.Staff {
		s.refusal, s.way = w.NotAtWork, link{w.AtWork, withNext(staffAt, v.r.URL.Path)}
	}
	return s
}

// asStaff is somebody at work. What the role in which they act may not do, no
// app may do for them.
func (v *visit) asStaff() (subject, error) {
	acting, err := v.acting()
	if err != nil {
		return subject{}, err
	}
	w := v.p.words.Consent
	s := subject{user: acting.Practitioner, work: acting, why: access.Care}
	if acting.May(staff.Launch) != nil || !acting.Role.MayAsk(access.Care) {
		s.refusal, s.way = w.StaffRole, link{w.AtWork, withNext(staffAt, v.r.URL.Path)}
		return s, nil
	}
	s.role, s.shares = access.RoleProfessional, true
	return s, nil
}

// subjected finds out as whom they act: in the role in which the app was
// opened, or else in the one in which they are signed in now.
func (a *asking) subjected() (bool, error) {
	var err error
	switch {
	case a.ask.Launch == "" && a.s.Acting != "", a.opened.Member != "":
		a.about, err = a.asStaff()
		if err == nil && a.opened.Member != "" && a.opened.Member != a.about.work.Member {
			err = problem.New(problem.Forbidden, a.p.words.Staff.SignIn)
		}
		if err == nil && a.opened.Mandate != "" {
			err = a.inEmergency()
		}
	case a.about.forOther(): // found out a step before
	default:
		a.about = a.asThemself()
		if p := a.opened.Patient; p != "" && p != a.about.patient {
			err = problem.New(problem.Forbidden, a.p.words.Consent.NoRecord)
		}
	}
	if problem.Is(err, problem.Forbidden) {
		return a.or(refusedAction, func() error { return err })
	}
	var levels []access.Level
	if a.about.shares {
		levels = []access.Level{access.UserLevel, access.PatientLevel}
	}
	if a.about.forOther() || a.about.inCrisis() {
		levels = []access.Level{access.PatientLevel}
	}
	a.wish = newWish(a.ask.Scopes, !a.about.atWork(), levels...)
	a.byRight()
	return false, err
}

// context is what a permission is given in, with the scopes that are given.
// One that is not to work while nobody is here ends with the session: always
// where staff act, and for others where the app asks for no more.
func (a *asking) context(scopes []string) client.Context {
	c := client.Context{Patient: a.patient, Encounter: a.encounter, User: a.about.user, Role: a.about.role,
		Organisation: a.about.work.Organisation.ID, Member: a.about.work.Member, Hat: string(a.about.work.Role), Intent: a.opened.Intent, Banner: a.patient != ""}
	has := func(s string) bool {
		for _, one := range scopes {
			if one == s {
				return true
			}
		}
		return false
	}
	switch {
	case a.about.inCrisis():
		c.Mandate, c.Session = a.about.crisis.Mandate(), a.s.ID
		return c
	case a.about.forOther():
		c.Mandate, c.Actor = a.about.right.Mandate, a.s.Account
	}
	if !has("offline_access") && (a.about.atWork() || has("online_access")) {
		c.Session = a.s.ID
	}
	return c
}
