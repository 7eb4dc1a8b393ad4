package proof

import "github.com/bevanhealth/bevan/internal/db"

// OwnerIn is the account that holds a record, in a transaction; "" for none.
func (p *Proofs) OwnerIn(t *db.Tx, patient string) (account string, err error) {
	_, err = t.One("SELECT account FROM record_owner WHERE patient = $1", []any{patient}, func(r *db.Row) error { account = r.Text(0); return nil })
	return account, err
}
