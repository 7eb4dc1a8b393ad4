package talk

import (
	"context"
	"encoding/json"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Row is somebody on a team's list. Whoever shows it asks the record, and shows what
// that says.
type Row struct {
	Patient string
	Since   int64 // when the oldest note that waits was written, in seconds since 1970
}

const cursorKind = "talk list"

// maxListed bounds one page.
const maxListed = 200

// List gives one page of those whose notes wait for an organisation, the longest
// wait first, and where the next page begins; "" on the last one.
func (t *Talks) List(ctx context.Context, organisation, after string, most int) (rows []Row, next string, err error) {
	at := Row{Since: -1 << 40}
	if after != "" {
		plain, err := t.ring.OpenToken(cursorKind+"\x00"+organisation, after)
		if err == nil {
			err = json.Unmarshal(plain, &at)
		}
		if err != nil {
			return nil, "", problem.Wrap(problem.Invalid, "This page of the list can not be found. Start again from its first page.", err).Because("recall-page")
		}
	}
	most = max(1, min(most, maxListed))
	err = t.db.Query(ctx, "SELECT patient, since FROM talk_team WHERE team = $1 AND (since, patient) > ($2, $3) ORDER BY since, patient LIMIT $4",
		[]any{t.team(organisation), at.Since, at.Patient, int64(most + 1)}, func(row *db.Row) error {
			rows = append(rows, Row{row.Text(0), row.Int64(1)})
			return nil
		})
	if err == nil && len(rows) > most {
		rows = rows[:most]
		next, err = t.After(organisation, rows[most-1])
	}
	return rows, next, err
}

// After is where a list goes on behind a row. It is sealed: it stands in addresses,
// and names somebody.
func (t *Talks) After(organisation string, row Row) (string, error) {
	plain, err := json.Marshal(row)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	return t.ring.SealToken(cursorKind+"\x00"+organisation, plain), nil
}

// Among are those of some people whose notes wait for somebody: one question,
// however many they are. It says so of notes that the asker may not see as well, so
// it is only good for leaving out whom to ask the record about.
func (t *Talks) Among(ctx context.Context, patients []string) (map[string]bool, error) {
	all := map[string]bool{}
	if len(patients) == 0 {
		return all, nil
	}
	err := t.db.Query(ctx, "SELECT patient FROM talk_wait WHERE "+t.db.Dialect().AnyText("patient", "$1"), []any{patients}, func(row *db.Row) error {
		all[row.Text(0)] = true
		return nil
	})
	return all, err
}
