package db

import "context"

// chunkRows is the number of rows in one statement of a bulk insert: measured, see BenchmarkCopyInts.
const chunkRows = 64

// chunk returns how many rows fit in one statement: SQLite takes at most 32,766 placeholders.
func (into Into) chunk() int {
	return max(1, min(chunkRows, 30000/max(1, len(into.Columns))))
}

func (c *conn) copyInts(ctx context.Context, into Into, values []int64) (int64, error) {
	width := len(into.Columns)
	rows := into.chunk()
	var total int64
	for len(values) > 0 {
		if err := cancelled(ctx); err != nil {
			return total, err
		}
		if len(values) < rows*width {
			rows = 1
		}
		s, err := c.prepare(into.insertSQL(rows))
		if err != nil {
			return total, liteProblem(ctx, err)
		}
		// The placeholders of insertSQL first appear in their order, so s.args is the identity.
		for n := 0; len(values) >= rows*width; n++ {
			if n%64 == 63 && cancelled(ctx) != nil {
				break
			}
			for i, v := range values[:rows*width] {
				s.BindInt64(i+1, v)
			}
			if err := s.insert(); err != nil {
				s.done()
				return total, liteProblem(ctx, err)
			}
			total += int64(c.Changes())
			values = values[rows*width:]
		}
		s.done()
	}
	return total, nil
}

func (c *conn) copyRows(ctx context.Context, into Into, next func() ([]any, bool)) (int64, error) {
	if err := cancelled(ctx); err != nil {
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
			if err := cancelled(ctx); err != nil {
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
