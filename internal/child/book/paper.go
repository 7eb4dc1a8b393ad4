package book

import (
	"slices"

	"github.com/bevanhealth/bevan/fhir"
)

// Tags of a paper book: PaperDraft marks what is being copied from one, and Copied
// each entry that was.
const (
	PaperDraft = "paper-book"
	Copied     = "copied-from-paper"
)

// Bounds of what is copied: lines of one list, and letters of one answer.
const (
	MostLines  = 60
	MostAnswer = 200
)

// Paper is what somebody has copied from a paper book so far. It is kept in the
// record of the child as answers in progress (QuestionnaireResponse), step by step
// as it was typed, so that it outlasts a session, and in the end it is the source
// to which every entry that was made from it leads.
type Paper struct {
	ID      string // "" for one that was not kept yet
	Version string
	// Steps are the answers by step: one set of a form with facts, one for each
	// line of a list. An answer that was left open is not in it.
	Steps map[string][]map[string]string
}

// Empty says whether nothing was copied yet.
func (p *Paper) Empty() bool {
	for _, sets := range p.Steps {
		if len(sets) > 0 {
			return false
		}
	}
	return true
}

// Entry is the resource, without who it is about and who fills it in. steps are in
// the order of the book.
func (p *Paper) Entry(steps []string, written string, done bool) map[string]any {
	status := "in-progress"
	if done {
		status = "completed"
	}
	out := map[string]any{"resourceType": "QuestionnaireResponse", "status": status, "questionnaire": "urn:bevan:child:paper-book", "authored": written,
		"meta": map[string]any{"tag": []any{map[string]string{"system": Own, "code": PaperDraft}}}}
	if p.ID != "" {
		out["id"] = p.ID
	}
	var items []any
	for _, step := range steps {
		for _, set := range p.Steps[step] {
			var answers []any
			for _, name := range sorted(set) {
				answers = append(answers, map[string]any{"linkId": name, "answer": []any{map[string]string{"valueString": set[name]}}})
			}
			if answers != nil {
				items = append(items, map[string]any{"linkId": step, "item": answers})
			}
		}
	}
	if items != nil {
		out["item"] = items
	}
	return out
}

func sorted(set map[string]string) (names []string) {
	for name, said := range set {
		if said != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ReadPaper reads one that is in progress; ok is false for every other resource.
// What goes beyond the bounds is left out.
func ReadPaper(t *fhir.Tree) (p Paper, ok bool) {
	root := t.Root()
	p = Paper{ID: root.Get("id").Str(), Version: root.Get("meta").Get("versionId").Str(), Steps: map[string][]map[string]string{}}
	if !root.Get("resourceType").Is("QuestionnaireResponse") || !root.Get("status").Is("in-progress") {
		return p, false
	}
	for step := range root.Get("item").Items() {
		set := map[string]string{}
		for one := range step.Get("item").Items() {
			name, said := one.Get("linkId").Str(), one.Get("answer").At(0).Get("valueString").Str()
			if name != "" && said != "" && len([]rune(said)) <= MostAnswer {
				set[name] = said
			}
		}
		id := step.Get("linkId").Str()
		if len(set) > 0 && len(p.Steps[id]) < MostLines {
			p.Steps[id] = append(p.Steps[id], set)
		}
	}
	return p, true
}

// IsCopied says whether somebody copied an entry from a paper book: what others
// wrote themselves goes before it.
func IsCopied(t *fhir.Tree) bool {
	for tag := range t.Root().Get("meta").Get("tag").Items() {
		if tag.Get("system").Is(Own) && tag.Get("code").Is(Copied) {
			return true
		}
	}
	return false
}
