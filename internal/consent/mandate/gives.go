package mandate

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// Gives says what a mandate that a person gave lets its holder see now, for the
// person themself: the list of those is Given's. One that gives nothing now is
// NotFound, whatever the reason, as it is to its holder.
func (m *Mandates) Gives(ctx context.Context, patient, id string) (Right, error) {
	all, err := m.list(ctx, " WHERE m.patient = $1 AND m.id = $2 AND m.status = 'active'", patient, id)
	if err != nil {
		return Right{}, err
	}
	if len(all) != 1 {
		return Right{}, noMandate()
	}
	var person subject
	var can ability
	err = m.DB.Read(ctx, func(dt *db.Tx) error {
		person, can, err = m.facts(&tx{db.Watch(dt, m.trace)}, patient)
		return err
	})
	if err != nil {
		return Right{}, err
	}
	right, ok := m.Rules.stand(all[0], person, can, m.Now(), m.Zone)
	if !ok {
		return Right{}, noMandate()
	}
	return right, nil
}
