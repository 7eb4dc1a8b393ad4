package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Launch is an app that somebody opens from our pages, with what they have
// before them (SMART App Launch 2.2, "EHR launch").
type Launch struct {
	Client  string `json:"-"`
	Account string `json:"-"`
	Context
	// Patient stands here as well, since the context's own is not written down
	// with it.
	Chosen string `json:"patient,omitempty"`
}

// launchLife is how long an app has to come back after it was opened.
const launchLife = 5 * time.Minute

// Launch gives the address at which an app is opened for somebody: its own,
// with this server's (iss) and a word that stands for what they have before
// them (launch). The word is good for that account, for that client, once.
func (c *Clients) Launch(ctx context.Context, fhir string, l Launch) (location string, err error) {
	cl, found, err := c.Get(ctx, l.Client)
	switch {
	case err != nil:
		return "", err
	case !found || !cl.Revoked.IsZero() || cl.LaunchURL == "":
		return "", problem.New(problem.NotFound, "This app can not be opened from here. Choose another one.").Because("app-not-opened")
	case l.Account == "":
		return "", problem.New(problem.Internal, "")
	}
	l.Chosen = l.Patient
	data, err := json.Marshal(l)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	var random [secretSize]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand, Go 1.24)
	hash := sha256.Sum256(random[:])
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO client_launch (hash, client, account, data, expires) VALUES ($1, $2, $3, $4, $5)",
			hash[:], l.Client, l.Account, string(data), c.now().Add(launchLife).Unix())
		return err
	})
	sep := "?"
	if strings.Contains(cl.LaunchURL, "?") {
		sep = "&"
	}
	return cl.LaunchURL + sep + url.Values{"iss": {fhir}, "launch": {text.EncodeToString(random[:])}}.Encode(), err
}

// Launched is what an app was opened with. The word of a request works for the
// account that opened the app, and for nobody else.
func (c *Clients) Launched(ctx context.Context, a Ask, account string) (Launch, error) {
	hash, ok := launchHash(a.Launch)
	var l Launch
	if !ok {
		return l, overLaunch()
	}
	found := false
	err := c.db.Query(ctx, "SELECT data FROM client_launch WHERE hash = $1 AND client = $2 AND account = $3 AND expires > $4",
		[]any{hash[:], a.Client, account, c.now().Unix()}, func(r *db.Row) error {
			found = true
			return json.Unmarshal([]byte(r.Text(0)), &l)
		})
	if err == nil && !found {
		err = overLaunch()
	}
	l.Client, l.Account, l.Patient = a.Client, account, l.Chosen
	return l, err
}

// useLaunch uses the word of a request up.
func (c *Clients) useLaunch(tx *db.Tx, a Ask, account string) error {
	if a.Launch == "" {
		return nil
	}
	hash, ok := launchHash(a.Launch)
	if !ok {
		return overLaunch()
	}
	n, err := tx.Exec("DELETE FROM client_launch WHERE hash = $1 AND client = $2 AND account = $3", hash[:], a.Client, account)
	if err == nil && n == 0 {
		err = overLaunch()
	}
	return err
}

func launchHash(word string) (hash [sha256.Size]byte, ok bool) {
	raw, err := text.DecodeString(word)
	return sha256.Sum256(raw), err == nil && len(raw) == secretSize
}

func overLaunch() error {
	return problem.New(problem.NotFound, "The app was opened too long ago, or by somebody else. Go back and open it again.").Because("app-opened-late")
}
