// Package bench measures Bevan on this machine: it starts the server as a
// process of its own, asks it as fast as it can, and sets each figure beside
// the floor under it that was measured in the same run.
//
// Why here: it is a command, and the only part of the program that asks
// instead of answering. Its client is lean, since it shares the processors
// with the server that it measures, and it reaches this machine only.
//
// What is not here: checks that an answer is right (those are tests), and any
// setting that a server in earnest would not have.
package bench
