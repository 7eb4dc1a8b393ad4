// Package england holds England's vaccination schedule, and what a person's
// vaccinations come to by it.
//
// The schedule is data (data/*.json) in the form of package vaccine, with its
// version, source and licence; nobody has signed it off yet, and each answer
// names it. Beside the rules of single programmes the file has what is
// England's own: the products and their codes, calls that end on a day,
// programmes of every year such as flu, and how long after an invitation
// somebody is late. A file of another country in the same form can take its
// place ([Read]).
//
// What it is not: it reads no record (package given does) and writes no
// sentences (the pages do). It gives support, never a verdict on care.
package england
