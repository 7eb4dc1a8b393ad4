package words

// Device is the pages on which somebody connects a device that has no browser.
type Device struct {
	Title, What, Warn, Stop, Label, Hint, Button string
	NotNow, TooMany                              string

	CheckTitle, CheckText, CheckSee, CheckStop, CheckButton, CheckNo string

	YesTitle, YesText, YesWhere string
	NoTitle, NoText             string

	// Answer stands where other apps have a place to which they send people.
	Answer, Note string
}

func deviceEnglish() Device {
	return Device{
		Title:  "Connect a device",
		What:   "A television or another device can show you a code. Type it here to connect the device to your account.",
		Warn:   "Only type a code that you see on a device in front of you.",
		Stop:   "Did somebody send you a code, or read one to you? Then stop. They may want to see your record.",
		Label:  "Code on the device",
		Hint:   "Eight letters, such as BCDF-GHJK.",
		Button: "Go on",
		NotNow: "No device shows this code now. Look at the device again. If the code is old, start again there to get a new one.",
		// Whoever reads this may have typed badly, and not be somebody who guesses.
		TooMany: "There were too many codes from here. Wait a few minutes, then try again.",

		CheckTitle:  "Is this your device?",
		CheckText:   "On the device with this code is the app:",
		CheckSee:    "Go on if you can see the device, and you started this there yourself.",
		CheckStop:   "If somebody asked you to do this, stop. Nothing has happened yet.",
		CheckButton: "Yes, it is my device",
		CheckNo:     "No, stop here",

		YesTitle: "The device is connected",
		YesText:  "Look at the device again. It goes on by itself in a few seconds.",
		YesWhere: "You can see and end it on the page about apps in your account.",
		NoTitle:  "The device is not connected",
		NoText:   "It gets nothing. You can close this page.",

		Answer: "It stays on the device that showed you the code",
		Note:   "Only say yes if the device is in front of you. If somebody sent you the code, say no.",
	}
}
