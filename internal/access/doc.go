// Package access decides what a viewer may do: who asks, about whom and why go
// in as facts, and a Scope comes out that the record turns into terms of every
// query.
//
// Why here: the decision is pure, with no I/O and no clock, so that every rule
// can be tried in a table and no rule can depend on something that the log
// does not show. What is not granted by a named rule is refused. Only Decide
// makes a Scope that allows anything; all that others can do with a Scope is
// to hold it, ask it and narrow it.
//
// What is not here: finding the facts (record/internal/policy does), tokens
// and accounts (identity), the yes and no of people (consent), and applying a
// Scope to rows (record).
package access
