// Package match says whether somebody's claimed details are those of one
// record: the trace. It is pure; who calls it brings the candidates and keeps
// the decision.
//
// Why here: giving a person the record of another is the worst that a citizen
// ID can do, so the rules that link are few, exact and in one file with a
// version (rules.json), and a twin, a parent of the same name or a mistyped
// number ends in a queue for people and never in a link. Only a unique match
// is a match. Similar is never the same: a fuzzy rule finds whom a person
// should look at.
//
// What is not here: finding candidates (the record does, within a session),
// merging records.
package match
