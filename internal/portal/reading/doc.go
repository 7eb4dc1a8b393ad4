// Package reading measures how hard a text is to read.
//
// Why here: more than four in ten grown-ups struggle with health texts, so the
// pages are held to a reading age of 9 to 11, by tests and where an operator
// checks pages of their own. Names of illnesses and medicines can not be avoided
// and are explained where they stand; names.txt lists them, and they count as
// plain words.
//
// What it is not: a judge of whether a text is true, kind or clear.
package reading
