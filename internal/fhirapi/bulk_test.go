package fhirapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/jobs"
)

const family = `{"resourceType":"Bundle","type":"transaction","entry":[
{"request":{"method":"PUT","url":"Patient/ada"},"resource":{
  "resourceType":"Patient",
  "id":"ada", "name":[{"text":"A \"quoted\"\\ name"}]}},
{"request":{"method":"PUT","url":"Patient/ben"},"resource":{"resourceType":"Patient","id":"ben"}},
{"request":{"method":"PUT","url":"Group/g"},"resource":{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/ada"}},{"entity":{"reference":"Patient/ben"},"inactive":true}]}},
{"request":{"method":"PUT","url":"Observation/a1"},"resource":{"resourceType":"Observation","id":"a1","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ada"},"valueQuantity":{"value":1.50}}},
{"request":{"method":"PUT","url":"Observation/a2"},"resource":{"resourceType":"Observation","id":"a2","status":"preliminary","code":{"text":"x"},"subject":{"reference":"Patient/ada"}}},
{"request":{"method":"PUT","url":"Observation/b1"},"resource":{"resourceType":"Observation","id":"b1","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ben"}}},
{"request":{"method":"PUT","url":"Organization/o"},"resource":{"resourceType":"Organization","id":"o","name":"O"}}]}`

// TestBulkExport follows an export at each level to its files.
func TestBulkExport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, d)
		if w := ask(s, "POST", "/fhir/", []byte(family)); w.Code != 200 {
			t.Fatal(w.Body.String())
		}
		for _, c := range []struct {
			path string
			want map[string]int
		}{
			{"/fhir/$export", map[string]int{"Patient": 2, "Group": 1, "Observation": 3, "Organization": 1}},
			{"/fhir/$export?_type=Observation,Patient&_typeFilter=Observation%3Fstatus%3Dfinal", map[string]int{"Patient": 2, "Observation": 2}},
			{"/fhir/$export?_since=2100-01-01", map[string]int{}},
			{"/fhir/Patient/$export?_type=Observation,Patient", map[string]int{"Patient": 2, "Observation": 3}},
			{"/fhir/Group/g/$export", map[string]int{"Patient": 1, "Observation": 2, "Group": 1}},
			{"/fhir/Group/g/$export?_typeFilter=Observation%3Fstatus%3Dfinal,Observation%3Fcode-value-string%3Dx$y&_type=Observation", map[string]int{"Observation": 1}},
		} {
			m := follow(t, s, http.MethodGet, c.path, nil)
			have := map[string]int{}
			for _, f := range m.Output {
				u, err := url.Parse(f.URL)
				if err != nil {
					t.Fatal(err)
				}
				w := ask(s, "GET", u.Path, nil)
				lines := strings.Split(strings.TrimSuffix(w.Body.String(), "\n"), "\n")
				if w.Code != 200 || len(lines) != f.Count || w.Header().Get("Content-Type") != "application/fhir+ndjson" {
					t.Errorf("%s: %s: status %d, %d lines, %d counted", c.path, f.URL, w.Code, len(lines), f.Count)
				}
				for _, l := range lines {
					if !json.Valid([]byte(l)) || !strings.Contains(l, `"resourceType":"`+f.Type+`"`) {
						t.Errorf("%s: %s", f.Type, l)
					}
				}
				if f.Type == "Observation" && !strings.Contains(w.Body.String(), "1.50") {
					t.Error("a number did not stay as it was")
				}
				have[f.Type] += f.Count
				if w := askAs(s, "other", "GET", u.Path); w.Code != 404 {
					t.Errorf("somebody else's file was given out: %d", w.Code)
				}
			}
			if len(have) != len(c.want) {
				t.Errorf("%s gave %v, not %v", c.path, have, c.want)
			}
			for typ, n := range c.want {
				if have[typ] != n {
					t.Errorf("%s gave %v, not %v", c.path, have, c.want)
				}
			}
		}
	})
}

type testManifest struct {
	TransactionTime     string
	RequiresAccessToken bool
	Request             string
	Output, Error       []struct {
		Type, URL string
		Count     int
	}
}

// follow starts bulk work and waits for its manifest.
func follow(t *testing.T, s *served, method, path string, body []byte) testManifest {
	t.Helper()
	w := ask(s, method, path, body)
	if w.Code != http.StatusAccepted {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body.String())
	}
	status, err := url.Parse(w.Header().Get("Content-Location"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := strconv.ParseInt(status.Path[strings.LastIndexByte(status.Path, '/')+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if w := askAs(s, "other", "GET", status.Path); w.Code != 404 {
		t.Errorf("somebody else's job was shown: %d", w.Code)
	}
	if w := ask(s, "GET", status.Path, nil); w.Code != 200 && (w.Code != 202 || w.Header().Get("X-Progress") == "") {
		t.Errorf("status %d, progress %q", w.Code, w.Header().Get("X-Progress"))
	}
	if err := s.queue.Watch(t.Context(), id, func(st jobs.Status) bool { return !st.State.Ended() }); err != nil {
		t.Fatal(err)
	}
	w = ask(s, "GET", status.Path, nil)
	var m testManifest
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || w.Code != 200 {
		t.Fatalf("%d %s: %v", w.Code, w.Body.String(), err)
	}
	if !m.RequiresAccessToken || m.TransactionTime == "" || m.Output == nil || m.Error == nil || m.Request == "" {
		t.Errorf("the manifest lacks something: %s", w.Body.String())
	}
	return m
}

func TestBulkImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, d)
		text := `{"resourceType":"Patient","id":"p1"}` + "\n" + `{"resourceType":"Patient","id":"p2","colour":"red"}` + "\n"
		if err := os.WriteFile(filepath.Join(s.imports, "Patient.ndjson"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m := follow(t, s, http.MethodPost, "/fhir/$import", []byte(`{"inputFormat":"application/fhir+ndjson","input":[{"type":"Patient","url":"Patient.ndjson"}]}`))
		if len(m.Output) != 1 || m.Output[0].Count != 1 || len(m.Error) != 1 || m.Error[0].Count != 1 {
			t.Fatalf("%+v", m)
		}
		u, err := url.Parse(m.Error[0].URL)
		if err != nil {
			t.Fatal(err)
		}
		w := ask(s, "GET", u.Path, nil)
		if !strings.Contains(w.Body.String(), "Patient.ndjson, line 2") || strings.Contains(w.Body.String(), s.imports) {
			t.Error(w.Body.String())
		}
		if w := ask(s, "GET", "/fhir/Patient/p1", nil); w.Code != 200 {
			t.Error(w.Body.String())
		}
		job := strings.TrimSuffix(u.Path, "/errors.ndjson")
		if w := ask(s, "DELETE", job, nil); w.Code != http.StatusAccepted {
			t.Error(w.Body.String())
		}
		if w := ask(s, "GET", u.Path, nil); w.Code != 404 {
			t.Errorf("a deleted file was given out: %d", w.Code)
		}
	})
}
