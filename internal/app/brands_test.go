package app

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/problem"
)

// The brands are those of the organisations, or those of the operator's file.
func TestBrandsOfTheOrganisationsOrOfAFile(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		if added := bevan(t, at.args("org", "add", "VLY", "Valley Health")...); added.code != exitOK {
			t.Fatalf("%+v", added)
		}
		p := newPlant(t, at, "system/*.rs")
		w := p.fhir("GET", "/brands.json", "", "")
		if w.Code != 200 || !strings.Contains(w.Body.String(), "Valley Health") || !strings.Contains(w.Body.String(), plantIssuer+"/fhir") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := p.fhir("GET", "/.well-known/smart-configuration", "", ""); !strings.Contains(w.Body.String(), `"value":"VLY"`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}

		text, err := os.ReadFile("../smart/brands/testdata/full.json")
		if err != nil {
			t.Fatal(err)
		}
		c := serveCommand{Base: plantIssuer + "/fhir", Brands: write(t, filepath.Join(t.TempDir(), "brands.json"), string(text))}
		provider, err := c.provider(p.h, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		if err := provider.Handle(rec, httptest.NewRequest("GET", "/fhir/brands.json", nil)); err != nil || rec.Body.String() != string(text) {
			t.Errorf("%v %s", err, rec.Body)
		}
		c.Base = "https://elsewhere.example/fhir"
		if _, err := c.provider(p.h, nil, ""); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "--base") {
			t.Errorf("a bundle that leads elsewhere is published: %v", err)
		}
	})
}
