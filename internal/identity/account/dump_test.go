package account

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
)

// tables are all tables of the room, with the columns that hold text or bytes.
var tables = map[string]string{
	"account": "id handle key name record", "account_channel": "id account medium sealed", "passkey": "id account public name aaguid format transports",
	"passkey_ceremony": "id account session data", "recovery_code": "hash account", "time_code": "account secret", "session": "hash id account passkey device",
	"setup": "account", "notice": "id sealed",
}

// dump is all that stands in the tables.
func dump(t *testing.T, s *site) string {
	t.Helper()
	var b strings.Builder
	for table, columns := range tables {
		names := strings.Fields(columns)
		err := s.db.Query(t.Context(), "SELECT "+strings.Join(names, ", ")+" FROM "+table, nil, func(r *db.Row) error {
			for i := range names {
				b.Write(r.Bytes(i))
				b.WriteByte(0)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
