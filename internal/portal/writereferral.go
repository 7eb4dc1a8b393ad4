package portal

import "strings"

// referralForm asks somebody else to look after a person, as a ServiceRequest.
// Where it names an organisation that uses this service, staff there may see the
// record for as long as the policy says of referrals: the page says so before it
// is saved.
var referralForm = entryForm{at: "referral", key: "r", typ: "ServiceRequest",
	text: func(v *visit) (string, string) {
		w := v.p.words.Clinic.Write.Referral
		return w.Action, w.Title
	},
	fields: func(f *folder) []*field {
		w := f.p.words.Clinic.Write.Referral
		return []*field{{ID: "what", Label: w.What, Hint: w.WhatHint, Auto: "off"}, {ID: "service", Label: w.To, Hint: w.ToHint, Auto: "off"},
			{ID: "code", Label: w.Code, Hint: w.CodeHint, Auto: "off", Code: true}, {ID: "urgency", Label: w.Urgency, Options: urgencyOptions(f)}, {ID: "why", Label: w.Why, Lines: 6}}
	},
	read: readReferral,
}

func urgencyOptions(f *folder) []option {
	w := f.p.words.Clinic.Write.Referral
	return []option{{"routine", w.Routine}, {"urgent", w.Urgent}, {"asap", w.Soon}, {"stat", w.AtOnce}}
}

func readReferral(f *folder) draft {
	w := f.p.words.Clinic.Write.Referral
	what, ok := f.line("what", 200)
	service, okService := f.line("service", 200)
	why, okWhy := f.line("why", 5_000)
	urgency, known := picked(urgencyOptions(f), f.typed("urgency"))
	switch {
	case !ok:
		return bad("what", w.Long)
	case what == "":
		return bad("what", w.Missing)
	case !okService:
		return bad("service", w.Long)
	case !known:
		return bad("urgency", w.Urgency)
	case !okWhy:
		return bad("why", w.Long)
	}
	d := draft{}
	performer, at := map[string]string{"display": service}, ""
	if code := strings.ToUpper(f.typed("code")); code != "" {
		org, err := f.p.cfg.Staff.ByODS(f.r.Context(), code)
		if err != nil {
			return bad("code", w.NoCode)
		}
		at = org.Name
		performer["reference"] = "Organization/" + org.ID
		if service == "" {
			performer["display"] = org.Name
		}
		d.warnings = []string{w.WillSee + " " + org.Name + "."}
	} else if service == "" {
		return bad("service", w.NoTo)
	}
	d.body = map[string]any{"status": "active", "intent": "order", "category": []any{coded("http://snomed.info/sct", "3457005", "Referral")}, "priority": f.typed("urgency"), "code": coded("", "", what),
		"subject": f.subjectRef(), "authoredOn": f.today(), "requester": f.me(), "performer": []any{performer}}
	if why != "" {
		d.body["reasonCode"] = []any{coded("", "", why)}
	}
	d.facts = []fact{{w.What, what}, {w.To, f.orNotSaid(service)}, {w.Code, f.orNotSaid(at)}, {w.Urgency, urgency}, {w.Why, f.orNotSaid(why)}}
	return d
}
