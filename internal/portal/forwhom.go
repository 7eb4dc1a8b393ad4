package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// mayActFor says whether the app may be let in for somebody else: it asks for
// that, the operator allows it, and nobody is at work. An app that was opened
// from one of our pages is about whom it was opened for.
func (a *asking) mayActFor() bool {
	has := func(scopes string) bool { return slices.Contains(strings.Fields(scopes), client.ActForOthers) }
	return a.ask.Launch == "" && a.s.Acting == "" && has(a.ask.Scopes) && has(a.app.Scopes)
}

// forWhom finds out for whom an app is let in that may act for others: for the
// person themself, or for somebody for whom they have a right. Nobody is
// chosen for them, and a right that is no more is one that there is not.
func (a *asking) forWhom() (bool, error) {
	if !a.mayActFor() {
		return false, nil
	}
	rights, err := a.p.cfg.Mandates.Rights(a.r.Context(), a.s)
	if err != nil || len(rights) == 0 {
		return err != nil, err
	}
	if a.choice.For == client.Themself {
		return false, nil
	}
	i := slices.IndexFunc(rights, func(r mandate.Right) bool { return r.Mandate == a.choice.For })
	if i < 0 {
		return a.or(refusedAction, func() error { return a.goOn(a.path("/for")) })
	}
	a.about = subject{role: access.RoleProxy, why: access.Proxy, user: rights[i].Holder, patient: rights[i].Patient, right: rights[i], shares: true}
	now := a.p.cfg.Now()
	a.about.needs = account.ActForOthers.Lacks(a.s.Standing, now, now)
	return false, nil
}

// choosing is a request in which somebody can choose for whom it is.
func choosing(v *visit) (*asking, bool, error) {
	a, err := v.opens()
	if err != nil {
		return a, false, err
	}
	for _, do := range beforeWhom {
		if stop, err := do(a); stop || err != nil {
			return a, false, err
		}
	}
	if !a.mayActFor() {
		return a, false, v.goOn(a.path(""))
	}
	return a, true, nil
}

// forWhomBody is the page on which they choose.
type forWhomBody struct {
	Action, Text, Wrong string
	All                 []tick
	Ways                []way
}

func (a *asking) forWhomPage(status int, wrong string) error {
	w := a.p.words.Acting
	rights, err := a.p.cfg.Mandates.Rights(a.r.Context(), a.s)
	if err != nil {
		return err
	}
	body := forWhomBody{Action: a.path("/for"), Text: w.ForWhomText, Wrong: wrong, Ways: []way{a.back()}}
	one := func(id, value, label, hint string) {
		body.All = append(body.All, tick{ID: id, Name: "for", Value: value, Label: label, Hint: hint})
	}
	if a.s.Record != "" {
		one("forself", client.Themself, w.ForMe, "")
	}
	for i, r := range rights {
		one("for"+strconv.Itoa(i), r.Mandate, r.Name, a.mayWords(r.May))
	}
	a.form = &form{W: a.p.words, Problem: wrong}
	return a.show(status, "forwhom", w.ForWhomTitle, body)
}

// askForWhom asks for whom the app is let in.
func askForWhom(v *visit) error {
	a, ok, err := choosing(v)
	if err != nil || !ok {
		return err
	}
	return a.forWhomPage(http.StatusOK, "")
}

// chooseForWhom keeps for whom. Somebody for whom there is no right can not be
// chosen, whatever the form says.
func chooseForWhom(v *visit) error {
	a, ok, err := choosing(v)
	if err != nil || !ok {
		return err
	}
	chosen := v.typed("for")
	rights, err := v.p.cfg.Mandates.Rights(v.r.Context(), v.s)
	if err != nil {
		return err
	}
	self := chosen == client.Themself && v.s.Record != ""
	if !self && !slices.ContainsFunc(rights, func(r mandate.Right) bool { return r.Mandate == chosen }) {
		return a.forWhomPage(http.StatusUnprocessableEntity, v.p.words.Acting.ForWhomNone)
	}
	a.choice = client.Choice{Confirmed: a.choice.Confirmed, For: chosen} // whose visit it was is chosen anew
	return a.keepChoice()
}

// inEmergency makes sure of the emergency in which the app was opened: it is
// open, theirs, and about the patient of the launch.
func (a *asking) inEmergency() error {
	id, ok := emergency.Named(a.opened.Mandate)
	if !ok {
		return problem.New(problem.Forbidden, a.p.words.Emergency.OverText)
	}
	m, err := a.p.cfg.Emergencies.Use(a.r.Context(), emergency.By{Session: a.s, Acting: a.about.work}, id)
	if problem.Is(err, problem.NotFound) || err == nil && m.Patient != a.opened.Patient {
		return problem.New(problem.Forbidden, a.p.words.Emergency.OverText)
	}
	a.about.crisis, a.about.why = m, access.Emergency
	return err
}

// byRight takes from what the app asks for all that the right does not give, so
// that the page offers nothing which would be refused later.
func (a *asking) byRight() {
	var bound access.Rights
	var types []string
	switch {
	case a.about.forOther():
		bound, types = a.about.right.Bound(), strings.Fields(a.about.right.Types)
	case a.about.inCrisis():
		bound = a.about.crisis.Who().Bound
	default:
		return
	}
	var out []access.SMARTScope
	for _, s := range a.wish.scopes {
		of := []string{s.Type}
		if s.Type == "" && len(types) > 0 {
			of = types
		}
		for _, typ := range of {
			one := s
			if one.Type, one.Verbs = typ, left(s, typ, bound); one.Verbs != 0 && !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
	}
	a.wish.scopes = out
}

// left are the verbs of a scope of which a right gives at least a part; the
// first form of SMART has only all looking and all writing. The rest of a part
// is refused by the door, as it is for people themselves.
func left(s access.SMARTScope, typ string, bound access.Rights) (v access.Verb) {
	letters := []string{"c", "r", "u", "d", "s"}
	if s.V1 {
		letters = []string{"read", "write"}
	}
	for _, l := range letters {
		one, _ := access.ParseSMART("patient/*." + l)
		part := one.Verbs & s.Verbs
		for bit := access.Verb(1); bit <= part; bit <<= 1 {
			if part&bit != 0 && bound.Allows(bit, typ) {
				v |= part
			}
		}
	}
	return v
}

// lasts says whether a scope makes sense that keeps an app going: not in an
// emergency, which is one moment.
func (a *asking) lasts(scope string) bool {
	return !a.about.inCrisis() || scope != "offline_access" && scope != "online_access"
}

// actedFor is for whom somebody let an app in by a right.
func (v *visit) actedFor(g client.Grant) (string, error) {
	right, err := v.p.cfg.Mandates.Holds(v.r.Context(), v.s, g.Mandate)
	if k := problem.KindOf(err); err != nil && (k == problem.NotFound || k == problem.Forbidden) {
		return v.p.words.Acting.ForNobodyNow, nil
	}
	return right.Name, err
}

// byOthers lists the apps that others let in who act for the visitor. One whose
// right gives nothing now is not shown: it can do nothing, and a right that was
// stopped is not to be told from none.
func (v *visit) byOthers() (all []permission, err error) {
	patient := recordID(v.s.Record)
	given, err := v.p.cfg.Clients.GivenFor(v.r.Context(), patient)
	if err != nil || len(given) == 0 {
		return nil, err
	}
	rights, err := v.p.cfg.Mandates.Given(v.r.Context(), patient)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, d := range rights {
		names[d.ID] = d.Relation.Name
	}
	w := v.p.words
	for _, g := range given {
		name, ok := names[g.Mandate]
		if !ok || len(all) == mostApps {
			continue
		}
		cl, _, err := v.p.cfg.Clients.Get(v.r.Context(), g.Client)
		if err != nil {
			return nil, err
		}
		all = append(all, permission{ID: g.ID, Name: cl.Name, Rows: []fact{{w.Acting.LetInBy, name}, {w.Acting.Since, v.when(g.Created)}, {w.Apps.Until, v.lastDay(g)}}})
	}
	return all, nil
}

// endOthersApp ends an app that somebody let in for the visitor. Nobody is told
// of it, and it needs nothing but being signed in.
func endOthersApp(v *visit) error {
	given, err := v.p.cfg.Clients.GivenFor(v.r.Context(), recordID(v.s.Record))
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	if !slices.ContainsFunc(given, func(g client.Grant) bool { return g.ID == id }) {
		return problem.New(problem.NotFound, v.p.words.Apps.Gone)
	}
	if err := v.p.cfg.Clients.RevokeGrant(v.r.Context(), id); err != nil {
		return err
	}
	return v.doneThen(appEnded, appsAt)
}
