package portal

import (
	"net/http"
	"strings"
)

// action is a page that can be gone to from the page of a person, by its letter:
// the letter in the field that has the focus, and Enter, are two keystrokes. No
// script listens for keys, so nobody who speaks to their computer sets one off
// (WCAG 2.2, 2.1.4), and it works without any.
type action struct{ Key, Text, Href string }

// actions are the pages that there are, in order.
func (f *folder) actions() []action {
	w := f.p.words.Clinic.Person
	var all []action
	for _, e := range entryForms() {
		text, _ := e.text(f.visit)
		all = append(all, action{e.key, text, f.at + "/add/" + e.at})
	}
	for _, a := range []action{
		{"d", f.p.words.Clinic.Write.Document.Action, f.at + "/add/document"},
		{"t", w.Timeline, f.at + "/timeline"},
		{"e", w.Results, f.at + "/results"},
		{"l", w.Letters, f.at + "/DocumentReference"},
		{bookKey, f.p.words.Book.Link, f.at + childAt},
		{"k", f.p.words.Clinic.List.Keep, f.at + "/keep"},
		{"y", f.p.words.Clinic.List.Title, listAt},
		{"f", w.FindAnother, peopleAt},
	} {
		if f.has(a.Href) {
			all = append(all, a)
		}
	}
	return all
}

// goTo goes to the page with a letter.
func goTo(f *folder) error {
	typed := strings.ToLower(f.typed("to"))
	if typed == "k" { // the letter was sent by a form: no need to ask again
		return keepOnListFinish(f)
	}
	for _, a := range f.actions() {
		if a.Key == typed {
			return f.goOn(a.Href)
		}
	}
	return f.carePage(http.StatusUnprocessableEntity, f.p.words.Clinic.Person.GoUnknown)
}
