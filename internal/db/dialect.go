package db

// Dialect is the SQL that a database speaks.
type Dialect int

// The two dialects.
const (
	SQLite Dialect = iota + 1
	Postgres
)

// String is the dialect's name as it stands in the names of migration files.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "sqlite"
	case Postgres:
		return "postgres"
	}
	return "unknown"
}

// Pick returns the text for this dialect, for a statement that is written twice.
func (d Dialect) Pick(sqlite, postgres string) string {
	if d == SQLite {
		return sqlite
	}
	return postgres
}

// AnyInt is the condition that column is one of a []int64 argument: AnyInt("row", "$2").
func (d Dialect) AnyInt(column, arg string) string {
	return d.Pick(column+" IN (SELECT value FROM json_each("+arg+"))", column+" = ANY("+arg+"::bigint[])")
}

// AnyText is the condition that column is one of a []string argument.
func (d Dialect) AnyText(column, arg string) string {
	return d.Pick(column+" IN (SELECT value FROM json_each("+arg+"))", column+" = ANY("+arg+"::text[])")
}

// EachInt is a []int64 argument as a table with one column named value, for FROM or JOIN:
// EachInt("$1", "x") and then x.value. The order of the list isn't kept.
func (d Dialect) EachInt(arg, alias string) string {
	return d.Pick("json_each("+arg+") AS "+alias, "unnest("+arg+"::bigint[]) AS "+alias+"(value)")
}
