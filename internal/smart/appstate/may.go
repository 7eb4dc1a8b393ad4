package appstate

import (
	"net/url"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// may says whether a token lets its app do something with what it keeps about a
// subject under a code. With the code "" it says whether it might for some code.
//
// Scopes about a patient reach the patient in context; those of a user reach
// the user, the patient in context, and what the app keeps for everybody, to
// find it. Only a program by itself changes what it keeps for everybody: a
// person's token would be a way to write to all others who use the app.
func may(h client.Holder, v access.Verb, subject, code string) bool {
	for w := range strings.FieldsSeq(h.Scopes) {
		s, ok := access.ParseSMART(w)
		if ok && reaches(h, s.Level, v, subject) && answers(s, v, code) {
			return true
		}
	}
	return false
}

// might says whether the token lets its app do something here at all.
func might(h client.Holder, v access.Verb) bool {
	for w := range strings.FieldsSeq(h.Scopes) {
		if s, ok := access.ParseSMART(w); ok && answers(s, v, "") {
			return true
		}
	}
	return false
}

func reaches(h client.Holder, l access.Level, v access.Verb, subject string) bool {
	patient := h.Patient != "" && subject == "Patient/"+h.Patient
	switch l {
	case access.PatientLevel:
		return h.Account != "" && patient
	case access.UserLevel:
		looking := v&access.Looking == v
		return h.Account != "" && (patient || h.User != "" && subject == h.User || subject == "" && looking)
	case access.SystemLevel:
		return h.Account == "" && subject == ""
	}
	return false
}

// answers says whether a scope covers a verb on states of a code.
func answers(s access.SMARTScope, v access.Verb, code string) bool {
	searches, ok := s.Rights().Where(v, "Basic")
	if !ok || len(searches) == 0 || code == "" {
		return ok
	}
	return slices.ContainsFunc(searches, func(q string) bool { return asksFor(q, code) })
}

// asksFor says whether a search of a scope is for a code and for nothing else:
// what is not understood covers nothing.
func asksFor(query, code string) bool {
	values, err := url.ParseQuery(query)
	if err != nil || len(values) != 1 || len(values["code"]) != 1 {
		return false
	}
	return slices.Contains(strings.Split(values.Get("code"), ","), code)
}
