package portal

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// askAt is where apps send people to.
const askAt = "/authorize/"

// What an app is told where there is no code for it (RFC 6749 section 4.1.2.1,
// OpenID Connect Core section 3.1.2.6).
const (
	refusedByPerson  = "access_denied"
	refusedSignIn    = "login_required"
	refusedConsent   = "consent_required"
	refusedAction    = "interaction_required"
	refusedSelection = "account_selection_required"
	refusedRequest   = "invalid_request"
)

// asking is the request of an app on its way to a decision.
type asking struct {
	*visit
	ask     client.Ask
	app     client.Client
	browser string // its secret
	trust   []account.Vector
	choice  client.Choice
	opened  client.Launch // what it was opened with from here; zero otherwise
	about   subject
	wish    wish
	// patient and encounter are what it is about; empty for none.
	patient, encounter string
}

// opens gives the request of the page to the browser that opened it first.
func (v *visit) opens() (*asking, error) {
	browser := v.cookie(askCookie)
	if n := len(browser); n < 16 || n > 100 {
		browser = rand.Text()
		v.setCookie(askCookie, browser, 0)
	}
	a := &asking{visit: v, browser: browser}
	var err error
	a.ask, a.app, err = v.p.cfg.Clients.Opened(v.r.Context(), v.r.PathValue("id"), browser)
	return a, err
}

// path is a page of the request.
func (a *asking) path(page string) string { return askAt + a.ask.ID + page }

// step finds out one thing that has to be known before somebody can decide.
// stop says that the answer was given: another page, or a refusal.
type step func(*asking) (stop bool, err error)

// steps lead to the page where somebody decides. Their order is that of what
// can be found out without asking anybody, then what takes a sign-in, then what
// takes a choice.
var steps = append(slices.Clone(beforeWhom), (*asking).forWhom, (*asking).subjected, (*asking).strong, (*asking).withPatient, (*asking).withEncounter)

// beforeWhom are the steps before it is found out for whom an app is let in.
var beforeWhom = []step{(*asking).readTrust, (*asking).signedIn, (*asking).rightPerson, (*asking).fresh, (*asking).trusted, (*asking).launched}

// ready leads a request through the steps.
func (a *asking) ready() (stop bool, err error) {
	for _, do := range steps {
		if stop, err = do(a); stop || err != nil {
			return true, err
		}
	}
	return false, nil
}

// or shows a page, or refuses where the app wants no page to be shown.
func (a *asking) or(refusal string, page func() error) (bool, error) {
	if a.ask.Silent {
		return true, a.decline(refusal)
	}
	return true, page()
}

// checkFirst sends the person to use their passkey.
func (a *asking) checkFirst() error { return a.goOn(withNext("/check", a.path(""))) }

// decline tells the app no, and why.
func (a *asking) decline(refusal string) error {
	location, err := a.p.cfg.Clients.Decline(a.r.Context(), a.ask.ID, a.browser, refusal)
	if err != nil {
		return err
	}
	return a.sendAway(location)
}

// sendAway sends the browser on to an app, at an address that was registered.
func (v *visit) sendAway(location string) error {
	h := v.Header()
	v.p.guard(h)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", location)
	v.WriteHeader(http.StatusSeeOther)
	return nil
}

// readTrust reads how sure it has to be who somebody is (vtr, RFC 8485). What
// can not be read is the app's fault, and not a reason to ask for less.
func (a *asking) readTrust() (bool, error) {
	if a.ask.Trust == "" {
		return false, nil
	}
	var err error
	if a.trust, err = account.ParseRequest(a.ask.Trust); err != nil {
		return true, a.decline(refusedRequest)
	}
	return false, nil
}

func (a *asking) signedIn() (bool, error) {
	_, in, err := a.session()
	if err != nil {
		return true, err
	}
	if !in {
		return a.or(refusedSignIn, func() error { return a.goOn(withNext("/sign-in", a.path(""))) })
	}
	a.choice, err = a.p.cfg.Clients.Chosen(a.r.Context(), a.ask.ID, a.browser, a.s.Account)
	return false, err
}

// rightPerson makes sure that whoever is signed in is whom the app expects, and
// that they chose to be it where the app wants them to.
func (a *asking) rightPerson() (bool, error) {
	switch {
	case a.ask.Account != "" && a.ask.Account != a.s.Account:
		return a.or(refusedSignIn, a.wrongPerson)
	case a.ask.Choose && !a.choice.Confirmed && a.s.Begun.Before(a.ask.Created):
		return a.or(refusedSelection, a.choosePerson)
	}
	return false, nil
}

// fresh makes sure that the person was verified after the app asked, or not
// longer ago than it wants (OpenID Connect Core section 3.1.2.1, prompt=login
// and max_age). A check since the request is always fresh enough, or a max_age
// of nothing would ask for ever.
func (a *asking) fresh() (bool, error) {
	since := !a.s.Verified.Before(a.ask.Created)
	old := a.ask.MaxAge >= 0 && a.p.cfg.Now().Sub(a.s.Verified) > a.ask.MaxAge
	if since || !a.ask.Again && !old {
		return false, nil
	}
	return a.or(refusedSignIn, a.checkFirst)
}

// trusted makes sure that it is known well enough who the person is. Where a
// passkey is all that lacks they use one.
func (a *asking) trusted() (bool, error) {
	if a.trust == nil || account.Satisfies(a.s.Vector(), a.trust) {
		return false, nil
	}
	stronger := a.s.Standing
	stronger.Strength = account.Strong
	if a.s.Strength != account.Strong && account.Satisfies(stronger.Vector(), a.trust) {
		return a.or(refusedSignIn, a.checkFirst)
	}
	return a.or(refusedAction, a.tooLittleTrust)
}

// launched reads what the app was opened with, where it was opened from one of
// our pages. The word that it brings back is good for the one who opened it.
func (a *asking) launched() (bool, error) {
	if a.ask.Launch == "" {
		return false, nil
	}
	l, err := a.p.cfg.Clients.Launched(a.r.Context(), a.ask, a.s.Account)
	if problem.Is(err, problem.NotFound) {
		return a.or(refusedRequest, func() error { return err })
	}
	a.opened = l
	return false, err
}

// strong makes sure of a sign-in that may give a record away at all. Whether it
// was recent is asked only where somebody decides anew.
func (a *asking) strong() (bool, error) {
	if a.about.needs != account.NeedPasskey || len(a.wish.scopes) == 0 {
		return false, nil
	}
	return a.or(refusedSignIn, a.checkFirst)
}

// withPatient makes sure that it is known whose record it is about, where the
// app asks about one.
func (a *asking) withPatient() (bool, error) {
	needed := a.wish.about(access.PatientLevel) || a.wish.asks("launch/patient") || a.wish.asks("launch/encounter")
	switch {
	case a.opened.Patient != "":
		a.patient = a.opened.Patient
	case a.about.role == access.RoleSelf, a.about.forOther():
		a.patient = a.about.patient
	case a.about.mayCare():
		a.patient = a.choice.Patient
	}
	if a.patient == "" && needed && a.about.mayCare() {
		return a.or(refusedAction, func() error { return a.goOn(a.path("/patient")) })
	}
	return false, nil
}

// withEncounter makes sure that it is known which visit it is about, where the
// app asks for one.
func (a *asking) withEncounter() (bool, error) {
	a.encounter = a.opened.Encounter
	if a.encounter == "" && a.opened.Patient == "" {
		a.encounter = a.choice.Encounter
	}
	if a.encounter == "" && a.patient != "" && a.about.shares && a.wish.asks("launch/encounter") && !a.choice.NoEncounter && a.ask.Launch == "" {
		return a.or(refusedAction, func() error { return a.goOn(a.path("/encounter")) })
	}
	return false, nil
}

// originShaped is the place of an address as a policy of content names one: a scheme
// and a host, or the scheme alone where an app has one of its own.
var originShaped = regexp.MustCompile(`^[a-z][a-z0-9.+-]*:(//[A-Za-z0-9.-]+(:[0-9]+)?)?$`)

// placeOf is where an address leads, for the policy of a page whose form is
// answered by going there; "" for one that can not be named.
func placeOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	at := strings.ToLower(u.Scheme) + ":"
	// A policy can not name an address of IPv6, at which apps of a device may
	// listen (RFC 8252 section 7.3): its scheme has to do.
	if u.Host != "" && !strings.HasPrefix(u.Host, "[") {
		at += "//" + u.Host
	}
	if !originShaped.MatchString(at) {
		return ""
	}
	return at
}
