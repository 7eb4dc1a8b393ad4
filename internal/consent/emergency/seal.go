package emergency

import (
	"context"
	"encoding/json"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Details are what only those read who declared an emergency, who review it and
// whom it is about.
type Details struct {
	// Reason is why it could not wait.
	Reason string `json:"why"`
	// Name, NHSNumber and Born tell the person from others.
	Name      string `json:"name,omitempty"`
	NHSNumber string `json:"number,omitempty"`
	Born      string `json:"born,omitempty"`
}

func countRunes(s string) int { return utf8.RuneCountInString(s) }

// plain says whether a text holds nothing that changes how the rest is read.
func plain(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}

func (e *Emergencies) numberOf(patient string) int64 { return int64(e.hash.SumString(patient)) }

// keyIn is the key of what is written about a person's emergencies; it makes
// one where there is none.
func (e *Emergencies) keyIn(t *db.Tx, patient string) (*seal.Key, error) {
	read := func() (wrapped []byte, err error) {
		_, err = t.One("SELECT key FROM emergency_key WHERE patient = $1", []any{patient}, func(r *db.Row) error {
			wrapped = append([]byte{}, r.Bytes(0)...)
			return nil
		})
		return wrapped, err
	}
	wrapped, err := read()
	if err != nil {
		return nil, err
	}
	if wrapped == nil {
		made, _, err := e.Ring.NewPersonKey(e.numberOf(patient))
		if err != nil {
			return nil, err
		}
		if _, err := t.Exec("INSERT INTO emergency_key (patient, key) VALUES ($1, $2) ON CONFLICT (patient) DO NOTHING", patient, made); err != nil {
			return nil, err
		}
		if wrapped, err = read(); err != nil { // another node may have been first
			return nil, err
		}
	}
	return e.Ring.Unwrap(e.numberOf(patient), wrapped)
}

// place ties a sealed text to its row.
func place(what, id string) []byte { return []byte("emergency " + what + "\x00" + id) }

// open unseals what was sealed about a person. What was forgotten is the empty
// text, and known is false.
func (e *Emergencies) open(ctx context.Context, patient, what, id string, sealed []byte) (plain []byte, known bool, err error) {
	var wrapped []byte
	err = e.DB.Query(ctx, "SELECT key FROM emergency_key WHERE patient = $1", []any{patient}, func(r *db.Row) error {
		wrapped = append([]byte{}, r.Bytes(0)...)
		return nil
	})
	if err != nil || wrapped == nil {
		return nil, false, err
	}
	key, err := e.Ring.Unwrap(e.numberOf(patient), wrapped)
	if err != nil {
		return nil, false, err
	}
	plain, err = key.Open(nil, sealed, place(what, id))
	return plain, err == nil, err
}

// details opens what was said when an emergency was declared.
func (e *Emergencies) details(ctx context.Context, m Emergency) (d Details, err error) {
	text, known, err := e.open(ctx, m.Patient, "details", m.ID, m.sealed)
	if err != nil || !known {
		return d, err
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, problem.Wrap(problem.Internal, "", err)
	}
	return d, nil
}

// Forget takes away what was written about a person's emergencies, everywhere
// and in old backups. That there were emergencies stays known, and counted.
func (e *Emergencies) Forget(ctx context.Context, patient string) error {
	return e.DB.Write(ctx, func(t *db.Tx) error {
		_, err := t.Exec("DELETE FROM emergency_key WHERE patient = $1", patient)
		return err
	})
}

// Rewrap wraps the keys of at most so many people after the given one with the
// newest master key. It returns the last one, or "" at the end.
func (e *Emergencies) Rewrap(ctx context.Context, after string, most int) (string, error) {
	type old struct {
		patient string
		wrapped []byte
	}
	var page []old
	err := e.DB.Query(ctx, "SELECT patient, key FROM emergency_key WHERE patient > $1 ORDER BY patient LIMIT $2", []any{after, int64(most)}, func(r *db.Row) error {
		page = append(page, old{r.Text(0), append([]byte{}, r.Bytes(1)...)})
		return nil
	})
	if err != nil || len(page) == 0 {
		return "", err
	}
	for _, o := range page {
		again, changed, err := e.Ring.Rewrap(e.numberOf(o.patient), o.wrapped)
		if err != nil {
			return "", err
		}
		if !changed {
			continue
		}
		err = e.DB.Write(ctx, func(t *db.Tx) error { // only over what was read: it may have been forgotten since
			_, err := t.Exec("UPDATE emergency_key SET key = $2 WHERE patient = $1 AND key = $3", o.patient, again, o.wrapped)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return page[len(page)-1].patient, nil
}
