// Package recall keeps, beside the record, when each child's next vaccinations
// are due, so that a practice's list of whom to call is one look-up: however many
// children there are, "overdue today" is a comparison of dates and no reckoning.
// From the same rows come reminders and coverage.
//
// Why here: the list is about many people, and so in no person's record. What is
// kept is worked out from what the staff of the child's practice may see, as the
// record's own evaluator says it, so that what somebody hides from them is in no
// list and no number of theirs. It follows the record: whatever is written to a
// child's record is reckoned anew within a minute.
//
// What is not here: the schedule and its engine (vaccine), how doses are read
// from a record (given), and who may see whom. Who shows a list opens the record
// for each name anew, and shows what that look gives.
package recall
