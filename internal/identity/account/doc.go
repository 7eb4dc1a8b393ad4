// Package account keeps people's accounts: who may sign in, by what, and what
// is signed in now.
//
// Why here: passkeys, recovery and sessions decide about each other. A code
// that was used lowers a level, a passkey that was added after it has to wait,
// a passkey that goes takes its sessions along. One room owns that state, so
// that no door can forget a half of it. An account is keyed by a random id that
// means nothing; addresses are sealed under a key of the account's own and
// found by a keyed hash, and belong to nobody alone.
//
// Three facts are kept apart, since each can be true without the others: how
// strong the sign-in was, how well it was proven who the person is, and which
// record is theirs. Action names the least of each that an action needs.
//
// There are no passwords. What can be guessed (codes of six digits) is bounded
// for each account and each source and never stands in the way of a passkey.
// Known and unknown names cost the same statements and get the same words.
//
// What is not here: what a role may do (access), clients and tokens (client),
// organisations and staff (staff), protocols (smart), pages and cookies
// (portal), proof of identity and matching themselves.
package account
