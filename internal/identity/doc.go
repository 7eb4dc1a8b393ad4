// Package identity says who holds a credential. Here that is a bearer token
// that an operator was given; people's accounts are in account.
//
// Why here: a token is checked at every door, and there must be one place
// where it is made, counted out and taken back. A token is 256 random bits,
// shown once; only its hash is stored, so neither the database nor a backup
// of it lets anybody in. A revocation on one node is felt on every other
// within a second, since no answer is remembered for longer than half of one.
//
// What is not here: what a role may do (access), passwords, organisations.
package identity
