package portal

import "time"

// vaccineForm is a vaccination that was given, as an Immunization.
var vaccineForm = entryForm{at: "vaccination", key: "v", typ: "Immunization",
	text: func(v *visit) (string, string) {
		w := v.p.words.Clinic.Write.Vaccine
		return w.Action, w.Title
	},
	fields: func(f *folder) []*field {
		w := f.p.words.Clinic.Write
		return []*field{{ID: "product", Label: w.Vaccine.Product, Hint: w.Vaccine.ProductHint, Auto: "off"}, {ID: "batch", Label: w.Vaccine.Batch, Auto: "off", Code: true},
			f.dateField("expires", w.Vaccine.Expires, ""), {ID: "maker", Label: w.Vaccine.Maker, Auto: "off"}, {ID: "site", Label: w.Vaccine.Site, Options: siteOptions(f)},
			f.dateField("when", w.When, w.WhenHint)}
	},
	read: readVaccine,
}

// siteOptions are places on the body, by HL7's codes (v3-ActSite).
func siteOptions(f *folder) []option {
	w := f.p.words.Clinic.Write.Vaccine
	return []option{{"", w.NoSite}, {"LA", w.LeftArm}, {"RA", w.RightArm}, {"LT", w.LeftThigh}, {"RT", w.RightThigh}}
}

func readVaccine(f *folder) draft {
	w := f.p.words.Clinic.Write
	product, ok := f.line("product", 200)
	batch, okBatch := f.line("batch", 50)
	maker, okMaker := f.line("maker", 100)
	site, known := picked(siteOptions(f), f.typed("site"))
	when, wrong := f.dayTyped("when")
	until, empty, okUntil := f.typedDay("expires")
	switch {
	case !ok:
		return bad("product", w.Vaccine.Long)
	case product == "":
		return bad("product", w.Vaccine.Missing)
	case !okBatch:
		return bad("batch", w.Vaccine.Long)
	case !empty && !okUntil:
		return bad("expires", w.BadDay)
	case !okMaker:
		return bad("maker", w.Vaccine.Long)
	case !known:
		return bad("site", w.Vaccine.Site)
	case wrong != "":
		return bad("when", wrong)
	}
	if when == "" {
		when = f.today()
	}
	d := draft{body: map[string]any{"status": "completed", "vaccineCode": coded("", "", product), "patient": f.subjectRef(), "occurrenceDateTime": when, "recorded": f.today(),
		"primarySource": true, "performer": []any{map[string]any{"actor": f.me()}, map[string]any{"actor": f.ours()}}}}
	expires := ""
	if !empty {
		expires = until.Format(time.DateOnly)
		d.body["expirationDate"] = expires
		if expires < when {
			d.warnings = append(d.warnings, w.Vaccine.Expired)
		}
	}
	if batch != "" {
		d.body["lotNumber"] = batch
	} else {
		d.warnings = append(d.warnings, w.Vaccine.NoBatch)
	}
	if maker != "" {
		d.body["manufacturer"] = map[string]string{"display": maker}
	}
	if code := f.typed("site"); code != "" {
		d.body["site"] = coded("http://terminology.hl7.org/CodeSystem/v3-ActSite", code, site)
	}
	d.facts = []fact{{w.Vaccine.Product, product}, {w.Vaccine.Batch, f.orNotSaid(batch)}, {w.Vaccine.Expires, f.saidDay(expires)}, {w.Vaccine.Maker, f.orNotSaid(maker)},
		{w.Vaccine.Site, site}, {w.When, f.saidDay(when)}}
	return d
}
