package fhirapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record"
)

// What runs, or fetches from elsewhere, is refused in a narrative that is sent.
func TestAttack78ANarrativeThatRunsIsRefused(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, inside := range []string{`<script>x</script>`, `<style>p{}</style>`, `<p onclick=\"x\">x</p>`, `<iframe src=\"https://x.example\"></iframe>`, `<object data=\"x\"></object>`,
			`<form action=\"https://x.example\"></form>`, `<input/>`, `<link href=\"x\"/>`, `<base href=\"x\"/>`, `<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"x\"/>`, `<img src=\"x\" onerror=\"x\"/>`} {
			body := `{"resourceType":"Basic","id":"narrated","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">` + inside + `</div>"},"code":{"text":"x"}}`
			for _, way := range [][2]string{{"POST", "/Basic"}, {"PUT", "/Basic/narrated"}} {
				if a := w.ask("operator", way[0], way[1], body); a.Code < 400 || a.Code >= 500 {
					t.Errorf("%s of %s gives %d", way[0], inside, a.Code)
				}
			}
		}
		plain := `{"resourceType":"Basic","id":"narrated","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>well</p></div>"},"code":{"text":"x"}}`
		if a := w.ask("operator", "PUT", "/Basic/narrated", plain); a.Code != http.StatusCreated {
			t.Errorf("a plain one gives %d: %s", a.Code, cut(a.Body.String()))
		}
	})
}

// keep writes a resource past the checks at the door, as a load of old data may.
func (w *town) keep(src string) {
	w.t.Helper()
	s, err := w.s.door.Open(w.t.Context(), access.Operator("load"), record.About{}, access.Import)
	if err != nil {
		w.t.Fatal(err)
	}
	tree, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		w.t.Fatal(err)
	}
	key := record.Key{Type: tree.Root().Get("resourceType").Str(), ID: tree.Root().Get("id").Str()}
	if _, err := s.Transact(w.t.Context(), []record.Op{{Method: record.Put, Key: key, Body: tree}}); err != nil {
		w.t.Fatal(err)
	}
}

// What stands in a narrative leaves the server as part of a FHIR
// document, in every way in which it leaves, and never as a page: whatever a
// browser asks for, it is told that this is no HTML, and not to guess.
func TestAttack78ANarrativeIsNeverAPage(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		const mark = "alert(78)"
		div := `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>` + mark + `</script><style>body{background:url(data:text/html,` + mark + `)}</style>` +
			`<a href=\"javascript:` + mark + `\"><img src=\"data:image/svg+xml,x\" onerror=\"` + mark + `\"/></a></div>"}`
		w.keep(`{"resourceType":"Observation","id":"ann-page",` + div + `,"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"},"encounter":{"reference":"Encounter/ann-visit"}}`)
		w.keep(`{"resourceType":"Basic","id":"page",` + div + `,"code":{"text":"x"}}`)
		w.put(`{"resourceType":"Binary","id":"page","contentType":"text/html","data":"PHNjcmlwdD5hbGVydCg3OCk8L3NjcmlwdD4="}`)
		told := 0
		check := func(what string, a *httptest.ResponseRecorder) {
			t.Helper()
			typ := a.Header().Get("Content-Type")
			if a.Body.Len() > 0 && typ != "application/fhir+json" && typ != "application/fhir+ndjson" {
				t.Errorf("%s is sent as %q", what, typ)
			}
			if a.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: a browser may guess what it is", what)
			}
			if strings.Contains(a.Body.String(), mark) {
				told++
			}
		}
		paths := []string{"/Observation/ann-page", "/Observation/ann-page/_history/1", "/Observation/ann-page/_history", "/Observation/_history", "/_history", "/Observation?_id=ann-page",
			"/Observation?_id=ann-page&_summary=text", "/Observation?_id=ann-page&_elements=text", "/Encounter?_id=ann-visit&_revinclude=Observation:encounter", "/?_type=Observation,Basic", "/Patient/ann/Observation",
			"/Patient/ann/$everything", "/Encounter/ann-visit/$everything", "/Observation/$lastn?patient=ann&max=9", "/Basic/page"}
		for _, path := range paths {
			before := told
			check(path, w.ask("operator", "GET", path, ""))
			if told == before {
				t.Errorf("%s does not hold the narrative, so nothing is shown", path)
			}
		}
		for _, path := range append(paths, "/Binary/page", "/Observation/nobody", "/Observation?_id=%3Cscript%3E"+url.QueryEscape(mark), "/%3Cscript%3E") {
			for _, accept := range []string{"text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "application/xhtml+xml", "image/svg+xml"} {
				check(path+" for "+accept, w.ask("operator", "GET", path, "", "Accept: "+accept))
			}
			for _, format := range []string{"html", "text/html", "application/xhtml%2Bxml"} {
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				check(path+" as "+format, w.ask("operator", "GET", path+sep+"_format="+format, ""))
			}
		}
		body := `{"resourceType":"Observation",` + div + `,"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`
		check("what was made", w.ask("operator", "POST", "/Observation", body, "Prefer: return=representation"))
		check("what was checked", w.ask("operator", "POST", "/Observation/$validate", body))
		check("what was refused", w.ask("operator", "POST", "/Observation", strings.Replace(body, `"final"`, `"<script>`+mark+`</script>"`, 1)))
		check("a batch", w.ask("operator", "POST", "/", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Observation/ann-page"}}]}`))
		check("a patch", w.ask("operator", "PATCH", "/Observation/ann-page", `[{"op":"replace","path":"/status","value":"amended"}]`, "Prefer: return=representation"))
		m := w.manifest("operator", "/$export?_type=Observation,Basic")
		for _, f := range m.Output {
			u, err := url.Parse(f.URL)
			if err != nil {
				t.Fatal(err)
			}
			before := told
			check("the file "+f.URL, w.ask("operator", "GET", strings.TrimPrefix(u.Path, "/fhir"), "", "Accept: text/html"))
			check("the file "+f.URL, w.ask("operator", "GET", strings.TrimPrefix(u.Path, "/fhir"), ""))
			if told == before {
				t.Errorf("the file of %s does not hold the narrative", f.Type)
			}
		}
	})
}
