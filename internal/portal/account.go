package portal

import (
	"net/http"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

// fact is one thing that is true of an account.
type fact struct{ Key, Value string }

// overview is the page about what is true of somebody's account: three facts,
// each by itself, and what can be changed.
func overview(v *visit) error {
	a, err := v.p.cfg.Accounts.Get(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	w := v.p.words.Account
	type way struct{ Href, Text, Hint string }
	ways := []way{
		{recordAt, v.p.words.Record.Link, v.p.words.Record.LinkHint},
		{proofAt, w.Who, w.WhoHint},
		{"/account/passkeys", w.Passkeys, w.PasskeysHint},
		{"/account/codes", w.Codes, w.CodesHint},
		{"/account/app", w.App, w.AppHint},
		{"/account/sessions", w.Sessions, w.SessionsHint},
		{"/account/addresses", w.Places, w.PlacesHint},
		{appsAt, v.p.words.Apps.Link, v.p.words.Apps.LinkHint},
		{lookedAt, v.p.words.Looked.Title, v.p.words.Looked.LinkHint},
		{familyAt, v.p.words.Family.Link, v.p.words.Family.LinkHint},
		{sharingAt, v.p.words.Sharing.Link, v.p.words.Sharing.LinkHint},
		{resultChoiceAt, v.p.words.Results.How.Link, v.p.words.Results.How.LinkHint},
		{usesAt, v.p.words.Uses.Link, v.p.words.Uses.LinkHint},
		{remindersAt, v.p.words.Recall.Mine.Link, v.p.words.Recall.Mine.LinkHint},
		{myEmergenciesAt, v.p.words.Emergency.PersonLink, v.p.words.Emergency.PersonHint},
	}
	ways = slices.DeleteFunc(ways, func(w way) bool { return !v.kept(w.Href) })
	places, err := v.p.cfg.Staff.PlacesOf(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	if len(places) > 0 {
		ways = append([]way{{staffAt, v.p.words.Staff.Place, v.p.words.Staff.PlaceHint}}, ways...)
	}
	return v.show(http.StatusOK, "account", w.Title, struct {
		Name  string
		Facts []fact
		Ways  []way
	}{a.Name, v.facts(), ways})
}

func (v *visit) facts() []fact {
	w, s := v.p.words.Account, v.s
	signIn := w.ByCode
	switch {
	case s.Way == account.WayTimeCode:
		signIn = w.ByApp
	case s.Way == account.WayProvider:
		signIn = w.ByProvider
	case s.Way == account.WayPasskey && s.Strength == account.Strong:
		signIn = w.ByPasskey
	case s.Way == account.WayPasskey:
		signIn = w.ByWaiting
	}
	proof := w.NotProven
	switch {
	case s.Proof == account.P9:
		proof = w.P9
	case s.Proof == account.P5:
		proof = w.P5
	case !s.Recovered.IsZero():
		proof = w.Lost
	}
	record := w.NoRecord
	if s.Record != "" {
		record = w.HasRecord
	}
	return []fact{{w.SignIn, signIn}, {w.Proof, proof}, {w.Record, record}}
}

// day is a date as people write it: 3 May 2026.
func day(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return at.Format("2 January 2006")
}

// when is a moment as people write it: 3 May 2026, 2:30pm.
func (v *visit) when(t time.Time) string {
	if t.IsZero() {
		return v.p.words.Form.Never
	}
	return v.p.words.Dates.Moment(t.In(v.p.cfg.Zone))
}
