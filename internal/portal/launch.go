package portal

import (
	"net/http"
	"strconv"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// mostLaunched is how many apps a page offers to open.
const mostLaunched = 50

// launchable are the apps that can be opened from a page, and the places that
// they are opened at.
func (v *visit) launchable() (all []tick, places []string, err error) {
	list, err := v.p.cfg.Clients.List(v.r.Context())
	for _, cl := range list {
		if cl.LaunchURL == "" || !cl.Revoked.IsZero() {
			continue
		}
		all = append(all, tick{ID: "app" + strconv.Itoa(len(all)), Name: "app", Value: cl.ID, Label: cl.Name})
		places = append(places, placeOf(cl.LaunchURL))
		if len(all) == mostLaunched {
			break
		}
	}
	return all, places, err
}

// launchBody is a page that opens an app.
type launchBody struct {
	Shown, Text []string
	Link        link
	Action      string
	Patient     string // that a member of staff chose
	Apps        []tick
	Visits      []tick
	Problem     bool
}

func (v *visit) launchPage(status int, title string, body launchBody) (err error) {
	w := v.p.words.Apps
	if body.Apps, v.leadsTo, err = v.launchable(); err != nil {
		return err
	}
	if len(body.Apps) == 0 {
		body.Text = []string{w.NoApps}
	}
	v.form = &form{W: v.p.words}
	if body.Problem {
		v.form.Problem = w.NoApp
	}
	return v.show(status, "launch", title, body)
}

// openApp offers to open an app with one's own record.
func openApp(v *visit) error { return v.openAppPage(http.StatusOK, false) }

func (v *visit) openAppPage(status int, problem bool) error {
	w := v.p.words.Apps
	if v.s.Record == "" {
		v.form = nil
		return v.decide(w.OpenTitle, decision{Text: []string{w.NotHere}, Link: link{v.p.words.Consent.LinkRecord, proofAt}})
	}
	return v.launchPage(status, w.OpenTitle, launchBody{Text: []string{w.OpenText}, Action: appsAt + "/open", Problem: problem})
}

// openAppFinish opens it. The app asks for what it needs, as any other.
func openAppFinish(v *visit) error {
	if v.typed("app") == "" || v.s.Record == "" {
		return v.openAppPage(http.StatusUnprocessableEntity, v.s.Record != "")
	}
	s := v.asThemself()
	return v.launch(client.Context{Patient: s.patient, User: s.user, Role: s.role})
}

func (v *visit) launch(c client.Context) error {
	location, err := v.p.cfg.Clients.Launch(v.r.Context(), v.p.cfg.Base, client.Launch{Client: v.typed("app"), Account: v.s.Account, Context: c})
	if err != nil {
		return err
	}
	return v.sendAway(location)
}

const launchAt = staffAt + "/launch"

// carer is whoever opens apps about patients at work.
func (v *visit) carer() (subject, error) {
	s, err := v.asStaff()
	if err == nil && !s.mayCare() {
		err = problem.New(problem.Forbidden, s.refusal)
	}
	return s, err
}

func (v *visit) staffPicker() (picker, error) {
	s, err := v.carer()
	return picker{visit: v, about: s, at: launchAt, choose: launchAt + "/person"}, err
}

// staffLaunch finds the person for whom an app is to be opened.
func staffLaunch(v *visit) error {
	p, err := v.staffPicker()
	if err != nil {
		return err
	}
	return p.ask()
}

func staffLaunchFind(v *visit) error {
	p, err := v.staffPicker()
	if err != nil {
		return err
	}
	return p.find()
}

// staffLaunchPerson offers apps for the person who was chosen, and their
// visits.
func staffLaunchPerson(v *visit) error { return v.staffLaunchPage(http.StatusOK, false) }

func (v *visit) staffLaunchPage(status int, problem bool) error {
	p, err := v.staffPicker()
	if err != nil {
		return err
	}
	one, done, err := p.chosen()
	if err != nil || done {
		return err
	}
	w := v.p.words
	body := launchBody{Shown: []string{one.Text}, Text: []string{w.Apps.LaunchText}, Action: launchAt + "/open", Patient: one.ID, Problem: problem}
	if body.Visits, err = v.visits(p.about, one.ID); err != nil {
		return err
	}
	if len(body.Visits) > 0 {
		body.Visits = append(body.Visits, tick{ID: "visitnone", Name: "encounter", Value: noVisit, Label: w.Choosing.VisitNone, On: true})
	}
	return v.launchPage(status, w.Apps.LaunchTitle, body)
}

// staffLaunchFinish opens the app about the person, and about the visit where
// one was chosen. Both are read through the door once more: a form can be
// written by hand.
func staffLaunchFinish(v *visit) error {
	s, err := v.carer()
	if err != nil {
		return err
	}
	if v.typed("app") == "" {
		return v.staffLaunchPage(http.StatusUnprocessableEntity, true)
	}
	one, err := v.patientNamed(s, v.typed("patient"))
	if err != nil {
		return err
	}
	c := client.Context{Patient: one.ID, User: s.user, Role: access.RoleProfessional, Organisation: s.work.Organisation.ID, Member: s.work.Member, Hat: string(s.work.Role)}
	if id := v.typed("encounter"); id != "" && id != noVisit {
		if _, err := v.visitNamed(s, one.ID, id); err != nil {
			return err
		}
		c.Encounter = id
	}
	return v.launch(c)
}

// launching lets a page be seen by those who may open apps about patients.
func launching(do func(*visit) error) func(*visit) error { return atWork(staff.Launch, do) }
