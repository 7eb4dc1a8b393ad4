package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

// sessionCard is one session in the list.
type sessionCard struct {
	ID, Name string
	This     bool
	Rows     []fact
}

// sessions lists where somebody is signed in.
func sessions(v *visit) error {
	all, err := v.p.cfg.Accounts.Sessions(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	w := v.p.words.Sessions
	cards := make([]sessionCard, 0, len(all))
	for _, s := range all {
		c := sessionCard{ID: s.ID, Name: s.Device, This: s.ID == v.s.ID, Rows: []fact{{w.Begun, v.when(s.Begun)}, {w.Used, v.when(s.Used)}, {w.Way, v.way(s.Way)}}}
		if c.Name == "" {
			c.Name = w.Unknown
		}
		cards = append(cards, c)
	}
	return v.show(http.StatusOK, "sessions", w.Title, cards)
}

func (v *visit) way(way account.Way) string {
	w := v.p.words.Sessions
	switch way {
	case account.WayTimeCode:
		return w.ByApp
	case account.WayRecovery:
		return w.ByCode
	case account.WayProvider:
		return w.ByProvider
	}
	return w.ByPasskey
}

const sessionsAt = "/account/sessions"

// endSession ends one session of the person's own.
func endSession(v *visit) error {
	if err := v.p.cfg.Accounts.End(v.r.Context(), v.s, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(sessionEnded, sessionsAt)
}

// endOthers ends every session but this one.
func endOthers(v *visit) error {
	if _, err := v.p.cfg.Accounts.EndOthers(v.r.Context(), v.s); err != nil {
		return err
	}
	return v.doneThen(othersEnded, sessionsAt)
}
