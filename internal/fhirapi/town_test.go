package fhirapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// town is a record of two people, Ann and Bob, with those who care for them.
// Everything that is Bob's has an id that begins with bob and says hushed
// somewhere; nothing of Ann's does.
type town struct {
	t testing.TB
	s *served
}

const hushed = "hushed"

// signedIn reads tokens that say who holds them: self, care or program, then
// the patient ("-" for none), then scopes joined with "+".
func signedIn(token string) (access.Who, bool) {
	parts := strings.SplitN(token, "~", 3)
	if len(parts) != 3 {
		return access.Who{}, false
	}
	who := access.Who{Actor: "account:" + parts[1], Kind: access.Person, App: "app", Grant: "grant"}
	var scopes []access.SMARTScope
	for text := range strings.SplitSeq(parts[2], "+") {
		if s, ok := access.ParseSMART(text); ok {
			scopes = append(scopes, s)
		}
	}
	if parts[1] != "-" {
		who.Patient = parts[1]
	}
	who.Bound = access.Bound(scopes, who.Patient)
	switch parts[0] {
	case "self":
		who.Role = access.RoleSelf
	case "care":
		who.Role, who.Organisation, who.User = access.RoleProfessional, "org", "Practitioner/doc"
	case "program":
		who = access.Who{Actor: "client:app", Kind: access.Client, Role: access.RoleProgram, App: "app", Grant: "grant"}
		for _, s := range scopes {
			who.Bound = who.Bound.Or(s.Rights())
		}
	}
	return who, true
}

// Tokens of the town.
const (
	annsApp   = "self~ann~patient/*.cruds+user/*.cruds" // attack 14: all of user/, for a patient's sign-in
	bobsApp   = "self~bob~patient/*.cruds"
	annsTests = "self~ann~patient/Observation.cruds?category=laboratory+patient/Patient.rs+patient/Practitioner.rs+patient/Encounter.rs+patient/Provenance.rs+patient/List.rs"
	annsNurse = "care~ann~user/*.cruds"
	anyNurse  = "care~-~user/*.cruds"
)

func inTown(t *testing.T, test func(t *testing.T, w *town)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &town{t, newServer(t, d)}
		for _, src := range townsfolk {
			w.put(src)
		}
		test(t, w)
	})
}

func (w *town) put(src string) {
	w.t.Helper()
	var head struct{ ResourceType, ID string }
	if err := json.Unmarshal([]byte(src), &head); err != nil {
		w.t.Fatal(err)
	}
	if a := w.ask("operator", "PUT", "/"+head.ResourceType+"/"+head.ID, src); a.Code >= 300 {
		w.t.Fatalf("%d %s", a.Code, a.Body)
	}
}

var townsfolk = []string{
	`{"resourceType":"Organization","id":"org","name":"Mill Surgery"}`,
	`{"resourceType":"Practitioner","id":"doc","name":[{"family":"Quill"}]}`,
	`{"resourceType":"Location","id":"ward","name":"Ward 3"}`,
	`{"resourceType":"Patient","id":"ann","name":[{"family":"Ash"}],"birthDate":"1980-01-01","generalPractitioner":[{"reference":"Practitioner/doc"}],"identifier":[{"system":"urn:n","value":"999 000 0001"}]}`,
	`{"resourceType":"Patient","id":"bob","name":[{"family":"Hushed"}],"birthDate":"1990-02-02","generalPractitioner":[{"reference":"Practitioner/doc"}],"identifier":[{"system":"urn:n","value":"hushed 1"}]}`,
	`{"resourceType":"Encounter","id":"ann-visit","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"},"location":[{"location":{"reference":"Location/ward"}}]}`,
	`{"resourceType":"Encounter","id":"bob-visit","status":"finished","class":{"code":"hushed"},"subject":{"reference":"Patient/bob"},"location":[{"location":{"reference":"Location/ward"}}]}`,
	annsObservation("ann-lab", "laboratory", "4"),
	annsObservation("ann-social", "social-history", "77"),
	`{"resourceType":"Observation","id":"bob-lab","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"hushed"},"subject":{"reference":"Patient/bob"},"encounter":{"reference":"Encounter/bob-visit"},"performer":[{"reference":"Practitioner/doc"},{"reference":"Patient/ann"}],"focus":[{"reference":"Patient/ann"}],"valueQuantity":{"value":99},"effectiveDateTime":"2026-03-03"}`,
	`{"resourceType":"List","id":"bob-list","status":"current","mode":"working","title":"hushed","subject":{"reference":"Patient/bob"},"entry":[{"item":{"reference":"Patient/ann"}},{"item":{"reference":"Observation/ann-lab"}}]}`,
	`{"resourceType":"Group","id":"bob-group","type":"person","actual":true,"name":"hushed","member":[{"entity":{"reference":"Patient/ann"}},{"entity":{"reference":"Patient/bob"}}]}`,
	`{"resourceType":"Appointment","id":"bob-both","status":"booked","description":"hushed","participant":[{"actor":{"reference":"Patient/ann"},"status":"accepted"},{"actor":{"reference":"Patient/bob"},"status":"accepted"}]}`,
	`{"resourceType":"Provenance","id":"bob-prov","recorded":"2026-01-01T00:00:00Z","target":[{"reference":"Patient/bob"},{"reference":"Observation/bob-lab"}],"agent":[{"who":{"display":"hushed"}}]}`,
	`{"resourceType":"Basic","id":"bob-basic","code":{"text":"hushed"}}`,
	`{"resourceType":"Binary","id":"bob-binary","contentType":"text/hushed","data":"AAAA"}`,
	`{"resourceType":"Device","id":"bob-device","deviceName":[{"name":"hushed","type":"user-friendly-name"}],"patient":{"reference":"Patient/bob"}}`,
}

// annsObservation leads to what is Bob's by every reference that it has.
func annsObservation(id, category, value string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final","category":[{"coding":[{"system":"urn:c","code":"` + category + `"}]}],"code":{"coding":[{"system":"urn:k","code":"k"}],"text":"plain"},` +
		`"subject":{"reference":"Patient/ann"},"encounter":{"reference":"Encounter/ann-visit"},"performer":[{"reference":"Practitioner/doc"}],` +
		`"focus":[{"reference":"Patient/bob"},{"reference":"Encounter/bob-visit"}],"device":{"reference":"Device/bob-device"},"hasMember":[{"reference":"Observation/bob-lab"}],` +
		`"valueQuantity":{"value":` + value + `},"effectiveDateTime":"2026-01-01"}`
}

// ask sends a request. Headers are "Name: value".
func (w *town) ask(token, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/fhir"+strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
		if body[0] == '[' {
			r.Header.Set("Content-Type", "application/json-patch+json")
		}
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	a := httptest.NewRecorder()
	w.s.handler.ServeHTTP(a, r)
	return a
}

// wants sends a request, which must have a status and hold nothing of Bob's.
func (w *town) wants(status int, token, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	a := w.ask(token, method, path, body, headers...)
	if a.Code != status {
		w.t.Errorf("%s %s gives %d, not %d: %s", method, path, a.Code, status, cut(a.Body.String()))
	}
	w.quiet(a, method+" "+path)
	return a
}

// quiet checks that an answer holds nothing of Bob's.
func (w *town) quiet(a *httptest.ResponseRecorder, what string) {
	w.t.Helper()
	// The question itself comes back as the link to the page.
	if all := strings.ToLower(headerText(a.Header()) + selfLink.ReplaceAllString(a.Body.String(), "")); strings.Contains(all, hushed) {
		w.t.Errorf("%s lets out: %s", what, cut(all))
	}
}

// finds sends a search and wants these resources of it, and their total.
func (w *town) finds(token, path string, want ...string) {
	w.t.Helper()
	a := w.wants(http.StatusOK, token, "GET", path, "")
	got := entriesOf(w.t, a)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s finds %v, not %v", path, got, want)
	}
}

type searchset struct {
	Total *int
	Link  []struct{ Relation, URL string }
	Entry []struct {
		Resource struct{ ResourceType, ID string }
		Search   struct{ Mode string }
	}
}

func bundleOf(t testing.TB, a *httptest.ResponseRecorder) searchset {
	t.Helper()
	var b searchset
	if err := json.Unmarshal(a.Body.Bytes(), &b); err != nil {
		t.Fatalf("%d %v %s", a.Code, err, cut(a.Body.String()))
	}
	return b
}

func entriesOf(t testing.TB, a *httptest.ResponseRecorder) []string {
	var got []string
	for _, e := range bundleOf(t, a).Entry {
		if e.Search.Mode != "outcome" {
			got = append(got, e.Resource.ResourceType+"/"+e.Resource.ID)
		}
	}
	return got
}

var selfLink = regexp.MustCompile(`"relation":"self","url":"[^"]*"`)

// ownWords differ from answer to answer whatever is asked.
var ownWords = regexp.MustCompile(`"id":"[0-9a-z-]+"|"last(Modified|Updated)":"[^"]*"|(?m)^(Etag|Date|Last-Modified|X-Request-Id|Location|Content-Location): .*$`)

// same sends a request about what is hidden, and the same about what is not
// there, and wants one answer. In the request the id is written @.
func (w *town) same(token, method, path, body, hidden string, headers ...string) {
	w.t.Helper()
	w.alike(token, method, path, body, hidden, strings.Repeat("z", len(hidden)), headers...)
}

func (w *town) alike(token, method, path, body, one, other string, headers ...string) {
	w.t.Helper()
	var said [2]string
	for i, id := range []string{one, other} {
		put := func(s string) string { return strings.ReplaceAll(s, "@", id) }
		var sent []string
		for _, h := range headers {
			sent = append(sent, put(h))
		}
		a := w.ask(token, method, put(path), put(body), sent...)
		if i == 0 {
			w.quiet(a, method+" "+put(path))
		}
		words := ownWords.ReplaceAllString(a.Body.String(), "~")
		said[i] = a.Result().Status + "\n" + ownWords.ReplaceAllString(headerText(a.Header()), "~") + "\n" + strings.ReplaceAll(words, id, "@")
	}
	if said[0] != said[1] {
		w.t.Errorf("%s %s tells what is hidden from what is not there:\n%s\n---\n%s", method, path, cut(said[0]), cut(said[1]))
	}
}

// untouched wants Bob's record as it was.
func (w *town) untouched() {
	w.t.Helper()
	for _, src := range townsfolk {
		var head struct{ ResourceType, ID string }
		if err := json.Unmarshal([]byte(src), &head); err != nil {
			w.t.Fatal(err)
		}
		if strings.HasPrefix(head.ID, "bob") {
			if a := w.ask("operator", "GET", "/"+head.ResourceType+"/"+head.ID, ""); a.Header().Get("Etag") != `W/"1"` {
				w.t.Errorf("%s/%s was changed: %d %s", head.ResourceType, head.ID, a.Code, a.Body)
			}
		}
	}
}
