package portal

import "github.com/bevanhealth/bevan/internal/portal/words"

const (
	entrySaved       done = "entry-saved"
	entrySavedBefore done = "entry-saved-before"
	entryMarked      done = "entry-marked"
	listPutOn        done = "list-put-on"
	listTakenOff     done = "list-taken-off"
	jobStopped       done = "job-stopped"
	jobStarted       done = "job-started"
	remindersSet     done = "reminders-set"
	noteSent         done = "note-sent"
	notesRead        done = "notes-read"
	paperKept        done = "paper-kept"
	paperSent        done = "paper-sent"
)

// clinicSentence is what is said of what staff did who look after people, and who
// run the service.
func (d done) clinicSentence(all *words.Words) string {
	w := all.Clinic
	return map[done]string{entrySaved: w.Write.Saved, entrySavedBefore: w.Write.SavedAlready, entryMarked: w.Write.Marked,
		listPutOn: w.List.PutOn, listTakenOff: w.List.TakenOff,
		jobStopped: all.Running.Stopped, jobStarted: all.Running.Started, noteSent: all.Book.Talk.Sent, notesRead: all.Book.Talk.ReadDone, remindersSet: all.Recall.Mine.Saved,
		paperKept: all.Paper.Kept, paperSent: all.Paper.Sent}[d] + d.sourceSentence(all.Sources) + d.messageSentence(all.Messages)
}
