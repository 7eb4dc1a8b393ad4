package words

// Uses is where people say no to uses of their record beyond their own care.
type Uses struct {
	Title, What, Link, LinkHint       string
	National, Local                   Use
	Now, Since, Change                string
	IsUsed, IsOut, IsListed           string
	Does, DoesNot                     string
	StopTitle, StopButton             string
	AllowTitle, AllowButton, AllowOut string
	ListOnly                          string
	NoRecord                          string
}

// Use is one of them.
type Use struct {
	Name    string
	Does    []string
	DoesNot []string
}

func usesEnglish() Uses {
	return Uses{
		Title:    "Uses beyond your own care",
		What:     "Records are also used to plan services and for research. You can say no. It never changes the care that you get.",
		Link:     "Uses beyond your own care",
		LinkHint: "Say no to research and planning with your record.",
		National: Use{
			Name: "Research and planning anywhere",
			Does: []string{
				"Your whole record is left out when data are taken out for research or planning.",
				"It holds from now on. What was taken out before can not be called back.",
			},
			DoesNot: []string{
				"Those who care for you still see your record.",
				"It does not stop what the law demands, such as the report of some infections.",
				"If you join a study and agree to it, the study may still ask for your data.",
			},
		},
		Local: Use{
			Name: "Data that leave the place where you are cared for",
			Does: []string{
				"Your whole record is left out when data leave here for anything but your own care.",
				"It holds from now on. What has left before can not be called back.",
			},
			DoesNot: []string{
				"Those who care for you elsewhere still get what they need for your care.",
				"Apps that you let in yourself go on. You can stop them on the page about apps.",
			},
		},
		Now:         "Now",
		Since:       "Since",
		Change:      "Read more and change it",
		IsUsed:      "Your record may be used for this.",
		IsOut:       "Your record is left out.",
		IsListed:    "Your record is left out, since a national or local list says so.",
		Does:        "What saying no does:",
		DoesNot:     "What it does not do:",
		StopTitle:   "Say no to this",
		StopButton:  "Leave my record out",
		AllowTitle:  "Allow this again",
		AllowButton: "Allow it again",
		AllowOut:    "Your record is left out now.",
		ListOnly:    "A list says no for you. You can change that only where the list is kept.",
		NoRecord:    "Your account is not linked to a record yet. Link it first, then you can say this.",
	}
}
