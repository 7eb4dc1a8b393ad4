package db

import "context"

// copyInts runs one prepared statement for each row. Statements of many rows were measured and are no
// faster: SQLite runs their VALUES as a coroutine.
func (c *conn) copyInts(ctx context.Context, into Into, values []int64) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s, err := c.prepare(into.insertSQL(1))
	if err != nil {
		return 0, liteProblem(ctx, err)
	}
	defer s.done()
	// The placeholders of insertSQL first appear in their order, so s.args is the identity.
	width := len(into.Columns)
	var total int64
	for n := 1; len(values) > 0; n++ {
		for i, v := range values[:width] {
			s.BindInt64(i+1, v)
		}
		if err := s.insert(); err != nil {
			return total, liteProblem(ctx, err)
		}
		total += int64(c.Changes())
		values = values[width:]
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

func (c *conn) copyRows(ctx context.Context, into Into, next func() ([]any, bool)) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s, err := c.prepare(into.insertSQL(1))
	if err != nil {
		return 0, liteProblem(ctx, err)
	}
	defer s.done()
	var total int64
	for n := 1; ; n++ {
		row, more := next()
		if !more {
			return total, nil
		}
		if err := into.check(row); err != nil {
			return total, err
		}
		if err := s.bind(row); err != nil {
			return total, err
		}
		if err := s.insert(); err != nil {
			return total, liteProblem(ctx, err)
		}
		total += int64(c.Changes())
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return total, err
			}
		}
	}
}

// insert runs the statement and makes it ready for the next values.
func (s *stmt) insert() error {
	if _, err := s.Step(); err != nil {
		return err
	}
	return s.Reset()
}
