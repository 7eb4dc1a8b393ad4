package audit

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// Filter chooses entries. The zero Filter is the first entries of the log.
type Filter struct {
	// Person is whose entries; 0 is everybody's.
	Person int64
	// After leaves out entries up to and with this number: give the last Seq to read on.
	After int64
	// From and To bound the time: From is within, To is not. A zero time is no bound.
	From, To time.Time
	// Limit is the most entries that are given; 0 is 1,000, and never more than 100,000 at once.
	Limit int
	// Likely is how many entries the caller of Newest will probably take before it stops; 0 is not known. It
	// changes what the answer costs, and nothing of the answer.
	Likely int
	// Others says that the caller passes over what somebody did with their own record. Newest leaves that
	// out where an index knows it; of any other such entry, which is from before there was that index, it
	// gives the number, the time, and who and whose it was in kind and role, and nothing more.
	Others bool
}

const (
	defaultLimit = 1_000
	maxLimit     = 100_000
)

// The statements of Each; what chooses by person stands between the two.
const (
	eachColumns = "SELECT a.seq, a.person, a.at, a.entry FROM access a "
	eachRange   = " AND a.at >= $2 AND a.at < $3 AND length(a.entry) > 0 ORDER BY a.seq LIMIT $4"
)

// Each gives the chosen entries in the order of their numbers. fn may return db.Stop.
func (l *Log) Each(ctx context.Context, f Filter, fn func(*Entry) error) error {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	f.Limit = min(f.Limit, maxLimit)
	scan := func(r *db.Row) error {
		e := Entry{Seq: r.Int64(0), Person: r.Int64(1), At: time.UnixMicro(r.Int64(2)).UTC()}
		if err := e.decode(r.Bytes(3)); err != nil {
			return err
		}
		return fn(&e)
	}
	from, to := int64(-1<<62), int64(1<<62)
	if !f.From.IsZero() {
		from = f.From.UnixMicro()
	}
	if !f.To.IsZero() {
		to = f.To.UnixMicro()
	}
	args := []any{f.After, from, to, int64(f.Limit)}
	switch {
	case f.Person == 0:
		return l.db.Query(ctx, eachColumns+"WHERE a.seq > $1"+eachRange, args, scan)
	case l.db.Dialect() == db.Postgres:
		return l.db.Query(ctx, eachColumns+"WHERE a.seq > $1 AND a.person = $5"+eachRange, append(args, f.Person), scan)
	}
	return l.eachBehind(ctx, f, args, scan)
}

// eachBehind is Each for a person on SQLite: first what the index has, then what only the tail knows. The
// tail is asked first, so that what moves from one to the other in between isn't missed; upto keeps it
// from coming twice.
func (l *Log) eachBehind(ctx context.Context, f Filter, args []any, scan func(*db.Row) error) error {
	given, stopped := 0, false
	count := func(r *db.Row) error {
		given++
		err := scan(r)
		stopped = err == db.Stop
		return err
	}
	list, upto := l.tail.of(f.Person, f.After, maxLimit, false)
	err := l.db.Query(ctx, eachColumns+`JOIN access_person p ON p.seq = a.seq
		WHERE p.person = $5 AND p.seq > $1 AND p.seq <= $6 AND a.at >= $2 AND a.at < $3 AND length(a.entry) > 0 ORDER BY p.seq LIMIT $4`,
		append(args, f.Person, upto), count)
	if err != nil || stopped || given >= f.Limit || len(list) == 0 {
		return err
	}
	args[0], args[3] = list, int64(f.Limit-given)
	return l.db.Query(ctx, eachColumns+"WHERE "+l.db.Dialect().AnyInt("a.seq", "$1")+eachRange, args, scan)
}

// Gap is where numbers are missing: those between After and Before, which are both there. After is one
// less than the first number of the node where entries are missing from its beginning.
type Gap struct{ After, Before int64 }

// Report is what Verify found.
type Report struct {
	Entries int64
	Gaps    []Gap // at most 100
	// Waiting have no leaf yet, Erased no content any more, and Size is that of the tree.
	Waiting, Erased, Size int64
	// Faults are what is wrong with the entries and the tree over them; at most 1,000.
	Faults []Fault
}

// Verify reads the whole log and reports what isn't as it was written: entries, the tree over them, the
// chains of persons and the map to them. known are signed checkpoints that were kept elsewhere, such as a
// witness has: only they show that the log was rolled back, or that another one was shown to others.
// Before Keep only the numbers of entries are looked at.
func (l *Log) Verify(ctx context.Context, known ...[]byte) (rep Report, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		rep, err = verify(tx, l.keys.Load(), known)
		return err
	})
	return rep, err
}

func verify(tx *db.Tx, k *keys, known [][]byte) (rep Report, err error) {
	const maxGaps = 100
	last := int64(-1)
	err = tx.Query("SELECT seq FROM access ORDER BY seq", nil, func(r *db.Row) error {
		seq := r.Int64(0)
		if seq>>nodeShift != last>>nodeShift {
			last = seq >> nodeShift << nodeShift // the first entry of a node has the number after this
		}
		if seq != last+1 && len(rep.Gaps) < maxGaps {
			rep.Gaps = append(rep.Gaps, Gap{After: last, Before: seq})
		}
		rep.Entries++
		last = seq
		return nil
	})
	if err == nil && k != nil {
		err = inspect(tx, k, &rep, known)
	}
	return rep, err
}
