package client

import (
	"encoding/json"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Logout is where an app wants people to be when they have signed out.
type Logout struct {
	Name     string    `json:"name"` // of the app
	Location string    `json:"to"`
	Until    time.Time `json:"until"`
}

const (
	logoutPurpose = "bevan logout"
	logoutLife    = 30 * time.Minute
)

// SealLogout makes a word of it that only this server can make, so that a page
// sends people nowhere else.
func (c *Clients) SealLogout(l Logout) (string, error) {
	l.Until = whole(c.now()).Add(logoutLife)
	b, err := json.Marshal(l)
	return c.ring.SealToken(logoutPurpose, b), err
}

// OpenLogout reads what SealLogout made.
func (c *Clients) OpenLogout(word string) (l Logout, err error) {
	b, err := c.ring.OpenToken(logoutPurpose, word)
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	if err != nil || !c.now().Before(l.Until) {
		return Logout{}, problem.New(problem.Invalid, "This link of an app is too old. Sign out, and go back to the app yourself.").Because("logout-late")
	}
	return l, nil
}
