package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/base32"
	"encoding/json"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/recent"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Clients are the registered programs and all that belongs to them. It is safe
// for concurrent use.
type Clients struct {
	db    *db.DB
	ring  *seal.Ring
	now   func() time.Time
	cache recent.Rows[string, held]
	tries seal.Hasher // chooses the counter of a try
	typed seal.Hasher // of the codes that people type

	origins origins

	making sync.Mutex // held while a signing key is made
	mu     sync.Mutex
	opened map[string]*SigningKey // by id
}

// Open makes the tables ready. now is the clock; nil is time.Now.
func Open(ctx context.Context, d *db.DB, ring *seal.Ring, now func() time.Time) (*Clients, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "identity/client", files); err != nil {
		return nil, err
	}
	if err := migrateUses(ctx, d); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Clients{db: d, ring: ring, now: now, tries: ring.Hasher("client tries"), typed: ring.Hasher("client typed"), opened: map[string]*SigningKey{}}, nil
}

// Client is a registered program, without its secret.
type Client struct {
	ID string
	Spec
	Created time.Time
	Revoked time.Time // zero while it is let in
	// Itself says that it registered itself, and nobody has looked at it.
	// Whoever is asked to let it in is told so.
	Itself bool
	Said

	secret, manage []byte
}

// text writes ids and secrets: no letter is taken for another, and none needs
// escaping anywhere.
var text = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

const (
	idBytes    = 10
	secretSize = 32 // 256 bits: no guess and no dictionary reaches it, so a plain hash is enough
)

// fresh is a random text of n bytes.
func fresh(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return text.EncodeToString(b)
}

// idPrefix keeps the ids of clients apart from those of people, so that no
// token of one can be taken for the other's (RFC 9700 section 4.15).
const idPrefix = "app-"

// Add registers a client. secret is its secret where it proves itself by one:
// it is shown once and kept nowhere. A client that may ask by itself
// (client_credentials) has the operator's standing permission for its scopes
// from now on.
func (c *Clients) Add(ctx context.Context, s Spec) (_ Client, secret string, err error) {
	if s, err = s.checked(); err != nil {
		return Client{}, "", err
	}
	out := Client{ID: idPrefix + fresh(idBytes), Spec: s, Created: whole(c.now())}
	if s.Proof == BySecret {
		secret, out.secret = newSecret()
	}
	grant := fresh(idBytes)
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		if err := c.insertClient(tx, out); err != nil || !s.Grants.has(ClientCredentials) {
			return err
		}
		return insertGrant(tx, Grant{ID: grant, Client: out.ID, Scopes: s.Scopes, Created: out.Created})
	})
	if err != nil {
		return Client{}, "", err
	}
	return out, secret, nil
}

func (c *Clients) insertClient(tx *db.Tx, cl Client) error {
	said, err := json.Marshal(cl.Said)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	_, err = tx.Exec(`INSERT INTO client (id, name, profile, proof, secret, jwks, jwks_uri, private, redirects, scopes, grants, created, logouts, launch, itself, manage, said)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		cl.ID, cl.Name, string(cl.Profile), string(cl.Proof), nullable(cl.secret), c.sealKeys(cl.ID, cl.Keys), cl.KeysURL, number(cl.PrivateNetwork),
		strings.Join(cl.Redirects, " "), cl.Scopes, strings.Join(cl.Grants, " "), cl.Created.Unix(), strings.Join(cl.Logouts, " "), cl.LaunchURL,
		number(cl.Itself), nullable(cl.manage), string(said))
	if err != nil {
		return err
	}
	return insertUses(tx, cl)
}

func newSecret() (secret string, hash []byte) {
	secret = fresh(secretSize)
	sum := sha256.Sum256([]byte(secret))
	return secret, sum[:]
}

func nullable(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

const clientColumns = "id, name, profile, proof, secret, jwks, jwks_uri, private, redirects, scopes, grants, created, revoked, logouts, launch, itself, manage, said, " + usesColumn

func (c *Clients) scanClient(r *db.Row) (Client, error) {
	cl := Client{
		ID: r.Text(0),
		Spec: Spec{
			Name: r.Text(1), Profile: Profile(r.Text(2)), Proof: Proof(r.Text(3)), Keys: c.openKeys(r.Text(0), r.Text(5)), KeysURL: r.Text(6),
			PrivateNetwork: r.Bool(7), Redirects: strings.Fields(r.Text(8)), Scopes: r.Text(9), Grants: strings.Fields(r.Text(10)),
			Logouts: strings.Fields(r.Text(13)), LaunchURL: r.Text(14),
		},
		secret:  append([]byte(nil), r.Bytes(4)...),
		Created: moment(r.Int64(11)), Revoked: moment(r.Int64(12)),
		Itself: r.Bool(15),
		manage: append([]byte(nil), r.Bytes(16)...),
	}
	var err error
	if cl.Uses, err = readUses(r, 18); err != nil {
		return cl, err
	}
	if said := r.Text(17); said != "" {
		return cl, json.Unmarshal([]byte(said), &cl.Said)
	}
	return cl, nil
}

// Get finds a client by its id, one that was revoked too.
func (c *Clients) Get(ctx context.Context, id string) (out Client, found bool, err error) {
	if len(id) > 100 {
		return Client{}, false, nil
	}
	err = c.db.Query(ctx, "SELECT "+clientColumns+" FROM client c WHERE id = $1", []any{id}, func(r *db.Row) error {
		out, err = c.scanClient(r)
		found = true
		return err
	})
	return out, found, err
}

// List gives the newest clients first, at most 1,000 of them, those that were
// revoked too.
func (c *Clients) List(ctx context.Context) ([]Client, error) {
	var all []Client
	err := c.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Query("SELECT "+clientColumns+" FROM client c ORDER BY created DESC, id LIMIT 1000", nil, func(r *db.Row) error {
			cl, err := c.scanClient(r)
			all = append(all, cl)
			return err
		})
	})
	return all, err
}

// Revoke lets a client in no more: its tokens, its permissions and the work
// that goes on for it end with it. Doing it twice is no error.
func (c *Clients) Revoke(ctx context.Context, id string) error {
	n, err := c.strike(ctx, "client", id)
	if err == nil && n == 0 {
		return noClient()
	}
	return err
}

// strike marks a row of a table as revoked, and forgets what this node
// remembers.
func (c *Clients) strike(ctx context.Context, table, id string) (n int64, err error) {
	err = c.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec("UPDATE "+table+" SET revoked = CASE WHEN revoked = 0 THEN $2 ELSE revoked END WHERE id = $1", id, c.now().Unix())
		return err
	})
	c.cache.DropAll() // also after an error that may hide a commit
	return n, err
}

func noClient() error {
	return problem.New(problem.NotFound, "There is no client with this id. List them with: bevan client list").Because("no-client")
}

// Rotate gives a client other keys: new ones, or where they are; a client with
// a secret gets another, which is returned and shown once. What was proved by
// the old ones stays good until it runs out.
func (c *Clients) Rotate(ctx context.Context, id, keys, keysURL string) (secret string, err error) {
	cl, found, err := c.Get(ctx, id)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "", noClient()
	case !cl.Revoked.IsZero():
		return "", problem.New(problem.Conflict, "This client was revoked, so it needs no new keys. Add it again with: bevan client add").Because("client-revoked")
	case cl.Proof == BySecret && keys == "" && keysURL == "":
		secret, cl.secret = newSecret()
	case cl.Proof == ByKey:
		cl.Keys, cl.KeysURL = keys, keysURL
		if cl.Spec, err = cl.checked(); err != nil {
			return "", err
		}
	default:
		return "", problem.New(problem.Invalid, "This client proves itself in another way. List the clients with: bevan client list").Because("client-other-proof")
	}
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE client SET jwks = $2, jwks_uri = $3, secret = $4 WHERE id = $1", id, c.sealKeys(id, cl.Keys), cl.KeysURL, nullable(cl.secret))
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// IsSecret says whether this is the client's secret.
func (c Client) IsSecret(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	return len(c.secret) == len(sum) && subtle.ConstantTimeCompare(c.secret, sum[:]) == 1
}

func whole(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
