package words

// refusalsSharing are those of sharing choices.
func refusalsSharing() map[string]string {
	return map[string]string{
		"display-how":     "Choose one of the three ways for each kind of result.",
		"display-kind":    "There is no such kind of result. Go back to the page and choose again.",
		"sharing-ended":   "This choice has ended already. Look at the list again.",
		"sharing-many":    "You have more choices than can be kept. End one that you no longer need, then try again.",
		"sharing-none":    "There is no such choice or entry. Look at the list again.",
		"sharing-reason":  "A reason has 10 to 1,000 letters. Say it in a few words, or leave it out.",
		"sharing-unclear": "This choice is not complete. Go back, and say whom and what it is about.",
	}
}
