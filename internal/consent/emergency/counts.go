package emergency

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// Count is how many emergencies there were and what came of them.
type Count struct {
	// Name is the month, as 2026-05, or the organisation.
	Name string
	All  int64
	// InTime were reviewed before they had to be, Late were not, and the rest
	// still has time.
	InTime, Late int64
	Unjustified  int64
}

// Counts is what everybody may know.
type Counts struct {
	Months []Count // the newest first
	// Organisations are those with at least Policy.Fewest emergencies in these
	// months.
	Organisations []Count
	Fewest        int
	// Policy is the version of the numbers.
	Policy string
}

const (
	monthsCounted  = 12
	mostNamed      = 500         // organisations that are named
	countedFor     = time.Minute // how long one counting is shown, since anybody may ask
	countedColumns = "count(*), sum(CASE WHEN reviewed <> 0 AND reviewed <= due THEN 1 ELSE 0 END), " +
		"sum(CASE WHEN reviewed > due OR reviewed = 0 AND due <= $2 THEN 1 ELSE 0 END), sum(CASE WHEN state = 'unjustified' THEN 1 ELSE 0 END)"
)

// Count counts the emergencies of the last twelve months, this one included.
func (e *Emergencies) Count(ctx context.Context) (Counts, error) {
	now := e.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	if age := now.Sub(e.at); !e.at.IsZero() && age >= 0 && age < countedFor {
		return e.counted, nil
	}
	y, m, _ := now.In(e.Zone).Date()
	first := time.Date(y, m-monthsCounted+1, 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	c := Counts{Fewest: e.Policy.Fewest, Policy: e.Policy.Version}
	count := func(into *[]Count, sql string, args ...any) error {
		return e.DB.Query(ctx, sql, args, func(r *db.Row) error {
			*into = append(*into, Count{r.Text(0), r.Int64(1), r.Int64(2), r.Int64(3), r.Int64(4)})
			return nil
		})
	}
	err := count(&c.Months, "SELECT month, "+countedColumns+" FROM emergency WHERE month >= $1 GROUP BY month ORDER BY month DESC", first, now.Unix())
	if err == nil {
		err = count(&c.Organisations, "SELECT max(org_name), "+countedColumns+" FROM emergency WHERE month >= $1 GROUP BY organisation HAVING count(*) >= $3 ORDER BY 2 DESC, 1 LIMIT $4",
			first, now.Unix(), int64(e.Policy.Fewest), int64(mostNamed))
	}
	if err != nil {
		return Counts{}, err
	}
	e.counted, e.at = c, now
	return c, nil
}
