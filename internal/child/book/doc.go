// Package book says what a child's red book holds beside growth and vaccinations:
// birth and screening, the contacts of the Healthy Child Programme, milestones,
// diaries and notes, each read from entries of a record and made into them.
//
// Why here: which code means what, and which answers there are, are clinical
// facts and lie in files with a version (facts.json, programme.json), so that they
// can be signed off and changed without the program. The room is pure: it reads
// trees and makes resources, and asks nobody. What is not here: who may see an
// entry (record), words that people read (portal/words), growth and vaccines.
package book
