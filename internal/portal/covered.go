package portal

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/notify"
)

// plainKey names the box of a scope that names no resources.
func plainKey(scope string) string { return "plain/" + scope }

// optional are scopes that name no resources and can be left out by the person.
var optional = []string{"profile", "email", "phone", "offline_access", "online_access"}

// given are the scopes that are given with what was ticked.
func (a *asking) given(ticked func(key string) bool) []string {
	var all []string
	for _, s := range a.wish.plain {
		ok := false
		switch s {
		case "openid":
			ok = true
		case "fhirUser":
			ok = a.about.user != ""
		case "launch":
			ok = a.ask.Launch != ""
		case "launch/patient":
			ok = a.patient != ""
		case "launch/encounter":
			ok = a.encounter != ""
		default:
			ok = slices.Contains(optional, s) && a.lasts(s) && ticked(plainKey(s))
		}
		if ok {
			all = append(all, s)
		}
	}
	return append(all, a.wish.granted(ticked)...)
}

// atFirst says which boxes are ticked when the page is first shown: what the
// app asks for, and nothing besides.
func (a *asking) atFirst() func(key string) bool {
	parts := map[string]bool{}
	all, _ := a.wish.boxes()
	for _, b := range all {
		parts[b.key()] = b.part
	}
	return func(key string) bool { return !parts[key] }
}

// enough says whether scopes are worth a permission: who somebody is, or some
// of their data.
func (a *asking) enough(scopes []string) bool {
	return slices.Contains(scopes, "openid") || slices.ContainsFunc(scopes, func(s string) bool { return strings.ContainsRune(s, '.') })
}

// withheld says whether the app asks for a record and can be given none, so that
// the person should hear what to do.
func (a *asking) withheld() bool {
	return !a.about.shares && len(newWish(a.ask.Scopes, false, access.PatientLevel, access.UserLevel).scopes) > 0
}

// covered goes back to the app at once where somebody allowed all of it before,
// as the same person about the same patient, and nothing asks for a page. done
// says that the answer was given.
func (a *asking) covered() (done bool, err error) {
	scopes := a.given(a.atFirst())
	if !a.enough(scopes) || a.withheld() {
		return false, nil
	}
	want, in := a.ask, a.context(scopes)
	want.Scopes, in.Session = strings.Join(scopes, " "), a.s.ID
	g, found, err := a.p.cfg.Clients.Covering(a.r.Context(), want, a.s.Account, in)
	if err != nil || !found {
		return err != nil, err
	}
	return true, a.approve(scopes, client.Approval{Context: g.Context, Until: g.Until, Grant: g.ID})
}

// approve gives the app its code.
func (a *asking) approve(scopes []string, y client.Approval) error {
	y.Account, y.Scopes = a.s.Account, strings.Join(scopes, " ")
	y.SignIn = client.SignIn{Verified: a.s.Verified, Trust: a.s.Vector().String()}
	if y.Grant == "" && a.about.forOther() {
		owner, err := a.p.cfg.Mandates.Owner(a.r.Context(), a.about.right.Patient)
		if err != nil {
			return err
		}
		if owner != "" {
			y.Also = func(tx *db.Tx) error { return a.p.cfg.Accounts.Tell(tx, owner, notify.AppByAnother) }
		}
	}
	location, err := a.p.cfg.Clients.Approve(a.r.Context(), a.ask.ID, a.browser, y)
	if err != nil {
		return err
	}
	return a.sendAway(location)
}

// recent makes sure of a check that is recent enough to decide about a record.
// ok is false where the answer was given: they use their passkey, and come back.
func (a *asking) recent() (ok bool, err error) {
	if len(a.wish.scopes) == 0 {
		return true, nil
	}
	age := a.p.cfg.Now().Sub(a.s.Verified)
	if a.s.Strength == account.Strong && age >= 0 && age < account.ShareChoices.Fresh() {
		return true, nil
	}
	return false, a.checkFirst()
}
