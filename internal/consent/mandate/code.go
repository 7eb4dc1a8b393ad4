package mandate

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Offer is a mandate that a person offers to whoever brings its code.
type Offer struct {
	ID   string
	Kind Kind
	Name string // what the person calls them
	May  May
	Ends time.Time // of the mandate; zero is the longest that there is
	// Until is the first moment in which the code is good no more.
	Until time.Time
}

const (
	// codeLife is long enough to be told by telephone or in a letter.
	codeLife = 7 * 24 * time.Hour
	// A code is twenty letters: the first by which it is found, then 70 bits of
	// secret.
	codeName, codeSize = 6, 20
	// codeTries is how many wrong tries with the right name spend one.
	codeTries = 20
)

// Invite offers somebody the right to act for the holder of the session. The
// code is shown once and kept nowhere; whoever it is meant for types it in their
// own account. That the passkey is fresh is checked here.
func (m *Mandates) Invite(ctx context.Context, s account.Session, o Offer) (_ Offer, code string, err error) {
	if err := account.Proxies.Lacks(s.Standing, s.Verified, m.Now()).Problem(); err != nil {
		return Offer{}, "", err
	}
	now := moment(m.Now().Unix())
	patient := recordID(s.Record)
	if o.Name, err = line(o.Name, maxName, problem.New(problem.Invalid, "Say what they are called, in one line.").Because("mandate-name")); err != nil {
		return Offer{}, "", err
	}
	person, err := m.look(ctx, "account:"+s.Account, patient)
	if err != nil {
		return Offer{}, "", err
	}
	code = random(5*codeSize/8 + 1)[:codeSize]
	o.ID, o.Until = newID(), now.Add(codeLife)
	err = m.write(ctx, func(t *tx) error {
		if _, err := m.Accounts.HoldSession(t.Tx, s); err != nil {
			return err
		}
		can, err := m.ability(t, patient)
		if err != nil {
			return err
		}
		g := Grant{Patient: patient, Kind: o.Kind, Basis: Consented, Way: ByPerson, May: o.May, Ends: o.Ends}
		if err := m.Rules.check(g, person, can, now, m.Zone); err != nil {
			return err
		}
		open := 0
		err = t.Query("SELECT id FROM mandate_code WHERE patient = $1 AND used = 0 AND until > $2", []any{patient, now.Unix()}, func(*db.Row) error { open++; return nil })
		if err == nil && open >= maxOf {
			err = problem.New(problem.Conflict, "You have twenty codes that nobody has used, which is the most. Take one back first.").Because("mandate-codes")
		}
		if err != nil {
			return err
		}
		_, err = t.Exec(`INSERT INTO mandate_code (id, code, hash, patient, account, kind, name, may, ends, made, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			o.ID, code[:codeName], hashed(code), patient, s.Account, string(o.Kind), m.seal("name", o.ID, o.Name), int64(o.May), seconds(o.Ends), now.Unix(), o.Until.Unix())
		return err
	})
	if err != nil {
		return Offer{}, "", err
	}
	return o, spaced(code), nil
}

func hashed(code string) string {
	sum := sha256.Sum256([]byte(code[codeName:]))
	return hex.EncodeToString(sum[:])
}

// spaced writes a code in groups of five, as people read it.
func spaced(code string) string {
	return code[:5] + "-" + code[5:10] + "-" + code[10:15] + "-" + code[15:]
}

// readCode brings what was typed into the form of a code; what can not be one
// becomes one that nobody has.
func readCode(typed string) string {
	if len(typed) <= 4*codeSize {
		s := strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\t", "", "\r", "", "\n", "", "O", "0", "o", "0", "I", "1", "i", "1", "L", "1", "l", "1").Replace(typed))
		if len(s) == codeSize && strings.Trim(s, letters) == "" {
			return s
		}
	}
	return strings.Repeat("-", codeSize)
}

// Offers lists what the holder of a session offers whose codes are good.
func (m *Mandates) Offers(ctx context.Context, s account.Session) ([]Offer, error) {
	var all []Offer
	var closed []string
	err := m.query(ctx, "SELECT id, kind, name, may, ends, until FROM mandate_code WHERE account = $1 AND patient = $2 AND used = 0 AND until > $3 AND tries < $4 ORDER BY made, id LIMIT $5",
		append(holder(s), m.Now().Unix(), int64(codeTries), int64(maxListed)), func(r *db.Row) error {
			all = append(all, Offer{ID: r.Text(0), Kind: Kind(r.Text(1)), May: May(r.Int64(3)), Ends: moment(r.Int64(4)), Until: moment(r.Int64(5))})
			closed = append(closed, r.Text(2))
			return nil
		})
	for i := range all {
		if err == nil {
			all[i].Name, err = m.open("name", all[i].ID, closed[i])
		}
	}
	return all, err
}

// Withdraw takes an offer back. Doing it twice is no error.
func (m *Mandates) Withdraw(ctx context.Context, s account.Session, id string) error {
	return m.write(ctx, func(t *tx) error {
		_, err := t.Exec("DELETE FROM mandate_code WHERE id = $1 AND account = $2 AND used = 0", id, s.Account)
		return err
	})
}

// Accept gives the mandate of a code to the holder of the session, and spends
// the code. Whoever offered it is asked again whether they may: the checks are
// those of the moment in which it is taken. A wrong code is counted, and all
// that is refused for the code gets the same words.
func (m *Mandates) Accept(ctx context.Context, s account.Session, typed string) (Mandate, error) {
	if err := account.ActForOthers.Lacks(s.Standing, s.Verified, m.Now()).Problem(); err != nil {
		return Mandate{}, err
	}
	g, from, err := m.spend(ctx, s, readCode(typed))
	if err != nil {
		return Mandate{}, err
	}
	return m.give(ctx, By{Actor: "account:" + from, Reference: "Patient/" + g.Patient}, g)
}

// spend finds the offer of a code and makes the code good no more: of several
// who bring it at once, on any nodes, one gets it.
func (m *Mandates) spend(ctx context.Context, s account.Session, code string) (g Grant, from string, err error) {
	good := false
	err = m.write(ctx, func(t *tx) error {
		good = false
		id, name, hash := "", "", strings.Repeat("0", 2*sha256.Size)
		open := false
		now := m.Now().Unix()
		_, err := t.One("SELECT id, hash, patient, account, kind, name, may, ends, until, tries, used FROM mandate_code WHERE code = $1"+t.Dialect().Pick("", " FOR UPDATE"), []any{code[:codeName]}, func(r *db.Row) error {
			id, hash, from, name = r.Text(0), r.Text(1), r.Text(3), r.Text(5)
			g = Grant{Patient: r.Text(2), Account: s.Account, Kind: Kind(r.Text(4)), Basis: Consented, Way: ByPerson, May: May(r.Int64(6)), Ends: moment(r.Int64(7))}
			open = now < r.Int64(8) && r.Int64(9) < codeTries && r.Int64(10) == 0
			return nil
		})
		if err != nil {
			return err
		}
		right := subtle.ConstantTimeCompare([]byte(hash), []byte(hashed(code))) == 1
		good = right && open && id != "" && from != s.Account && g.Patient != recordID(s.Record)
		if _, err := t.Exec("UPDATE mandate_code SET tries = tries + $2, used = CASE WHEN $3 = 1 THEN $4 ELSE used END WHERE code = $1", code[:codeName], number(!right), number(good), now); err != nil {
			return err
		}
		g.Name, err = m.open("name", id, name)
		return err
	})
	if err == nil && !good {
		err = noCode()
	}
	if err != nil {
		return Grant{}, "", err
	}
	// The person may have lost their record, or their account, since.
	owner, err := m.Owner(ctx, g.Patient)
	if err == nil && owner != from {
		err = noCode()
	}
	return g, from, err
}

// noCode refuses a code, whatever is wrong with it.
func noCode() error {
	return problem.New(problem.Unauthorized, "This is not a code that can be used. Check it. If it was used, or is older than seven days, ask for a new one.").Because("mandate-code")
}
