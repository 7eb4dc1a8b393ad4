package proof

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/problem"
)

// slip is a linking code as it lies in the table.
type slip struct {
	id, patient, methods, by, place, organisation string
	birth, level, tries                           int64
}

// Redeem takes a linking code and the date of birth of the person it was
// handed to, and links the record that they were proofed for: P9. Whatever is
// wrong with either, the refusal is the same. A code is good for five dates,
// and nobody can spend it who does not have it; the account is only slowed
// down, and can be proven in other ways.
func (p *Proofs) Redeem(ctx context.Context, s account.Session, from account.Source, typed, born string) (Result, error) {
	if err := account.ProveIdentity.Lacks(s.Standing, s.Verified, p.Now()).Problem(); err != nil {
		return Result{}, err
	}
	plain, form := readCode(typed)
	birth, dated := ReadDate(born)
	switch {
	case !dated:
		return Result{}, problem.New(problem.Invalid, "Type the day, month and year when you were born, such as 31 3 1980.").Because("birth")
	case !form: // says nothing of any code, and costs no try
		return Result{}, wrongCode()
	}
	decision := newID()
	sealed, err := p.sealDetails(ctx, s.Account, decision, match.Details{Birth: birth})
	if err != nil {
		return Result{}, err
	}
	var out Result
	var refused error
	err = p.write(ctx, func(t *tx) error {
		refused = nil // a refusal is kept outside, so that the try stays counted
		a, err := p.Accounts.HoldSession(t.Tx, s)
		if err != nil {
			return err
		}
		ok, err := p.Accounts.MayProve(t.Tx, from, s.Account)
		if err != nil {
			return err
		}
		if !ok {
			refused = tooMany()
			return nil
		}
		c, err := p.spend(t, plain, birth)
		if err != nil {
			return err
		}
		if c == nil {
			refused = wrongCode()
			return nil
		}
		out, err = p.link(t, a, c, plain, decision, sealed)
		return err
	})
	if err == nil {
		err = refused
	}
	return out, err
}

// spend counts a try of a code, and gives the code where the date is right. A
// date is compared with some code's in any case.
func (p *Proofs) spend(t *tx, plain, birth string) (*slip, error) {
	hash := codeHash(plain)
	n, err := t.Exec("UPDATE linking_code SET tries = tries + 1 WHERE hash = $1 AND used = 0 AND ends > $2 AND tries < $3", hash[:], p.seconds(), int64(codeTries))
	if err != nil {
		return nil, err
	}
	var c slip
	_, err = t.One("SELECT id, patient, birth, level, methods, made_by, place, organisation, tries FROM linking_code WHERE hash = $1", []any{hash[:]}, func(r *db.Row) error {
		c = slip{id: r.Text(0), patient: r.Text(1), birth: r.Int64(2), level: r.Int64(3), methods: r.Text(4), by: r.Text(5), place: r.Text(6), organisation: r.Text(7), tries: r.Int64(8)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !equal(c.birth, p.birthOf(c.id, birth)) || n == 0 {
		return nil, nil
	}
	return &c, nil
}

func equal(a, b int64) bool {
	var x, y [8]byte
	binary.BigEndian.PutUint64(x[:], uint64(a))
	binary.BigEndian.PutUint64(y[:], uint64(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// link links the record of a code. Where the account has another record
// already, people have to look: the code stays good, and nothing is proven.
func (p *Proofs) link(t *tx, a account.Account, c *slip, plain, decision string, sealed []byte) (Result, error) {
	mine, err := t.recordOf(a.ID)
	if err != nil {
		return Result{}, err
	}
	if mine == "" || mine == c.patient {
		hash := codeHash(plain)
		if _, err := t.Exec("UPDATE linking_code SET used = $2 WHERE hash = $1", hash[:], p.seconds()); err != nil {
			return Result{}, err
		}
	}
	e := Event{ID: c.id, Framework: p.papers.ID, Level: account.Proof(c.level), Methods: methods(c.methods), Verifier: c.by, Patient: c.patient,
		Expires: moment(p.Now().AddDate(p.papers.LastsYears, 0, 0).Unix())}
	d := Decision{ID: decision, Via: ViaDesk, Outcome: Linked, Patient: c.patient, Rule: "desk", Rules: p.papers.ID, Traits: "code birth",
		Reason: strings.TrimSpace("Documents were checked at a desk of " + c.organisation + "."), By: c.by, details: sealed}
	return p.decide(t, a, claim{decision: d, event: &e, always: true})
}

func wrongCode() error {
	return problem.New(problem.Unauthorized, "This did not work. Check the code and your date of birth. A code is good once, for two weeks. At the desk you can get a new one.").Because("desk-code-no")
}
