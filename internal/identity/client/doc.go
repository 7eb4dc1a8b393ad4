// Package client keeps what is true of programs: who they are and how they
// prove it, what they were allowed, the tokens that they were given, which
// one-use numbers they have spent, and the keys that this server signs with.
//
// Why here: a fault of a provider is nearly always a state that had no owner,
// such as a number that was good twice or a token that outlived its
// permission. Each such state is a table here, with one place that changes it.
// What lets somebody in is stored as a hash, and what signs is sealed under the
// master key, so that neither the database nor a backup of it is of use alone.
// What is taken back on one node is refused on every other within a second.
//
// What is not here: the protocols by which programs ask (smart), people's
// accounts (identity/account), and what a role may do (access).
package client
