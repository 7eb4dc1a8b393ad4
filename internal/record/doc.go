// Package record is the door: the only way to data about a person.
//
// A caller opens a Session by saying who is asking, about whom and why. The
// session holds the Scope that access.Decide gave for this, and the scope is a
// term of every query that the session runs; it is never a filter over an
// answer. Every call that returns data writes its entry in the access log
// first and returns only when that entry is durable.
//
// What lies behind the door (versions, index, plans, sealing) is in
// internal/record/internal, where no other room can import it.
package record
