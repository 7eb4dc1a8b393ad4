package fhirapi_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/jobs"
)

// An export by a program holds nobody who said no to uses beyond their care, and
// no type beyond its scopes: neither files, nor lines, nor counts tell of them. A
// scope with a search lets nobody export at all.
func TestAttack63AnExportHoldsNothingHidden(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(string(optout.Consent("bob-no", "bob", optout.National, true, time.Unix(1_700_000_000, 0))))
		const tests = "program~-~system/Observation.rs+system/Patient.rs+system/Practitioner.rs"
		who, _ := signedIn(tests)
		w.s.program = who.Bound
		for path, want := range map[string]map[string]int{
			"/$export?_type=Observation,Patient,Practitioner":                                {"Observation": 2, "Patient": 1, "Practitioner": 1},
			"/$export?_type=Observation,Patient&_typeFilter=Observation%3F_id%3Dbob-lab":     {"Patient": 1},
			"/Patient/$export?_type=Observation":                                             {"Observation": 2},
			"/$export?_type=Observation&_since=2020-01-01":                                   {"Observation": 2},
			"/$export?_type=Observation&_typeFilter=Observation%3Fperformer%3DPatient%2Fann": {},
		} {
			have := map[string]int{}
			for _, line := range w.exported(tests, path, have) {
				if strings.Contains(strings.ToLower(line), hushed) {
					t.Errorf("%s gives %s", path, cut(line))
				}
			}
			if !maps.Equal(have, want) {
				t.Errorf("%s gives %v, not %v", path, have, want)
			}
		}
		for _, path := range []string{"/$export?_type=Encounter", "/$export?_type=List", "/Group/bob-group/$export"} {
			w.wants(http.StatusForbidden, tests, "GET", path, "")
		}
		for _, token := range []string{"program~-~system/Observation.rs?category=laboratory", annsApp, annsNurse, anyNurse} {
			w.wants(http.StatusForbidden, token, "GET", "/$export?_type=Observation", "")
		}
	})
}

// Somebody who says no between the fetching of two files of an export is in
// neither of them from then on.
func TestAttack69ANoInTheMidstOfAnExport(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		const tests = "program~-~system/Observation.rs+system/Patient.rs"
		who, _ := signedIn(tests)
		w.s.program = who.Bound
		m := w.manifest(tests, "/$export?_type=Observation,Patient")
		fetch := func(typ string) string {
			for _, f := range m.Output {
				if f.Type == typ {
					u, err := url.Parse(f.URL)
					if err != nil {
						w.t.Fatal(err)
					}
					return w.ask(tests, "GET", strings.TrimPrefix(u.Path, "/fhir"), "").Body.String()
				}
			}
			w.t.Fatalf("there is no file of %s in %+v", typ, m)
			return ""
		}
		if text := fetch("Observation"); !strings.Contains(text, `"id":"bob`) || !strings.Contains(text, `"id":"ann`) {
			w.t.Fatalf("it does not hold both: %s", cut(text))
		}
		w.put(`{"resourceType":"Consent","id":"bob-no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
			`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/bob"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny"}}`)
		for _, typ := range []string{"Patient", "Observation"} {
			text := fetch(typ)
			if strings.Contains(text, `"subject":{"reference":"Patient/bob"`) || strings.Contains(text, `"id":"bob`) {
				w.t.Errorf("the file of %s gives %s", typ, cut(text))
			}
			if !strings.Contains(text, `"id":"ann`) {
				w.t.Errorf("the file of %s lacks what may be given: %s", typ, cut(text))
			}
		}
	})
}

// manifest runs an export to its end.
func (w *town) manifest(token, path string) (m testManifest) {
	w.t.Helper()
	a := w.ask(token, "GET", path, "")
	if a.Code != http.StatusAccepted {
		w.t.Fatalf("%s gives %d: %s", path, a.Code, cut(a.Body.String()))
	}
	status, err := url.Parse(a.Header().Get("Content-Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := strconv.ParseInt(status.Path[strings.LastIndexByte(status.Path, '/')+1:], 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.s.queue.Watch(w.t.Context(), id, func(st jobs.Status) bool { return !st.State.Ended() }); err != nil {
		w.t.Fatal(err)
	}
	at := strings.TrimPrefix(status.Path, "/fhir")
	if b := w.ask(annsApp, "GET", at, ""); b.Code < 400 {
		w.t.Errorf("somebody else is told of the work: %d", b.Code)
	}
	a = w.ask(token, "GET", at, "")
	if err := json.Unmarshal(a.Body.Bytes(), &m); err != nil || a.Code != http.StatusOK {
		w.t.Fatalf("%s ends with %d: %s", path, a.Code, cut(a.Body.String()))
	}
	return m
}

// exported runs an export, counts by type, and gives the lines.
func (w *town) exported(token, path string, have map[string]int) (lines []string) {
	w.t.Helper()
	for _, f := range w.manifest(token, path).Output {
		u, err := url.Parse(f.URL)
		if err != nil {
			w.t.Fatal(err)
		}
		have[f.Type] += f.Count
		lines = append(lines, strings.Split(strings.TrimSpace(w.ask(token, "GET", strings.TrimPrefix(u.Path, "/fhir"), "").Body.String()), "\n")...)
	}
	return lines
}

// A cohort is a Group, a count, or a search of people: somebody who said no to
// uses beyond their care is in none of them, and a Group that names them is not
// there.
func TestACohortHoldsNobodyWhoSaidNo(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(`{"resourceType":"Group","id":"anns","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/ann"}}]}`)
		const tests = "program~-~system/Observation.rs+system/Patient.rs+system/Group.rs"
		who, _ := signedIn(tests)
		w.s.program = who.Bound
		cohort := func() (members, files map[string]int) {
			files = map[string]int{}
			w.exported(tests, "/Group/bob-group/$export?_type=Patient", files)
			members = map[string]int{}
			w.exported(tests, "/$export?_type=Group,Patient", members)
			return members, files
		}
		if members, files := cohort(); members["Group"] < 2 || files["Patient"] != 2 {
			t.Fatalf("before anybody says no there are %v and %v", members, files)
		}
		w.put(string(optout.Consent("bob-no", "bob", optout.National, true, time.Unix(1_700_000_000, 0))))
		w.wants(http.StatusNotFound, tests, "GET", "/Group/bob-group/$export?_type=Patient", "")
		for _, path := range []string{"/$export?_type=Group,Patient", "/Group/anns/$export?_type=Group,Patient"} {
			have := map[string]int{}
			for _, line := range w.exported(tests, path, have) {
				if strings.Contains(line, "Patient/bob") || strings.Contains(line, `"id":"bob`) {
					t.Errorf("%s gives %s", path, cut(line))
				}
			}
			if have["Patient"] != 1 || have["Group"] != 1 {
				t.Errorf("%s gives %v", path, have)
			}
		}
	})
}
