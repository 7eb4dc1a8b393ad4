package words

func refusalsStaff() map[string]string {
	return map[string]string{
		"invitation-no":           "This is not an invitation that can be used. Check the code. If it was used, or is older than seven days, ask for a new one.",
		"invitation-sign-in":      "Sign in first, then use the invitation.",
		"invitation-used":         "This invitation was used already. End the place that it gave.",
		"no-invitation":           "There is no such invitation. Look at the list.",
		"no-organisation":         "There is no such organisation. Look at the list.",
		"no-organisation-code":    "There is no organisation with the code that you gave. Look at the list.",
		"no-place":                "There is no such place. Look at the list of members.",
		"no-team":                 "There is no such team. Look at the list.",
		"organisation-closed":     "This organisation is closed. Choose one that is open.",
		"organisation-code":       "A code has 3 to 10 capital letters and digits, such as RXH or G12345. Check it.",
		"organisation-code-taken": "There is an organisation with this code already. Look at the list.",
		"organisation-is-site":    "That is a site, and a site can not have sites of its own. Name the organisation that it is part of.",
		"place-end-early":         "The end lies before the beginning. Check the two dates.",
		"place-end-past":          "The end lies in the past. Give a later date, or none.",
		"place-no-team":           "There is no open team of that name here. Look at the list.",
		"place-over":              "You no longer work there in that role. Choose another place, or ask the people who look after it.",
		"place-taken":             "They have this place already, in a part of that time. Look at the list.",
		"place-whose":             "Say whose place it is, and who gives it.",
		"role-no-page":            "The role in which you work now does not have this page. Choose another role, or ask an operator for one.",
		"staff-first-place":       "Say what they are called at work. This is their first place here.",
		"staff-last-operator":     "Then no one would run this service any more. Make somebody else an operator first.",
		"staff-no-actor":          "Say who does this.",
		"staff-no-role":           "There is no such role. Choose one from the list.",
		"staff-not-here":          "Nobody with this account works here. Look at the list of members.",
		"staff-one-line":          "Write one line here, of up to 200 characters.",
		"staff-only":              "This page is for people who work here. Choose where you work, then go on.",
		"staff-work-name":         "Say what they are called at work.",
		"team-name-taken":         "There is a team of that name here already. Choose another name.",
	}
}
