package words

func refusalsEmergency() map[string]string {
	return map[string]string{
		"emergency-decided":   "This was decided already. Look at the list again.",
		"emergency-delay":     "Choose a day from tomorrow on. A person is told after 30 days at the latest.",
		"emergency-late":      "This was used already, or took too long. Begin again.",
		"emergency-many":      "You opened very many records today. Ask somebody you work with to open this one.",
		"emergency-much":      "Much was said about this already. Decide it now.",
		"emergency-not-asked": "Another reviewer was asked to decide this. Leave it to them.",
		"emergency-over":      "This emergency is over, and the record is closed. If you still can not wait, begin again and say why.",
		"emergency-own":       "You can not review this one, since you declared it or it was your own record. Ask another reviewer.",
		"emergency-reason":    "Say why, in one or two sentences. Somebody else has to understand it.",
		"emergency-reviewer":  "Choose one of the reviewers on the list, or let the person be told at once.",
		"emergency-role":      "Only somebody who looks after people can open a record in an emergency. Choose that role, or ask one of them.",
		"emergency-told":      "The person was told already.",
		"emergency-verdict":   "Say whether it was right, or ask something.",
		"optout-kind":         "There is no such choice. Go back and choose one of the two.",
		"optout-own":          "You can say this for your own record only. Link your record first.",
		"no-emergency":        "There is no such emergency here. Look at your list again.",
	}
}
