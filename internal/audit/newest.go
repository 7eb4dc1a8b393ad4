package audit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// Mark is a place in the log: that of an entry. The zero Mark is behind the newest one.
type Mark struct {
	At  time.Time
	Seq int64
}

const newestColumns = "SELECT a.seq, a.person, a.at, a.entry FROM access a "

// Newest gives the entries about one person backwards from before, which is not given itself. A person is
// a number above 0: what is about nobody is nobody's to read here. What was erased isn't given. fn may
// return db.Stop. Of the filter After isn't looked at.
//
// On PostgreSQL the nodes number by themselves, so time comes first and the number second; in SQLite
// numbers are in the order in which things happened.
func (l *Log) Newest(ctx context.Context, f Filter, before Mark, fn func(*Entry) error) error {
	if f.Person <= 0 {
		return nil
	}
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	f.Limit = min(f.Limit, maxLimit)
	if before.Seq == 0 {
		before.Seq = 1<<63 - 1
	}
	for most, left := cmp.Or(f.Likely, firstNewest), f.Limit; left > 0; most = max(4*most, firstNewest) {
		f.Limit = min(most, left)
		given, stopped := 0, false
		err := l.newestFew(ctx, f, before, func(r *db.Row) error {
			e := Entry{Seq: r.Int64(0), Person: r.Int64(1), At: time.UnixMicro(r.Int64(2)).UTC()}
			if blob := r.Bytes(3); !f.Others || !e.decodeOwn(blob) {
				if err := e.decode(blob); err != nil {
					return err
				}
			}
			given++
			before = Mark{At: e.At, Seq: e.Seq}
			err := fn(&e)
			stopped = err == db.Stop
			return err
		})
		if err != nil || stopped || given < f.Limit {
			return err
		}
		left -= given
	}
	return nil
}

// firstNewest is how many entries the first question for the newest asks for where the caller does not say.
// Most callers stop early, and a database that is asked for many makes all of them ready first. Each next
// question asks for more.
const firstNewest = 64

// newestFew asks one question of Newest.
func (l *Log) newestFew(ctx context.Context, f Filter, before Mark, scan func(*db.Row) error) error {
	from, to := int64(-1<<62), int64(1<<62)
	if !f.From.IsZero() {
		from = f.From.UnixMicro()
	}
	if !f.To.IsZero() {
		to = f.To.UnixMicro()
	}
	if l.db.Dialect() == db.Postgres {
		at := int64(1 << 62)
		if !before.At.IsZero() {
			at = before.At.UnixMicro()
		}
		which := ""
		if f.Others {
			which = " AND a.own IS NOT TRUE" // as the index access_others has it
		}
		return l.db.Query(ctx, newestColumns+`WHERE a.person = $1 AND a.at >= $2 AND a.at < $3 AND (a.at, a.seq) < ($4, $5) AND length(a.entry) > 0`+which+`
			ORDER BY a.at DESC, a.seq DESC LIMIT $6`, []any{f.Person, from, to, at, before.Seq, int64(f.Limit)}, scan)
	}
	return l.newestBehind(ctx, f, []any{f.Person, from, to, before.Seq}, scan)
}

// newestBehind is newestFew on SQLite: first what only the tail knows, which is the newest, then what the
// index has. The tail is asked first, as in eachBehind.
func (l *Log) newestBehind(ctx context.Context, f Filter, args []any, scan func(*db.Row) error) error {
	given, stopped := 0, false
	count := func(r *db.Row) error {
		given++
		err := scan(r)
		stopped = err == db.Stop
		return err
	}
	before := args[3].(int64)
	list, upto := l.tail.of(f.Person, 0, 1<<31, f.Others)
	list = slices.DeleteFunc(list, func(seq int64) bool { return seq >= before })
	slices.Reverse(list)
	// Few of those that only the tail knows are needed at a time, unless their times are out of bounds.
	for run := range slices.Chunk(list, f.Limit) {
		err := l.db.Query(ctx, newestColumns+"WHERE "+l.db.Dialect().AnyInt("a.seq", "$1")+" AND a.at >= $2 AND a.at < $3 AND length(a.entry) > 0 ORDER BY a.seq DESC LIMIT $4",
			[]any{run, args[1], args[2], int64(f.Limit - given)}, count)
		if err != nil || stopped || given >= f.Limit {
			return err
		}
	}
	index := "access_person"
	if f.Others {
		index = "access_other"
	}
	return l.db.Query(ctx, newestColumns+`JOIN `+index+` p ON p.seq = a.seq
		WHERE p.person = $1 AND p.seq < $4 AND p.seq <= $5 AND a.at >= $2 AND a.at < $3 AND length(a.entry) > 0 ORDER BY p.seq DESC LIMIT $6`,
		append(args, upto, int64(f.Limit-given)), count)
}

// At gives the one entry with a number; found is false where there is none.
func (l *Log) At(ctx context.Context, seq int64) (e Entry, found bool, err error) {
	err = l.db.Query(ctx, newestColumns+"WHERE a.seq = $1 AND length(a.entry) > 0", []any{seq}, func(r *db.Row) error {
		e = Entry{Seq: r.Int64(0), Person: r.Int64(1), At: time.UnixMicro(r.Int64(2)).UTC()}
		found = true
		return e.decode(r.Bytes(3))
	})
	return e, found && err == nil, err
}
