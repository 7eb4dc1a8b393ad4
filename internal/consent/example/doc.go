// Package example keeps a family of made-up people to look round with, and
// removes it whole.
//
// Why here: to look into a record needs a right, and this is one of its own, with
// its own name: whoever runs the service may look at the examples, and at nobody
// else. A right is given for records that this room made itself, under ids that
// it drew, and that no account is linked to; it shows, writes nothing, and is not
// one of the mandates by which people act for others (mandate). What is not here:
// who the family is (sim), how a record is erased (erasure), and the pages
// (portal).
package example
