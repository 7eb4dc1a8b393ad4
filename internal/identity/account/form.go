package account

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// formLife is how long it is known that a form was sent: longer than any page with
// one stays open that somebody is signed in to.
const formLife = 24 * time.Hour

// mostLed bounds where a form led, in bytes: a longer address is not kept.
const mostLed = 1024

// SendForm notes that whoever is signed in sends a form, by the number that it was
// given when it was shown, so that one that comes twice does its work once, on
// whichever node. first is false for one that came before, and led is where that led,
// "" while it is still at work. Whoever calls bounds the number.
func (a *Accounts) SendForm(ctx context.Context, s Session, form string) (led string, first bool, err error) {
	err = a.write(ctx, func(t *tx) error {
		led = ""
		n, err := t.Exec("INSERT INTO form_sent (account, form, ends) VALUES ($1, $2, $3) ON CONFLICT (account, form) DO NOTHING", s.Account, form, a.now().Add(formLife).Unix())
		if first = n == 1; err != nil || first {
			return err
		}
		return t.Query("SELECT led FROM form_sent WHERE account = $1 AND form = $2", []any{s.Account, form}, func(r *db.Row) error { led = r.Text(0); return nil })
	})
	return led, first, err
}

// LeadForm notes where a form led.
func (a *Accounts) LeadForm(ctx context.Context, s Session, form, led string) error {
	if len(led) > mostLed {
		led = ""
	}
	return a.write(ctx, func(t *tx) error {
		_, err := t.Exec("UPDATE form_sent SET led = $3 WHERE account = $1 AND form = $2", s.Account, form, led)
		return err
	})
}

// ForgetForm lets a form be sent once more, which did nothing.
func (a *Accounts) ForgetForm(ctx context.Context, s Session, form string) error {
	return a.write(ctx, func(t *tx) error {
		_, err := t.Exec("DELETE FROM form_sent WHERE account = $1 AND form = $2", s.Account, form)
		return err
	})
}
