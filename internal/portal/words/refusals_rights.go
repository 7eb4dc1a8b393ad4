package words

// refusalsRights are those of copies, corrections and erasures.
func refusalsRights() map[string]string {
	return map[string]string{
		"correction-body":          "The entry as it should be can not be read, or is another entry. Change only what is wrong in it.",
		"correction-changed":       "This has changed in the meantime. Look at it again.",
		"correction-entry-changed": "Somebody changed this entry in the meantime. Look at it again, then answer.",
		"correction-gone":          "There is no such request here. Look at the list again.",
		"correction-how":           "Choose an answer from the list.",
		"correction-no-mark":       "Entries of this kind can not be marked as wrong. Write how it should be instead.",
		"correction-not-valid":     "The entry as it should be breaks a rule of FHIR. Mend it, then answer again.",
		"correction-same":          "The entry as it should be says what it says now. Change what is wrong in it.",
		"correction-too-long":      "This is too long. Write at most 2,000 letters.",
		"correction-too-many":      "Many of your requests wait for an answer. Wait for one, or take one back.",
		"correction-words":         "Write it in your own words first.",
		"erasure-changed":          "This has changed in the meantime. Look at it again.",
		"erasure-gone":             "There is no such request here. Look at the list again.",
		"erasure-ground":           "Choose a ground in law from the list.",
		"erasure-open":             "There is a request about this record already. Wait for its answer, or take it back.",
		"erasure-words":            "Write why, in at most 2,000 letters.",
		"takeaway-gone":            "There is no copy to fetch here. It may be too old. Ask for a new one.",
		"takeaway-no-record":       "There is no record here to copy. Link your record first, then try again.",
		"takeaway-too-large":       "Your record is too large for one copy. Ask the people who run this service for it.",
	}
}
