package store

import (
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
)

// node is a step of a plan: a set of rows. It can be rendered in two ways,
// since a search walks the smallest set and asks of each row whether it is in
// the others.
type node interface {
	// source gives a SELECT of the column row, or "" where the set can't be
	// walked.
	source(b *builder) string
	// probe gives a condition on the row expression x.
	probe(b *builder, x string) string
	// words says what the step does, for people.
	words() string
}

// builder collects the arguments of one statement and holds what every row
// source must obey: the session's reach, and the range to which the query
// itself has been narrowed.
type builder struct {
	sql   db.Dialect
	reach Reach
	args  []any
	low   Row // the range [low, high) that rows of the outermost set lie in
	high  Row
	gap   [2]Row // rows in between that the reach does not hold, from the first to before the second
	depth int    // of nested _has, for the names of their tables
	rough bool   // for an estimate: a row may come twice
}

// union joins row sources. One that keeps no row twice must be read whole, and
// sorted, before its first row comes; an estimate wants the first few only.
func (b *builder) union(parts []string) string {
	if b.rough {
		return strings.Join(parts, " UNION ALL ")
	}
	return strings.Join(parts, " UNION ")
}

func newBuilder(d db.Dialect, r Reach) *builder {
	b := &builder{sql: d, reach: r, high: lastRow}
	if r.Everyone {
		return b
	}
	b.low, b.high = FirstRow(r.Person), FirstRow(r.Person+1)
	if len(r.Nobody) > 0 {
		end := FirstRow(firstPerson)
		b.gap = [2]Row{end, b.low}
		b.low, b.high = 0, max(b.high, end)
	}
	return b
}

// arg adds an argument and returns its placeholder.
func (b *builder) arg(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

// within gives the terms that narrow a row source to the range and the reach.
// Every row source of every statement ends with it. x names its table: a bare
// "row" would mean another one inside the term for the mask.
func (b *builder) within(x string) string {
	var s strings.Builder
	s.WriteString(b.inRange(x))
	if b.reach.Deny != 0 || b.reach.Classes != nil {
		s.WriteString(" AND NOT EXISTS (SELECT 1 FROM res z WHERE z.row = " + x + " AND " + b.hidden("z.mask") + ")")
	}
	s.WriteString(b.without(x))
	return s.String()
}

// hidden gives the condition that the reach may not see a row with this mask.
func (b *builder) hidden(mask string) string {
	deny := mask + " & " + b.arg(b.reach.Deny) + " <> 0"
	if b.reach.Classes == nil {
		return deny
	}
	bits := "(" + mask + " & " + strconv.FormatInt(choiceBits, 10) + ")"
	return "(" + deny + " OR " + bits + " <> 0 AND NOT " + b.open(bits) + ")"
}

// mostRanges is how many ranges of classes open spells out.
const mostRanges = 4

// open gives the condition that the bits of a mask are those of a class that the
// reach may see. Mostly these are all of a person's but a few: so they are
// given as ranges, which SQLite compares quicker than it makes a table of a list.
func (b *builder) open(bits string) string {
	var ranges [][2]int64
	for _, c := range b.reach.Classes {
		if n := len(ranges); n > 0 && c <= ranges[n-1][1]+1 {
			ranges[n-1][1] = c
		} else {
			ranges = append(ranges, [2]int64{c, c})
		}
	}
	if len(ranges) > mostRanges {
		return b.sql.AnyInt("("+bits+" >> "+strconv.Itoa(choiceShift)+")", b.arg(b.reach.Classes))
	}
	said := "(0 = 1"
	for _, r := range ranges {
		said += " OR " + bits + " BETWEEN " + b.arg(r[0]<<choiceShift) + " AND " + b.arg(r[1]<<choiceShift)
	}
	return said + ")"
}

// inRange gives the terms of within for the rows alone.
func (b *builder) inRange(x string) string {
	var s strings.Builder
	if b.low > 0 {
		s.WriteString(" AND " + x + " >= " + b.arg(b.low))
	}
	if b.high < lastRow {
		s.WriteString(" AND " + x + " < " + b.arg(b.high))
	}
	if from, to := max(b.low, b.gap[0]), min(b.high, b.gap[1]); from < to {
		s.WriteString(" AND (" + x + " < " + b.arg(from) + " OR " + x + " >= " + b.arg(to) + ")")
	}
	return s.String()
}

// wide runs fn with the range opened to all that the reach allows: for the
// other resources of a chain.
func (b *builder) wide(fn func() string) string {
	low, high := b.low, b.high
	w := newBuilder(b.sql, b.reach)
	b.low, b.high = w.low, w.high
	s := fn()
	b.low, b.high = low, high
	return s
}

// oneOf gives the condition that x is one of the numbers.
func (b *builder) oneOf(x string, list []int64) string {
	if len(list) == 1 {
		return x + " = " + b.arg(list[0])
	}
	return b.sql.AnyInt(x, b.arg(list))
}

// keys is the rows under one of some hashes of the table far.
type keys struct {
	hashes []int64
	typed  bool // the parameter is one of a single resource type
	what   string
}

func (n *keys) source(b *builder) string {
	one := "SELECT row FROM far WHERE "
	if len(n.hashes) > 1 {
		one = "SELECT DISTINCT row FROM far WHERE "
	}
	return one + b.oneOf("hash", n.hashes) + b.within("far.row")
}

func (n *keys) probe(b *builder, x string) string {
	return "EXISTS (SELECT 1 FROM far f WHERE " + b.oneOf("f.hash", n.hashes) + " AND f.row = " + x + ")"
}

func (n *keys) words() string { return n.what }

// spans is the rows with a range in the table ord.
type spans struct {
	key  int64 // of class 0
	cond func(b *builder, class int) string
	what string
}

func (n *spans) source(b *builder) string {
	var parts []string
	for c := range classes {
		if cond := n.cond(b, c); cond != "" {
			parts = append(parts, "SELECT row FROM ord WHERE key = "+b.arg(n.key|int64(c))+cond+b.within("ord.row"))
		}
	}
	return b.union(parts)
}

func (n *spans) probe(b *builder, x string) string {
	return x + " IN (" + n.source(b) + ")"
}

func (n *spans) words() string { return n.what }

// prefix is the rows with a text that begins with one of some others.
type prefix struct {
	key   int64
	texts []string
	whole bool // every text of the parameter
	what  string
}

func (n *prefix) source(b *builder) string {
	key := b.arg(n.key)
	if n.whole {
		return "SELECT DISTINCT row FROM str WHERE key = " + key + b.within("str.row")
	}
	var parts []string
	for _, t := range n.texts {
		cond := " AND text >= " + b.arg(t)
		if end := after(t); end != "" {
			cond += " AND text < " + b.arg(end)
		}
		parts = append(parts, "SELECT row FROM str WHERE key = "+key+cond+b.within("str.row"))
	}
	if len(parts) == 1 {
		return strings.Replace(parts[0], "SELECT row", "SELECT DISTINCT row", 1)
	}
	return b.union(parts)
}

func (n *prefix) probe(b *builder, x string) string { return x + " IN (" + n.source(b) + ")" }
func (n *prefix) words() string                     { return n.what }

// after is the least text greater than every text that begins with t, "" when
// there is none. Texts are compared byte by byte.
func after(t string) string {
	for i := len(t) - 1; i >= 0; i-- {
		// UTF-8 has no byte above 0xF4, so adding one to the last byte always
		// gives a bound; it need not be UTF-8 on SQLite, but must be on
		// PostgreSQL: stay below 0x7F there by cutting back to ASCII.
		if t[i] < 0x7F {
			return t[:i] + string(rune(t[i]+1))
		}
	}
	return ""
}

// refers is the rows that refer to one of some resources by a parameter.
type refers struct {
	param   int64
	targets []Row
	what    string
}

func (n *refers) source(b *builder) string {
	return "SELECT DISTINCT row FROM link WHERE " + b.oneOf("target", n.targets) + " AND param = " + b.arg(n.param) + b.within("link.row")
}

func (n *refers) probe(b *builder, x string) string {
	return "EXISTS (SELECT 1 FROM link k WHERE " + b.oneOf("k.target", n.targets) + " AND k.param = " + b.arg(n.param) + " AND k.row = " + x + ")"
}

func (n *refers) words() string { return n.what }

// ofPeople is the rows of a type (or of every type, for hash 0) that lie in
// the records of some people.
type ofPeople struct {
	hash   int64
	people []int64
	what   string
}

func (n *ofPeople) source(b *builder) string {
	var parts []string
	for _, p := range n.people {
		lo, hi := b.arg(FirstRow(p)), b.arg(FirstRow(p+1))
		if n.hash == 0 {
			parts = append(parts, "SELECT row FROM res WHERE body IS NOT NULL AND row >= "+lo+" AND row < "+hi+b.within("res.row"))
			continue
		}
		parts = append(parts, "SELECT row FROM far WHERE hash = "+b.arg(n.hash)+" AND row >= "+lo+" AND row < "+hi+b.within("far.row"))
	}
	return strings.Join(parts, " UNION ALL ")
}

func (n *ofPeople) probe(b *builder, x string) string {
	var parts []string
	for _, p := range n.people {
		parts = append(parts, x+" >= "+b.arg(FirstRow(p))+" AND "+x+" < "+b.arg(FirstRow(p+1)))
	}
	sql := "(" + strings.Join(parts, " OR ") + ")"
	if n.hash != 0 {
		sql = "(" + sql + " AND EXISTS (SELECT 1 FROM far f WHERE f.hash = " + b.arg(n.hash) + " AND f.row = " + x + "))"
	}
	return sql
}

func (n *ofPeople) words() string { return n.what }

// alsoOf is the rows that lie elsewhere and name a person besides.
type alsoOf struct{ person int64 }

func (n *alsoOf) source(b *builder) string {
	return "SELECT row FROM also WHERE person = " + b.arg(n.person) + b.within("also.row")
}

func (n *alsoOf) probe(b *builder, x string) string {
	return "EXISTS (SELECT 1 FROM also a WHERE a.person = " + b.arg(n.person) + " AND a.row = " + x + ")"
}

func (n *alsoOf) words() string { return "resources of others that name this person" }

// given is rows that are known already.
type given struct {
	rows []Row
	what string
}

func (n *given) source(b *builder) string {
	return "SELECT row FROM res WHERE body IS NOT NULL AND " + b.sql.AnyInt("row", b.arg(n.rows)) + b.within("res.row")
}

func (n *given) probe(b *builder, x string) string {
	if len(n.rows) == 0 {
		return "1 = 0"
	}
	return b.oneOf(x, n.rows)
}

func (n *given) words() string { return n.what }

// everything is all current rows, or those of one type.
type everything struct {
	hash int64 // of the type; 0 for every type
	kind int64
	what string
}

func (n *everything) source(b *builder) string {
	if n.hash == 0 {
		return "SELECT row FROM res WHERE body IS NOT NULL" + b.within("res.row")
	}
	return "SELECT row FROM far WHERE hash = " + b.arg(n.hash) + b.within("far.row")
}

func (n *everything) probe(b *builder, x string) string {
	if n.hash == 0 {
		return "1 = 1"
	}
	return "EXISTS (SELECT 1 FROM res k WHERE k.row = " + x + " AND k.kind = " + b.arg(n.kind) + " AND k.body IS NOT NULL)"
}

func (n *everything) words() string { return n.what }

// changed is the rows whose current version was made in a span of time.
type changed struct {
	kinds []int64 // empty for every type
	cond  func(b *builder) string
	what  string
}

func (n *changed) source(b *builder) string {
	sql := "SELECT row FROM res WHERE body IS NOT NULL" + n.cond(b)
	if len(n.kinds) > 0 {
		sql += " AND " + b.oneOf("kind", n.kinds)
	}
	return sql + b.within("res.row")
}

func (n *changed) probe(b *builder, x string) string {
	sql := "EXISTS (SELECT 1 FROM res t WHERE t.row = " + x + " AND t.body IS NOT NULL" + n.cond(b)
	if len(n.kinds) > 0 {
		sql += " AND " + b.oneOf("t.kind", n.kinds)
	}
	return sql + ")"
}

func (n *changed) words() string { return n.what }
