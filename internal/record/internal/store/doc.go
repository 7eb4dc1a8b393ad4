// Package store keeps versions of resources, finds them by their search
// values, and remembers every change, on SQLite and PostgreSQL alike.
//
// A resource's row number is its person's number shifted left by 24 bits plus
// a sequence, so everything about a person lies together and one range scan is
// the whole record. What a resource can be found by lies in a few small tables
// of numbers (docs/developers/store.md says which). Bodies are compressed and
// sealed with the person's own key.
//
// It is here behind the door because it trusts its caller: it applies the
// scope that it is given to every row source of a query, but decides nothing
// about who may see what. Package record does that.
package store
