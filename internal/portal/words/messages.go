package words

// Messages is what is said of event messages that wait, to those who run the service.
type Messages struct {
	Title, Text, None, More, Back                           string
	Came, Event, From, Where, Why, Details, Sender, Place   string
	Line, Whole, Unknown, Look, State                       string
	Events                                                  map[string]string
	Kinds                                                   map[string]string
	Reasons, Next, States                                   map[string]string
	Take, TakeText, Sure, TakeButton, Again, AgainText      string
	AgainButton, Number, NumberHint, StillWaits             string
	Dismiss, DismissText, DismissButton, Reason, ReasonHint string
	Taken, Dismissed                                        string
}

func messagesEnglish() Messages {
	return Messages{
		Title: "Messages that wait", Text: "Other services send us messages about children. Those that we could not take into a record wait here. Nothing of them is in the record yet.",
		None: "No message waits.", More: "These are the oldest. More wait behind them.", Back: "Messages that wait",
		Came: "It came", Event: "What it is about", From: "From", Where: "Where", Why: "Why it waits", Details: "What is wrong there", Sender: "Brought by", Place: "Place in the message",
		Line: "line", Whole: "The message as a whole", Unknown: "Not known", Look: "Look at it", State: "State",
		Events: map[string]string{
			"blood-spot-test-outcome-1": "Blood spot test", "newborn-hearing-1": "Hearing test of a baby", "nipe-outcome-1": "First check of a baby's body", "vaccinations-1": "Vaccination",
			"professional-contacts-1": "Who looks after a child", "pds-birth-notification-1": "Birth", "pds-change-of-address-1": "New address", "pds-change-of-gp-1": "New GP surgery",
			"pds-death-notification-1": "Death", "pds-record-change-1": "Change of details",
		},
		Kinds: map[string]string{"new": "new", "update": "change", "delete": "taken back"},
		Reasons: map[string]string{
			"message-damaged": "It can not be read to its end.", "message-part": "A part of it can not be kept, so none of it is.",
			"message-child": "It is not sure whose record it belongs to.", "message-doubt": "It says something that can not be, or two things at once.",
			"message-again": "A message with the same number came before, and said something else.", "message-order": "What it changes can not be changed in this way.",
			"": "We stopped while we took it. Try it again.",
		},
		Next: map[string]string{
			"message-damaged": "Ask the sender to put it right and send it again. Then put this one aside.", "message-part": "Ask the sender to put it right and send it again. Then put this one aside.",
			"message-child": "Ask the sender whose message it is. Then try it again, or say whose it is.", "message-doubt": "Ask the sender what is right. Then take it as it is, or put it aside.",
			"message-again": "Ask the sender which one is right. Then take it as it is, or put it aside.", "message-order": "Ask the sender what is right. Then take it as it is, or put it aside.",
			"": "Try it again.",
		},
		States: map[string]string{"waiting": "It waits", "taking": "It waits", "applied": "It is in the record", "same": "It is in the record", "late": "It was older than what is in the record", "dismissed": "It was put aside"},
		Take:   "Take this message as it is", TakeText: "The record will say what the message says. Only do this when the sender told you that it is right.",
		Sure: "What we were not sure of", TakeButton: "Take the message",
		Again: "Try this message again", AgainText: "We read it once more. If nothing has changed, it goes on waiting.", AgainButton: "Try it again",
		Number: "NHS number of the child (you can leave this empty)", NumberHint: "Only write it if the sender told you whose message this is. It has 10 digits.",
		StillWaits: "It still waits.",
		Dismiss:    "Put this message aside", DismissText: "What it says is not kept. It can not be brought back here. The sender can send it again.", DismissButton: "Put it aside",
		Reason: "Why do you put it aside?", ReasonHint: "Write no names. Others who run the service can read it.",
		Taken: "The message is in the record.", Dismissed: "The message is put aside.",
	}
}

// refusalsMessages are the sentences for refusals about messages that wait.
func refusalsMessages() map[string]string {
	return map[string]string{
		"message-none":   "There is no such message here. Look at the list again.",
		"message-choose": "It is clear whose message this is. Leave the NHS number empty.",
		"message-number": "There is no record with this NHS number. It has 10 digits. Look at it again.",
		"message-why":    "Write why you put it aside, in up to 500 letters.",
	}
}
