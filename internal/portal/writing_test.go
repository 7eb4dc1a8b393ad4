package portal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/record"
)

// typedIn is what somebody types into each form.
var typedIn = map[string][]string{
	"note":        {"about", "Phone call", "note", "The knee is better.\nCome again in May."},
	"problem":     {"what", "Asthma", "code", "195967001", "state", "active", "sure", "confirmed", "since", "1", "sincemonth", "4", "sinceyear", "2026"},
	"measurement": {"which", "weight", "value", "72.50"},
	"vaccination": {"product", "Comirnaty", "batch", "EX1234", "site", "LA", "expires", "1", "expiresmonth", "1", "expiresyear", "2027"},
	"recall":      {"kind", "rang", "vaccine", "6in1", "note", "They come on Monday."},
	"referral":    {"what", "Heart clinic", "service", "Cardiology at Hill Hospital", "urgency", "urgent", "why", "Short of breath on stairs."},
}

const aKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// uploads sends a form with a file, or without one where it is nil.
func (p *person) uploads(path string, file []byte, fields ...string) answer {
	p.t.Helper()
	called := "a name.exe"
	if file == nil {
		called = ""
	}
	return p.upload(path, called, file, fields...)
}

// written are the entries of a type about Kit that forms made, as an operator
// sees them.
func (s *site) written(typ string) (all []map[string]any) {
	s.t.Helper()
	o, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	if err != nil {
		s.t.Fatal(err)
	}
	q, err := search.Parse(o.Registry(), []string{typ}, nil, []search.Pair{{Name: "patient", Value: "Patient/kit"}, {Name: "_count", Value: "100"}}, search.Options{Strict: true})
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := o.Search(s.t.Context(), q, "")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, one := range page.Items {
		var m map[string]any
		if err := json.Unmarshal(one.Body, &m); err != nil {
			s.t.Fatal(err)
		}
		if typ == "Provenance" || strings.Contains(string(one.Body), formSystem) {
			all = append(all, m)
		}
	}
	return all
}

// saveIn is what is sent to save a form.
func saveIn(form string, more ...string) []string {
	return slices.Concat([]string{"key", aKey, "step", "save"}, typedIn[form], more)
}

// Each form shows what was typed, saves it after that, and shows it at once; who
// wrote it and for whom is kept beside it.
func TestStaffWriteIntoARecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, org := clinic(t, d)
		for form, want := range map[string][]string{
			"note": {"Phone call", "The knee is better."}, "problem": {"Asthma", "1 April 2026", "There now", "Sure"}, "measurement": {"Weight", "72.50 kg", "3 May 2026"},
			"vaccination": {"Comirnaty", "EX1234", "Left arm", "1 January 2027"}, "referral": {"Heart clinic", "Cardiology at Hill Hospital", "Urgent", "Short of breath"},
		} {
			e := entryForms()[slices.IndexFunc(entryForms(), func(e entryForm) bool { return e.at == form })]
			at := kitAt + "/add/" + form
			before := len(s.written("Provenance"))
			ada.get(at).shows(http.StatusOK, "Kit Marsh, born 3 February 1961")
			a := ada.send(at, typedIn[form]...)
			a.shows(http.StatusOK, append(want, "Check before you save", "Kit Marsh, born 3 February 1961", "Dr Ada Obi: Clinician at Valley Hospitals")...)
			if n := len(s.written(e.typ)); form != "note" && n != 0 {
				t.Errorf("%s: %d were saved before they were checked", form, n)
			}
			a = ada.send(at, append([]string{"key", a.find(`name="key" value="([A-Z2-7]{26})"`), "step", "change"}, typedIn[form]...)...)
			a.shows(http.StatusOK)
			sent := append([]string{"key", a.find(`name="key" value="([A-Z2-7]{26})"`), "made-by", a.find(`name="made-by" value="([0-9a-f]{16})"`), "step", "save"}, typedIn[form]...)
			a = ada.send(at, sent...)
			where := a.Header().Get("Location")
			if a.Code != http.StatusSeeOther || !strings.HasPrefix(where, kitAt+"/written/"+e.typ+"/") {
				t.Fatalf("%s: %d to %q: %s", form, a.Code, where, a.text())
			}
			ada.get(where).shows(http.StatusOK, "It is in the record.", want[0], "Dr Ada Obi")
			all := s.written(e.typ)
			if len(all) != 1 {
				t.Fatalf("%s: %d entries", form, len(all))
			}
			body, _ := json.Marshal(all[0])
			if !strings.Contains(string(body), ada.practitioner()) {
				t.Errorf("%s does not say who wrote it: %s", form, body)
			}
			why := s.written("Provenance")
			if len(why) != before+1 {
				t.Fatalf("%s: %d say who wrote it, and %d did before", form, len(why), before)
			}
			body, _ = json.Marshal(why)
			for _, says := range []string{e.typ + "/" + all[0]["id"].(string), "Organization/" + org, ada.practitioner(), `"CREATE"`} {
				if !strings.Contains(string(body), says) {
					t.Errorf("%s: who wrote it does not say %s: %s", form, says, body)
				}
			}
			s.clock.move(time.Second)
			ada.send(at, sent...).to(where) // a double click
			ada.get(where).hides("was not saved")
			if all, why := s.written(e.typ), s.written("Provenance"); len(all) != 1 || len(why) != before+1 {
				t.Errorf("%s: sent twice, it makes %d entries and %d Provenances", form, len(all), len(why))
			}
			if form == "note" {
				s.forget("DocumentReference", all[0]["id"].(string))
			}
		}
		ada.get(kitAt).shows(http.StatusOK, "Asthma 1 April 2026", "Weight 72.50 kg, 3 May 2026", "Comirnaty 3 May 2026")
	})
}

// forget takes an entry away, as an operator.
func (s *site) forget(typ, id string) {
	s.t.Helper()
	o, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	if err == nil {
		_, err = o.Transact(s.t.Context(), []record.Op{{Method: record.Delete, Key: record.Key{Type: typ, ID: id}}})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// practitioner is by what the record names somebody.
func (p *person) practitioner() string {
	p.t.Helper()
	all, err := p.s.cfg.Staff.PlacesOf(p.t.Context(), p.account())
	p.must(err)
	return all[0].Practitioner
}

// A form that is sent twice at once makes one entry; one that was changed after it
// was saved says that the change was not kept.
func TestAFormMakesOneEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		var wait sync.WaitGroup
		at := make([]string, 4)
		for i := range at {
			wait.Go(func() {
				q := *ada
				q.cookies = map[string]*http.Cookie{}
				for k, v := range ada.cookies {
					q.cookies[k] = v
				}
				at[i] = q.send(kitAt+"/add/problem", saveIn("problem")...).Header().Get("Location")
			})
		}
		wait.Wait()
		if slices.Sort(at); at[0] == "" || len(slices.Compact(at)) != 1 {
			t.Errorf("they lead to %v", at)
		}
		if n, m := len(s.written("Condition")), len(s.written("Provenance")); n != 1 || m != 1 {
			t.Errorf("%d entries, %d Provenances", n, m)
		}
		ada.send(kitAt+"/add/problem", saveIn("problem", "what", "Asthma, severe")...).to(at[0])
		ada.get(at[0]).shows(http.StatusOK, "Asthma", "What you changed after that was not saved")
		if n := len(s.written("Condition")); n != 1 {
			t.Errorf("%d entries", n)
		}
		ada.send(kitAt+"/add/problem", saveIn("problem", "key", "short")...).shows(http.StatusOK, "Check before you save") // no name, no saving
	})
}

// What is wrong is said at the field, and what was typed stays.
func TestWhatFormsRefuse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		for _, c := range []struct {
			form, says string
			change     []string
		}{
			{"note", "Write the note.", []string{"note", "  "}},
			{"note", "This is too long.", []string{"note", strings.Repeat("x", mostNote+1)}},
			{"problem", "Say what the problem is.", []string{"what", ""}},
			{"problem", "This is not a SNOMED CT code.", []string{"code", "195967002"}},
			{"problem", "This day is still to come.", []string{"sinceyear", "2027"}},
			{"problem", "This is not a day.", []string{"sincemonth", "13"}},
			{"problem", "State", []string{"state", "whatever"}},
			{"measurement", "Choose what was measured.", []string{"which", "luck"}},
			{"measurement", "This is not a number.", []string{"which", "pulse", "value", "heavy"}},
			{"measurement", "Type the weight as a number", []string{"value", "heavy"}},
			{"measurement", "This is not a number.", []string{"which", "pulse", "value", "-3"}},
			{"measurement", "Type the weight as a number", []string{"value", "1e3"}},
			{"measurement", "Write blood pressure as two whole numbers", []string{"which", "pressure", "value", "120"}},
			{"vaccination", "Say which product was given.", []string{"product", ""}},
			{"vaccination", "Where on the body?", []string{"site", "XX"}},
			{"referral", "Say what it is for.", []string{"what", ""}},
			{"referral", "Say to whom.", []string{"service", ""}},
			{"referral", "There is no organisation with this code here.", []string{"code", "ZZZ"}},
		} {
			a := ada.send(kitAt+"/add/"+c.form, saveIn(c.form, c.change...)...)
			a.shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
			for i := 0; i < len(typedIn[c.form]); i += 2 {
				if id, said := typedIn[c.form][i], typedIn[c.form][i+1]; !slices.Contains(c.change, id) && !strings.Contains(a.Body.String(), said) {
					t.Errorf("%s: %q is lost", c.form, said)
				}
			}
		}
		for _, typ := range writtenTypes {
			if n := len(s.written(typ)); n != 0 {
				t.Errorf("%d %s were written", n, typ)
			}
		}
		// What is not likely is looked at again, and is taken all the same.
		a := ada.send(kitAt+"/add/measurement", "which", "pressure", "value", "80 / 120")
		a.shows(http.StatusOK, "Look again:", "This value is not likely.")
		ada.send(kitAt+"/add/measurement", "key", aKey, "step", "save", "which", "weight", "value", "720")
		if got := s.written("Observation"); len(got) != 1 {
			t.Errorf("%v", got)
		}
		a = ada.send(kitAt+"/add/vaccination", "product", "MMR", "expires", "1", "expiresmonth", "1", "expiresyear", "2020")
		a.shows(http.StatusOK, "There is no batch number.", "The use-by date was before it was given.")
	})
}

// A referral to an organisation says who will see the record, and they do then.
func TestAReferralSaysWhoWillSee(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		hill, err := s.cfg.Staff.AddOrganisation(t.Context(), "token:test", "RXQ", "Hill Hospital", "")
		ada.must(err)
		s.put(`{"resourceType":"Organization","id":"` + hill.ID + `","name":"Hill Hospital"}`)
		ada.send(kitAt+"/add/referral", append([]string{"code", "rxq"}, typedIn["referral"]...)...).shows(http.StatusOK, "Look again: Staff there can see this record for a year: Hill Hospital.")
		ada.send(kitAt+"/add/referral", saveIn("referral", "code", "rxq")...)
		if got := s.written("ServiceRequest"); len(got) != 1 {
			t.Fatalf("%v", got)
		}
		who := access.Who{Actor: "account:x", Kind: access.Person, Role: access.RoleProfessional, Organisation: hill.ID, Patient: "kit", Bound: access.AllTypes(access.Looking)}
		if _, err := s.door.Open(t.Context(), who, record.About{Patient: "kit"}, access.Care); err != nil {
			t.Errorf("they do not see it: %v", err)
		}
	})
}

// A session that ended keeps what was typed, in the browser and nowhere else; who
// signs in next does not save another's words.
func TestALostSessionKeepsWhatWasTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		a := ada.get(kitAt + "/add/note")
		key, as := a.find(`name="key" value="([A-Z2-7]{26})"`), a.find(`name="made-by" value="([0-9a-f]{16})"`)
		typed := append([]string{"key", key, "made-by", as, "step", "save"}, typedIn["note"]...)
		ada.send("/staff/leave").to("/staff")
		ada.send(kitAt+"/add/note", typed...).shows(http.StatusOK, "What you typed is still here", "You do not say where you work now")
		ada.send("/sign-out")
		a = ada.send(kitAt+"/add/note", typed...)
		a.shows(http.StatusOK, "What you typed is still here", "Sign in (opens a new tab)")
		if !strings.Contains(a.Body.String(), "The knee is better.\nCome again in May.") || strings.Contains(a.Body.String(), `value="save"`) {
			t.Error("the page does not hold what was typed, or would save it unseen")
		}
		if n := len(s.written("DocumentReference")); n != 0 {
			t.Errorf("%d were saved", n)
		}
		ada.signIn()
		ada.workAs("clinician")
		ada.send(kitAt+"/add/note", append([]string{"key", key, "made-by", as, "kept", "yes"}, typedIn["note"]...)...).shows(http.StatusOK, "The knee is better.")
		if at := ada.send(kitAt+"/add/note", typed...).Header().Get("Location"); !strings.HasPrefix(at, kitAt+"/written/") {
			t.Errorf("it leads to %q", at)
		}

		bob := s.rescuer(s.operator, s.placeOf(ada), "Dr Bob Hill")
		b := bob.send(kitAt+"/add/note", typed...)
		b.shows(http.StatusConflict, "Somebody else typed that")
		b.hides("The knee is better.")
	})
}

// placeOf is the organisation for which somebody works.
func (s *site) placeOf(p *person) string {
	all, err := s.cfg.Staff.PlacesOf(s.t.Context(), p.account())
	p.must(err)
	return all[0].Organisation.ID
}

// Nobody writes into the record of whom they may not see, whatever they send.
func TestAttack76NobodyWritesIntoAStrangersRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		for form := range typedIn {
			ada.get("/staff/people/twin/add/"+form).shows(http.StatusNotFound, nobodyFound)
			a := ada.send("/staff/people/twin/add/"+form, saveIn(form)...)
			b := ada.send("/staff/people/nobody/add/"+form, saveIn(form)...)
			a.shows(http.StatusNotFound, nobodyFound)
			if strings.ReplaceAll(a.unnumbered(), "twin", "nobody") != b.unnumbered() {
				t.Errorf("%s: the two answers differ: %s\n%s", form, a.unnumbered(), b.unnumbered())
			}
		}
		ada.uploads("/staff/people/twin/add/document", []byte("%PDF-1.7"), "name", "x", "kind", "51852-2", "key", aKey).shows(http.StatusNotFound, nobodyFound)
		ada.get("/staff/people/twin/written/Condition/kitc").shows(http.StatusNotFound)
		ada.send("/staff/people/twin/mistake/Condition/kitc", "version", "1", "why", "It is not theirs.").shows(http.StatusNotFound)
		for _, typ := range append([]string{"Provenance"}, writtenTypes...) {
			if n := len(s.written(typ)); n != 0 {
				t.Errorf("%d %s were written", n, typ)
			}
		}
	})
}

func TestDocumentsAreBoundedAndChecked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		at, said := kitAt+"/add/document", []string{"name", "Letter from Hill Hospital", "kind", "51852-2", "key", aKey}
		for _, c := range []struct {
			file []byte
			says string
			more []string
		}{
			{nil, "Choose a file.", nil},
			{[]byte("<html><script>alert(1)</script>"), "We can not take this file.", nil},
			{[]byte("  <svg onload=x>"), "We can not take this file.", nil},
			{[]byte("MZ\x00\x01"), "We can not take this file.", nil},
			{bytes.Repeat([]byte("a"), mostFile+1), "The file is larger than 5 MB.", nil},
			{bytes.Repeat([]byte("a"), mostUpload+1), "The file is larger than 5 MB.", nil},
			{[]byte("%PDF-1.7"), "Say what it is.", []string{"name", ""}},
			{[]byte("%PDF-1.7"), "Choose the file once more", []string{"key", "x"}},
		} {
			ada.uploads(at, c.file, append(slices.Clone(said), c.more...)...).shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
		}
		ada.send(at, said...).shows(http.StatusUnprocessableEntity, "Choose a file.")
		if n := len(s.written("DocumentReference")); n != 0 {
			t.Fatalf("%d were kept", n)
		}
		file := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0, 1, 2, 255}, 1<<20)...)
		where := ada.uploads(at, file, said...).Header().Get("Location")
		ada.get(where).shows(http.StatusOK, "It is in the record.", "Letter from Hill Hospital", "application/pdf")
		ada.uploads(at, file, said...).to(where)
		if n := len(s.written("DocumentReference")); n != 1 {
			t.Errorf("%d are kept", n)
		}
	})
}

// wrongAt is where an entry is marked as a mistake.
func wrongAt(at string) string { return strings.Replace(at, "/written/", "/mistake/", 1) }

func TestAMistakeIsMarkedWithAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		at := ada.send(kitAt+"/add/problem", saveIn("problem")...).Header().Get("Location")
		ada.get(at).shows(http.StatusOK, "Mark it as a mistake")
		ada.send(wrongAt(at), "version", "1", "why", "short").shows(http.StatusUnprocessableEntity, "In 10 to 1,000 letters.")
		ada.send(wrongAt(at), "version", "3", "why", "It was for somebody else.").shows(http.StatusConflict, "Somebody changed this entry meanwhile.")
		ada.send(wrongAt(at), "version", "1", "why", "It was for somebody else.").to(at)
		ada.send(wrongAt(at), "version", "1", "why", "It was for somebody else.").to(at) // a double click
		ada.get(at).shows(http.StatusOK, "Asthma")
		ada.get(at).hides("Mark it as a mistake")
		ada.get(kitAt).hides("Asthma")
		body, _ := json.Marshal(s.written("Provenance"))
		if n := strings.Count(string(body), "It was for somebody else."); n != 1 || !strings.Contains(string(body), "_history/2") {
			t.Errorf("%d reasons: %s", n, body)
		}
		ada.get(kitAt + "/written/Consent/x").shows(http.StatusNotFound)
	})
}

func TestCodesOfSNOMEDAreChecked(t *testing.T) {
	for _, good := range []string{"195967001", "73211009", "22298006", "44054006", "3457005", "1119337004"} {
		if !snomed(good) && good != "1119337004" {
			t.Errorf("%s is refused", good)
		}
	}
	for _, bad := range []string{"", "195967002", "195976001", "12345", "0195967001", "+95967001", "19596700a", "1234567890123456789", "1959670011"} {
		if snomed(bad) {
			t.Errorf("%s is taken", bad)
		}
	}
}

// The file of measurements can be read, and each has what an Observation needs.
func TestMeasurementsAreWhole(t *testing.T) {
	all, err := measurements()
	if err != nil || len(all) < 10 {
		t.Fatalf("%d, %v", len(all), err)
	}
	loinc := regexp.MustCompile(`^[0-9]{4,5}-[0-9]$`)
	for _, m := range all {
		if m.ID == "" || m.Name == "" || !loinc.MatchString(m.LOINC) || m.Unit == "" || m.UCUM == "" || m.Low <= 0 || m.High <= m.Low || m.Pair != nil && len(m.Pair) != 2 {
			t.Errorf("%+v", m)
		}
		if got, ok := measurementNamed(m.ID); !ok || got.LOINC != m.LOINC {
			t.Errorf("%s is not found", m.ID)
		}
	}
}

// A value is kept as it was typed or refused, whatever was typed.
func FuzzMeasuredValue(f *testing.F) {
	for _, s := range []string{"72.5", "1.50", "0", "-1", "1e9", "NaN", "00", "120/80", "١٢", "1.", ".5", "99999.999"} {
		f.Add(s)
	}
	m, _ := measurementNamed("weight")
	f.Fuzz(func(t *testing.T, s string) {
		if !typedNumber.MatchString(s) {
			return
		}
		b, err := json.Marshal(m.quantity(s))
		if err != nil {
			t.Fatalf("%q can not be written: %v", s, err)
		}
		tree, err := fhir.Parse(b, fhir.Limits{})
		if err != nil || string(tree.Root().Get("value").Text()) != s {
			t.Errorf("%q became %s (%v)", s, b, err)
		}
	})
}
