package client

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// ErasePatient takes back what anybody allowed about a patient whose record was
// erased, and what the permission said of them.
func (c *Clients) ErasePatient(ctx context.Context, patient string) error {
	if patient == "" {
		return nil
	}
	err := c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE client_grant SET revoked = CASE WHEN revoked = 0 THEN $1 ELSE revoked END, patient = '', context = '{}'
			WHERE patient = $2 OR context LIKE '%"Patient/' || CAST($2 AS text) || '"%'`, c.now().Unix(), patient)
		return err
	})
	c.cache.DropAll() // also after an error that may hide a commit
	return err
}
