package recall

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// Covered is how many children had what a measure asks for by a birthday that
// fell into a quarter.
type Covered struct {
	Quarter  int // the year times four, and 0 to 3
	Birthday int // in months
	Measure  string
	// Asked is how many children the measure is for, and Had how many of them had
	// it. Few says that one of the numbers, or what is between them, is too small
	// to be told: then both are 0.
	Asked, Had int
	Few        bool
}

// Coverage counts the quarters from one to another, those included, for the
// children of a practice. The numbers are whole: they are for its staff, who may
// open each of these records.
func (r *Recalls) Coverage(ctx context.Context, practice string, from, to int) ([]Covered, error) {
	return r.counted(ctx, practice, from, to)
}

// Total counts all children who are kept. It tells no number that is smaller than
// the policy lets it, and none from which one could be worked out.
func (r *Recalls) Total(ctx context.Context, from, to int) ([]Covered, error) {
	all, err := r.counted(ctx, "", from, to)
	for i := range all {
		all[i] = r.told(all[i])
	}
	return all, err
}

func (r *Recalls) counted(ctx context.Context, practice string, from, to int) ([]Covered, error) {
	var out []Covered
	for i := range r.Policy.Coverage.Birthdays {
		b := &r.Policy.Coverage.Birthdays[i]
		type count struct{ asked, had []int }
		counts := map[int]count{}
		sql := "SELECT quarter, asked, had, count(*) FROM recall_cover WHERE birthday = $1 AND quarter >= $2 AND quarter <= $3"
		args := []any{int64(b.Months), int64(from), int64(to)}
		if practice != "" {
			sql += " AND practice = $4"
			args = append(args, r.practice(practice))
		}
		err := r.DB.Query(ctx, sql+" GROUP BY quarter, asked, had", args, func(row *db.Row) error {
			q, asked, had, n := int(row.Int64(0)), row.Int64(1), row.Int64(2), int(row.Int64(3))
			c, ok := counts[q]
			if !ok {
				c = count{make([]int, len(b.Measures)), make([]int, len(b.Measures))}
				counts[q] = c
			}
			for m := range b.Measures {
				if asked&(1<<m) != 0 {
					c.asked[m] += n
					if had&(1<<m) != 0 {
						c.had[m] += n
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		for q := from; q <= to; q++ {
			for m := range b.Measures {
				one := Covered{Quarter: q, Birthday: b.Months, Measure: b.Measures[m].ID}
				if c, ok := counts[q]; ok {
					one.Asked, one.Had = c.asked[m], c.had[m]
				}
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// told hides small numbers. Nobody at all is told as that; who is missing from a
// small number could be guessed, and so could who is in it.
func (r *Recalls) told(c Covered) Covered {
	few := func(n int) bool { return n > 0 && n < r.Policy.Coverage.Fewest }
	if few(c.Asked) || few(c.Had) || few(c.Asked-c.Had) {
		c.Asked, c.Had, c.Few = 0, 0, true
	}
	return c
}
