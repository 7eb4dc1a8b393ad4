package portal

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// tick is a box, or one of several choices, on a page.
type tick struct {
	ID, Name, Value, Label, Hint string
	On                           bool
}

// group is boxes of one sort: what may be looked at, or written, about one
// person or about all.
type group struct {
	Legend, Hint string
	Boxes        []tick
	Less         []tick // kinds of which there is none today, folded away
	Parts        []tick // parts of kinds, folded away
}

// consentBody is what the page shows on which somebody decides.
type consentBody struct {
	Ask          string
	Facts        []fact
	Notes        []string
	Way          link
	Groups       []group
	Lines        []string // of what is known about the person, and can not be unticked
	You          []tick
	Everything   bool
	Long         []tick
	Date         *field
	Writes, Can  bool
	Action, Deny string
}

// consent is the page that an app sends people to. It is shown where nothing
// that they said before answers for them.
func consent(v *visit) error {
	a, err := v.opens()
	if err != nil {
		return err
	}
	if stop, err := a.ready(); stop || err != nil {
		return err
	}
	if done, err := a.covered(); done || err != nil {
		return err
	}
	if a.ask.Silent {
		return a.decline(refusedConsent)
	}
	if ok, err := a.recent(); err != nil || !ok {
		return err
	}
	return a.showConsent(http.StatusOK, a.atFirst(), "")
}

// consentAllow gives the app what is ticked.
func consentAllow(v *visit) error {
	a, err := v.opens()
	if err != nil {
		return err
	}
	if stop, err := a.ready(); stop || err != nil {
		return err
	}
	if a.ask.Silent { // no page asked for this
		return a.decline(refusedConsent)
	}
	if ok, err := a.recent(); err != nil || !ok {
		return err
	}
	ticked := func(key string) bool { return slices.Contains(v.r.PostForm["may"], key) }
	w := v.p.words.Consent
	until, ok, wrong := a.until()
	scopes := a.given(ticked)
	switch {
	case !a.enough(scopes):
		return a.showConsent(http.StatusUnprocessableEntity, ticked, w.NothingTicked)
	case len(strings.Join(scopes, " ")) > access.MaxScopes:
		return a.showConsent(http.StatusUnprocessableEntity, ticked, w.TooMuch)
	case !ok:
		return a.showConsent(http.StatusUnprocessableEntity, ticked, wrong)
	case a.patient == "" && slices.ContainsFunc(scopes, func(s string) bool { return strings.HasPrefix(s, "patient/") }):
		return problem.New(problem.Forbidden, w.NoPatient) // no step lets it come to this
	}
	return a.approve(scopes, client.Approval{Context: a.context(scopes), Until: until})
}

// consentDeny gives the app nothing. Whoever opened the request may do so,
// signed in or not.
func consentDeny(v *visit) error {
	a, err := v.opens()
	if err != nil {
		return err
	}
	return a.decline(refusedByPerson)
}

// showConsent shows the page, with what is wrong where something is.
func (a *asking) showConsent(status int, ticked func(string) bool, wrong string) error {
	all, verbs := a.wish.boxes()
	counts, err := a.counted(all, verbs)
	if err != nil {
		return err
	}
	w := a.p.words.Consent
	body := consentBody{Ask: w.Ask + " " + a.app.Name, Action: a.path(""), Deny: a.path("/deny"),
		Can: a.enough(a.given(func(string) bool { return true })), Everything: slices.ContainsFunc(a.wish.scopes, func(s access.SMARTScope) bool { return s.Type == "" })}
	if body.Facts, err = a.facts(); err != nil {
		return err
	}
	body.Groups = a.groups(all, verbs, counts, ticked)
	body.Lines, body.You = a.known(ticked)
	body.Writes = slices.ContainsFunc(all, func(b box) bool { return b.write })
	if a.withheld() {
		body.Notes, body.Way = append(body.Notes, a.about.refusal), a.about.way
	}
	if !body.Can {
		body.Notes = append(body.Notes, w.NothingLeft)
	}
	body.Notes = append(body.Notes, a.warnings()...)
	body.Long, body.Date = a.long()
	a.form = &form{W: a.p.words}
	switch {
	case body.Date == nil:
		a.form.Problem = wrong
	case wrong == w.BadDate || wrong == w.LateDate:
		body.Date.Problem = wrong
	default:
		a.form.Problem = wrong
	}
	if body.Date != nil {
		a.form.Fields = []*field{body.Date}
	}
	a.leadsTo = []string{placeOf(a.ask.Redirect)}
	return a.show(status, "consent", w.Title, body)
}

// facts say who asks, for whose record, and where the person goes afterwards.
func (a *asking) facts() ([]fact, error) {
	w := a.p.words.Consent
	said, err := a.p.cfg.Clients.AboutClient(a.r.Context(), a.app.ID)
	if err != nil {
		return nil, err
	}
	me, err := a.p.cfg.Accounts.Get(a.r.Context(), a.s.Account)
	if err != nil {
		return nil, err
	}
	proven := w.ProvenYes
	if a.app.Proof == client.NoProof {
		proven = w.ProvenNo
	}
	at := strings.TrimSuffix(strings.TrimPrefix(placeOf(a.ask.Redirect), "https://"), ":")
	if a.ask.Device != "" {
		at = a.p.words.Device.Answer
	}
	all := []fact{{w.App, a.app.Name}, {w.Owner, cmp.Or(said.Owner, w.NoOwner)}, {w.Sends, at}, {w.Proven, proven}}
	if said.Purpose != "" {
		all = append(all, fact{w.Says, said.Purpose})
	}
	if a.app.Itself { // as text, and never as a link: nobody knows where it leads
		for _, f := range []fact{{w.Page, a.app.Page}, {w.Terms, a.app.Terms}, {w.Policy, a.app.Policy}} {
			if f.Value != "" {
				all = append(all, f)
			}
		}
	}
	whose, err := a.whose()
	if err != nil {
		return nil, err
	}
	if whose != "" {
		all = append(all, fact{w.Whose, whose})
	}
	if a.encounter != "" {
		text, err := a.visitNamed(a.about, a.patient, a.encounter)
		if err != nil {
			return nil, err
		}
		all = append(all, fact{w.Visit, text})
	}
	if a.about.atWork() {
		return append(all, fact{w.SignedInAs, a.about.work.Name}, fact{w.ActingFor, a.about.work.Organisation.Name}), nil
	}
	return append(all, fact{w.SignedInAs, me.Name}), nil
}

// warnings are what somebody has to know before they say yes: that nobody has
// looked at the app, and that they may have been talked into typing a code.
func (a *asking) warnings() (all []string) {
	switch w := a.p.words.Acting; {
	case a.about.inCrisis():
		all = append(all, w.CrisisNote+" "+a.when(a.about.crisis.Ends)+".")
	case a.about.forOther():
		all = append(all, w.ForOtherNote)
	}
	if a.app.Itself {
		all = append(all, a.p.words.Consent.Itself)
	}
	if a.ask.Device != "" {
		all = append(all, a.p.words.Device.Note)
	}
	return all
}

// whose says whose record it is about.
func (a *asking) whose() (string, error) {
	w := a.p.words.Consent
	switch {
	case a.about.mayCare() && a.patient != "":
		p, err := a.patientNamed(a.about, a.patient)
		return p.Text, err
	case a.withheld():
		return "", nil
	case a.about.forOther():
		return a.about.right.Name, nil
	case len(a.wish.scopes) == 0 && !a.wish.asks("launch/patient") && !a.wish.asks("launch"):
		return w.OnlySignIn, nil
	case a.about.atWork():
		return w.EverybodyYouMaySee, nil
	}
	return w.Yours, nil
}

// groups are the boxes about records.
func (a *asking) groups(all []box, verbs map[box]access.Verb, counts map[box]count, ticked func(string) bool) (out []group) {
	w := a.p.words.Consent
	n := 0
	for _, level := range []access.Level{access.NoLevel, access.PatientLevel, access.UserLevel} {
		for _, write := range []bool{false, true} {
			g := group{Legend: w.LookAt, Hint: w.LookAll}
			if write {
				g.Legend, g.Hint = w.ChangeAt, w.ChangeAll
			}
			if level == access.UserLevel {
				g.Legend += ", " + w.EverybodyYouMaySee
			}
			for _, b := range all {
				if b.level != level || b.write != write {
					continue
				}
				n++
				c := counts[b]
				t := tick{ID: "may" + strconv.Itoa(n), Value: b.key(), Label: a.label(b), Hint: a.hint(b, verbs[b], c), On: ticked(b.key())}
				switch {
				case b.part:
					g.Parts = append(g.Parts, t)
				case c.known && c.n == 0 && !a.named(b):
					g.Less = append(g.Less, t)
				default:
					g.Boxes = append(g.Boxes, t)
				}
			}
			if len(g.Boxes)+len(g.Less) > 0 {
				out = append(out, g)
			}
		}
	}
	return out
}

// named says whether the app asks for the kind by its name, and not only for
// everything.
func (a *asking) named(b box) bool {
	return b.typ == rest || slices.ContainsFunc(a.wish.scopes, func(s access.SMARTScope) bool { return s.Type == b.typ && a.wish.boxLevel(s.Level) == b.level })
}

// label is a kind of data in words, or the part of one that a search takes.
func (a *asking) label(b box) string {
	w := a.p.words
	if b.typ == rest {
		return w.Consent.Rest
	}
	text := w.Kinds[b.typ]
	if b.query == "" {
		return text
	}
	pairs, _ := pairsOf(b.query)
	for _, p := range pairs {
		_, code, _ := strings.Cut(p.Value, "|")
		known := w.Categories[cmp.Or(code, p.Value)]
		if p.Name == "category" && known != "" {
			text += ": " + known
			continue
		}
		text += ": " + w.Consent.OnlySome + " " + p.Name + " " + p.Value
	}
	return text
}

// hint says how much there is of it today, or what is written.
func (a *asking) hint(b box, verbs access.Verb, c count) string {
	w := a.p.words.Consent
	switch {
	case b.typ == rest:
		return w.RestHint
	case b.write:
		var do []string
		for _, one := range []struct {
			v    access.Verb
			text string
		}{{access.Create, w.Add}, {access.Update, w.Change}, {access.Delete, w.Remove}} {
			if verbs&one.v != 0 {
				do = append(do, one.text)
			}
		}
		return strings.Join(do, ", ")
	case b.level == access.UserLevel || a.patient == "":
		return ""
	case !c.known:
		return w.NotCounted
	case c.n == 0:
		return w.NowNone
	case c.n == 1:
		return w.NowOne
	case c.n > mostCounted:
		return fmt.Sprintf(w.AtLeast, strconv.Itoa(mostCounted))
	}
	return fmt.Sprintf(w.Now, strconv.Itoa(c.n))
}

// known is what the app may know of the person, and whether it goes on while
// they are away.
func (a *asking) known(ticked func(string) bool) (lines []string, boxes []tick) {
	w := a.p.words.Consent
	if a.wish.asks("openid") {
		lines = append(lines, w.OpenID)
	}
	for i, s := range optional {
		label := [...]string{w.Profile, w.Email, w.Phone, w.Offline, w.Online}[i]
		hint := [...]string{"", "", "", w.OfflineHint, w.OnlineHint}[i]
		if a.wish.asks(s) && a.lasts(s) {
			boxes = append(boxes, tick{ID: "you" + strconv.Itoa(i), Value: plainKey(s), Label: label, Hint: hint, On: ticked(plainKey(s))})
		}
	}
	return lines, boxes
}

// How long a permission lasts: the policy. A day that somebody picks lies
// within longest.
const (
	defaultDays = 90
	defaultWork = 1 // for staff
	longest     = 365
)

var someDays = []int{1, 30, 90}

const chosenDay = "date"

// long is the choices of how long it lasts.
func (a *asking) long() (all []tick, date *field) {
	w := a.p.words.Consent
	if a.about.inCrisis() { // it ends with the emergency
		return nil, nil
	}
	on := strconv.Itoa(defaultDays)
	if a.about.atWork() {
		on = strconv.Itoa(defaultWork)
	}
	if a.r.Method == http.MethodPost {
		on = a.typed("long")
	}
	for _, days := range someDays {
		text := w.Day
		if days != 1 {
			text = fmt.Sprintf(w.Days, strconv.Itoa(days))
		}
		value := strconv.Itoa(days)
		all = append(all, tick{ID: "long" + value, Name: "long", Value: value, Label: text + " " + a.date(a.today().AddDate(0, 0, days)), On: on == value})
	}
	all = append(all, tick{ID: "longdate", Name: "long", Value: chosenDay, Label: w.Chosen, On: on == chosenDay})
	return all, a.dateField("until", w.Date, w.DateHint)
}

// today is the beginning of today where times are shown.
func (v *visit) today() time.Time {
	now := v.p.cfg.Now().In(v.p.cfg.Zone)
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, v.p.cfg.Zone)
}

// until is when the permission ends: with the end of the day that was chosen.
func (a *asking) until() (at time.Time, ok bool, wrong string) {
	if a.about.inCrisis() {
		return a.about.crisis.Ends, true, ""
	}
	if n, err := strconv.Atoi(a.typed("long")); err == nil && slices.Contains(someDays, n) {
		return a.today().AddDate(0, 0, n+1), true, ""
	}
	return a.chosenEnd("until")
}

// chosenEnd is the end of the day that was typed into a field, within what the
// policy allows.
func (v *visit) chosenEnd(field string) (at time.Time, ok bool, wrong string) {
	w := v.p.words.Consent
	day, _, ok := v.typedDay(field)
	switch {
	case !ok:
		return at, false, w.BadDate
	case !day.After(v.today()) || day.After(v.today().AddDate(0, 0, longest)):
		return at, false, w.LateDate
	}
	return day.AddDate(0, 0, 1), true, ""
}
