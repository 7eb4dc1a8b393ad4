package appstate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// An app keeps something, finds it, changes it and takes it away (SMART 2.2,
// app state).
func TestAnAppKeepsAState(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		token := s.token(s.app(), "anna", "17", "Patient/17", "patient/Basic.cruds")
		made := s.send("POST", pathBasic, token, basic("", "Patient/17", ownCode, "dark mode"))
		made.want(t, "create", 201)
		id := made.id(t)
		if made.header.Get("ETag") != `W/"1"` || made.header.Get("Location") != here+"/Basic/"+id || made.header.Get("Content-Type") != "application/fhir+json" {
			t.Errorf("%v", made.header)
		}
		for _, must := range []string{`"versionId":"1"`, `"dark mode"`, `"reference":"` + fhirBase + `/Patient/17"`, `"system":"https://app.example"`, `"code":"settings"`} {
			if !strings.Contains(made.body, must) {
				t.Errorf("%s is missing in %s", must, made.body)
			}
		}
		if n, a := s.found(token, "Patient/17", ownCode); n != 1 || !strings.Contains(a.body, "dark mode") || !strings.Contains(a.body, here+"/Basic/"+id) {
			t.Errorf("found %d: %s", n, a.body)
		}
		changed := s.send("PUT", pathBasic+"/"+id, token, basic(id, "Patient/17", ownCode, "light mode"), "If-Match", `W/"1"`)
		changed.want(t, "update", 200)
		if changed.header.Get("ETag") != `W/"2"` || !strings.Contains(changed.body, "light mode") || !strings.Contains(changed.body, `"versionId":"2"`) {
			t.Errorf("%v %s", changed.header, changed.body)
		}
		read := s.send("GET", pathBasic+"/"+id, token, "")
		if read.status != 200 || read.body != changed.body || read.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v %s", read.status, read.header, read.body)
		}
		gone := s.send("DELETE", pathBasic+"/"+id, token, "", "If-Match", `W/"2"`)
		gone.want(t, "delete", 204)
		if n, _ := s.found(token, "Patient/17", ownCode); n != 0 {
			t.Errorf("found %d after it was deleted", n)
		}
		s.send("POST", pathBasic, token, basic("", "Patient/17", ownCode, "")).want(t, "create again", 201)
		for _, e := range s.log.entries {
			if e.Who.Actor != "account:anna" || e.Type != "Basic" || e.Purpose != access.Own {
				t.Errorf("logged as %+v", e)
			}
		}
		if len(s.log.entries) != 7 {
			t.Errorf("%d entries on the access log", len(s.log.entries))
		}
	})
}

// Nobody's change is lost, and what was deleted is gone for good: 412.
func TestAStaleVersionChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		token := s.token(s.app(), "anna", "17", "Patient/17", "user/Basic.cruds")
		made := s.send("POST", pathBasic, token, basic("", "Patient/17", ownCode, "one"))
		id := made.id(t)
		at := pathBasic + "/" + id
		body := basic(id, "Patient/17", ownCode, "two")
		s.send("PUT", at, token, body).want(t, "no If-Match", 428)
		s.send("DELETE", at, token, "").want(t, "delete without If-Match", 428)
		for _, tag := range []string{`W/"2"`, `W/"0"`, `"x"`, "*", `W/"1", W/"2"`} {
			s.send("PUT", at, token, body, "If-Match", tag).want(t, "update "+tag, 412)
			s.send("DELETE", at, token, "", "If-Match", tag).want(t, "delete "+tag, 412)
		}
		s.send("PUT", at, token, basic(id, "Patient/17", "https://app.example|other", "two"), "If-Match", `W/"1"`).want(t, "another code", 412)
		s.send("PUT", at, token, basic(id, "", ownCode, "two"), "If-Match", `W/"1"`).want(t, "another subject", 412)
		s.send("PUT", at, token, basic("other", "Patient/17", ownCode, "two"), "If-Match", `W/"1"`).want(t, "another id", 400)
		s.send("PUT", pathBasic+"/none", token, basic("none", "Patient/17", ownCode, "two"), "If-Match", `W/"1"`).want(t, "what is not there", 412)
		if read := s.send("GET", at, token, ""); read.body != made.body {
			t.Errorf("it was changed: %s", read.body)
		}
		s.send("DELETE", at, token, "", "If-Match", `"1"`).want(t, "delete", 204)
		s.send("PUT", at, token, body, "If-Match", `W/"1"`).want(t, "update after delete", 412)
		s.send("DELETE", at, token, "", "If-Match", `W/"1"`).want(t, "delete after delete", 412)
		s.send("GET", at, token, "").want(t, "read after delete", 404)
	})
}

// What is no app state is refused, and the words say what to mend.
func TestWhatAnAppMayNotKeep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		token := s.token(s.app(), "anna", "17", "Patient/17", "user/Basic.cruds")
		good := basic("", "Patient/17", ownCode, "x")
		for name, c := range map[string]struct {
			body   string
			status int
		}{
			"no JSON":             {`{`, 400},
			"another type":        {`{"resourceType":"Patient"}`, 400},
			"an id":               {strings.Replace(good, "{", `{"id":"mine",`, 1), 400},
			"a version":           {strings.Replace(good, "{", `{"meta":{"versionId":"1"},`, 1), 400},
			"no code":             {`{"resourceType":"Basic","code":{"text":"x"}}`, 400},
			"two codings":         {strings.Replace(good, `"coding":[`, `"coding":[{"system":"https://a.example","code":"b"},`, 1), 400},
			"a code of no system": {strings.Replace(good, `"system":"https://app.example"`, `"display":"x"`, 1), 400},
			"a long code":         {strings.Replace(good, `"settings"`, `"`+strings.Repeat("s", maxCode)+`"`, 1), 400},
			"another extension":   {strings.Replace(good, `"valueString":"x"`, `"valueBoolean":true`, 1), 400},
			"another element":     {strings.Replace(good, "{", `{"created":"2026-01-01",`, 1), 400},
			"a narrative":         {strings.Replace(good, "{", `{"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},`, 1), 400},
			"a relative subject":  {strings.Replace(good, fhirBase+"/Patient/17", "Patient/17", 1), 400},
			"another server":      {strings.Replace(good, fhirBase, "https://other.example/fhir", 1), 400},
			"a prefix of ours":    {strings.Replace(good, fhirBase, fhirBase+"evil", 1), 400},
			"another subject":     {strings.Replace(good, "Patient/17", "Observation/17", 1), 400},
			"a version of one":    {strings.Replace(good, "Patient/17", "Patient/17/_history/1", 1), 400},
			"a path trick":        {strings.Replace(good, "Patient/17", "Patient/../17", 1), 400},
			"too large":           {strings.Replace(good, `"x"`, `"`+strings.Repeat("x", MaxBytes)+`"`, 1), 413},
		} {
			s.send("POST", pathBasic, token, c.body).want(t, name, c.status)
		}
		for _, q := range []string{"", "?code=" + ownCode, "?subject:missing=true", "?code=x&subject:missing=true", "?code=" + ownCode + "&subject:missing=false",
			"?code=" + ownCode + "&subject=Patient/17", "?code=" + ownCode + "&subject=" + fhirBase + "/Patient/17&subject:missing=true",
			"?code=" + ownCode + "&code=" + ownCode + "&subject:missing=true", "?code=" + ownCode + "&subject:missing=true&_count=1"} {
			s.send("GET", pathBasic+q, token, "").want(t, "search "+q, 400)
		}
		s.send("GET", Path+"Patient", token, "").want(t, "another type", 404)
		s.send("GET", pathBasic+"/a/b", token, "").want(t, "a deeper path", 404)
		if a := s.send("PATCH", pathBasic+"/a", token, ""); a.status != 405 || a.header.Get("Allow") != "DELETE, GET, PUT" {
			t.Errorf("patch: %d %v", a.status, a.header)
		}
		s.send("POST", pathBasic, "bevanat_x", good).want(t, "no token", 401)
		// As much as fits is kept.
		full := basic("", "Patient/17", ownCode, strings.Repeat("x", MaxBytes-len(good)+1))
		if len(full) != MaxBytes {
			t.Fatalf("%d bytes", len(full))
		}
		s.send("POST", pathBasic, token, full).want(t, "256 kB", 201)
		s.send("POST", pathBasic, token, good).want(t, "the same code twice", 409)
	})
}

// An app keeps a hundred things about somebody, and no more.
func TestAnAppKeepsABoundedNumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		token := s.token(s.app(), "anna", "17", "Patient/17", "patient/Basic.c")
		for i := range maxStates {
			if a := s.send("POST", pathBasic, token, basic("", "Patient/17", fmt.Sprintf("https://app.example|%d", i), "")); a.status != 201 {
				t.Fatalf("%d: %d %s", i, a.status, a.body)
			}
		}
		s.send("POST", pathBasic, token, basic("", "Patient/17", ownCode, "")).want(t, "one too many", 409)
	})
}

// A scope with a code reaches that code only, and one that is not understood
// reaches nothing.
func TestAScopeWithACode(t *testing.T) {
	h := func(scopes string) client.Holder {
		return client.Holder{Client: "a", Account: "anna", Context: client.Context{Patient: "17", User: "Patient/17"}, Scopes: scopes}
	}
	for scope, want := range map[string]bool{
		"patient/Basic.cruds?code=https%3A%2F%2Fapp.example%7Csettings":         true,
		"patient/Basic.s?code=https://app.example|settings":                     true,
		"patient/Basic.s?code=https://app.example|settings,https://b.example|c": true,
		"patient/Basic.s?code=https://app.example|other":                        false,
		"patient/Basic.s?code=settings":                                         false,
		"patient/Basic.s?code=https://app.example|settings&author=Patient/17":   false,
		"patient/Basic.s?subject=Patient/17":                                    false,
		"patient/Basic.cud":                                                     false,
		"patient/Observation.s":                                                 false,
		"patient/*.rs":                                                          true,
		"system/Basic.cruds":                                                    false,
		"openid fhirUser":                                                       false,
		"":                                                                      false,
		"patient/Basic.s?code=https://b.example|c user/Basic.s":                 true,
		"patient/Basic.dus":                                                     false,
		"patient/Basic.s?code:below=https://app.example|settings patient/Basic.r": false,
	} {
		if got := may(h(scope), access.Search, "Patient/17", ownCode); got != want {
			t.Errorf("%s: %v", scope, got)
		}
	}
}

// What the log does not take down is not shown.
func TestNothingIsShownWithoutTheLog(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		token := s.token(s.app(), "anna", "17", "Patient/17", "patient/Basic.cruds")
		id := s.send("POST", pathBasic, token, basic("", "Patient/17", ownCode, "a secret")).id(t)
		s.log.broken = true
		for _, path := range []string{pathBasic + "/" + id, pathBasic + "?code=" + ownCode + "&subject=" + fhirBase + "/Patient/17"} {
			a := s.send("GET", path, token, "")
			a.want(t, path, 503)
			if strings.Contains(a.body, "secret") {
				t.Errorf("shown all the same: %s", a.body)
			}
		}
	})
}

// The table shows no text of an app, and who writes to it can not give one app
// what another keeps.
func TestStatesAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		app, other := s.app(), s.app()
		token := s.token(app, "anna", "17", "Patient/17", "patient/Basic.cruds")
		id := s.send("POST", pathBasic, token, basic("", "Patient/17", ownCode, "a secret of anna")).id(t)
		err := d.Query(t.Context(), "SELECT body, subject, client FROM app_state", nil, func(r *db.Row) error {
			if strings.Contains(r.Text(0), "secret") || strings.Contains(r.Text(0), "app.example") {
				t.Errorf("the table holds %s", r.Text(0))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE app_state SET client = $1", other)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		thief := s.token(other, "anna", "17", "Patient/17", "patient/Basic.cruds")
		a := s.send("GET", pathBasic+"/"+id, thief, "")
		a.want(t, "a row that was moved", 500)
		if strings.Contains(a.body, "secret") {
			t.Errorf("shown: %s", a.body)
		}
	})
}

// Whatever is sent, nothing panics, and what is kept is read again the same.
func FuzzRead(f *testing.F) {
	f.Add(basic("", "Patient/17", ownCode, "x"), "")
	f.Add(basic("a", "", ownCode, ""), "a")
	f.Fuzz(func(t *testing.T, text, id string) {
		n, subject, err := read([]byte(text), fhirBase, id)
		if err != nil {
			return
		}
		b, err := render(State{ID: "x", Version: 3, Body: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		again, same, err := read(b, fhirBase, "x")
		if err != nil || same != subject || codeOf(again) != codeOf(n) {
			t.Errorf("%s became %s: %v", text, b, err)
		}
	})
}
