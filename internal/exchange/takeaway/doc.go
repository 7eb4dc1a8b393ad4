// Package takeaway makes a person a copy of everything that is held about them:
// one file with their record in open formats, the files in it, what they allowed
// whom, who looked, and a page that anybody can read.
//
// Why here: a copy goes on after the click that asked for it, is told about when
// it is there, and is given to one account for a few days; that is a piece of
// exchange, and not of the page that asks. It works as the person themself,
// through the door, and asks again and again whether they still may.
//
// Somebody who acts for another by a right that says so has copies too, of what
// they see and no more. Such a copy is of one account and one right, is made
// again when it is fetched where what they see is not what it was made of, and
// ends with the right.
//
// What is not here: the words (portal), whether a passkey was used (portal), and
// exports of everybody (exchange). A copy lies in the database in pieces that
// are sealed with the key of the person, so that every node can hand it out and
// none can read it once the person was erased.
package takeaway
