package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

const recoveryAt = "/account/recovery"

func (v *visit) recoveryQuestion() *question {
	w := v.p.words.Recovery
	f := v.newForm(w.Button)
	f.Danger, f.Cancel = true, afterwards
	return &question{title: w.Title, text: []string{w.What, w.When + ": " + v.when(v.s.Recovered) + ".", w.Until + " " + v.when(v.s.Waits) + ".", w.Then, w.Is}, form: f}
}

// recovery says what happened, and asks whether it is to be stopped.
func recovery(v *visit) error {
	if !v.p.cfg.Now().Before(v.s.Waits) {
		return v.show(http.StatusOK, "norecovery", v.p.words.Recovery.Title, nil)
	}
	if ok, err := v.need(account.StopRecovery, recoveryAt); err != nil || !ok {
		return err
	}
	return v.ask(v.recoveryQuestion())
}

// stopRecovery stops it.
func stopRecovery(v *visit) error {
	if ok, err := v.need(account.StopRecovery, recoveryAt); err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Accounts.StopRecovery(v.r.Context(), v.s); err != nil {
		return v.again(v.recoveryQuestion(), "", err)
	}
	return v.doneThen(recoveryStopped, "/account/codes")
}
