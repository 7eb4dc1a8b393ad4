package fhirapi_test

import (
	"bufio"
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// TestExamplesComeBackAsTheyWere puts every R4 example in and reads it back:
// byte for byte but for id, meta.versionId and meta.lastUpdated. Those that
// are refused are listed with the reason in testdata/examples.txt.
func TestExamplesComeBackAsTheyWere(t *testing.T) {
	files := suitetest.Files(t, "r4-examples", "*.json")
	listed := listedExamples(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, d)
		for _, f := range files {
			name := filepath.Base(f)
			why := roundTrip(t, s, f)
			switch reason, known := listed[name]; {
			case why != "" && !known:
				t.Errorf("%s: %s", name, why)
			case why == "" && known:
				t.Errorf("%s is listed (%s) and passes: take it off the list", name, reason)
			}
		}
	})
}

// roundTrip says what went wrong with one example, "" for nothing.
func roundTrip(t *testing.T, s *served, file string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := fhir.Parse(src, fhir.Limits{})
	if err != nil {
		return err.Error()
	}
	typ, id := sent.Root().Get("resourceType").Str(), sent.Root().Get("id").Str()
	method, path := "PUT", "/fhir/"+typ+"/"+id
	if id == "" {
		method, path = "POST", "/fhir/"+typ
	}
	w := ask(s, method, path, src)
	if w.Code != 201 && w.Code != 200 {
		return w.Body.String()
	}
	path, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Location"), "http://example.com"), "/_history")
	w = ask(s, "GET", path, nil)
	if w.Code != 200 {
		return w.Body.String()
	}
	have, err := fhir.Parse(w.Body.Bytes(), fhir.Limits{})
	if err != nil {
		return err.Error()
	}
	if !bytes.Equal(fhir.Trim(sent), fhir.Trim(have)) {
		return "it came back changed: " + w.Body.String()
	}
	return ""
}

func askAs(s *served, token, method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func ask(s *served, method, path string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer operator")
	if body != nil {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func listedExamples(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	listed := map[string]string{}
	for in := bufio.NewScanner(f); in.Scan(); {
		if name, reason, ok := strings.Cut(in.Text(), "\t"); ok && !strings.HasPrefix(name, "#") {
			listed[name] = reason
		}
	}
	return listed
}

// patientOf is the id of the patient whom a resource is about.
func patientOf(t testing.TB, body []byte) string {
	t.Helper()
	tree, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return fhir.ParseReference(tree.Root().Get("subject").Get("reference").Str()).ID
}
