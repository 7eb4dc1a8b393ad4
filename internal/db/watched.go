package db

// Watched is a transaction whose statements are told to somebody: tests hold
// that two answers which must look alike are made by the same ones.
type Watched struct {
	*Tx
	tell func(sql string)
}

// Watch tells tell of each statement of a transaction before it runs; nil tells
// nobody.
func Watch(t *Tx, tell func(sql string)) *Watched { return &Watched{t, tell} }

// Exec is that of Tx.
func (w *Watched) Exec(sql string, args ...any) (int64, error) {
	w.note(sql)
	return w.Tx.Exec(sql, args...)
}

// Query is that of Tx.
func (w *Watched) Query(sql string, args []any, scan func(*Row) error) error {
	w.note(sql)
	return w.Tx.Query(sql, args, scan)
}

// One is that of Tx.
func (w *Watched) One(sql string, args []any, scan func(*Row) error) (bool, error) {
	w.note(sql)
	return w.Tx.One(sql, args, scan)
}

func (w *Watched) note(sql string) {
	if w.tell != nil {
		w.tell(sql)
	}
}
