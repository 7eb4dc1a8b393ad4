package takeaway

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/record"
)

// scanned is a file that lies in nobody's record, and a letter that leads to one.
func scanned(id, text, about string) string {
	if about != "" {
		about = `,"securityContext":{"reference":"` + about + `"}`
	}
	return `{"resourceType":"Binary","id":"` + id + `"` + about + `,"contentType":"application/pdf","data":"` + text + `"}`
}

func leads(id, of, url, more string) string {
	return `{"resourceType":"DocumentReference","id":"` + id + `",` + more + `"status":"current","subject":{"reference":"Patient/` + of + `"},"content":[{"attachment":{"title":"About ` + id + `","url":"` + url + `"}}]}`
}

const (
	fileOne = "RmlsZSBvbmU=" // File one
	fileTwo = "RmlsZSB0d28=" // File two
	fileBob = "RmlsZSBib2I=" // File bob
)

// shelf is letters of Ann whose files open, and some that do not.
func (p *place) shelf() {
	p.put(scanned("s1", fileOne, ""), scanned("s1", fileTwo, ""), leads("l1", "ann", "Binary/s1", ""), leads("l2", "ann", "https://h.example/fhir/Binary/s1/_history/1", ""), leads("l3", "ann", "Binary/s1/_history/2", ""),
		scanned("s2", fileOne, "DocumentReference/l4"), leads("l4", "ann", "Binary/s2", ""),
		scanned("sb", fileBob, "Patient/bob"), leads("wrong", "ann", "Binary/sb", ""), leads("none", "ann", "Binary/gone", ""), leads("else", "ann", "https://else.example/fhir/Binary/s1", ""),
		`{"resourceType":"Binary","id":"empty","contentType":"application/pdf"}`, leads("void", "ann", "Binary/empty", ""),
		scanned("nobody", fileBob, ""))
}

// A copy holds the files to which its entries lead, and says which it lacks.
func TestACopyHoldsTheFilesThatItsEntriesOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var page *Contents
		p := newPlace(t, d, func(c *Config) {
			of := c.Page
			c.Page = func(w io.Writer, c *Contents) error { page = c; return of(w, c) }
		})
		p.family()
		p.shelf()
		p.log.all = nil
		b, err := p.give("a1", p.ask("a1", "ann").ID)
		if err != nil {
			t.Fatal(err)
		}
		files := unzip(t, b)
		for name, want := range map[string]string{"files/Binary-s1-1.pdf": "File one", "files/Binary-s1-2.pdf": "File two", "files/Binary-s2-1.pdf": "File one"} {
			if files[name] != want {
				t.Errorf("%s is %q", name, files[name])
			}
		}
		if n := strings.Count(files["fhir/Binary.ndjson"], "\n"); n != 4 || strings.Count(files["fhir/Binary.ndjson"], `"id":"s1"`) != 2 || strings.Count(files["bundle.json"], `"id":"s1"`) != 2 {
			t.Errorf("%d files are there for programs: %s", n, files["fhir/Binary.ndjson"])
		}
		wantFiles(t, files, nil, []string{fileBob, "File bob", `"id":"sb"`, `"id":"nobody"`})
		if strings.Contains(files["index.html"], "Binary") {
			t.Errorf("the page has entries that are files: %s", files["index.html"])
		}
		listed, lacks := map[string]string{}, map[string]bool{}
		for _, a := range page.Files {
			listed[a.Of] = a.Name + " " + a.Title
		}
		for of, want := range map[string]string{"l1": "files/Binary-s1-2.pdf About l1", "l2": "files/Binary-s1-1.pdf About l2", "l3": "files/Binary-s1-2.pdf About l3", "l4": "files/Binary-s2-1.pdf About l4"} {
			if listed["DocumentReference/"+of] != want {
				t.Errorf("the file of %s is %q", of, listed["DocumentReference/"+of])
			}
		}
		var m manifest
		if err := json.Unmarshal([]byte(files["manifest.json"]), &m); err != nil {
			t.Fatal(err)
		}
		for _, is := range m.Missing {
			lacks[is.Of] = true
		}
		if len(m.Missing) != 3 || len(page.Missing) != 3 || !lacks["DocumentReference/wrong"] || !lacks["DocumentReference/none"] || !lacks["DocumentReference/void"] {
			t.Errorf("it says that %+v are missing", m.Missing)
		}
		told := 0
		for _, e := range p.log.all {
			if e.Verb == access.Read && e.Type == "DocumentReference" && e.Person != 0 {
				told++
			}
		}
		if told != 7 {
			t.Errorf("%d looks are on the log", told)
		}
		dir := t.TempDir()
		for _, name := range []string{"Patient", "Organization", "Practitioner", "PractitionerRole", "DocumentReference", "Binary"} {
			if err := os.WriteFile(filepath.Join(dir, name+".ndjson"), []byte(files["fhir/"+name+".ndjson"]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		other := newPlace(t, dbtest.SQLite(t), nil)
		if sum, err := exchange.Load(t.Context(), other.op, []string{dir}, exchange.LoadOptions{Errors: io.Discard}); err != nil || sum.Rejected != 0 {
			t.Fatalf("%+v, %v", sum, err)
		}
		if r, err := other.op.Read(t.Context(), record.Key{Type: "Binary", ID: "s1"}, 0); err != nil || !strings.Contains(string(r.Body), fileTwo) {
			t.Errorf("elsewhere it is %s, %v", r.Body, err)
		}
	})
}

// Who acts for somebody takes along the files of what they see, and a copy is made
// again when one comes or goes.
func TestAttack76ACopyByARightHoldsNoFileThatTheRightDoesNotOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHelper(t, d)
		h.shelf()
		private := `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}]},`
		h.put(scanned("hid", fileBob, ""), leads("hidden", "ann", "Binary/hid", private))
		c := h.asks()
		files, err := h.fetches("h1", theRight, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantFiles(t, files, []string{"File one", "File two", `"id":"s2"`}, []string{"File bob", fileBob, `"id":"hid"`, "hidden"})
		h.put(scanned("gone", "RmlsZSBuZXc=", ""))
		if files, err = h.fetches("h1", theRight, c.ID); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, files, []string{"File new"}, []string{"File bob"})
		h.mu.Lock()
		h.right = allowed("Patient Observation")
		h.mu.Unlock()
		if files, err = h.fetches("h1", theRight, c.ID); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, files, nil, []string{"File one", "File two", "Binary"})
	})
}
