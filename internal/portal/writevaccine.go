package portal

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// vaccineForm is a vaccination that was given, or was not and why, as an
// Immunization.
var vaccineForm = entryForm{at: "vaccination", key: "v", typ: "Immunization",
	text: func(v *visit) (string, string) {
		w := v.p.words.Clinic.Write.Vaccine
		return w.Action, w.Title
	},
	fields: vaccineFields,
	read:   readVaccine,
}

func vaccineFields(f *folder) []*field {
	w, form := f.p.words.Clinic.Write, f.p.words.Vaccinations.Form
	return []*field{
		{ID: "vaccine", Label: form.Vaccine, Hint: form.VaccineHint, Options: vaccineOptions(f)},
		{ID: "product", Label: w.Vaccine.Product, Hint: form.ProductHint, Auto: "off"},
		{ID: "reason", Label: form.Reason, Hint: form.ReasonHint, Options: chosen(form.Given, f.p.words.Vaccinations.Reasons)},
		f.dateField("when", w.When, w.WhenHint),
		{ID: "batch", Label: w.Vaccine.Batch, Auto: "off", Code: true}, f.dateField("expires", w.Vaccine.Expires, ""),
		{ID: "maker", Label: w.Vaccine.Maker, Auto: "off"}, {ID: "site", Label: w.Vaccine.Site, Options: siteOptions(f)},
		{ID: "route", Label: form.Route, Options: chosen(form.NotSaid, form.Routes)}, {ID: "amount", Label: form.Amount, Hint: form.AmountHint, Auto: "off", Mode: "decimal"},
		{ID: "place", Label: form.Place, Options: chosen(form.NotSaid, form.Places)},
		{ID: "consent", Label: form.Consent, Options: chosen(form.NotSaid, form.Consents)}, {ID: "how", Label: form.How, Options: chosen(form.NotSaid, form.Hows)},
		{ID: "sure", Label: form.Sure, Hint: form.SureHint, Lines: 2},
	}
}

// vaccineOptions are the vaccines of the schedule, by name.
func vaccineOptions(f *folder) []option {
	all := []option{{"", f.p.words.Vaccinations.Form.Choose}}
	r := f.p.cfg.Vaccinations
	for _, v := range r.Calendar().Schedule().Vaccines {
		all = append(all, option{v.Code, cmp.Or(f.p.words.Vaccinations.Names[v.Code], v.Name, v.Code)})
	}
	slices.SortStableFunc(all[1:], func(a, b option) int { return strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)) })
	return all
}

// chosen are options by their values, with one for nothing before them.
func chosen(none string, all map[string]string) []option {
	out := []option{{"", none}}
	for _, value := range slices.Sorted(maps.Keys(all)) {
		out = append(out, option{value, all[value]})
	}
	return out
}

// siteOptions are places on the body, by HL7's codes (v3-ActSite).
func siteOptions(f *folder) []option {
	w := f.p.words.Clinic.Write.Vaccine
	return []option{{"", w.NoSite}, {"LA", w.LeftArm}, {"RA", w.RightArm}, {"LT", w.LeftThigh}, {"RT", w.RightThigh}}
}

// Systems of what is written of a vaccination.
const (
	actReason     = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	notGivenCodes = "https://bevan.health/fhir/CodeSystem/vaccination-not-given"
)

// toActReason are HL7's codes (v3-ActReason) for why something was not given; it has
// none for who was unwell or absent. ofActReason is the way back.
var (
	toActReason = map[string]string{"refused": "PATOBJ", "contraindicated": "MEDPREC", "immune": "IMMUNE", "outofstock": "OSTOCK"}
	ofActReason = map[string]string{"PATOBJ": "refused", "MEDPREC": "contraindicated", "IMMUNE": "immune", "OSTOCK": "outofstock"}
)

// vaccineTyped is what was typed into the form, as far as it can be read.
type vaccineTyped struct {
	vaccine, product, reason, batch, maker, amount, sure    string // as they were typed
	site, route, place, consent, how                        string // codes
	siteText, routeText, placeText, consentText, reasonText string
	howText, vaccineText                                    string
	when, expires                                           string // days
}

var amountForm = regexp.MustCompile(`^[0-9]{1,2}(\.[0-9]{1,3})?$`)

// readTyped reads the form, or says what has to be mended.
func readTyped(f *folder) (t vaccineTyped, d draft) {
	w, form := f.p.words.Clinic.Write, f.p.words.Vaccinations.Form
	if at, wrong := t.texts(f); wrong != "" {
		return t, bad(at, wrong)
	}
	if at := t.lists(f); at != "" {
		return t, bad(at, form.BadChoice)
	}
	var wrong string
	if t.when, wrong = f.dayTyped("when"); wrong != "" {
		return t, bad("when", wrong)
	}
	t.when = cmp.Or(t.when, f.today())
	until, empty, ok := f.typedDay("expires")
	if !empty && ok {
		t.expires = until.Format(time.DateOnly)
	}
	t.amount = f.typed("amount")
	switch {
	case t.vaccine == "" && t.product == "":
		return t, bad("product", w.Vaccine.Missing)
	case !empty && !ok:
		return t, bad("expires", w.BadDay)
	case t.amount != "" && !amountForm.MatchString(t.amount):
		return t, bad("amount", form.BadAmount)
	case t.reason != "" && t.batch != "":
		return t, bad("batch", form.BatchNotGiven)
	}
	return t, draft{}
}

// texts reads what was typed in words.
func (t *vaccineTyped) texts(f *folder) (at, wrong string) {
	for _, text := range []struct {
		id   string
		most int
		to   *string
	}{{"product", 200, &t.product}, {"batch", 50, &t.batch}, {"maker", 100, &t.maker}, {"sure", 500, &t.sure}} {
		var ok bool
		if *text.to, ok = f.line(text.id, text.most); !ok {
			return text.id, f.p.words.Clinic.Write.Vaccine.Long
		}
	}
	return "", ""
}

// lists reads what was chosen, and says from which list something was that is not
// in it.
func (t *vaccineTyped) lists(f *folder) (at string) {
	form := f.p.words.Vaccinations.Form
	for _, list := range []struct {
		id       string
		options  []option
		to, text *string
	}{{"vaccine", vaccineOptions(f), &t.vaccine, &t.vaccineText}, {"reason", chosen(form.Given, f.p.words.Vaccinations.Reasons), &t.reason, &t.reasonText},
		{"site", siteOptions(f), &t.site, &t.siteText}, {"route", chosen(form.NotSaid, form.Routes), &t.route, &t.routeText},
		{"place", chosen(form.NotSaid, form.Places), &t.place, &t.placeText}, {"consent", chosen(form.NotSaid, form.Consents), &t.consent, &t.consentText},
		{"how", chosen(form.NotSaid, form.Hows), &t.how, &t.howText}} {
		var known bool
		if *list.text, known = picked(list.options, f.typed(list.id)); !known {
			return list.id
		}
		*list.to = f.typed(list.id)
	}
	return ""
}

func readVaccine(f *folder) draft {
	t, wrong := readTyped(f)
	if wrong.wrong != "" {
		return wrong
	}
	w := f.p.words.Clinic.Write
	body, err := t.body(f)
	if err != nil {
		return bad("vaccine", f.p.words.Vaccinations.Form.BadChoice)
	}
	d := draft{body: body, facts: t.facts(f)}
	if t.reason != "" {
		return d
	}
	if t.expires != "" && t.expires < t.when {
		d.warnings = append(d.warnings, w.Vaccine.Expired)
	}
	if t.batch == "" {
		d.warnings = append(d.warnings, w.Vaccine.NoBatch)
	}
	says, counts := f.wouldCount(body)
	d.warnings = append(d.warnings, says...)
	if !counts && t.sure == "" {
		return bad("sure", strings.Join(says, " ")+" "+f.p.words.Vaccinations.Form.NeedSure)
	}
	return d
}

// facts are what was typed, to be looked at again.
func (t *vaccineTyped) facts(f *folder) []fact {
	w, form := f.p.words.Clinic.Write, f.p.words.Vaccinations.Form
	all := []fact{{form.Vaccine, t.vaccineText}, {w.Vaccine.Product, f.orNotSaid(t.product)}, {form.WasGiven, t.reasonText}, {w.When, f.saidDay(t.when)}}
	if t.reason == "" {
		all = append(all, fact{w.Vaccine.Batch, f.orNotSaid(t.batch)}, fact{w.Vaccine.Expires, f.saidDay(t.expires)}, fact{w.Vaccine.Maker, f.orNotSaid(t.maker)},
			fact{w.Vaccine.Site, t.siteText}, fact{form.Route, t.routeText}, fact{form.Amount, f.orNotSaid(t.amount)})
	}
	all = append(all, fact{form.Place, t.placeText}, fact{form.Consent, t.consentText}, fact{form.How, t.howText})
	if t.sure != "" && t.reason == "" {
		all = append(all, fact{form.SaidSure, t.sure})
	}
	return all
}

// body is the Immunization. What has no element of its own in FHIR, who agreed and
// why it was given, is a note.
func (t *vaccineTyped) body(f *folder) (map[string]any, error) {
	form := f.p.words.Vaccinations.Form
	out := map[string]any{"status": "completed", "vaccineCode": coded("", "", t.product), "patient": f.subjectRef(), "occurrenceDateTime": t.when, "recorded": f.today(),
		"primarySource": true, "performer": []any{map[string]any{"actor": f.me()}, map[string]any{"actor": f.ours()}}}
	if t.vaccine != "" {
		r := f.p.cfg.Vaccinations
		out["vaccineCode"] = r.Concept(t.vaccine, t.product)
	}
	var notes []any
	note := func(key, text string) { notes = append(notes, map[string]string{"text": key + ": " + text}) }
	if t.consent != "" {
		note(form.Consent, t.consentText)
	}
	if t.how != "" {
		note(form.How, t.howText)
	}
	if t.place != "" {
		out["location"] = map[string]string{"display": t.placeText}
	}
	if t.reason != "" {
		why := map[string]any{"text": t.reasonText}
		codes := []any{map[string]string{"system": notGivenCodes, "code": t.reason}}
		if code := toActReason[t.reason]; code != "" {
			codes = append(codes, map[string]string{"system": actReason, "code": code})
		}
		why["coding"] = codes
		out["status"], out["statusReason"] = "not-done", why
	} else {
		t.given(out)
		if t.sure != "" {
			note(form.SaidSure, t.sure)
		}
	}
	if len(notes) > 0 {
		out["note"] = notes
	}
	return out, nil
}

// given adds what only a dose has that was given.
func (t *vaccineTyped) given(out map[string]any) {
	if t.expires != "" {
		out["expirationDate"] = t.expires
	}
	if t.batch != "" {
		out["lotNumber"] = t.batch
	}
	if t.maker != "" {
		out["manufacturer"] = map[string]string{"display": t.maker}
	}
	if t.site != "" {
		out["site"] = coded("http://terminology.hl7.org/CodeSystem/v3-ActSite", t.site, t.siteText)
	}
	if t.route != "" {
		out["route"] = coded("http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration", t.route, t.routeText)
	}
	if t.amount != "" {
		out["doseQuantity"] = map[string]any{"value": json.Number(t.amount), "unit": "ml", "system": "http://unitsofmeasure.org", "code": "mL"}
	}
}
