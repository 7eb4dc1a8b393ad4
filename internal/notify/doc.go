// Package notify carries short messages out to people: that somebody signed in
// with a recovery code, that a passkey was added, a code that shows that an
// address is theirs.
//
// Why here: news about a person must be as durable as the change that it tells
// of, so a message is a row that is written in the same transaction, and is
// sent afterwards by whichever node comes first. What a message can say is a
// closed list of sentences and at most one code. There is no place in it for
// anything else, so nothing of a record can leave by this way.
//
// What is not here: no mail or telephone. A Sender does that, and none is part
// of the program yet, so no connection is made. Who is told of what is decided
// by the rooms above.
package notify
