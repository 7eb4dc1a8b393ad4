// Package proof keeps how it is known who somebody is, and which record is
// theirs: what was checked, by whom, by which rules, and every decision that
// linked a record to an account or did not.
//
// Why here: a level of proof without its reason can neither be trusted nor
// taken back. Four facts are kept apart: what was checked (an Event), a
// sign-in somewhere else (an External), whose a record is (a Decision), and
// who has it now. A proof counts for the record that it was about: somebody
// who typed the details of a neighbour and then showed a passport of their
// own would else read the neighbour's record. A record has one owner, and who
// else claims it waits for people.
//
// What is claimed by typing is bounded and answered in one way, whether there
// is no such person, several or one who has an account: whoever types the
// details of others learns nothing by it. What links, what is queued and what
// is neither is decided in match, from rules in a file.
//
// What is not here: finding records (whoever opens this brings a Finder), what
// a level allows (account, access), how providers are asked (upstream).
package proof
