// Package staff keeps organisations, their sites and teams, and who works in
// them in which role, from when until when.
//
// Why here: what a member of staff may see follows from where they work and as
// what, and must end in the moment in which that ends, on every node. So a
// membership is asked for each time that it is used, and remembered for half a
// second at most. Nothing is deleted: a look of last year must still say for
// whom somebody asked.
//
// What is not here: how somebody signs in (identity/account), what a role may
// do (access).
package staff
