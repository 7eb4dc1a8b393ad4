package client

import (
	"context"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Grant is what a client was allowed, by somebody with an account about a
// patient, or by the operator where there is no account.
type Grant struct {
	ID, Client       string
	Account, Patient string
	Scopes           string
	Created          time.Time
	Until            time.Time // zero for no end
	Revoked          time.Time // zero while it stands
}

// Allow writes down what a client was allowed. The caller has asked whoever had
// to be asked.
func (c *Clients) Allow(ctx context.Context, g Grant) (Grant, error) {
	if len(g.Scopes) > access.MaxScopes || g.Client == "" || g.Account == "" {
		return Grant{}, problem.New(problem.Invalid, "A permission names a client, an account and scopes.")
	}
	g.ID, g.Created, g.Revoked = fresh(idBytes), whole(c.now()), time.Time{}
	return g, c.db.Write(ctx, func(tx *db.Tx) error { return insertGrant(tx, g) })
}

func insertGrant(tx *db.Tx, g Grant) error {
	_, err := tx.Exec("INSERT INTO client_grant (id, client, account, patient, scopes, created, until) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		g.ID, g.Client, g.Account, g.Patient, g.Scopes, unix(g.Created), unix(g.Until))
	return err
}

// Standing is the operator's permission for a client that asks by itself.
func (c *Clients) Standing(ctx context.Context, client string) (g Grant, found bool, err error) {
	err = c.db.Query(ctx, `SELECT id, client, account, patient, scopes, created, until, revoked FROM client_grant
		WHERE client = $1 AND account = '' ORDER BY created DESC, id LIMIT 1`, []any{client}, func(r *db.Row) error {
		g = Grant{ID: r.Text(0), Client: r.Text(1), Account: r.Text(2), Patient: r.Text(3), Scopes: r.Text(4),
			Created: moment(r.Int64(5)), Until: moment(r.Int64(6)), Revoked: moment(r.Int64(7))}
		found = true
		return nil
	})
	return g, found, err
}

// Good says whether the permission stands at the time.
func (g Grant) Good(now time.Time) bool {
	return g.Revoked.IsZero() && (g.Until.IsZero() || now.Before(g.Until))
}

// RevokeGrant takes a permission back, with all tokens that were given for it.
func (c *Clients) RevokeGrant(ctx context.Context, id string) error {
	n, err := c.strike(ctx, "client_grant", id)
	if err == nil && n == 0 {
		return problem.New(problem.NotFound, "There is no such permission. It may have been taken back long ago.")
	}
	return err
}

// rights are what scopes allow a program by itself: its system scopes
// together. Scopes about a patient or a user give nothing here.
func rights(scopes string) access.Rights {
	var all access.Rights
	for _, w := range strings.Fields(scopes) {
		if s, ok := access.ParseSMART(w); ok && s.Level == access.SystemLevel {
			all = all.Or(s.Rights())
		}
	}
	return all
}

const actorPrefix = "client:"

// who is the program behind a permission, with the scopes of its credential.
func who(client, grant, account, scopes string) access.Who {
	w := access.Who{Actor: actorPrefix + client, Kind: access.Client, App: client, Grant: grant}
	if account == "" {
		w.Role, w.Bound = access.RoleProgram, rights(scopes)
	}
	return w // in somebody's name: no role, so no rule lets it in yet
}

// Still says what the one behind who may do now, for work that was begun under
// a token and outlives it: as long as the permission stands and the client is
// let in, the same who with the permission's bound, or a refusal. One who is
// not at work but asks now keeps the bound of their token.
func (c *Clients) Still(ctx context.Context, w access.Who) (access.Who, error) {
	var g Grant
	var out, found bool
	err := c.db.Query(ctx, `SELECT g.scopes, g.account, g.until, g.revoked, c.revoked FROM client_grant g JOIN client c ON c.id = g.client
		WHERE g.id = $1 AND g.client = $2`, []any{w.Grant, w.App}, func(r *db.Row) error {
		g = Grant{Scopes: r.Text(0), Account: r.Text(1), Until: moment(r.Int64(2)), Revoked: moment(r.Int64(3))}
		out, found = r.Int64(4) != 0, true
		return nil
	})
	switch {
	case err != nil:
		return access.Who{}, err
	case !found || w.Behind() != actorPrefix+w.App || w.Role != access.RoleProgram || g.Account != "":
		return access.Who{}, unknown()
	case out || !g.Good(c.now()):
		return access.Who{}, takenBack()
	}
	if all := rights(g.Scopes); w.Kind == access.Work {
		w.Bound = all
	} else {
		w.Bound = w.Bound.And(all) // whoever asks with a token has its scopes and no more
	}
	return w, nil
}

// IsProgram says whether who is a program of this room, or work for one.
func IsProgram(w access.Who) bool { return strings.HasPrefix(w.Behind(), actorPrefix) }
