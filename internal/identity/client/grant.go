package client

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Grant is what a client was allowed, by somebody with an account about a
// patient, or by the operator where there is no account.
type Grant struct {
	ID, Client string
	Account    string
	Context
	Scopes  string
	Created time.Time
	Until   time.Time // zero for no end
	Revoked time.Time // zero while it stands
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
	_, err := tx.Exec("INSERT INTO client_grant (id, client, account, patient, scopes, created, until, context) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		g.ID, g.Client, g.Account, g.Patient, g.Scopes, unix(g.Created), unix(g.Until), g.Context.text())
	return err
}

const grantColumns = "id, client, account, patient, scopes, created, until, revoked, context"

func scanGrant(r *db.Row) (g Grant, err error) {
	g = Grant{ID: r.Text(0), Client: r.Text(1), Account: r.Text(2), Scopes: r.Text(4), Created: moment(r.Int64(5)), Until: moment(r.Int64(6)), Revoked: moment(r.Int64(7))}
	g.Context, err = readContext(r.Text(3), r.Text(8))
	return g, err
}

// maxGrants bounds a list of permissions.
const maxGrants = 1_000

// grants lists the newest permissions that a condition names.
func (c *Clients) grants(ctx context.Context, where string, args ...any) (all []Grant, err error) {
	err = c.db.Query(ctx, "SELECT "+grantColumns+" FROM client_grant WHERE "+where+" ORDER BY created DESC, id LIMIT "+strconv.Itoa(maxGrants), args, func(r *db.Row) error {
		g, err := scanGrant(r)
		all = append(all, g)
		return err
	})
	return all, err
}

// Standing is the operator's permission for a client that asks by itself.
func (c *Clients) Standing(ctx context.Context, client string) (g Grant, found bool, err error) {
	all, err := c.grants(ctx, "client = $1 AND account = ''", client)
	if err != nil || len(all) == 0 {
		return g, false, err
	}
	return all[0], true, nil
}

// Given are the permissions of an account that stand, the newest first: what
// acts in somebody's name.
func (c *Clients) Given(ctx context.Context, account string) (all []Grant, err error) {
	if account == "" {
		return nil, nil
	}
	given, err := c.grants(ctx, "account = $1 AND revoked = 0", account)
	for _, g := range given {
		if g.Good(c.now()) {
			all = append(all, g)
		}
	}
	return all, err
}

// EndFor takes back all that an account allowed a client; with the client "",
// all that it allowed anybody. It says how many permissions ended.
func (c *Clients) EndFor(ctx context.Context, account, client string) (n int64, err error) {
	return c.endWhere(ctx, "account = $2 AND $2 <> '' AND (client = $3 OR $3 = '')", account, client)
}

// GivenFor are the permissions that stand and that others gave about a patient
// by a right to act for them, the newest first: what acts in that patient's
// name without having been let in by them.
func (c *Clients) GivenFor(ctx context.Context, patient string) (all []Grant, err error) {
	if patient == "" {
		return nil, nil
	}
	given, err := c.grants(ctx, "patient = $1 AND account <> '' AND revoked = 0", patient)
	for _, g := range given {
		if g.Role == access.RoleProxy && g.Mandate != "" && g.Good(c.now()) {
			all = append(all, g)
		}
	}
	return all, err
}

// EndAbout takes back what an account allowed about a patient, after the record
// turned out not to be theirs.
func (c *Clients) EndAbout(ctx context.Context, account, patient string) (n int64, err error) {
	return c.endWhere(ctx, "account = $2 AND patient = $3", account, patient)
}

func (c *Clients) endWhere(ctx context.Context, where string, args ...any) (n int64, err error) {
	err = c.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec("UPDATE client_grant SET revoked = $1 WHERE revoked = 0 AND "+where, append([]any{c.now().Unix()}, args...)...)
		return err
	})
	c.cache.DropAll() // also after an error that may hide a commit
	return n, err
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

// rights are what scopes of some levels allow together.
func rights(scopes string, levels ...access.Level) access.Rights {
	var all access.Rights
	for w := range strings.FieldsSeq(scopes) {
		if s, ok := access.ParseSMART(w); ok && slices.Contains(levels, s.Level) {
			all = all.Or(s.Rights())
		}
	}
	return all
}

const (
	actorPrefix   = "client:"
	accountPrefix = "account:"
)

// who is the one behind a permission, with the scopes of its credential: a
// program by itself, or a person in whose name an app asks.
func who(client, grant, account string, in Context, scopes string) access.Who {
	w := access.Who{Kind: access.Client, App: client, Grant: grant}
	if account == "" {
		w.Actor, w.Role, w.Bound = actorPrefix+client, access.RoleProgram, rights(scopes, access.SystemLevel)
		return w
	}
	w.Actor, w.Kind, w.Role = accountPrefix+account, access.Person, in.Role
	w.Organisation, w.User, w.Hat, w.Patient, w.For, w.Mandate = in.Organisation, in.User, in.Hat, in.Patient, in.For, in.Mandate
	var asked []access.SMARTScope
	for word := range strings.FieldsSeq(scopes) {
		if one, ok := access.ParseSMART(word); ok {
			asked = append(asked, one)
		}
	}
	w.Bound = access.Bound(asked, in.Patient)
	return w
}

// Still says what the one behind who may do now, for work that was begun under
// a token and outlives it: as long as the permission stands and the client is
// let in, the same who with the permission's bound, or a refusal. One who is
// not at work but asks now keeps the bound of their token.
func (c *Clients) Still(ctx context.Context, w access.Who) (access.Who, error) {
	var g Grant
	var out, found bool
	err := c.db.Query(ctx, `SELECT g.scopes, g.account, g.until, g.revoked, c.revoked, `+usesColumn+` FROM client_grant g JOIN client c ON c.id = g.client
		WHERE g.id = $1 AND g.client = $2`, []any{w.Grant, w.App}, func(r *db.Row) error {
		g = Grant{Scopes: r.Text(0), Account: r.Text(1), Until: moment(r.Int64(2)), Revoked: moment(r.Int64(3))}
		out, found = r.Int64(4) != 0, true
		var err error
		w.Uses, err = readUses(r, 5)
		return err
	})
	switch {
	case err != nil:
		return access.Who{}, err
	case !found || w.Behind() != actorPrefix+w.App || w.Role != access.RoleProgram || g.Account != "":
		return access.Who{}, unknown()
	case out || !g.Good(c.now()):
		return access.Who{}, takenBack()
	}
	if all := rights(g.Scopes, access.SystemLevel); w.Kind == access.Work {
		w.Bound = all
	} else {
		w.Bound = w.Bound.And(all) // whoever asks with a token has its scopes and no more
	}
	return w, nil
}

// IsProgram says whether who is a program of this room, or work for one.
func IsProgram(w access.Who) bool { return strings.HasPrefix(w.Behind(), actorPrefix) }
