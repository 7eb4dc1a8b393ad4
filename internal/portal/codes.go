package portal

import (
	"net/http"
	"strconv"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

// codes says how many recovery codes are left.
func codes(v *visit) error {
	n, err := v.p.cfg.Accounts.RecoveryCodesLeft(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	left := ""
	if n > 0 {
		left = strconv.Itoa(n)
	}
	return v.show(http.StatusOK, "codes", v.p.words.Codes.Title, struct{ Left string }{left})
}

const newCodesAt = "/account/codes/new"

// newCodes asks whether new ones are wanted.
func newCodes(v *visit) error {
	if ok, err := v.need(account.NewRecoveryCodes, withNext(newCodesAt, v.next())); err != nil || !ok {
		return err
	}
	w := v.p.words.Codes
	f := v.newForm(w.NewButton)
	f.Next = v.next()
	return v.ask(&question{title: w.NewTitle, text: []string{w.NewText, w.NewFirst}, form: f})
}

// showCodes makes new codes and shows them. They are part of the answer to the
// form itself, and lie nowhere for a second look.
func showCodes(v *visit) error {
	if ok, err := v.need(account.NewRecoveryCodes, withNext(newCodesAt, v.next())); err != nil || !ok {
		return err
	}
	all, err := v.p.cfg.Accounts.NewRecoveryCodes(v.r.Context(), v.s)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "codesshown", v.p.words.Codes.ShownTitle, struct {
		Codes []string
		Next  string
	}{all, v.next()})
}
