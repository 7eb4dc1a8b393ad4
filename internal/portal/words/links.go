package words

// Links is the pages of links to a summary.
type Links struct {
	Link, Title, What, New, None, Caption        string
	HeadName, HeadState, HeadEnds, HeadOpened    string
	Open, Stopped, Locked, Ended, Used           string
	NewTitle, NewText, NewNow, Button            string
	Name, NameHint, Code, CodeHint, Day, DayHint string
	Often, Once, Few, Ten, Many, BadDay          string
	ShownTitle, ShownText, ShownCode, Picture    string
	Address, Back                                string
	Made, Passcode, Yes, No, Of, Times           string
	Openings, OpeningsNone, HeadWhen, HeadWho    string
	Unchecked, Stop, StopTitle, StopText         string
}

func linksEnglish() Links {
	return Links{
		Link: "Links to my summary", Title: "Links to my summary", New: "Make a link", Caption: "Your links", None: "You have no links yet.",
		What:     "A link lets somebody read your summary as it was on one day. You say until when. You can stop it at any time.",
		HeadName: "Name", HeadState: "Can it be opened?", HeadEnds: "Last day", HeadOpened: "Opened",
		Open: "Yes", Stopped: "No, you stopped it", Locked: "No, the passcode was wrong five times", Ended: "No, its last day is over", Used: "No, it was opened as often as it may be",
		NewTitle: "Make a link to my summary", Button: "Make the link",
		NewText: "Whoever has the link and the passcode can read your summary. Send the passcode in another way than the link.",
		NewNow:  "It holds your summary as it is now. What comes later is not in it.",
		Name:    "What is it for?", NameHint: "Whoever opens it sees this too. For example, My knee clinic.",
		Code: "Passcode", CodeHint: "6 letters or more. It is safer with one. Clear it for a link that needs none.",
		Day: "What is its last day?", DayHint: "At most 90 days from now.", BadDay: "Type a day, such as 27 3 2027.",
		Often: "How often can it be opened?", Once: "Once", Few: "3 times", Ten: "10 times", Many: "50 times",
		ShownTitle: "Your link", ShownText: "Copy it now. We do not keep it, so we can not show it again. You can always make another.",
		ShownCode: "The passcode is the one that you typed.", Picture: "The link as a picture that a phone can read (a QR code)", Address: "The link", Back: "Back to my links",
		Made: "Made on", Passcode: "Does it need a passcode?", Yes: "Yes", No: "No", Of: "of", Times: "times",
		Openings: "Who opened it", OpeningsNone: "Nobody opened it yet.", HeadWhen: "When", HeadWho: "What they called themselves",
		Unchecked: "We can not check who opens a link. This is what they said.",
		Stop:      "Stop this link", StopTitle: "Stop this link?", StopText: "Nobody can open it any more. What somebody has read or saved stays with them.",
	}
}

// refusalsLinks are what can not be done with a link.
func refusalsLinks() map[string]string {
	return map[string]string{
		"link-label":   "Give the link a name of 1 to 80 letters.",
		"link-ends":    "Choose a last day that is within the next 90 days.",
		"link-most":    "Choose how often it can be opened.",
		"link-code":    "Type a passcode of 6 to 64 letters and numbers, or none.",
		"link-large":   "Your summary is too large for a link. Save it as a file instead.",
		"link-many":    "You have 20 links that can be opened. Stop one of them first.",
		"link-unknown": "There is no such link among yours. Go back to your links.",
	}
}
