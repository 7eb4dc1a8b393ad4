package fhirapi_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// A file is no more open than what it belongs to, whoever guesses its address.
func TestAttack34FilesByTheirAddress(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(`{"resourceType":"DocumentReference","id":"bob-doc","status":"current","subject":{"reference":"Patient/bob"},"content":[{"attachment":{"url":"Binary/bob-binary","title":"hushed"}}]}`)
		for _, token := range []string{annsApp, annsNurse, annsTests, anyNurse} {
			for _, typ := range []string{"Binary/bob-binary", "DocumentReference/bob-doc"} {
				typ, id, _ := strings.Cut(typ, "/")
				for _, tail := range []string{"", "/_history", "/_history/1", "/$meta"} {
					w.same(token, "GET", "/"+typ+"/@"+tail, "", id)
				}
				w.same(token, "GET", "/"+typ+"/@", "", id, "Accept: text/hushed")
			}
		}
		w.finds(annsApp, "/Binary")
		w.finds(annsApp, "/DocumentReference?_include=*")
	})
}

// What is about nobody leads to nobody's particulars.
func TestAttack37WhatIsAboutNobodyLeadsToNobody(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, typ := range spec.Resources() {
			if typ == "AuditEvent" {
				continue // the log has its own tests
			}
			for _, query := range []string{"_include=*", "_include=*&_include:iterate=*", "_revinclude=*", "_include=" + typ + ":*&_include:iterate=Device:patient"} {
				for _, token := range []string{annsApp, annsNurse, anyNurse} {
					a := w.ask(token, "GET", "/"+typ+"?"+query, "")
					if token == anyNurse && strings.Contains(a.Body.String(), `"resourceType":"Patient"`) {
						continue // they look for people, and choose one
					}
					w.quiet(a, typ+"?"+query)
				}
			}
		}
		w.finds(annsApp, "/Device?_include=Device:patient")
		w.finds(annsNurse, "/Device?_include=Device:patient")
	})
}

// There is one record here, and no word of a request makes another of it.
func TestAttack38AnotherTenantInAHeader(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, h := range []string{"X-Tenant-Id: other", "X-Tenant: bob", "Tenant: bob", "X-Original-Url: /fhir/Patient/bob", "X-Rewrite-Url: /fhir/Patient/bob", "X-Http-Method-Override: DELETE", "X-Forwarded-Prefix: /other"} {
			w.wants(http.StatusOK, annsApp, "GET", "/Patient/ann", "", h)
			w.wants(http.StatusNotFound, annsApp, "GET", "/Patient/bob", "", h)
		}
		for _, path := range []string{"/other/Patient/ann", "/../other/fhir/Patient/ann", "/fhir/Patient/ann", "/other/$export"} {
			if a := w.ask(annsApp, "GET", path, ""); a.Code < 300 {
				t.Errorf("%s gives %d", path, a.Code)
			}
		}
		w.untouched()
	})
}

// An identifier that somebody has is taken like one that nobody has.
func TestAttack52AnIdentifierOfAnother(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for typ, rest := range map[string]string{"Observation": `"status":"final","code":{"text":"x"}`, "Condition": `"code":{"text":"x"}`, "Encounter": `"status":"finished","class":{"code":"x"}`,
			"ServiceRequest": `"status":"active","intent":"order"`, "Procedure": `"status":"completed"`} {
			w.put(`{"resourceType":"` + typ + `","id":"bob-known","identifier":[{"system":"urn:n","value":"bob-n"}],` + rest + `,"subject":{"reference":"Patient/bob"}}`)
			body := `{"resourceType":"` + typ + `","identifier":[{"system":"urn:n","value":"@"}],` + rest + `,"subject":{"reference":"Patient/ann"}}`
			for _, headers := range [][]string{{"Prefer: return=minimal"}, {"Prefer: return=minimal", "If-None-Exist: identifier=urn:n|@"}} {
				w.same(annsNurse, "POST", "/"+typ, body, "bob-n", headers...)
			}
			w.same(annsNurse, "PUT", "/"+typ+"?identifier=urn:n|@", body, "bob-n", "Prefer: return=minimal")
		}
		w.untouched()
	})
}

// There is no GraphQL here: nobody gets past the rules by it.
func TestAttack53GraphQLIsNotThere(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ask := `{"query":"{a:Patient(id:\"bob\"){name{family}} b:PatientList{id}}"}`
		for _, token := range []string{annsApp, annsNurse, "operator"} {
			for _, path := range []string{"/$graphql", "/Patient/ann/$graphql", "/Patient/$graphql"} {
				for _, method := range []string{"GET", "POST"} {
					a := w.ask(token, method, path+"?query="+url.QueryEscape(`{Patient(id:"bob"){name{family}}}`), ask)
					if a.Code < 400 {
						t.Errorf("%s %s gives %d", method, path, a.Code)
					}
					w.quiet(a, path)
				}
			}
		}
	})
}

// A set of codes tells nothing of what is hidden.
func TestAttack54SetsOfCodesTellNothing(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, query := range []string{"code:in=http://example.com/fhir/ValueSet/hushed-set", "code:not-in=http://example.com/ValueSet/x", "_security:in=http://terminology.hl7.org/ValueSet/v3-InformationSensitivityPolicy", "code:below=http://x|y"} {
			a := w.ask(annsApp, "GET", "/Observation?"+query, "", "Prefer: handling=strict")
			if a.Code < 400 || a.Code >= 500 {
				t.Errorf("%s gives %d", query, a.Code)
			}
			for _, token := range []string{annsApp, annsNurse} {
				a := w.ask(token, "GET", "/Observation?_id=bob-lab&"+query, "")
				if a.Code == http.StatusOK && len(entriesOf(t, a)) > 0 {
					t.Errorf("%s finds %s", query, cut(a.Body.String()))
				}
			}
		}
	})
}

// Whoever turns a page sees by what the person has chosen since.
func TestAttack69AChoiceBetweenTwoPages(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, path := range []string{"/Observation?_count=1", "/Observation?_count=1&_sort=-date", "/Observation/_history?_count=1", "/Patient/ann/$everything?_count=1", "/?_type=Observation,Encounter&_count=1"} {
			next := w.next(bundleOf(t, w.wants(http.StatusOK, annsNurse, "GET", path, "")))
			if next == "" {
				t.Fatalf("%s has one page", path)
			}
			no := `{"resourceType":"Consent","id":"ann-no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],` +
				`"patient":{"reference":"Patient/ann"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/org"}}]}}`
			w.put(no)
			a := w.ask(annsNurse, "GET", next, "")
			if strings.Contains(a.Body.String(), `"resourceType":"Observation"`) || strings.Contains(a.Body.String(), `"resourceType":"Encounter"`) {
				t.Errorf("%s goes on after a no: %s", path, cut(a.Body.String()))
			}
			w.put(strings.Replace(no, `"active"`, `"inactive"`, 1))
		}
	})
}

// XML is not read at all, so it can not name files or grow.
func TestAttack78NoXMLIsRead(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		bomb := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;&a;">]><Patient xmlns="http://hl7.org/fhir"><id value="&b;"/></Patient>`
		for _, typ := range spec.Resources() {
			for _, kind := range []string{"application/fhir+xml", "application/xml", "text/xml"} {
				if a := w.ask("operator", "POST", "/"+typ, bomb, "Content-Type: "+kind); a.Code < 400 || a.Code >= 500 {
					t.Errorf("%s as %s gives %d", typ, kind, a.Code)
				}
			}
		}
		if a := w.ask("operator", "GET", "/Patient/ann", "", "Accept: application/fhir+xml"); a.Code != http.StatusNotAcceptable {
			t.Errorf("XML was asked for: %d", a.Code)
		}
	})
}

// What is written to break a parser is refused in words.
func TestAttack79BodiesMadeToBreakAParser(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		obs := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"},`
		for name, body := range map[string]string{
			"deep":           obs + `"extension":` + strings.Repeat(`[{"extension":`, 20_000) + `[]` + strings.Repeat(`}]`, 20_000) + `}`,
			"twice":          obs + `"status":"amended"}`,
			"lone surrogate": obs + `"note":[{"text":"\ud800"}]}`,
			"not UTF-8":      obs + "\"note\":[{\"text\":\"\xff\xfe\"}]}",
			"no end":         obs,
			"two":            obs + `"language":"en"}{}`,
		} {
			if a := w.ask(annsApp, "POST", "/Observation", body); a.Code < 400 || a.Code >= 500 {
				t.Errorf("%s gives %d: %s", name, a.Code, cut(a.Body.String()))
			}
		}
		if a := w.ask(annsApp, "POST", "/Observation", obs+`"valueQuantity":{"value":1e999999999}}`); a.Code >= 500 {
			t.Errorf("a huge number gives %d", a.Code)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		for range 200 {
			_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
		}
		_ = z.Close()
		if a := w.ask(annsApp, "POST", "/Observation", packed.String(), "Content-Encoding: gzip"); a.Code < 400 || a.Code >= 500 {
			t.Errorf("a small body that becomes 200 MB gives %d", a.Code)
		}
	})
}

// Questions that would take for ever are bounded or refused.
func TestAttack81QuestionsWithoutEnd(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(`{"resourceType":"Encounter","id":"ann-a","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"},"partOf":{"reference":"Encounter/ann-b"}}`)
		w.put(`{"resourceType":"Encounter","id":"ann-b","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"},"partOf":{"reference":"Encounter/ann-a"}}`)
		w.finds(annsApp, "/Encounter?_id=ann-a&_include:iterate=Encounter:part-of", "Encounter/ann-a", "Encounter/ann-b")
		w.wants(http.StatusOK, annsApp, "GET", "/Encounter?_count=1000000000&_include:iterate=*&_revinclude:iterate=*", "")
		many := "code=" + strings.Repeat("a,", 1_000_000) + "a"
		if a := w.ask(annsApp, "POST", "/Observation/_search", many, "Content-Type: application/x-www-form-urlencoded"); a.Code < 400 || a.Code >= 500 {
			t.Errorf("a million values give %d", a.Code)
		}
		deep := "/Observation?" + strings.Repeat("derived-from:Observation.", 200) + "code=a"
		if a := w.ask(annsApp, "GET", deep, ""); a.Code >= 500 {
			t.Errorf("a chain of 200 gives %d", a.Code)
		}
		if a := w.ask(annsApp, "GET", "/Observation?_filter="+url.QueryEscape(strings.Repeat("(", 9000)), "", "Prefer: handling=strict"); a.Code < 400 || a.Code >= 500 {
			t.Errorf("_filter gives %d", a.Code)
		}
	})
}

// A name of a file leads to nowhere but the folder that it is in.
func TestAttack82NamesOfFilesThatClimb(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, name := range []string{"../keys.json", "/etc/passwd", "a/../../keys.json", `..\\keys.json`, "file:///etc/passwd", "%2e%2e/keys.json", "http://169.254.169.254/latest", "a\\u0000b"} {
			a := w.ask("operator", "POST", "/$import", `{"resourceType":"Parameters","parameter":[{"name":"input","part":[{"name":"url","valueUrl":"`+name+`"}]}]}`)
			if a.Code < 400 || a.Code >= 500 || strings.Contains(a.Body.String(), "root:") {
				t.Errorf("%s gives %d: %s", name, a.Code, cut(a.Body.String()))
			}
		}
		for _, path := range []string{"/_bulk/1/..%2f..%2fkeys.json", "/_bulk/..%2f1/x.ndjson", "/_bulk/1/%2fetc%2fpasswd"} {
			if a := w.ask("operator", "GET", path, ""); a.Code < 300 {
				t.Errorf("%s gives %d", path, a.Code)
			}
		}
	})
}

// The id of a request goes into the log, so only a plain one is taken.
func TestAttack83WordsThatWouldFakeALog(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, id := range []string{"a b", "a\u202eb", "a\"},{\"level\":\"x", "a%0d%0ab", strings.Repeat("a", 1000), "a\tb"} {
			a := w.ask(annsApp, "GET", "/Patient/ann", "", "X-Request-Id: "+id)
			if got := a.Header().Get("X-Request-Id"); got == id && id != "a%0d%0ab" || got == "" {
				t.Errorf("the id %q is taken as %q", id, got)
			}
		}
	})
}

// A page of anybody may read public answers, and never with somebody's cookies.
func TestAttack85APageOfAnotherOrigin(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, origin := range []string{"null", "https://evil.test", "http://example.com.evil.test"} {
			for _, method := range []string{"GET", "OPTIONS"} {
				a := w.ask(annsApp, method, "/Patient/ann", "", "Origin: "+origin, "Access-Control-Request-Method: GET", "Cookie: session=1")
				if a.Header().Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s from %s may use cookies", method, origin)
				}
			}
		}
	})
}

// No cache that others share keeps an answer, of whatever type.
func TestAttack86NoSharedCacheKeepsAnAnswer(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, typ := range spec.Resources() {
			for _, path := range []string{"/" + typ, "/" + typ + "/nobody", "/" + typ + "/_history", "/" + typ + "?_summary=count", "/Patient/ann", "/_history"} {
				for _, token := range []string{annsApp, "nonsense"} {
					c := w.ask(token, "GET", path, "", "X-Forwarded-Host: evil.test").Header().Get("Cache-Control")
					if !strings.Contains(c, "private") && !strings.Contains(c, "no-store") || strings.Contains(c, "public") {
						t.Errorf("%s for %q: Cache-Control is %q", path, token, c)
					}
				}
			}
		}
	})
}
