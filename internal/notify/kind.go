package notify

// Kind says what a message is about. The list is closed, and each kind has its
// words here, so that no room can send a text of its own.
type Kind int

// What people are told.
const (
	// ConfirmAddress brings a code that shows that an address is theirs.
	ConfirmAddress Kind = iota + 1
	// PasskeyAdded and PasskeyRemoved tell of a change to the ways in.
	PasskeyAdded
	PasskeyRemoved
	// PasskeyRefused tells that a passkey may have been copied.
	PasskeyRefused
	// RecoveryUsed tells that somebody came in with a recovery code.
	RecoveryUsed
	// RecoveryStopped tells that a recovery was stopped from a passkey.
	RecoveryStopped
	// CodesReplaced tells of new recovery codes.
	CodesReplaced
	// TimeCodeSet and TimeCodeRemoved tell of the codes that an app shows.
	TimeCodeSet
	TimeCodeRemoved
	// TimeCodeGuessed tells that somebody tries codes.
	TimeCodeGuessed
	// AddressAdded and AddressRemoved tell of a change to who is told.
	AddressAdded
	AddressRemoved
	// AccountClosed is the last message.
	AccountClosed
	// IdentityProven tells that somebody proved who they are for the account.
	IdentityProven
	// RecordLinked and RecordUnlinked tell of the record behind an account.
	RecordLinked
	RecordUnlinked
	// ProviderLinked and ProviderUnlinked tell of a sign-in somewhere else that
	// opens the account.
	ProviderLinked
	ProviderUnlinked
	// QuestionAnswered tells of an answer to a question about the access log.
	QuestionAnswered
	// MandateGiven tells a person that somebody can act for them, MandateTaken
	// the one who can, and MandateChanges both that age will change it. None says
	// whose right it is: a telephone that lies about is read by others.
	MandateGiven
	MandateTaken
	MandateChanges
	// CopyReady tells that the copy of a record that was asked for can be fetched,
	// CorrectionAnswered that a request to put something right was answered, and
	// RecordErased that a record was erased.
	CopyReady
	CorrectionAnswered
	RecordErased
	// EmergencyOpened tells somebody that staff opened their record without
	// their yes, and ReviewLate an operator that nobody looked at one in time.
	EmergencyOpened
	ReviewLate
	// OptOutChanged tells of a choice about uses beyond care.
	OptOutChanged
	// CopyByAnother tells a person that somebody who acts for them asked for a
	// copy of their record, and AppByAnother that they let an app in for them.
	CopyByAnother
	AppByAnother
	// ChildBookDue tells whoever acts for a child that there is something to do in
	// the child's red book, and OwnBookDue the one whose book it is. Neither says
	// what, nor whose.
	ChildBookDue
	OwnBookDue
	// MandateHandedOver tells both that age has changed a right, as MandateChanges
	// told them that it would.
	MandateHandedOver
	// ChildNote tells whoever acts for a child that somebody who looks after the child
	// wrote to them, and OwnNote the one whose record it is. Neither says who wrote,
	// what, nor about whom.
	ChildNote
	OwnNote

	kinds // one more than the last
)

// words are the sentences, each with what to do next. A name in front is for
// programs.
var words = [kinds]struct{ name, subject, sentence string }{
	ConfirmAddress:     {"confirm-address", "confirm your address", "This is your code to confirm this address. Type it on the page that asked for it. If you did not ask for it, do nothing."},
	PasskeyAdded:       {"passkey-added", "a passkey was added", "A passkey was added to your account. If this was not you, sign in, remove it and end every other session."},
	PasskeyRemoved:     {"passkey-removed", "a passkey was removed", "A passkey was removed from your account. If this was not you, sign in and look at your passkeys."},
	PasskeyRefused:     {"passkey-refused", "a sign-in was refused", "A sign-in with one of your passkeys was refused, because the passkey may have been copied. Add a new passkey and remove the old one."},
	RecoveryUsed:       {"recovery-used", "a recovery code was used", "Somebody signed in to your account with a recovery code. If this was not you, sign in with a passkey and stop the recovery now."},
	RecoveryStopped:    {"recovery-stopped", "a recovery was stopped", "The recovery of your account was stopped with one of your passkeys. Your recovery codes no longer work: make new ones."},
	CodesReplaced:      {"codes-replaced", "new recovery codes were made", "New recovery codes were made for your account. Older ones no longer work. If this was not you, sign in and make new ones."},
	TimeCodeSet:        {"time-code-set", "codes from an app were set up", "Codes from an app can now be used for your account. If this was not you, sign in and remove the app."},
	TimeCodeRemoved:    {"time-code-removed", "codes from an app were removed", "Codes from an app can no longer be used for your account. If this was not you, sign in and look at your account."},
	TimeCodeGuessed:    {"time-code-guessed", "wrong codes were tried", "Somebody tried wrong codes for your account, and codes from an app are refused for now. Your passkeys still work. You need do nothing."},
	AddressAdded:       {"address-added", "an address was added", "A new address was added to your account and will get these messages too. If this was not you, sign in and remove it."},
	AddressRemoved:     {"address-removed", "an address was removed", "An address was removed from your account and gets no more of these messages. If this was not you, sign in and look at your account."},
	AccountClosed:      {"account-closed", "your account was closed", "Your account was closed. If this was not you, tell the people who run this service."},
	IdentityProven:     {"identity-proven", "it was checked who you are", "It was checked who you are, and your account keeps what was found. If this was not you, sign in, end every other session and tell the people who run this service."},
	RecordLinked:       {"record-linked", "a record was linked", "A health record was linked to your account. If this was not you, sign in, end every other session and tell the people who run this service."},
	RecordUnlinked:     {"record-unlinked", "a record is no longer linked", "The health record is no longer linked to your account. Sign in to see why, and prove again who you are if the record is yours."},
	ProviderLinked:     {"provider-linked", "a way in was added", "Your account can now be opened with a sign-in that you have somewhere else. If this was not you, sign in and remove it."},
	MandateGiven:       {"mandate-given", "somebody can act for you", "Somebody was given the right to act for you here. Sign in to see who, and end it if you do not want it."},
	MandateTaken:       {"mandate-taken", "you can act for somebody", "You were given the right to act for somebody here. Sign in to see for whom. If you do not know of this, tell the people who run this service."},
	MandateChanges:     {"mandate-changes", "a right to act changes soon", "A right to act for somebody that you know of changes soon, because of age. Sign in to see it, and talk about it together."},
	MandateHandedOver:  {"mandate-handed-over", "a right to act has changed", "A right to act for somebody that you know of has changed today or a few days ago, because of age. Sign in to see what it is now."},
	ProviderUnlinked:   {"provider-unlinked", "a way in was removed", "A sign-in that you have somewhere else no longer opens your account. If this was not you, sign in and look at your account."},
	CopyReady:          {"copy-ready", "your copy is ready", "The copy that you asked for is ready. Sign in to fetch it within 7 days. If this was not you, sign in, end every other session and tell the people who run this service."},
	CorrectionAnswered: {"correction-answered", "your request was answered", "You said that something is wrong, and there is an answer. Sign in to read it."},
	RecordErased:       {"record-erased", "a record was erased", "The record that was linked to your account was erased and can not be brought back. Tell the people who run this service if you did not know of it."},
	EmergencyOpened:    {"emergency-opened", "your record was opened in an emergency", "A member of staff opened your record in an emergency, without asking you first. Sign in to see who it was, when and why. Somebody else will look at whether it was right."},
	ReviewLate:         {"review-late", "a review of an emergency is late", "An emergency was not reviewed in time. Sign in, look at the list of late reviews and remind the organisation."},
	OptOutChanged:      {"opt-out-changed", "a choice about your record was changed", "Your choice about how your record is used beyond your own care was changed. If this was not you, sign in, change it back and tell the people who run this service."},
	CopyByAnother:      {"copy-by-another", "a copy of your record was asked for", "Somebody who can act for you asked for a copy of your record. Sign in to see who can act for you, and end it if you do not want it."},
	AppByAnother:       {"app-by-another", "an app was let in for you", "Somebody who can act for you let an app see your record. Sign in to see your apps, and end it if you do not want it."},
	ChildBookDue:       {"child-book-due", "something to do in a red book", "There is something new to do in your child's red book. Sign in to see it. You can stop these reminders on your account page."},
	OwnBookDue:         {"own-book-due", "something to do in your red book", "There is something new to do in your red book. Sign in to see it. You can stop these reminders on your account page."},
	ChildNote:          {"child-note", "a new note in a red book", "There is a new note for you in your child's red book. Sign in to read it. You can stop these messages on your account page."},
	OwnNote:            {"own-note", "a new note in your red book", "There is a new note for you in your red book. Sign in to read it. You can stop these messages on your account page."},
	QuestionAnswered:   {"question-answered", "there is an answer for you", "There is an answer to a question that you asked here. Sign in to read it."},
}

// String is the kind's name for programs, such as "passkey-added".
func (k Kind) String() string {
	if k <= 0 || k >= kinds {
		return "unknown"
	}
	return words[k].name
}

// Sentence is what the person reads: what happened, and what to do next.
func (k Kind) Sentence() string {
	if k <= 0 || k >= kinds {
		return ""
	}
	return words[k].sentence
}

// Subject is the sentence in a few words, for the line above a message.
func (k Kind) Subject() string {
	if k <= 0 || k >= kinds {
		return ""
	}
	return words[k].subject
}
