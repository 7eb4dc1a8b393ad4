// Package emergency is break-glass: a member of staff who can not wait for a
// yes sees one person's record for half an hour, says why in words, and answers
// for it.
//
// Why here: what such a look needs lies together: who may declare an emergency,
// what it opens and when it ends, who is told, who reviews it by when, and what
// the public may count. The rule that lets it look at anything is in access,
// and needs the id and the end that are given out here. Each use is asked for
// here again, so an emergency that was ended is over on every node.
//
// The numbers (how long, how soon) are a versioned file, policy.json. What
// somebody writes (reasons, answers) is sealed under a key for each person whose
// record it was, and goes when that key is forgotten; it is in no log, message
// or address.
//
// What is not here: which of the person's choices an emergency overrides
// (access and record decide that), and what the pages say.
package emergency
