package words

// Running is what those read who run the service: what works in the background,
// what is missing in the record, and how the access log stands.
type Running struct {
	Jobs, JobsText, JobsNone, Job, Kind, Asked, State, Progress, By, Ended, Why string
	Of, Whole, NotKnown, Stopping, Again, Stop, StopText, Stopped, Started      string
	Kinds, States                                                               map[string]string
	Quality, QualityText, Missing, Type, All, NoDate, NoCode, TextOnly          string
	CountedAt, NeverCounted, CountNow, Unjudged, Loads                          string
	Log, LogText, LogSize, NotSigned, Witnesses, Witness, WitnessNone           string
	SeenAt, SeenSize, Checked, NeverChecked, CheckNow, Faults                   string
	LogGood, LogBad, LogOld                                                     string
}

func runningEnglish() Running {
	return Running{
		Jobs: "Work in the background", JobsText: "Exports, loads, copies and checks, the newest first.", JobsNone: "Nothing was asked for lately.",
		Job: "One piece of work", Kind: "What", Asked: "Asked for", State: "State", Progress: "How far", By: "Asked by", Ended: "Ended", Why: "What went wrong",
		Of: "of", Whole: "all of it", NotKnown: "not known", Stopping: "Being stopped", Again: "Look again", Stop: "Stop this work",
		StopText: "What it did so far stays done. It can not go on later: somebody has to ask anew.", Stopped: "It was asked to stop.", Started: "It was asked for. Look again in a moment.",
		Kinds: map[string]string{"export": "Export", "import": "Load", "takeaway": "Copy for a person", "erase-record": "Erasing a record", "label-records": "Labelling the record anew",
			"index-search-parameters": "Making an index", "data-quality": "Counting what is missing", "check-access-log": "Checking the access log", "recall-reminders": "Sending reminders", "recall-renew": "Working out vaccination lists anew"},
		States:  map[string]string{"waiting": "Waiting", "running": "Running", "done": "Done", "failed": "It did not work", "cancelled": "Stopped"},
		Quality: "What is missing in the record", QualityText: "These are numbers over all people. They name nobody and say nothing of anybody's care.",
		Missing: "Entries by kind", Type: "Kind", All: "All", NoDate: "Without a date", NoCode: "Without a code or a name", TextOnly: "With words but no code", CountedAt: "Counted on", NeverCounted: "Not counted yet",
		CountNow: "Count now", Unjudged: "Codes that somebody has to judge", Loads: "Loads that did not work",
		Log: "The access log", LogText: "Each look at a record is written here. A check reads all of it and says if anything was changed.",
		LogSize: "Entries that were signed for", NotSigned: "The log is not signed yet", Witnesses: "Who else signed", Witness: "Witness", WitnessNone: "No witness has signed yet. Without one, nobody outside can tell if the log was changed.",
		SeenAt: "Signed on", SeenSize: "Entries", Checked: "Checked on", NeverChecked: "Not checked yet", CheckNow: "Check it now", Faults: "What was wrong",
		LogGood: "Nothing. Entries that were read:", LogBad: "Something in the access log is not as it was written. Keep the server as it is and ask for help.",
		LogOld: "The last check is more than a month old.",
	}
}
