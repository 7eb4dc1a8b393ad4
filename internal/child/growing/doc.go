// Package growing reads a child's growth out of a record, and says how a measurement
// is written into one: what was measured, when, lying or standing, in which unit; how
// long the pregnancy was; how tall the parents are.
//
// Why here: which codes and units mean a weight is a fact about records, and the library
// growth knows none of them. Codes and units are data (codes.json), with their source.
// What is not here: centiles (growth), what is shown and said (portal), and who may see
// what: a session that hides an entry hands this room nothing of it.
//
// What can not be read for certain is left out of the numbers and counted, so that a page
// can say so: a value of which only a limit is known, a unit that is not of the measure,
// a day of which only the year is known. An entry that was marked as wrong is left out.
package growing
