package takeaway

import (
	"context"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"strconv"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// newFile is the kind of the pieces of a file that is made, and with the sign
// changed the kind of those of what it is made of. It is another one for each
// that is made, so that nobody reads what somebody else makes.
func newFile() int64 { return 2 + mathrand.Int64N(1<<62) }

// pieceSize is how much is sealed at once.
const pieceSize = 256 << 10

// pieces is a long text in the database, in sealed pieces. Each is sealed to its
// place, so that none can stand in for another.
type pieces struct {
	ctx  context.Context
	db   *db.DB
	copy string
	kind int64
	k    record.Keeper
}

func (c *Copies) pieces(ctx context.Context, id string, kind int64, k record.Keeper) pieces {
	return pieces{ctx, c.cfg.DB, id, kind, k}
}

func (p pieces) what(n int64) string {
	return "takeaway " + p.copy + " " + strconv.FormatInt(p.kind, 10) + " " + strconv.FormatInt(n, 10)
}

// writer writes pieces.
type writer struct {
	pieces
	buf   []byte
	n     int64
	bytes int64
	room  *int64 // how many bytes may be written yet, of all pieces of a copy
	still func() error
	dry   bool // what is written is counted and kept nowhere
}

func (w *writer) Write(b []byte) (int, error) {
	if *w.room -= int64(len(b)); *w.room < 0 {
		return 0, problem.New(problem.TooLarge, "Your record is too large for one copy. Ask the people who run this service to give it to you in another way.").Because("takeaway-too-large")
	}
	w.bytes += int64(len(b))
	w.buf = append(w.buf, b...)
	for len(w.buf) >= pieceSize {
		if err := w.put(w.buf[:pieceSize]); err != nil {
			return 0, err
		}
		w.buf = append(w.buf[:0], w.buf[pieceSize:]...)
	}
	return len(b), nil
}

func (w *writer) put(b []byte) error {
	if err := w.still(); err != nil {
		return err
	}
	if w.dry {
		return nil
	}
	sealed := w.k.Seal(nil, b, w.what(w.n))
	err := w.db.Write(w.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO takeaway_part (copy, kind, n, sealed) VALUES ($1, $2, $3, $4)", w.copy, w.kind, w.n, sealed)
		return err
	})
	w.n++
	return err
}

// end writes what is left.
func (w *writer) end() error {
	if len(w.buf) == 0 && w.n > 0 {
		return nil
	}
	err := w.put(w.buf)
	w.buf = nil
	return err
}

// reader reads pieces.
type reader struct {
	pieces
	parts int64
	n     int64
	rest  []byte
}

// next is the next piece, or io.EOF.
func (r *reader) next() ([]byte, error) {
	if r.n == r.parts {
		return nil, io.EOF
	}
	var sealed []byte
	err := r.db.Query(r.ctx, "SELECT sealed FROM takeaway_part WHERE copy = $1 AND kind = $2 AND n = $3", []any{r.copy, r.kind, r.n}, func(q *db.Row) error {
		sealed = append([]byte{}, q.Bytes(0)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if sealed == nil { // a newer copy took its place
		return nil, problem.Wrap(problem.Gone, "This copy is not there any more. Ask for a new one.", fmt.Errorf("takeaway: piece %d of %d is gone", r.n, r.parts)).Because("takeaway-gone")
	}
	b, err := r.k.Open(nil, sealed, r.what(r.n))
	r.n++
	return b, err
}

func (r *reader) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		next, err := r.next()
		if err != nil {
			return 0, err
		}
		r.rest = next
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
