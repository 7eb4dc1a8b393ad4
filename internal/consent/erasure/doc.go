// Package erasure keeps requests to erase a record, the decision of each with its
// ground in law, and carries it out.
//
// Why here: the law lets a person ask, and lets a health service refuse in most
// cases; whoever decides has to name the ground, and what was done has to be
// shown for years without a word about anybody's health. The grounds are a list
// with a version (grounds.json), not code.
//
// Carrying it out is work that goes on after a stop until all of it is done: the
// record first, with its key, then what other rooms keep, then what the access
// log says of the person. Each step may be run again.
//
// What is not here: how a record is erased (record), and the pages (portal).
package erasure
