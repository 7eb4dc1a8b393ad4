package fhirapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record"
)

// A query that was read and written again means the same to another reader.
func FuzzQuery(f *testing.F) {
	f.Add("name=a%2Bb&_sort=-date&&x=%zz")
	f.Add("code=http%3A%2F%2Floinc.org%7C1,2&a+b=c%20d")
	f.Fuzz(func(t *testing.T, raw string) {
		pairs, err := parseQuery(nil, raw)
		if err != nil {
			return
		}
		again, err := parseQuery(nil, string(encodeQuery(nil, pairs)))
		if err != nil || !slices.Equal(pairs, again) {
			t.Fatalf("%q became %q: %v", pairs, again, err)
		}
		theirs, err := url.ParseQuery(string(encodeQuery(nil, pairs)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pairs {
			if !slices.Contains(theirs[p.Name], p.Value) {
				t.Fatalf("net/url does not find %q in %q", p, theirs)
			}
		}
	})
}

func FuzzHeaders(f *testing.F) {
	f.Add("return=minimal; handling=strict, respond-async", `W/"3"`, "application/fhir+json;q=0.9, text/html")
	f.Fuzz(func(t *testing.T, prefer, tag, media string) {
		parsePrefer([]string{prefer})
		if v, ok := parseETag(tag); ok && (v <= 0 || !strings.Contains(tag, strings.Trim(etag(v), `W/"`))) {
			t.Fatalf("%q is version %d", tag, v)
		}
		isJSON(media)
		splitFilters(prefer)
	})
}

// The router never gives a handler a type, an id or a method that it does not
// fit.
func FuzzRouter(f *testing.F) {
	rt := newRouter(table())
	f.Add("GET", "/Patient/1/_history/2")
	f.Add("POST", "Observation/$lastn/")
	f.Add("DELETE", "//")
	f.Fuzz(func(t *testing.T, method, path string) {
		r, at, _ := rt.find(method, path)
		if r == nil {
			return
		}
		if r.method != method || at.id != "" && !fhir.ValidID(at.id) || at.vid != "" && !fhir.ValidID(at.vid) {
			t.Fatalf("%s %q went to %s %s with %+v", method, path, r.method, r.path, at)
		}
	})
}

// nothing is a session over an empty record.
type nothing struct{}

func (nothing) Read(context.Context, record.Key, int64) (record.Resource, error) {
	return record.Resource{Key: record.Key{Type: "Patient", ID: "1"}, Version: 1, Body: []byte(`{"resourceType":"Patient","id":"1","meta":{"versionId":"1"}}`)}, nil
}
func (nothing) Search(context.Context, search.Query, string) (record.Page, error) {
	return record.Page{}, nil
}
func (nothing) History(context.Context, record.History) (record.Page, error) {
	return record.Page{}, nil
}
func (nothing) Transact(_ context.Context, ops []record.Op) ([]record.Outcome, error) {
	out := make([]record.Outcome, len(ops))
	for i := range ops {
		out[i].Resource = record.Resource{Key: record.Key{Type: ops[i].Key.Type, ID: "1"}, Version: 1, Body: []byte(`{"resourceType":"Patient","id":"1","meta":{"versionId":"1"}}`)}
	}
	return out, nil
}
func (nothing) Registry() *search.Registry { return search.Base() }

func emptyServer() *Server {
	return New(Config{
		Open: func(context.Context, access.Who, string, access.Purpose) (Session, error) { return nothing{}, nil },
		Verify: func(context.Context, Presented) (access.Who, error) {
			return access.Operator("fuzz"), nil
		},
	})
}

// Whatever is sent, the answer is JSON and no 5xx.
func FuzzRequest(f *testing.F) {
	s := emptyServer()
	f.Add("POST", "", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient","ifNoneExist":"a=b"}},{"request":{"method":"GET","url":"Patient/1?_summary=true"}}]}`)
	f.Add("POST", "", "", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"PATCH","url":"Patient/1"},"resource":{"resourceType":"Binary","contentType":"application/json-patch+json","data":"W10="}}]}`)
	f.Add("POST", "Patient/$validate", "mode=create", `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient"}}]}`)
	f.Add("GET", "Patient/1/$everything", "_page=1.2.x&start=2020", "")
	f.Add("POST", "Patient/1/$meta-add", "", `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}`)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r := httptest.NewRequest("GET", "/fhir/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, "/fhir/"+path, query
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", mimeFHIR)
		w := httptest.NewRecorder()
		if err := s.Handle(w, r); err != nil {
			s.WriteError(w, r, err)
		}
		if w.Code >= 500 || w.Body.Len() > 0 && method != "HEAD" && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s %q ? %q: %d %s", method, path, query, w.Code, w.Body)
		}
		if w.Code >= 400 && method != "HEAD" && (w.Header().Get("Content-Type") != mimeFHIR || !bytes.HasPrefix(bytes.TrimLeft(w.Body.Bytes(), "{ \n"), []byte(`"resourceType"`)) || !bytes.Contains(w.Body.Bytes(), []byte(`"OperationOutcome"`))) {
			t.Fatalf("%s %q ? %q: %d is no OperationOutcome: %s", method, path, query, w.Code, w.Body)
		}
	})
}

// A resource that was cut is still a resource, marked once, with what must be
// there; and cutting it again changes nothing.
func FuzzShape(f *testing.F) {
	f.Add(`{"resourceType":"Patient","meta":{"tag":[]},"name":[{"family":"x"}],"contained":[{"resourceType":"Patient"}]}`, "true", "name")
	f.Add(`{"meta":{},"resourceType":"Observation","status":"final","code":{"text":"x"},"_status":{"id":"a"}}`, "", "value,code")
	f.Fuzz(func(t *testing.T, body, summary, elements string) {
		tree, err := fhir.Parse([]byte(body), fhir.Limits{})
		if err != nil || check(tree, "") != nil {
			return
		}
		s := shape{summary: summary, elements: splitList(elements)}
		out, err := s.apply([]byte(body))
		if err != nil || bytes.Equal(out, []byte(body)) {
			return
		}
		cut, err := fhir.Parse(out, fhir.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if !subsetted(cut) || !cut.Root().Get("resourceType").Is(tree.Root().Get("resourceType").Str()) {
			t.Fatalf("not marked or not itself: %s", out)
		}
		for m := range cut.Root().Each() {
			if m.Key() != "meta" && m.Key() != "resourceType" && !tree.Root().Get(m.Key()).Exists() {
				t.Fatalf("%s came from nowhere: %s", m.Key(), out)
			}
		}
	})
}

// Adding labels and taking them away again leaves every other byte as it was.
func TestLabelsComeAndGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		meta := rapid.SampledFrom([]string{``, `"meta":{"source":"a#b"},`, `"meta" : { "tag":[{"code":"old"}] } ,`, `"meta":{"profile":["http://example.org/p"]},`}).Draw(t, "meta")
		before := `{"resourceType":"Patient",` + meta + `"gender" : "male"}`
		if meta != "" && rapid.Bool().Draw(t, "last") {
			before = `{"resourceType":"Patient","gender" : "male",` + strings.TrimRight(meta, " ,") + `}`
		}
		given, err := fhir.Parse([]byte(`{"tag":[{"system":"s","code":"new"}],"profile":["http://example.org/q"]}`), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fhir.Parse([]byte(before), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		more, err := fhir.Parse(withMeta(tree, given.Root(), merged), fhir.Limits{})
		if err != nil || check(more, "Patient") != nil {
			t.Fatalf("%s: %v", withMeta(tree, given.Root(), merged), err)
		}
		twice := withMeta(more, given.Root(), merged)
		if !bytes.Equal(twice, more.Bytes()) {
			t.Fatalf("adding twice differs: %s, %s", more.Bytes(), twice)
		}
		less, err := fhir.Parse(withMeta(more, given.Root(), without), fhir.Limits{})
		if err != nil || check(less, "Patient") != nil {
			t.Fatalf("%s: %v", withMeta(more, given.Root(), without), err)
		}
		if have, want := compact(t, less.Root().Get("meta").Raw()), compact(t, tree.Root().Get("meta").Raw()); have != want {
			t.Fatalf("%s became %s", want, have)
		}
		if !bytes.Contains(less.Bytes(), []byte(`"gender" : "male"`)) {
			t.Fatalf("another member changed: %s", less.Bytes())
		}
	})
}

func compact(t *rapid.T, raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// heavy is a record whose resources are large.
type heavy struct {
	nothing
	body []byte
}

func (h heavy) Read(context.Context, record.Key, int64) (record.Resource, error) {
	return record.Resource{Key: record.Key{Type: "Patient", ID: "1"}, Version: 1, Body: h.body}, nil
}

// The answers to a batch do not fill the memory: what goes beyond the bound is
// refused entry by entry.
func TestAnswersAreBounded(t *testing.T) {
	s := emptyServer()
	body := []byte(`{"resourceType":"Patient","id":"1","meta":{"versionId":"1"},"language":"` + strings.Repeat("x", 16<<20) + `"}`)
	s.cfg.Open = func(context.Context, access.Who, string, access.Purpose) (Session, error) {
		return heavy{body: body}, nil
	}
	entries := strings.Repeat(`{"request":{"method":"GET","url":"Patient/1"}},`, 19)
	r := httptest.NewRequest("POST", "/fhir", strings.NewReader(`{"resourceType":"Bundle","type":"batch","entry":[`+entries+`{"request":{"method":"GET","url":"Patient/1"}}]}`))
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set("Content-Type", mimeFHIR)
	w := httptest.NewRecorder()
	if err := s.Handle(w, r); err != nil {
		t.Fatal(err)
	}
	most := maxAnswers/len(body) + 2
	if n := bytes.Count(w.Body.Bytes(), []byte(`"status":"200 OK"`)); n == 0 || n > most {
		t.Errorf("%d of 20 were answered", n)
	}
	if !bytes.Contains(w.Body.Bytes(), []byte(`"status":"413`)) {
		t.Error("none was refused")
	}
}
