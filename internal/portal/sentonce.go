package portal

import (
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

// A form that comes twice, from a double click, from two tabs that show one page, or
// from the browser's button that goes back, does its work once: each is given a
// number when it is shown. One that comes again is led where the first one was.
// What did nothing, since something was wrong with it, can be sent again.

// onceOnly does what a form asks, once.
func (v *visit) onceOnly(do func(*visit) error) error {
	form := v.typed(formOnce)
	if v.r.Method != http.MethodPost || !formKey.MatchString(form) {
		return do(v)
	}
	s, ctx := v.s, v.r.Context()
	led, first, err := v.p.cfg.Accounts.SendForm(ctx, s, form)
	switch {
	case err != nil:
		return err
	case led != "":
		return v.goOn(led)
	case !first:
		w := v.p.words.Kept
		return v.showSheet(&sheet{title: w.TwiceTitle, text: []string{w.Twice}, links: []link{{w.TwiceBack, v.home()}}})
	}
	err = do(v)
	v.sentForm(s, form, err != nil)
	return err
}

// sentForm keeps where a form led, or that it did nothing.
func (v *visit) sentForm(s account.Session, form string, failed bool) {
	to := v.Header().Get("Location")
	var err error
	if failed || to == "" || strings.HasPrefix(to, "/check") || strings.HasPrefix(to, "/sign-in") {
		err = v.p.cfg.Accounts.ForgetForm(v.r.Context(), s, form)
	} else {
		err = v.p.cfg.Accounts.LeadForm(v.r.Context(), s, form, to)
	}
	if err != nil { // the answer is on its way; the form is only not known to be over
		v.p.cfg.Log.WarnContext(v.r.Context(), "where a form led was not kept", "error", err)
	}
}
