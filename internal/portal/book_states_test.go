package portal

// aboutBook is the pages of a child's red book: with nothing in it, with something
// of each, and what is typed wrong; as a parent, as the child and as staff.
func (a *album) aboutBook(s *site, ada *person, org string) {
	const route, family, own = "/staff/people/{person}/child", "/family/record/child", "/record/child"
	s.bo("bo", numberBo, org)
	pat := s.proven("Pat Reed", "pat", numberPat)
	m := pat.parentOf("bo")
	pat.send("/family/act", "right", m.ID).to("/family/record")
	pat.get("/family/record")
	tam := s.linked("Tam", "tam")
	pages := []string{"", "/birth", "/screening", "/reviews", "/milestones", "/diary", "/notes"}
	for _, page := range pages {
		a.add("GET "+family+page, "none yet", pat.get(family+page))
		a.add("GET "+route+page, "none yet", ada.get(boAt+"/child"+page))
		a.add("GET "+own+page, "no day of birth", tam.get(own+page))
	}
	a.add("GET "+route+"/safeguarding", "none yet", ada.get(boAt+"/child/safeguarding"))
	typed := map[string][]string{"birth": {"gestation", "39+2", "birth-weight", "3410", "delivery", "suction"}, "newborn-exam": {"hips", "look-again", "when", "4", "whenmonth", "5", "whenyear", "2025"},
		"weeks-exam": {"hips", "as-expected", "when", "20", "whenmonth", "6", "whenyear", "2025"}, "hearing": {"ear-left", "clear", "when", "5", "whenmonth", "5", "whenyear", "2025"},
		"blood-spot": {"spot-cf", "carrier", "spot-scd", "suspected", "spot-pku", "repeat", "when", "8", "whenmonth", "5", "whenyear", "2025"}, "review": reviewTyped}
	for i, part := range append(append([]string(nil), factParts...), "review") {
		at := "/write/" + part
		a.add("GET "+route+at, "asks", ada.get(boAt+"/child"+at))
		a.add("POST "+route+at, "nothing typed", ada.send(boAt+"/child"+at))
		a.add("POST "+route+at, "to be checked", ada.send(boAt+"/child"+at, typed[part]...))
		key := string(rune('A'+i)) + aKey[1:]
		ada.send(boAt+"/child"+at, append([]string{"key", key, "step", "save"}, typed[part]...)...)
	}
	safe := boAt + "/child/safeguarding"
	a.add("GET "+route+"/safeguarding/write", "asks", ada.get(safe+"/write"))
	a.add("POST "+route+"/safeguarding/write", "nothing typed", ada.send(safe+"/write"))
	note := []string{"note", "Bruise on the arm, told the lead."}
	a.add("POST "+route+"/safeguarding/write", "to be checked", ada.send(safe+"/write", note...))
	ada.send(safe+"/write", append([]string{"key", "Z" + aKey[1:], "step", "save"}, note...)...).to(safe)
	shown := ada.get(safe)
	a.add("GET "+route+"/safeguarding", "news, a note", shown)
	a.add("GET "+route+"/safeguarding/address", "asks", ada.get(safe+"/address"))
	a.add("POST "+route+"/safeguarding/address", "no reason", ada.send(safe+"/address"))
	ada.send(safe+"/address", "why", "A court said so on 3 March.").to(safe)
	a.add("GET "+route+"/safeguarding", "news, the address is kept", ada.get(safe))
	release := shown.find(`href="(` + safe + `/release/[^"]+)"`)
	ada = ada.elsewhere()
	ada.workAs("clinician")
	a.add("GET "+route+"/safeguarding/release/{id}", "asks", ada.get(release))
	a.add("GET "+route+"/safeguarding/release/{id}", "not there", ada.get(safe+"/release/nothing"))
	a.add("POST "+route+"/safeguarding/release/{id}", "no reason", ada.send(release))
	a.add("GET "+route+"/safeguarding/address/release", "asks", ada.get(safe+"/address/release"))
	a.add("POST "+route+"/safeguarding/address/release", "no reason", ada.send(safe+"/address/release"))
	for at, p := range map[string]*person{family: pat, own: tam} {
		a.add("GET "+at+"/milestones/add", "asks", p.get(at+"/milestones/add"))
		a.add("POST "+at+"/milestones/add", "nothing typed", p.uploads(at+"/milestones/add", nil, "day", "31", "daymonth", "2", "dayyear", "2026"))
		a.add("POST "+at+"/diary", "a time that there is not", p.send(at+"/diary", "what", "sleep", "time", "25:00", "minutes", "x"))
		a.add("POST "+at+"/notes", "nothing typed", p.send(at+"/notes"))
		p.uploads(at+"/milestones/add", []byte("\xff\xd8\xff\xda\x00\x02picture"), "which", "word", "said", "mama").to(at + "/milestones")
		p.send(at+"/diary", "what", "sleep", "minutes", "185", "time", "01:30").to(at + "/diary")
		p.send(at+"/diary", "what", "bottle", "millis", "120").to(at + "/diary")
		p.send(at+"/notes", "note", "Does Bo need shoes yet?").to(at + "/notes")
	}
	a.add("POST "+route+"/notes", "nothing typed", ada.send(boAt+"/child/notes"))
	a.add("GET "+family+"/notes", "news, one that waits", pat.get(family+"/notes"))
	for _, page := range pages {
		a.add("GET "+family+page, "some", pat.get(family+page))
		a.add("GET "+route+page, "some", ada.get(boAt+"/child"+page))
		a.add("GET "+own+page, "some", tam.get(own+page))
	}
}
