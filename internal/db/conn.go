package db

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"zombiezen.com/go/sqlite"
)

// conn is one SQLite connection with its prepared statements. It is used by one goroutine at a time.
type conn struct {
	*sqlite.Conn
	stmts map[string]*stmt
	clock uint64
	row   Row
}

// stmt is a prepared statement. args says for each of SQLite's own placeholder numbers, which follow
// the order in which names first appear, which argument it stands for.
type stmt struct {
	*sqlite.Stmt
	args  []int
	used  uint64
	large bool
}

// keptStatements bounds the statements that a connection keeps: searches make many different ones.
const keptStatements = 256

// prepare gives the statement for sql from the cache, or makes it.
func (c *conn) prepare(sql string) (*stmt, error) {
	c.clock++
	if s := c.stmts[sql]; s != nil {
		s.used = c.clock
		return s, nil
	}
	if len(c.stmts) >= keptStatements {
		c.evict()
	}
	made, err := c.Prepare(keepPlan(sql))
	if err != nil {
		return nil, err
	}
	s := &stmt{Stmt: made, used: c.clock, args: make([]int, made.BindParamCount())}
	for i := range s.args {
		n, err := argNumber(made.BindParamName(i + 1))
		if err != nil {
			_ = made.Finalize() // it was never run, so there is nothing that it could report
			return nil, err
		}
		s.args[i] = n
	}
	c.stmts[sql] = s
	return s, nil
}

var boundLimit = regexp.MustCompile(`LIMIT (\$[0-9]+)`)

// keepPlan makes the placeholder of a LIMIT a sum. SQLite looks at the value of a bare one to choose a
// plan, and so compiles the statement again each time that it is bound: measured, 38 µs instead of 6
// for a look-up in an index.
func keepPlan(sql string) string { return boundLimit.ReplaceAllString(sql, "LIMIT ($1+0)") }

// argNumber reads "$12", and "$12::bigint" which SQLite takes for one name.
func argNumber(name string) (int, error) {
	end := 1
	for end < len(name) && '0' <= name[end] && name[end] <= '9' {
		end++
	}
	if end < 2 || name[0] != '$' {
		return 0, fmt.Errorf("db: placeholder %q: write $1, $2 and so on", name)
	}
	n, err := strconv.Atoi(name[1:end])
	if err != nil || n < 1 {
		return 0, fmt.Errorf("db: placeholder %q: write $1, $2 and so on", name)
	}
	return n - 1, nil
}

// evict drops the quarter of the statements that were not used for longest.
func (c *conn) evict() {
	for sql, s := range c.stmts {
		if c.clock-s.used > keptStatements*3/4 {
			delete(c.stmts, sql)
			_ = s.Finalize() // a failure here repeats the last error of the statement, long since reported
		}
	}
	for sql, s := range c.stmts { // all were used lately: any one will do
		if len(c.stmts) < keptStatements {
			return
		}
		delete(c.stmts, sql)
		_ = s.Finalize() // as above
	}
}

// bind gives the statement its arguments.
func (s *stmt) bind(args []any) error {
	for i, n := range s.args {
		if n >= len(args) {
			return fmt.Errorf("db: the statement uses $%d, but got %d arguments", n+1, len(args))
		}
		if err := s.bindOne(i+1, args[n]); err != nil {
			return err
		}
	}
	return nil
}

func (s *stmt) bindOne(i int, arg any) error {
	switch v := arg.(type) {
	case nil:
		s.BindNull(i)
	case int64:
		s.BindInt64(i, v)
	case int:
		s.BindInt64(i, int64(v))
	case float64:
		s.BindFloat(i, v)
	case string:
		s.large = s.large || len(v) > largeArgument
		s.BindText(i, v)
	case []byte:
		if v == nil {
			s.BindNull(i)
			return nil
		}
		s.large = s.large || len(v) > largeArgument
		s.BindBytes(i, v)
	case bool:
		s.BindBool(i, v)
	case []int64:
		s.large = true
		s.BindText(i, intsJSON(v))
	case []string:
		text, err := textsJSON(v)
		s.large = true
		s.BindText(i, text)
		return err
	default:
		return fmt.Errorf("db: an argument of type %T can't be bound", arg)
	}
	return nil
}

// largeArgument is the size in bytes above which an argument isn't kept by an idle statement.
const largeArgument = 4 << 10

// done makes the statement ready for its next use and lets go of its locks and large arguments.
func (s *stmt) done() {
	_ = s.Reset() // repeats the error that the step reported
	if s.large {
		_ = s.ClearBindings() // only fails when interrupted, and then the next use binds all again
		s.large = false
	}
}

// exec runs a statement to its end.
func (c *conn) exec(ctx context.Context, sql string, args []any) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s, err := c.prepare(sql)
	if err != nil {
		return 0, liteProblem(ctx, err)
	}
	defer s.done()
	if err := s.bind(args); err != nil {
		return 0, err
	}
	for more := true; more; {
		if more, err = s.Step(); err != nil {
			return 0, liteProblem(ctx, err)
		}
	}
	return int64(c.Changes()), nil
}

// query runs a statement and hands its rows out.
func (c *conn) query(ctx context.Context, sql string, args []any, scan func(*Row) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := c.prepare(sql)
	if err != nil {
		return liteProblem(ctx, err)
	}
	defer s.done()
	if err := s.bind(args); err != nil {
		return err
	}
	c.row.stmt = s.Stmt
	for n := 1; ; n++ {
		more, err := s.Step()
		if err != nil {
			return liteProblem(ctx, err)
		}
		if !more {
			return nil
		}
		c.row.reset()
		if err := scan(&c.row); err == Stop {
			return nil
		} else if err != nil {
			return err
		}
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
}

// close finalizes the statements and the connection.
func (c *conn) close() error { return c.Close() }
