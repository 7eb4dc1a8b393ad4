package portal

import "strconv"

// problemForm is something that a person has or had, as a Condition on the list
// of problems.
var problemForm = entryForm{at: "problem", key: "p", typ: "Condition",
	text: func(v *visit) (string, string) {
		w := v.p.words.Clinic.Write.Problem
		return w.Action, w.Title
	},
	fields: func(f *folder) []*field {
		w := f.p.words.Clinic.Write.Problem
		states, sure := problemOptions(f)
		return []*field{{ID: "what", Label: w.What, Auto: "off"}, {ID: "code", Label: w.Code, Hint: w.CodeHint, Auto: "off", Mode: "numeric"},
			f.dateField("since", w.Since, ""), {ID: "state", Label: w.State, Options: states}, {ID: "sure", Label: w.Sure, Options: sure}}
	},
	read: readProblem,
}

func problemOptions(f *folder) (states, sure []option) {
	w := f.p.words.Clinic.Write.Problem
	return []option{{"active", w.Active}, {"resolved", w.Over}}, []option{{"confirmed", w.Confirmed}, {"provisional", w.Maybe}}
}

func readProblem(f *folder) draft {
	w := f.p.words.Clinic.Write.Problem
	what, ok := f.line("what", 300)
	code := f.typed("code")
	since, wrong := f.dayTyped("since")
	states, sures := problemOptions(f)
	state, known := picked(states, f.typed("state"))
	sure, knownToo := picked(sures, f.typed("sure"))
	switch {
	case !ok:
		return bad("what", w.Long)
	case what == "":
		return bad("what", w.Missing)
	case code != "" && !snomed(code):
		return bad("code", w.BadCode)
	case wrong != "":
		return bad("since", wrong)
	case !known:
		return bad("state", w.State)
	case !knownToo:
		return bad("sure", w.Sure)
	}
	body := map[string]any{"clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", f.typed("state"), ""),
		"verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", f.typed("sure"), ""),
		"category":           []any{coded("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "")},
		"code":               coded("http://snomed.info/sct", code, what), "subject": f.subjectRef(), "recordedDate": f.today(), "recorder": f.me(), "asserter": f.me()}
	if since != "" {
		body["onsetDateTime"] = since
	}
	return draft{body: body, facts: []fact{{w.What, what}, {w.Code, f.orNotSaid(code)}, {w.Since, f.saidDay(since)}, {w.State, state}, {w.Sure, sure}}}
}

// snomed says whether a text can be an identifier of a concept in SNOMED CT: 6 to
// 18 digits, a partition of concepts, and a check digit by Verhoeff's scheme
// (SNOMED CT Release File Specification, section 6).
func snomed(code string) bool {
	n := len(code)
	if n < 6 || n > 18 || code[0] == '0' {
		return false
	}
	if _, err := strconv.ParseUint(code, 10, 64); err != nil || code[0] == '+' {
		return false
	}
	if part := code[n-3 : n-1]; part != "00" && part != "10" {
		return false
	}
	c := 0
	for i := range n {
		c = dihedral(c, permuted(i, int(code[n-1-i]-'0')))
	}
	return c == 0
}

// dihedral multiplies in the group of symmetries of a pentagon.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return (a+b)%5 + 5
	case b < 5:
		return (a-b+5)%5 + 5
	}
	return (a - b + 10) % 5
}

// permuted is a digit after as many of Verhoeff's permutations as its place says.
func permuted(place, digit int) int {
	once := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	for range place % 8 {
		digit = once[digit]
	}
	return digit
}
