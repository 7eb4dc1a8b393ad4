package appstate

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// EraseSubject takes away what every app keeps about somebody, such as
// Patient/17, whose record was erased.
func (s *States) EraseSubject(ctx context.Context, subject string) error {
	if subject == "" {
		return nil
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM app_state WHERE subject = $1", subject)
		return err
	})
}
