package emergency

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base32"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Owners knows whose account a record is linked to.
type Owners interface {
	// OwnerIn is the account that holds a record, in a transaction; "" for none.
	OwnerIn(t *db.Tx, patient string) (account string, err error)
}

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Ring     *seal.Ring
	Accounts *account.Accounts
	Staff    *staff.Staff
	Owners   Owners
	// Policy is the numbers; nil is BuiltIn.
	Policy *Policy
	// Zone is where working days and months are counted; nil is the server's.
	Zone *time.Location
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Emergencies keeps emergencies. It is safe for concurrent use.
type Emergencies struct {
	Config
	hash seal.Hasher

	mu      sync.Mutex // over what the public counted last
	counted Counts
	at      time.Time
}

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Emergencies, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "consent/emergency", files); err != nil {
		return nil, err
	}
	if c.Policy == nil {
		if c.Policy, err = BuiltIn(); err != nil {
			return nil, err
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Zone == nil {
		c.Zone = time.Local
	}
	return &Emergencies{Config: c, hash: c.Ring.Hasher("emergency person")}, nil
}

// By is who does something here: the sign-in, and the place in which they act.
// Both are true of the moment in which they were asked for.
type By struct {
	Session account.Session
	Acting  staff.Acting
}

// trust is the organisation that the place belongs to: of a site the one above.
func (b By) trust() string {
	if b.Acting.Organisation.Parent != "" {
		return b.Acting.Organisation.Parent
	}
	return b.Acting.Organisation.ID
}

// State is where the review of an emergency stands.
type State string

// The states of a review.
const (
	Waits       State = "open"
	Asked       State = "asked" // the reviewer asked its holder something
	Answered    State = "answered"
	Justified   State = "justified"
	Unjustified State = "unjustified"
)

// Emergency is one look at one person's record without their yes.
type Emergency struct {
	ID      string
	Patient string // the logical id of the Patient
	// Account declared it, then called Name, acting in a place.
	Account, Name, Place string
	Organisation         string // its id
	OrganisationName     string
	Role                 staff.Role
	Policy               string // the version of the numbers
	// Begun is zero until the passkey was touched. Ends is when it ends by
	// itself, and Ended when its holder ended it before; zero for not.
	Made, Begun, Ends, Ended time.Time
	// Told is when the person was told, zero while they were not, and Reached
	// whether they had an account to be told by.
	Told    time.Time
	Reached bool
	// Held is until when they are not told. HeldFor is the account of the
	// reviewer who was asked to decide that, and HeldBy of who did; "" for
	// nobody.
	Held            time.Time
	HeldFor, HeldBy string
	// Due is when the review has to be done, Reviewed when it was.
	Due, Reviewed, Escalated time.Time
	State                    State

	session, trust string
	passkey        []byte
	sealed         []byte
}

// Open says whether the record is open by it at that time.
func (e Emergency) Open(now time.Time) bool {
	return !e.Begun.IsZero() && e.Ended.IsZero() && !now.Before(e.Begun) && now.Before(e.Ends)
}

// Mandate names an emergency in the access log.
func (e Emergency) Mandate() string { return mandatePrefix + e.ID }

// Who is the one who asks the record by it: about that one patient, looking
// only, until it ends.
func (e Emergency) Who() access.Who {
	return access.Who{Actor: staff.Actor(e.Account), Kind: access.Person, Role: access.RoleProfessional, Organisation: e.Organisation,
		Patient: e.Patient, Mandate: e.Mandate(), Until: e.Ends.UnixMilli(), Bound: access.AllTypes(access.Looking &^ access.Follow)}
}

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID is 80 random bits.
func newID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return idText.EncodeToString(b[:])
}

func (e *Emergencies) seconds() int64 { return e.Now().Unix() }

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

const columns = `e.id, e.patient, e.account, e.session, e.passkey, e.place, e.organisation, e.org_name, e.trust, e.role, e.name, e.sealed, e.policy,
	e.made, e.begun, e.ends, e.ended, e.told, e.reached, e.held, e.held_for, e.held_by, e.due, e.state, e.reviewed, e.escalated FROM emergency e`

func scan(r *db.Row) Emergency {
	return Emergency{ID: r.Text(0), Patient: r.Text(1), Account: r.Text(2), session: r.Text(3), passkey: append([]byte{}, r.Bytes(4)...), Place: r.Text(5),
		Organisation: r.Text(6), OrganisationName: r.Text(7), trust: r.Text(8), Role: staff.Role(r.Text(9)), Name: r.Text(10), sealed: append([]byte{}, r.Bytes(11)...),
		Policy: r.Text(12), Made: moment(r.Int64(13)), Begun: moment(r.Int64(14)), Ends: moment(r.Int64(15)), Ended: moment(r.Int64(16)),
		Told: moment(r.Int64(17)), Reached: r.Int64(18) == 1, Held: moment(r.Int64(19)), HeldFor: r.Text(20), HeldBy: r.Text(21),
		Due: moment(r.Int64(22)), State: State(r.Text(23)), Reviewed: moment(r.Int64(24)), Escalated: moment(r.Int64(25))}
}

// one finds one and keeps it as it is until the transaction ends. None, and one
// that belongs to somebody else, look the same to the caller's refusal.
func one(t *db.Tx, id string) (Emergency, error) {
	var e Emergency
	found, err := t.One("SELECT "+columns+" WHERE e.id = $1"+t.Dialect().Pick("", " FOR UPDATE"), []any{id}, func(r *db.Row) error { e = scan(r); return nil })
	if err == nil && !found {
		err = unknown()
	}
	return e, err
}

// list gives those that a condition names.
func (e *Emergencies) list(ctx context.Context, which string, args ...any) ([]Emergency, error) {
	var all []Emergency
	err := e.DB.Query(ctx, "SELECT "+columns+which, args, func(r *db.Row) error {
		all = append(all, scan(r))
		return nil
	})
	return all, err
}

func unknown() error {
	return problem.New(problem.NotFound, "There is no such emergency here. Look at your list again.").Because("no-emergency")
}

// text tidies what somebody wrote.
func (e *Emergencies) text(s string) (string, error) {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' || r == '\t' || r == ' ' }), " ")
	if n := countRunes(s); n < e.Policy.ReasonLeast || n > e.Policy.ReasonMost || !plain(s) {
		return "", problem.New(problem.Invalid, "Say why, in one or two sentences. Somebody else has to understand it.").Because("emergency-reason")
	}
	return s, nil
}
