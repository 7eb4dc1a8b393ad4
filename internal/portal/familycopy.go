package portal

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const familyCopyAt = familyAt + "/copy"

// copying is the right by which the visitor takes a copy along. ok is false where
// they act for nobody or by a right that does not say so: that was answered as on
// a visit of somebody who never had one.
func (v *visit) copying() (right mandate.Right, ok bool, err error) {
	right, ok, err = v.actingFor()
	if err == nil && (!ok || right.May&mandate.Copy == 0) {
		return mandate.Right{}, false, v.goOn(familyAt)
	}
	return right, ok, err
}

// familyCopy shows the copy of the record of whom somebody acts for, and how to
// ask for one.
func familyCopy(v *visit) error {
	right, ok, err := v.copying()
	if err != nil || !ok {
		return err
	}
	c, found, err := v.p.cfg.Copies.OfRight(v.r.Context(), v.s.Account, right.Mandate)
	if err != nil {
		return err
	}
	w := v.p.words.Family.Copy
	return v.showCopy(c, found, w.Title+" "+right.Name, downloadView{at: familyCopyAt, again: w.Again, Text: []string{w.What, w.Holds, w.Told, w.Keep}, Button: w.Button, Back: link{v.p.words.Family.Record, familyAt + "/record"}})
}

// familyCopyMake begins to make one, for somebody who used their passkey of
// late.
func familyCopyMake(v *visit) error {
	right, ok, err := v.copying()
	if err != nil || !ok {
		return err
	}
	if ok, err := v.need(account.CopyForOthers, familyCopyAt); err != nil || !ok {
		return err
	}
	if _, err := v.p.cfg.Copies.AskFor(v.r.Context(), v.s.Account, right.Patient, right.Mandate); err != nil {
		return err
	}
	return v.goOn(familyCopyAt)
}

// familyCopyFetch hands the file out, by the right by which they act now.
func familyCopyFetch(v *visit) error {
	right, ok, err := v.copying()
	if err != nil || !ok {
		return err
	}
	if ok, err := v.need(account.CopyForOthers, v.r.URL.Path); err != nil || !ok {
		return err
	}
	return v.handOut(func(size func(int64, time.Time)) error {
		return v.p.cfg.Copies.GiveFor(v.r.Context(), v.s.Account, right.Mandate, v.r.PathValue("id"), size, v)
	})
}

// CopyRight is what a right gives its holder for a copy at this moment. NotFound
// is for all who may have none, whatever the reason.
func CopyRight(ctx context.Context, m *mandate.Mandates, of takeaway.Whose) (takeaway.Right, error) {
	r, ok, err := m.HeldBy(ctx, of.Account, of.Mandate)
	if err == nil && (!ok || r.May&mandate.Copy == 0) {
		err = problem.New(problem.NotFound, "There is no copy to fetch here. It may be too old. Ask for a new one.").Because("takeaway-gone")
	}
	if err != nil {
		return takeaway.Right{}, err
	}
	return takeaway.Right{Who: r.Who(staff.Actor(of.Account), r.Copies()), Types: r.Types}, nil
}

// CopyHeld says whether a right lets its holder have a copy, without a look at
// the record.
func CopyHeld(ctx context.Context, m *mandate.Mandates, of takeaway.Whose) (bool, error) {
	all, err := m.RightsOf(ctx, of.Account)
	for _, r := range all {
		if r.Mandate == of.Mandate {
			return r.May&mandate.Copy != 0, err
		}
	}
	return false, err
}
