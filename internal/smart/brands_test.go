package smart

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/smart/brands"
)

// shown are brands as a test says.
type shown struct {
	b   *brands.Bundle
	err error
}

func (s *shown) Bundle(context.Context) (*brands.Bundle, error) { return s.b, s.err }

func brandsWorld(t *testing.T, d *db.DB) (*world, *shown) {
	t.Helper()
	text, err := os.ReadFile("brands/testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := brands.Read(text, time.Unix(1_700_000_000, 0), issuer+"/fhir")
	if err != nil {
		t.Fatal(err)
	}
	w, s := newWorld(t, d, nil), &shown{b: b}
	w.s.cfg.Brands = s
	return w, s
}

type published struct {
	Type      string
	Timestamp time.Time
	Entry     []struct {
		FullURL  string `json:"fullUrl"`
		Resource struct {
			ResourceType, ID, Name string
			Identifier             []brands.Identifier
			Endpoint               []struct{ Reference string }
		}
	}
}

// The bundle says which brand is the primary one, and that one names each
// endpoint (396, 409, 410, 412, 417, 419, 430, 431, 432).
func TestTheBrandsArePublished(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _ := brandsWorld(t, d)
		conf := w.send("GET", pathSMART, "").json()
		at, _ := conf["user_access_brand_bundle"].(string)
		if at != issuer+pathBrands {
			t.Fatalf("the bundle is at %q", at)
		}
		id, _ := conf["user_access_brand_identifier"].(object)
		if id["value"] != "https://valley.example" || id["system"] != "urn:ietf:rfc:3986" {
			t.Errorf("the primary brand is %v", id)
		}
		a := w.send("GET", pathBrands, "")
		if a.status != 200 || a.header.Get("Content-Type") != "application/fhir+json" {
			t.Fatalf("%d %v", a.status, a.header)
		}
		var b published
		if err := json.Unmarshal([]byte(a.body), &b); err != nil || b.Type != "collection" || b.Timestamp.IsZero() {
			t.Fatalf("%v %v", b, err)
		}
		primary, endpoints := -1, map[string]bool{}
		for i, e := range b.Entry {
			if e.Resource.ResourceType == "Endpoint" {
				endpoints["Endpoint/"+e.Resource.ID] = true
			}
			for _, x := range e.Resource.Identifier {
				if x.Value == id["value"] && x.System == id["system"] {
					if primary >= 0 {
						t.Error("two brands are the primary one")
					}
					primary = i
				}
			}
		}
		if primary < 0 || len(endpoints) == 0 {
			t.Fatal("no primary brand, or no endpoint")
		}
		for _, ref := range b.Entry[primary].Resource.Endpoint {
			delete(endpoints, ref.Reference)
		}
		if len(endpoints) != 0 {
			t.Errorf("the primary brand does not name %v", endpoints)
		}
		if h := w.send("HEAD", pathBrands, ""); h.status != 200 || h.body != "" {
			t.Errorf("HEAD: %d %q", h.status, h.body)
		}
		if p := w.send("POST", pathBrands, ""); p.status != 405 || p.header.Get("Allow") != "GET, OPTIONS" {
			t.Errorf("POST: %d %v", p.status, p.header)
		}
	})
}

// Pages of every site may read the bundle, and ask whether theirs is still good
// (400, 423).
func TestBrandsAreOpenToEveryOrigin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, s := brandsWorld(t, d)
		pre := w.send("OPTIONS", pathBrands, "", "Origin", "https://any.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "if-none-match")
		if pre.status != 204 || pre.header.Get("Access-Control-Allow-Origin") != "*" || pre.header.Get("Access-Control-Allow-Headers") != "Accept, Content-Type, If-None-Match" || pre.header.Get("Access-Control-Allow-Methods") != "GET, HEAD" {
			t.Errorf("preflight: %d %v", pre.status, pre.header)
		}
		a := w.send("GET", pathBrands, "", "Origin", "https://any.example")
		if a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Access-Control-Expose-Headers") != "ETag" || a.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%v", a.header)
		}
		tag := a.header.Get("ETag")
		for sent, want := range map[string]int{tag: 304, tag[2:]: 304, `"x", ` + tag: 304, "*": 304, `W/"other"`: 200, "": 200} {
			got := w.send("GET", pathBrands, "", "Origin", "https://any.example", "If-None-Match", sent)
			if got.status != want || got.header.Get("ETag") != tag || got.header.Get("Access-Control-Allow-Origin") != "*" || want == 304 && got.body != "" {
				t.Errorf("%s: %d %v", sent, got.status, got.header)
			}
		}
		s.b, s.err = nil, problem.New(problem.Unavailable, "Try again.")
		if a := w.send("GET", pathBrands, ""); a.status != 503 {
			t.Errorf("a store that is away: %d", a.status)
		}
	})
}

// Without brands nothing is claimed.
func TestWithoutBrandsNoneAreClaimed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, s := brandsWorld(t, d)
		for _, none := range []Brands{nil, s} {
			s.b, w.s.cfg.Brands = nil, none
			conf := w.send("GET", pathSMART, "").json()
			if conf["user_access_brand_bundle"] != nil || conf["user_access_brand_identifier"] != nil {
				t.Errorf("claimed: %v", conf)
			}
			if a := w.send("GET", pathBrands, ""); a.status != 404 {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
	})
}
