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
// What goes out goes by a Sender: Relay is mail through the operator's server,
// Hook is the operator's own service for everything else, and Ways chooses by
// medium. Neither is there unless the operator names it, and nothing else is
// connected to.
//
// What is not here: who is told of what. The rooms above decide that.
package notify
