package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/child/recall"
)

// recallForm is how a family was asked about a vaccination, as a Communication.
var recallForm = entryForm{at: recallEntryAt, key: "c", typ: "Communication",
	text: func(v *visit) (string, string) {
		w := v.p.words.Recall.Write
		return w.Action, w.Title
	},
	fields: func(f *folder) []*field {
		w := f.p.words.Recall.Write
		vaccine := &field{ID: "vaccine", Label: w.Vaccine, Options: f.vaccineOptions(), Value: f.r.URL.Query().Get("vaccine")}
		return []*field{{ID: "kind", Label: w.Kind, Options: recallKinds(f)}, vaccine, f.dateField("when", f.p.words.Clinic.Write.When, f.p.words.Clinic.Write.WhenHint),
			{ID: "note", Label: w.Note, Hint: w.NoteHint, Lines: 3}}
	},
	read: readRecall,
}

// recallKinds are what can be chosen.
func recallKinds(f *folder) []option {
	w := f.p.words.Recall.Write
	out := []option{{"", w.Kinds[""]}}
	for _, k := range recall.Kinds() {
		out = append(out, option{string(k), w.Kinds[string(k)]})
	}
	return out
}

func readRecall(f *folder) draft {
	w := f.p.words.Recall.Write
	kind, known := picked(recallKinds(f), f.typed("kind"))
	vaccine, okVaccine := picked(f.vaccineOptions(), f.typed("vaccine"))
	note, okNote := f.line("note", 1000)
	when, wrong := f.dayTyped("when")
	switch {
	case !known || f.typed("kind") == "":
		return bad("kind", w.KindMissing)
	case !okVaccine:
		return bad("vaccine", w.Vaccine)
	case wrong != "":
		return bad("when", wrong)
	case !okNote:
		return bad("note", w.NoteLong)
	}
	d := recall.Draft{Contact: recall.Contact{Kind: recall.Kind(f.typed("kind")), Programme: f.typed("vaccine")}, KindText: kind, ProgrammeText: vaccine, Note: note,
		At: f.p.cfg.Now().UTC().Format(time.RFC3339), Patient: "Patient/" + f.patient, Sender: f.who.User}
	day := f.today()
	if when != "" && when != day {
		d.At, day = when, when
	}
	return draft{body: d.Body(), facts: []fact{{w.Kind, kind}, {w.Vaccine, vaccine}, {w.When, f.saidDay(day)}, {w.Note, f.orNotSaid(note)}}}
}
