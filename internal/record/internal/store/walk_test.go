package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// PostgreSQL reads a page of many results along the index, and not all of them
// to sort them, on a table that it has no statistics of.
func TestPostgreSQLWalksTheIndex(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	ctx := context.Background()
	var drafts []Draft
	for i := range enough + 10 {
		drafts = append(drafts, draft(t, s, fmt.Sprint("o", i), fmt.Sprint("p", i%50), Absent))
	}
	if _, err := s.Write(ctx, drafts, nil); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"code=urn:c|a&date=ge2019", "code=urn:c|a&_sort=date", "code=urn:c|a&_sort=-date", "_sort=-_lastUpdated"} {
		var pairs []search.Pair
		for _, p := range strings.Split(text, "&") {
			name, value, _ := strings.Cut(p, "=")
			pairs = append(pairs, search.Pair{Name: name, Value: value})
		}
		q, err := search.Parse(s.Registry(), []string{"Observation"}, nil, pairs, search.Options{Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		err = s.db.Read(ctx, func(tx *db.Tx) error {
			r := s.newRun(ctx, tx, Reach{Everyone: true}, q)
			r.implied = len(q.Sort) == 0
			if err := r.compile(); err != nil {
				return err
			}
			r.impliedOrder(nil)
			o, err := r.ordering(50)
			if err != nil || o == nil {
				return fmt.Errorf("nothing is walked: %w", err)
			}
			for _, set := range walkOnly {
				if _, err := tx.Exec("SET LOCAL " + set[0] + " = " + set[1]); err != nil {
					return err
				}
			}
			sql, args := o.steps(0, 0, 51)
			return tx.Query("EXPLAIN "+sql, args, func(row *db.Row) error {
				plan += row.Text(0) + "\n"
				return nil
			})
		})
		if err != nil {
			t.Fatal(text, err)
		}
		if !strings.Contains(plan, "Index") {
			t.Errorf("%s: no index is walked:\n%s", text, plan)
		}
		for _, not := range []string{"->  Sort", "\nSort", "Bitmap", "Seq Scan", "Gather", "Hash"} {
			if strings.Contains("\n"+plan, not) {
				t.Errorf("%s: the plan has %s:\n%s", text, strings.TrimSpace(not), plan)
			}
		}
	}
}

// A page of somebody's line is read along its index and by keys, also from a table that
// PostgreSQL has no statistics of.
func TestPostgreSQLWalksTheLine(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	ctx := context.Background()
	var drafts []Draft
	for i := range 300 {
		drafts = append(drafts, draft(t, s, fmt.Sprint("o", i), "p", Absent))
	}
	if _, err := s.Write(ctx, drafts, nil); err != nil {
		t.Fatal(err)
	}
	person, err := s.PersonNamed(ctx, "p")
	if err != nil {
		t.Fatal(err)
	}
	q, err := search.Parse(s.Registry(), []string{"Observation", "Condition"}, nil, []search.Pair{{Name: "_sort", Value: "-" + search.When}}, search.Options{Strict: true, When: true})
	if err != nil {
		t.Fatal(err)
	}
	plan := ""
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		r := s.newRun(ctx, tx, Reach{Person: person, Deny: 1}, q)
		if err := r.compile(); err != nil {
			return err
		}
		l, err := r.lining(25)
		if err != nil || l == nil {
			return fmt.Errorf("there is no line: %w", err)
		}
		bd := newBuilder(db.Postgres, r.reach)
		sql := l.statement(bd, -lineUndated, -1, 26)
		return tx.Query("EXPLAIN "+sql, bd.args, func(row *db.Row) error {
			plan += row.Text(0) + "\n"
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, not := range []string{"Bitmap", "Seq Scan", "Gather", "Hash"} {
		if strings.Contains(plan, not) || !strings.Contains(plan, "using ord_pkey") {
			t.Errorf("the plan has %s, or not the index:\n%s", not, plan)
		}
	}
}
