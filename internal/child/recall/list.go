package recall

import (
	"context"
	"encoding/json"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Ask is what a list is asked for.
type Ask struct {
	// Practice is the id of the organisation whose children they are.
	Practice string
	// Overdue asks for what is late; otherwise it is what is due now or within
	// Within days, and not late.
	Overdue bool
	Within  int
	// Programme narrows to one; "" is all. Born bounds the births: from the one
	// day to before the other; 0 is no bound.
	Programme            string
	BornFrom, BornBefore Day
	// After is where the page before ended; "" is the beginning.
	After string
	Most  int
}

// Row is one dose on a list: a child who is on it perhaps. Whoever shows it asks
// the record for the child, and shows what that says.
type Row struct {
	Patient      string
	Programme    Name
	Dose         int
	Due, Overdue Day
	// Reminded is when the family last had a reminder of the dose, in seconds
	// since 1970; 0 is never.
	Reminded int64
	// Vaccine is what is to be given, in words, where whoever looks has looked.
	Vaccine string

	spot spot
}

// spot is where a list goes on.
type spot struct {
	On        int64  `json:"o"`
	Patient   string `json:"p"`
	Programme int64  `json:"g"`
}

const cursorKind = "recall list"

// maxListed bounds one page.
const maxListed = 200

// List gives one page of a practice's list in the order of their dates, and
// where the next one begins; "" on the last page.
func (r *Recalls) List(ctx context.Context, a Ask) (rows []Row, next string, err error) {
	at, err := r.spotOf(a)
	if err != nil {
		return nil, "", err
	}
	most := max(1, min(a.Most, maxListed))
	sql, args := r.listSQL(a, at, most+1)
	err = r.DB.Query(ctx, sql, args, func(row *db.Row) error {
		one := Row{Patient: row.Text(0), Programme: r.names[row.Int64(1)], Dose: int(row.Int64(2)), Due: Day(row.Int64(3)), Overdue: Day(row.Int64(4)), Reminded: row.Int64(5)}
		one.spot = spot{row.Int64(4), one.Patient, row.Int64(1)}
		if !a.Overdue {
			one.spot.On = row.Int64(3)
		}
		if one.Overdue == Never {
			one.Overdue = 0
		}
		rows = append(rows, one)
		return nil
	})
	if err == nil && len(rows) > most {
		rows = rows[:most]
		next, err = r.After(a, rows[most-1])
	}
	return rows, next, err
}

// listSQL is the question for a list: a range of one index, with what narrows it
// asked of each row.
func (r *Recalls) listSQL(a Ask, at spot, most int) (string, []any) {
	today := int64(r.Today())
	by, until := "d.due", today+int64(a.Within)
	if a.Overdue {
		by, until = "d.overdue", today
	}
	args := []any{r.practice(a.Practice), until, today, at.On, at.Patient, at.Programme, int64(most)}
	sql := "SELECT d.patient, d.programme, d.dose, d.due, d.overdue, COALESCE(m.at, 0) FROM recall_due d" +
		" LEFT JOIN recall_reminder m ON m.patient = d.patient AND m.programme = d.programme AND m.dose = d.dose" +
		" WHERE d.practice = $1 AND " + by + " <= $2 AND d.until >= $3 AND d.rest <= $3 AND (" + by + ", d.patient, d.programme) > ($4, $5, $6)"
	if !a.Overdue {
		sql += " AND d.overdue > $3"
	}
	add := func(term string, v int64) {
		args = append(args, v)
		sql += " AND " + term + " $" + number(len(args))
	}
	if a.Programme != "" {
		add("d.programme =", r.programme(a.Programme))
	}
	if a.BornFrom != 0 {
		add("d.born >=", int64(a.BornFrom))
	}
	if a.BornBefore != 0 {
		add("d.born <", int64(a.BornBefore))
	}
	return sql + " ORDER BY " + by + ", d.patient, d.programme LIMIT $7", args
}

func number(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return string(rune('0'+n/10)) + string(rune('0'+n%10))
}

// After is where a list goes on behind a row. It is sealed: it stands in
// addresses, and names somebody.
func (r *Recalls) After(a Ask, row Row) (string, error) {
	plain, err := json.Marshal(row.spot)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	return r.Ring.SealToken(cursorKind+"\x00"+a.Practice, plain), nil
}

func (r *Recalls) spotOf(a Ask) (s spot, err error) {
	if a.After == "" {
		return spot{On: -1 << 40, Programme: -1 << 63}, nil
	}
	plain, err := r.Ring.OpenToken(cursorKind+"\x00"+a.Practice, a.After)
	if err == nil {
		err = json.Unmarshal(plain, &s)
	}
	if err != nil {
		return s, problem.Wrap(problem.Invalid, "This page of the list can not be found. Start again from its first page.", err).Because("recall-page")
	}
	return s, nil
}

// On says whether a dose is on a list by what a viewer knows of the child, and
// gives it as they know it.
func (r *Recalls) On(a Ask, v View, row Row) (Row, bool) {
	today := r.Today()
	for _, l := range r.lines(v) {
		if l.programme != row.Programme.ID || !l.on(today, Day(a.Within)) || (l.overdue <= today) != a.Overdue {
			continue
		}
		row.Dose, row.Due, row.Overdue, row.Vaccine = int(l.dose), l.due, l.overdue, l.vaccine
		if row.Vaccine == "" {
			row.Vaccine = row.Programme.Text
		}
		if row.Overdue == Never {
			row.Overdue = 0
		}
		return row, true
	}
	return row, false
}
