// Package talk sees to it that a note between a family and those who look after a
// child is read: it keeps which notes of families wait for which team, and tells the
// family of a note that staff wrote.
//
// Why here: a list of many people's notes is in no person's record. What is kept is
// which record and since when, worked out from what the staff of a team may see, as
// the record's own evaluator says it; who shows a list opens each record anew. A
// family is told by what each one's own look at the record shows, and by the same
// choice as for reminders (recall).
//
// What is not here: what a note is and when it waits (book), who may see it (record),
// what a message says (notify). Staff get no messages: their list is read by whoever
// is at work, and a message to one of them is lost when they are not.
package talk
