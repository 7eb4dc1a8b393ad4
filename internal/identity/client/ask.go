package client

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Ask is an authorization request (RFC 6749 section 4.1.1, OpenID Connect Core
// section 3.1.2.1) that was checked, and waits for a person to decide.
type Ask struct {
	ID     string `json:"-"`
	Client string `json:"-"`
	// Issuer goes into the answer (RFC 9207).
	Issuer   string `json:"iss"`
	Redirect string `json:"redirect"`
	// Scopes are those that the client may ask for, each once.
	Scopes string `json:"scopes"`
	State  string `json:"state,omitempty"`
	Nonce  string `json:"nonce,omitempty"`
	// Challenge is that of PKCE, with S256 (RFC 7636).
	Challenge string `json:"challenge"`
	// Thumbprint is that of the key which whoever redeems the code has to prove
	// (RFC 9449 section 10); may be empty.
	Thumbprint string `json:"jkt,omitempty"`
	// Launch is what an app that was opened from our pages brings back.
	Launch string `json:"launch,omitempty"`
	// Silent is prompt=none, Again prompt=login, Confirm prompt=consent and
	// Choose prompt=select_account.
	Silent  bool `json:"silent,omitempty"`
	Again   bool `json:"again,omitempty"`
	Confirm bool `json:"confirm,omitempty"`
	Choose  bool `json:"choose,omitempty"`
	// MaxAge is how long ago the person may have been verified; negative where
	// it was not said.
	MaxAge time.Duration `json:"maxAge"`
	// Trust is the parameter vtr, a JSON list of vectors of trust; may be
	// empty.
	Trust string `json:"vtr,omitempty"`
	// Device is the one that the answer waits for, where the request came from
	// a device without a browser (RFC 8628); empty otherwise. Whoever decides
	// about it is always asked.
	Device string `json:"device,omitempty"`
	// Account is the one that the client expects, by an ID token that it has.
	Account string    `json:"account,omitempty"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"-"`
}

// How long a request waits: for a person to read and to find their passkey, and
// below the 600 seconds of FAPI 2.0 for the client to send them on.
const (
	askLife    = 30 * time.Minute
	pushedLife = 90 * time.Second
)

// Keep keeps a request until a person decides. One that the client pushed (RFC
// 9126) waits a short while for the person to come with it.
func (c *Clients) Keep(ctx context.Context, a Ask, pushed bool) (id string, life time.Duration, err error) {
	a.Created = whole(c.now())
	data, err := json.Marshal(a)
	if err != nil {
		return "", 0, problem.Wrap(problem.Internal, "", err)
	}
	id, life = fresh(20), askLife
	if pushed {
		life = pushedLife
	}
	return id, life, c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO client_ask (id, client, data, pushed, expires) VALUES ($1, $2, $3, $4, $5)",
			id, a.Client, string(data), number(pushed), a.Created.Add(life).Unix())
		return err
	})
}

// Arrive finds a request that a client pushed, when a person comes with it. A
// reload finds it again, until it was decided (RFC 9126 section 4).
func (c *Clients) Arrive(ctx context.Context, id, client string) error {
	var n int64
	now := c.now()
	err := c.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec("UPDATE client_ask SET expires = CASE WHEN pushed = 1 THEN $4 ELSE expires END, pushed = 0 WHERE id = $1 AND client = $2 AND expires > $3",
			id, client, now.Unix(), now.Add(askLife).Unix())
		return err
	})
	if err == nil && n == 0 {
		err = overAsk()
	}
	return err
}

// Opened gives a request to the browser that opens it first, and to no other:
// who has only seen its address can not go on with it. browser is a secret of
// that browser.
func (c *Clients) Opened(ctx context.Context, id, browser string) (Ask, Client, error) {
	hash := sha256.Sum256([]byte(browser))
	var a Ask
	if len(browser) < 16 || len(browser) > 200 || len(id) > 100 {
		return a, Client{}, overAsk()
	}
	err := c.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE client_ask SET browser = $2 WHERE id = $1 AND pushed = 0 AND expires > $3 AND (browser IS NULL OR browser = $2)", id, hash[:], c.now().Unix())
		if err != nil {
			return err
		}
		if n == 0 {
			return overAsk()
		}
		a, err = askIn(tx, id)
		return err
	})
	if err != nil {
		return Ask{}, Client{}, err
	}
	cl, found, err := c.Get(ctx, a.Client)
	if err == nil && (!found || !cl.Revoked.IsZero()) {
		err = overAsk()
	}
	return a, cl, err
}

func askIn(tx *db.Tx, id string) (a Ask, err error) {
	found, err := tx.One("SELECT data, client, expires FROM client_ask WHERE id = $1", []any{id}, func(r *db.Row) error {
		a.ID, a.Client, a.Expires = id, r.Text(1), moment(r.Int64(2))
		return json.Unmarshal([]byte(r.Text(0)), &a)
	})
	if err == nil && !found {
		err = overAsk()
	}
	return a, err
}

// take takes a request away for good. Of several that decide at once, on any
// nodes, one succeeds.
func (c *Clients) take(tx *db.Tx, id, browser string) (Ask, error) {
	a, err := askIn(tx, id)
	if err != nil {
		return a, err
	}
	hash := sha256.Sum256([]byte(browser))
	n, err := tx.Exec("DELETE FROM client_ask WHERE id = $1 AND browser = $2 AND expires > $3", id, hash[:], c.now().Unix())
	if err == nil && n == 0 {
		err = overAsk()
	}
	return a, err
}

func overAsk() error {
	return problem.New(problem.NotFound, "This request of an app is over, or was opened elsewhere. Go back to the app and start again.").Because("request-over")
}
