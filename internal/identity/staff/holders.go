package staff

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// Holders lists those who have a page by their role, in an organisation and its
// sites, now, by their names: at most 1,000.
func (s *Staff) Holders(ctx context.Context, org string, page Page) ([]Acting, error) {
	var roles []string
	for _, r := range Roles() {
		if r.May(page) {
			roles = append(roles, string(r))
		}
	}
	all, err := s.placed(ctx, " AND (o.id = $2 OR o.parent = $2) AND "+s.db.Dialect().AnyText("m.role", "$3")+" ORDER BY w.name, m.id LIMIT $4",
		org, roles, int64(maxListed))
	if err != nil {
		return nil, err
	}
	out := make([]Acting, len(all))
	for i, p := range all {
		out[i] = p.acting()
	}
	return out, nil
}

// AccountsIn lists the accounts that have a role somewhere now, in a
// transaction.
func (s *Staff) AccountsIn(t *db.Tx, role Role) (accounts []string, err error) {
	err = t.Query("SELECT DISTINCT m.account"+standing+" AND m.role = $2 ORDER BY m.account LIMIT $3", []any{s.now().Unix(), string(role), int64(maxListed)},
		func(r *db.Row) error { accounts = append(accounts, r.Text(0)); return nil })
	return accounts, err
}
