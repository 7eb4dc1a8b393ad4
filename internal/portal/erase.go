package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/identity/account"
)

const eraseAt = "/record/erase"

func (v *visit) erasureSelf() (erasure.Self, bool, error) {
	patient, ok, err := v.ownRecord()
	return erasure.Self{Who: v.ownWho(patient), Account: v.s.Account, Patient: patient}, ok, err
}

// eraseRecord shows what somebody asked, and how to ask.
func eraseRecord(v *visit) error { return v.eraseRecord(http.StatusOK, nil) }

func (v *visit) eraseRecord(status int, wrong error) error {
	by, ok, err := v.erasureSelf()
	if err != nil || !ok {
		return err
	}
	t, found, err := v.p.cfg.Erasures.Mine(v.r.Context(), by)
	if err != nil {
		return err
	}
	w := v.p.words.Erasure
	body := struct {
		Waiting, Refused, Being bool
		Facts                   []fact
		ID                      string
	}{ID: t.ID}
	if found && t.State != erasure.Withdrawn {
		body.Waiting, body.Refused, body.Being = t.State == erasure.Asked, t.State == erasure.Refused, t.State == erasure.Decided
		body.Facts = []fact{{w.YourWords, t.Words}, {w.Asked, v.when(t.Made)}}
		if body.Waiting {
			body.Facts = append(body.Facts, fact{w.Due, v.date(t.Due)})
		}
		if body.Refused {
			body.Facts = append(body.Facts, fact{w.Why, t.Reason}, fact{w.Ground, v.ground(t.Ground)})
		}
	}
	if !body.Waiting && !body.Being {
		v.form = v.newForm(w.Button, &field{ID: "words", Label: w.Words, Lines: 4})
		v.form.Danger, v.form.Cancel = true, recordAt
		if wrong != nil {
			v.form.wrong(fieldOf(wrong, "words"), v.p.sentence(wrong))
		}
	}
	return v.show(status, "erase", w.Title, body)
}

// ground is a ground in law, in words and by its law.
func (v *visit) ground(id string) string {
	g := v.p.cfg.Erasures.Grounds()
	for _, one := range append(append([]erasure.Ground{}, g.Erase...), g.Keep...) {
		if one.ID == id {
			return one.Words + " (" + one.Law + ")"
		}
	}
	return id
}

// eraseRecordFinish keeps that somebody asks, who used their passkey of late.
func eraseRecordFinish(v *visit) error {
	if ok, err := v.need(account.EraseRecord, eraseAt); err != nil || !ok {
		return err
	}
	by, ok, err := v.erasureSelf()
	if err != nil || !ok {
		return err
	}
	if _, err := v.p.cfg.Erasures.Ask(v.r.Context(), by, v.typed("words")); err != nil {
		if status, mend := mendable(err); mend {
			return v.eraseRecord(status, err)
		}
		return err
	}
	return v.doneThen(erasureAsked, eraseAt)
}

// eraseWithdraw takes it back.
func eraseWithdraw(v *visit) error {
	by, ok, err := v.erasureSelf()
	if err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Erasures.Withdraw(v.r.Context(), by, v.typed("id")); err != nil {
		return err
	}
	return v.doneThen(erasureBack, eraseAt)
}
