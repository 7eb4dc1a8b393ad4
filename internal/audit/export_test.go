package audit

import "github.com/bevanhealth/bevan/internal/db"

// VerifyIn is Verify within a transaction, so that a test can undo what it did.
func (l *Log) VerifyIn(tx *db.Tx, known ...[]byte) (Report, error) {
	return verify(tx, l.keys.Load(), known)
}
