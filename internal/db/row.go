package db

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"zombiezen.com/go/sqlite"
)

// Row is the row that a query stands on. Columns count from 0. It, and every []byte from it, is valid
// until the scan function returns.
//
// A getter that can't give what was asked gives zero, and the query then ends with an error: a scan
// function doesn't have to look after each column.
type Row struct {
	stmt  *sqlite.Stmt
	arena []byte

	raw    [][]byte
	fields []pgconn.FieldDescription
	err    error
}

// Null says whether column i is NULL.
func (r *Row) Null(i int) bool {
	if r.stmt != nil {
		return r.stmt.ColumnIsNull(i)
	}
	return r.raw[i] == nil
}

// Int64 is column i as a whole number; NULL is 0, true is 1.
func (r *Row) Int64(i int) int64 {
	if r.stmt != nil {
		return r.stmt.ColumnInt64(i)
	}
	b := r.raw[i]
	if b == nil {
		return 0
	}
	if r.fields[i].Format == pgx.TextFormatCode {
		n, err := strconv.ParseInt(string(b), 10, 64)
		r.keep(err)
		return n
	}
	switch r.fields[i].DataTypeOID {
	case pgtype.Int8OID:
		return int64(binary.BigEndian.Uint64(b))
	case pgtype.Int4OID:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case pgtype.Int2OID:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case pgtype.BoolOID:
		return int64(b[0])
	}
	r.mismatch(i, "bigint")
	return 0
}

// Bool is column i as a truth; NULL is false.
func (r *Row) Bool(i int) bool { return r.Int64(i) != 0 }

// Float64 is column i as a floating point number; NULL is 0.
func (r *Row) Float64(i int) float64 {
	if r.stmt != nil {
		return r.stmt.ColumnFloat(i)
	}
	b := r.raw[i]
	if b == nil {
		return 0
	}
	if r.fields[i].Format == pgx.TextFormatCode {
		f, err := strconv.ParseFloat(string(b), 64)
		r.keep(err)
		return f
	}
	switch r.fields[i].DataTypeOID {
	case pgtype.Float8OID:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case pgtype.Float4OID:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID:
		return float64(r.Int64(i))
	}
	r.mismatch(i, "double precision")
	return 0
}

// Bytes is column i, valid until the scan function returns; NULL is nil.
func (r *Row) Bytes(i int) []byte {
	if r.stmt == nil {
		return r.rawBytes(i)
	}
	n := r.stmt.ColumnLen(i)
	if n == 0 {
		if r.stmt.ColumnIsNull(i) {
			return nil
		}
		return []byte{}
	}
	// Columns of one row lie one behind the other in the arena, which is used again for the next row.
	// Where it must grow, earlier columns keep the old array.
	from := len(r.arena)
	if cap(r.arena)-from < n {
		r.arena = make([]byte, 0, max(4096, 2*cap(r.arena), n))
		from = 0
	}
	r.arena = r.arena[:from+n]
	out := r.arena[from : from+n : from+n]
	return out[:r.stmt.ColumnBytes(i, out)]
}

// Text is column i as a string; NULL is "".
func (r *Row) Text(i int) string {
	if r.stmt != nil {
		return r.stmt.ColumnText(i)
	}
	return string(r.rawBytes(i))
}

func (r *Row) rawBytes(i int) []byte {
	switch f := &r.fields[i]; {
	case f.Format == pgx.TextFormatCode && f.DataTypeOID != pgtype.ByteaOID:
		return r.raw[i]
	case f.DataTypeOID == pgtype.ByteaOID && f.Format == pgx.BinaryFormatCode:
		return r.raw[i]
	case f.DataTypeOID == pgtype.TextOID, f.DataTypeOID == pgtype.VarcharOID, f.DataTypeOID == pgtype.NameOID:
		return r.raw[i]
	}
	r.mismatch(i, "bytea or text")
	return nil
}

func (r *Row) mismatch(i int, want string) {
	r.keep(fmt.Errorf("db: column %q (type oid %d) is not a %s: cast it in the statement",
		r.fields[i].Name, r.fields[i].DataTypeOID, want))
}

func (r *Row) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// reset makes the row ready for the next one. A row that was very large doesn't hold its memory on.
func (r *Row) reset() {
	const keep = 1 << 20
	if cap(r.arena) > keep {
		r.arena = nil
	}
	r.arena = r.arena[:0]
	r.err = nil
}
