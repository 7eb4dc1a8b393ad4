package words

// Results is the pages of results of tests and of measurements.
type Results struct {
	Title, What, WhatCare, Link, LinkHint string
	None, NoneOf, More, NotNow            string
	Test, Latest, Means, Compare, Choose  string
	CompareButton, CompareNone            string
	CompareMany, TogetherTitle, All       string
	Of                                    map[string]string // by category
	Others, From                          string
	Meaning, MeaningCare                  map[string]string
	Said                                  map[string]string // by what the laboratory marked
	RangeIs, NoRange, RangeTo             string
	RangeUnder, RangeOver                 string
	Trend, TrendCare                      map[string]string
	State                                 map[string]string
	NoValue                               string
	Signs                                 map[string]string // by comparator

	OneTitle, Table, TableNone             string
	When, Value, Who, Open, AsWritten      string
	Band, Bound, Beyond                    string
	Summary, SummaryOne, SummaryNone       string
	SummaryUp, SummaryDown, SummarySame    string
	Thinned, Cut, OtherUnit, Newest, Wrong string
	Earlier, NoDate                        string
	Zoom, Whole, FiveYears, Year, Months   string
	Closer, Wider, Before, After           string
	Units, ShowIn, Back, Later             string
	BadTest                                string

	Waits, WaitsUntil, WaitsOnly, Hidden string
	Kinds                                map[string]string
	Warn                                 ResultWarning
	How                                  ResultChoice
	Told                                 ResultTold
	Dense                                Dense
}

// ResultWarning is the page before a result that may be hard to read.
type ResultWarning struct {
	Title, What, Choose, Ring, Night, Crisis, Show, Leave, Change string
	WaitTitle, WaitWhat, WaitAsk                                  string
}

// ResultChoice is where somebody says how they want to be shown results.
type ResultChoice struct {
	Title, Link, LinkHint, What, Only, Button, Done string
	Ways, WayHints                                  map[string]string
	Kinds, KindHints                                map[string]string
	After                                           string
}

// ResultTold is where a clinician says that they have talked about a result.
type ResultTold struct {
	Title, What, Asks, Button, Link, Already, Done string
}

func resultsEnglish() Results {
	return Results{
		Dense: denseEnglish(),
		Title: "Results", What: "These are your tests and measurements, the newest first.",
		WhatCare: "Tests and measurements, newest first.",
		Link:     "Results", LinkHint: "Your tests and measurements, and how they change.",
		None:   "No results are held here yet. When a test or a measurement comes in, you find it here. It does not mean that none were done.",
		NoneOf: "No results of this kind are held here. That does not mean that none were done.",
		More:   "Show older results", NotNow: "Results can not be shown just now. Try again in a few minutes.",
		Test: "Test", Latest: "Latest result", Means: "What it means", Compare: "Compare", Choose: "Compare results on one page",
		CompareButton: "Show those I ticked together", CompareNone: "Tick two results or more to see them together.",
		CompareMany: "Six results are the most that fit on one page. Take some ticks away.", TogetherTitle: "Results together", All: "All results",
		Of:     map[string]string{"laboratory": "Blood and other samples", "vital-signs": "Measurements of the body", "imaging": "Pictures, such as X-rays", "exam": "What was found when you were looked at", "social-history": "How you live", "survey": "Answers to questions"},
		Others: "Other results", From: "from",
		Meaning: map[string]string{
			"high": "Higher than the usual range", "low": "Lower than the usual range", "inside": "Inside the usual range",
			// Not known is never told as usual.
			"unknown": "We do not have a usual range for this", "unplaced": "It can not be said where this lies in the usual range",
		},
		MeaningCare: map[string]string{"high": "Above range", "low": "Below range", "inside": "In range", "unknown": "No range given", "unplaced": "Not placed: only a bound is known"},
		Said: map[string]string{
			"high": "Whoever tested it marked it as high", "low": "Whoever tested it marked it as low", "inside": "Whoever tested it marked it as usual",
			"odd": "Whoever tested it marked it as not usual", "found": "Whoever tested it marked it as found", "not-found": "Whoever tested it marked it as not found",
		},
		RangeIs: "Usual range", NoRange: "not known", RangeTo: "to", RangeUnder: "up to", RangeOver: "from",
		Trend: map[string]string{
			"up": "Higher than the one before", "down": "Lower than the one before", "same": "The same as the one before",
			"none": "No earlier one on this page",
		},
		TrendCare: map[string]string{"up": "Up", "down": "Down", "same": "Same", "none": "No earlier one here"},
		State: map[string]string{
			"registered": "This test is not done yet.", "preliminary": "This is an early result. It may still change.",
			"amended": "This result was changed after it was first sent.", "corrected": "This result was put right after it was first sent.",
			"cancelled": "This test was stopped, so there is no result.", "entered-in-error": "This entry was marked as wrong. Do not go by it.",
			"unknown": "It is not known whether this result is ready.",
		},
		NoValue: "No value was written",
		Signs:   map[string]string{"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"},

		OneTitle: "Result over time", Table: "All values on this page", TableNone: "There are no values in this time. Choose a longer time to see others.",
		When: "Date", Value: "Value", Who: "Who tested it, and where", Open: "Read all of it", AsWritten: "as written:",
		Band: "usual range", Bound: "only a limit is known", Beyond: "outside of the chart",
		Summary: "%s: %d values from %s to %s, between %s and %s.", SummaryOne: "%s: one value, %s, on %s.", SummaryNone: "%s: no value that can be drawn.",
		SummaryUp: "The last one is higher than the first.", SummaryDown: "The last one is lower than the first.", SummarySame: "The last one is the same as the first.",
		Thinned:   "The points lie so close that the chart draws the lowest and the highest of each place. Points left out: %d. The table has them all.",
		Cut:       "Points that lie outside of the chart: %d. The table has them.",
		OtherUnit: "Values that are in a unit which can not be turned into this one, or have no number: %d. They are in the table only.",
		Newest:    "There are more values than fit on one page. These are the newest %d.", Wrong: "Values that were marked as wrong are in the table only.",
		Earlier: "Show earlier ones", NoDate: "Date not known",
		Zoom: "Choose the time", Whole: "All of it", FiveYears: "The last 5 years", Year: "The last year", Months: "The last 3 months",
		Closer: "Closer", Wider: "Wider", Before: "Earlier", After: "Later",
		Units: "Choose the unit", ShowIn: "Show in", Back: "Back to all results", Later: "Back",
		BadTest: "There is no such test here. Go back to the list of results and choose one.",

		Waits:      "A result is here. It waits until a clinician has talked with you. Ask your surgery or clinic about it.",
		WaitsUntil: "If nobody has by then, you can see it from", WaitsOnly: "You chose this on the page about how results are shown.",
		Hidden: "This may be hard to read alone. Open it when you are ready.",
		Kinds: map[string]string{
			"genetic": "A genetic test", "cancer": "A test for cancer", "pregnancy": "A test about pregnancy", "memory": "A test of memory", "sexual": "A test about sexual health", "everyday": "An everyday test",
		},
		Warn: resultWarningEnglish(), How: resultChoiceEnglish(), Told: resultToldEnglish(),
	}
}

func resultWarningEnglish() ResultWarning {
	return ResultWarning{
		Title: "Before you look at this result", What: "The result behind this page may be hard to read alone. It is about:",
		Choose: "You can look now, or later, or with somebody beside you. It stays here.",
		Ring:   "To talk about it, ring your surgery or the clinic that did the test.",
		Night:  "If you can not reach them and it can not wait, ring 111.",
		// Samaritans: 116 123 is free at all hours in the UK (samaritans.org).
		Crisis: "If you can not cope, ring Samaritans on 116 123. It is free, day and night. If your life is in danger, ring 999.",
		Show:   "Show me the result", Leave: "Not now", Change: "Change how results are shown to me",
		WaitTitle: "This result waits", WaitWhat: "A result is here, and you chose to hear of such results from a clinician first. It is about:",
		WaitAsk: "Ask your surgery or the clinic that did the test to talk with you about it.",
	}
}

func resultChoiceEnglish() ResultChoice {
	return ResultChoice{
		Title: "How results are shown to me", Link: "How results are shown to me", LinkHint: "See them at once, be warned first, or wait for a clinician.",
		What:   "Some results are hard to read alone. For each kind, say how you want to see it on these pages.",
		Only:   "This is about your own pages only. Whoever looks after you sees all results. So do apps that you let in, and copies that you take.",
		Button: "Save how results are shown", Done: "It is saved how results are shown to you.",
		Ways: map[string]string{"now": "Show me at once", "warn": "Warn me first", "wait": "Wait for a clinician"},
		WayHints: map[string]string{
			"now": "You see it as soon as it comes in.", "warn": "A page says what it is about before you see it.", "wait": "You see it when a clinician has talked with you, or after some days.",
		},
		Kinds: map[string]string{
			"genetic": "Genetic tests", "cancer": "Tests for cancer", "pregnancy": "Tests about pregnancy", "memory": "Tests of memory", "sexual": "Tests about sexual health", "everyday": "All other tests",
		},
		KindHints: map[string]string{
			"genetic": "They say what you may have passed on, or been born with.", "cancer": "Such as what was found in a sample of tissue.", "pregnancy": "Such as whether a pregnancy goes on.",
			"memory": "Such as tests for dementia.", "sexual": "Such as tests for HIV and other infections.", "everyday": "Such as sugar, salts, weight and blood pressure.",
		},
		After: "If it waits, you see it at the latest after so many days:",
	}
}

func resultToldEnglish() ResultTold {
	return ResultTold{
		Title: "Let the person see this result", What: "The person may have chosen not to see results of this kind until a clinician has talked with them.",
		Asks:   "Have you talked with them about it? Then let it be shown on their own pages. A later version waits again.",
		Button: "I have talked with them", Link: "Let the person see it", Already: "Somebody has talked with the person about this result.", Done: "The person can see this result now.",
	}
}
