package client

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Choice is what somebody chose on the way to a decision, from one page to the
// next. It is no permission, and goes away with the request.
type Choice struct {
	// Confirmed says that they want to go on as the account that is signed in
	// (OpenID Connect Core section 3.1.2.1, prompt=select_account).
	Confirmed bool `json:"confirmed,omitempty"`
	// Patient and Encounter are logical ids; empty while nobody chose.
	Patient   string `json:"patient,omitempty"`
	Encounter string `json:"encounter,omitempty"`
	// For is the right by which they act for somebody, or Themself; empty while
	// nobody chose.
	For string `json:"for,omitempty"`
	// NoEncounter says that they chose to go on without one.
	NoEncounter bool `json:"noEncounter,omitempty"`
}

// Themself is the choice to let an app in for oneself.
const Themself = "self"

// Choose keeps what an account chose, for the browser that opened the request.
func (c *Clients) Choose(ctx context.Context, id, browser, account string, ch Choice) error {
	data, err := json.Marshal(ch)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	hash := sha256.Sum256([]byte(browser))
	return c.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE client_ask SET chosen = $3, chooser = $4 WHERE id = $1 AND browser = $2 AND expires > $5",
			id, hash[:], string(data), account, c.now().Unix())
		if err == nil && n == 0 {
			err = overAsk()
		}
		return err
	})
}

// Chosen is what an account chose so far. What another account chose in the
// same browser is not theirs, and is nothing.
func (c *Clients) Chosen(ctx context.Context, id, browser, account string) (ch Choice, err error) {
	hash := sha256.Sum256([]byte(browser))
	err = c.db.Query(ctx, "SELECT chosen FROM client_ask WHERE id = $1 AND browser = $2 AND chooser = $3 AND chosen <> '' AND expires > $4",
		[]any{id, hash[:], account, c.now().Unix()}, func(r *db.Row) error { return json.Unmarshal([]byte(r.Text(0)), &ch) })
	return ch, err
}
