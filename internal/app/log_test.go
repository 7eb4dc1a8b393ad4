package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/web"
)

// marked stands in every name, code, id and text of these tests that says
// something about a person; a log may hold it nowhere.
const marked = "qzjx"

// journal is a log that is read while it is written.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// watchedHouse is a served house whose log is kept, with one address more than
// usual, at which the program fails.
type watchedHouse struct {
	house *house
	site  string
	token string
	log   journal
	stop  func()
}

func newWatchedHouse(t *testing.T, flags []string) *watchedHouse {
	t.Helper()
	w := &watchedHouse{token: bevan(t, append([]string{"token", "--role", "operator"}, flags...)...).lastLine()}
	imports := t.TempDir()
	write(t, filepath.Join(imports, "Patient.ndjson"), `{"resourceType":"Patient","name":[{"family":"Qzjxson"}]}
{"resourceType":"Patient","name":[{"family":"Qzjxson"}],"gender":"qzjx","qzjx":true}
{"resourceType":"Patient","name":[{"family":"Qzjx
{"resourceType":"Qzjx"}
`)
	c := parsed(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--log-level", "debug", "--log-format", "json", "--max-body", "1048576", "--import-dir", imports}, flags...)...).Serve
	ctx, cancel := context.WithCancel(t.Context())
	log := c.logger(&w.log)
	server, err := web.New(c.web(log))
	if err != nil {
		t.Fatal(err)
	}
	for name, fail := range map[string]func(*http.Request){
		"/fails/text":  func(r *http.Request) { panic("a person named " + r.URL.RawQuery) },
		"/fails/error": func(r *http.Request) { panic(fmt.Errorf("a person named %s", r.URL.RawQuery)) },
		"/fails/index": func(r *http.Request) { _ = strings.Split(r.URL.RawQuery, "&")[len(r.URL.RawQuery)] },
		"/fails/type":  func(r *http.Request) { _ = any(r.URL.RawQuery).(fmt.Stringer) },
	} {
		server.Mount(name, func(w http.ResponseWriter, r *http.Request) error { fail(r); return nil }, nil)
	}
	l, err := server.Listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if w.house, err = openHouse(ctx, c.place, settings{logger: log, imports: imports}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- c.serve(ctx, io.Discard, log, server, l, w.house, nil, "http://localhost") }()
	w.site = "http://" + l.Addr().String()
	w.stop = sync.OnceFunc(func() { cancel(); <-done; _ = w.house.close() })
	t.Cleanup(w.stop)
	return w
}

// send asks, whatever the answer is; headers come in pairs.
func (w *watchedHouse) send(t *testing.T, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.site+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Content-Type", "application/fhir+json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp
}

// telling are requests that are all about somebody: method, path, body.
var telling = [][3]string{
	{"PUT", "/fhir/Patient/Qzjx", `{"resourceType":"Patient","id":"Qzjx","name":[{"family":"Qzjxson","given":["Qzjx"]}]}`},
	{"PUT", "/fhir/Observation/qzjx-1", `{"resourceType":"Observation","id":"qzjx-1","status":"final","code":{"coding":[{"system":"urn:qzjx","code":"qzjx"}],"text":"qzjx"},"subject":{"reference":"Patient/Qzjx"}}`},
	{"GET", "/fhir/Patient/Qzjx", ""}, {"GET", "/fhir/Patient/Qzjx/_history/Qzjx", ""}, {"GET", "/fhir/Patient/Qzjx/Observation?code=qzjx", ""},
	{"GET", "/fhir/Patient/Qzjx/$everything?_since=qzjx", ""}, {"GET", "/fhir/Patient/Qzjx/$qzjx", ""}, {"GET", "/fhir/Patient/_qzjx", ""},
	{"GET", "/fhir/Patient?name=Qzjxson&_sort=qzjx", ""}, {"GET", "/fhir/Patient?qzjx=1;qzjx=2", ""}, {"GET", "/fhir/Observation?code=urn:qzjx|qzjx&subject:Patient.name=qzjx", ""},
	{"GET", "/fhir/Observation?value-quantity=qzjx", ""}, {"GET", "/fhir/Patient?_page=qzjx", ""}, {"GET", "/fhir/Patient?name:in=qzjx", ""},
	{"GET", "/fhir/Patient?name=%ff-qzjx", ""}, {"GET", "/fhir/Patient?identifier=%00qzjx", ""}, {"POST", "/fhir/Patient/_search", "name=qzjx"},
	{"GET", "/fhir/Qzjx", ""}, {"GET", "/fhir/Qzjx/Qzjx", ""}, {"GET", "/qzjx", ""}, {"GET", "/Qzjx/Qzjx", ""}, {"QZJX", "/fhir/Patient", ""}, {"GET", "/fhir/$qzjx", ""}, {"GET", "/$qzjx/_qzjx", ""},
	{"POST", "/fhir/Patient", `{"resourceType":"Patient","name":[{"family":"Qzjx"`}, {"POST", "/fhir/Patient", `qzjx`},
	{"POST", "/fhir/Patient", `{"resourceType":"Patient","gender":"qzjx","qzjx":1,"birthDate":"qzjx"}`},
	{"POST", "/fhir/Patient", `{"resourceType":"Qzjx"}`}, {"POST", "/fhir/Patient/$validate", `{"resourceType":"Patient","qzjx":"qzjx"}`},
	{"POST", "/fhir/Patient", strings.Repeat(" qzjx", 1<<18)},
	{"PATCH", "/fhir/Patient/Qzjx", `[{"op":"replace","path":"/qzjx","value":"qzjx"}]`},
	{"DELETE", "/fhir/Patient?name=qzjx-nobody", ""},
	{"POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient?name=qzjx"}},{"request":{"method":"GET","url":"Patient/qzjx"}},
		{"request":{"method":"QZJX","url":"qzjx"}},{"request":{"method":"GET","url":"Observation?code:in=qzjx"}},{"request":{"method":"GET","url":"Patient/Qzjx/$qzjx"}},
		{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient","gender":"qzjx"}},{"request":{"method":"GET","url":"Patient?near=qzjx"}}]}`},
	{"POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:qzjx","request":{"method":"PUT","url":"Patient?identifier=qzjx"},"resource":{"resourceType":"Patient","identifier":[{"value":"qzjx"}],"managingOrganization":{"reference":"Organization?name=qzjx"}}}]}`},
	{"POST", "/fhir", `{"resourceType":"Bundle","type":"qzjx","entry":"qzjx"}`},
	{"POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient","name":[{"family":"Qzjx"}]}}]}`},
	{"GET", "/fhir/$export?_type=Patient&_typeFilter=Patient?name=qzjx", ""}, {"GET", "/fhir/$export?_typeFilter=Qzjx?qzjx", ""}, {"GET", "/fhir/Group/Qzjx/$export", ""},
	{"GET", "/fhir/_bulk/qzjx", ""}, {"GET", "/fhir/_bulk/qzjx/qzjx.ndjson", ""},
	{"POST", "/fhir/$import", `{"inputFormat":"application/fhir+ndjson","input":[{"type":"Patient","url":"Patient.ndjson"}]}`},
	{"POST", "/fhir/$import", `{"inputFormat":"application/fhir+ndjson","input":[{"type":"Patient","url":"../qzjx.ndjson"}]}`},
}

// unwell are requests at which the server itself fails, so that causes are
// written.
var unwell = [][3]string{
	{"GET", "/fails/text?name=qzjx", ""}, {"GET", "/fails/error?name=qzjx", ""}, {"GET", "/fails/index?name=qzjx", ""}, {"GET", "/fails/type?name=qzjx", ""},
}

// A served house at its most talkative: what people write about people, well
// formed or not, is in no line of the log and in no metric.
func TestTheLogTellsNothingOfAnybody(t *testing.T) {
	eachStore(t, func(t *testing.T, flags []string) {
		w := newWatchedHouse(t, flags)
		count := map[int]int{}
		for _, q := range append(telling, unwell...) {
			headers := []string{"X-Request-Id", "qzjx!", "Cookie", "qzjx=1", "User-Agent", "qzjx", "Prefer", "respond-async", "If-None-Exist", "name=qzjx-9"}
			switch {
			case q[0] == "PATCH":
				headers = append(headers, "Content-Type", "application/json-patch+json")
			case strings.HasPrefix(q[2], "name="):
				headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
			}
			if !strings.Contains(q[1], "$") { // else what comes is about a job
				headers[7] = "handling=strict"
			}
			resp := w.send(t, q[0], q[1], q[2], headers...)
			count[resp.StatusCode/100]++
			if at := resp.Header.Get("Content-Location"); resp.StatusCode == http.StatusAccepted {
				w.jobEnds(t, strings.TrimPrefix(at, w.site))
			}
		}
		w.send(t, "GET", "/fhir/Patient?name=qzjx", "", "Authorization", "Bearer "+w.token+"x")
		w.send(t, "GET", "/fhir/Patient?name=qzjx", "", "Authorization", "Bearer qzjx_qzjx_qzjx")
		if count[2] < 8 || count[4] < 20 || count[5] < 4 {
			t.Errorf("the requests are to go well, be refused, and fail: %v", count)
		}
		metrics := w.metrics(t)
		// A store that is gone makes every request fail, with its own words.
		if err := w.house.store.Close(); err != nil {
			t.Error(err)
		}
		for _, q := range telling {
			count[w.send(t, q[0], q[1], q[2], "Prefer", "respond-async").StatusCode]++
		}
		if count[500]+count[503] < 10 {
			t.Errorf("without a store the requests are to fail: %v", count)
		}
		w.stop()
		w.check(t, metrics)
	})
}

// jobEnds waits until work in the background has ended.
func (w *watchedHouse) jobEnds(t *testing.T, at string) {
	t.Helper()
	again, late := time.NewTicker(10*time.Millisecond), time.After(time.Minute)
	defer again.Stop()
	for w.send(t, "GET", at, "").StatusCode == http.StatusAccepted {
		select {
		case <-again.C:
		case <-late:
			t.Fatal("a job does not end")
		}
	}
}

func (w *watchedHouse) metrics(t *testing.T) string {
	t.Helper()
	status, text := ask(t, "GET", w.site+"/metrics", "", "")
	if status != 200 || !strings.Contains(text, "bevan_http_request_seconds") {
		t.Fatalf("metrics: %d %.200s", status, text)
	}
	return text
}

// check reads the log and whatever else lies in the data folder as a log.
func (w *watchedHouse) check(t *testing.T, metrics string) {
	t.Helper()
	log := w.log.String()
	secret := w.token[strings.LastIndex(w.token, "_")+1:]
	seen, last := map[string]bool{}, 0
	for line := range strings.Lines(log) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("a line is not structured: %s", line)
		}
		path, _ := fields["path"].(string)
		seen[path] = true
		low := strings.ToLower(line)
		if strings.Contains(low, marked) || strings.Contains(line, secret) || strings.ContainsAny(path, "?=&") {
			if last++; last <= 20 {
				t.Errorf("the log says %s", line)
			}
		}
	}
	for _, path := range []string{"/fhir/Patient", "/fhir/Patient/*", "/fhir/Patient/_search", "/fhir/Patient/*/$everything", "/fhir/Patient/*/Observation", "/fhir/$export"} {
		if !seen[path] {
			t.Errorf("the log does not tell that %s was asked", path)
		}
	}
	if strings.Contains(strings.ToLower(metrics), marked) || strings.Contains(metrics, secret) {
		t.Errorf("the metrics say %s", metrics)
	}
	found, err := filepath.Glob(filepath.Join(w.house.dir, "*.log"))
	if err != nil || len(found) > 0 {
		t.Errorf("there are logs that this test does not read: %v, %v", found, err)
	}
	if _, err := os.Stat(filepath.Join(w.house.dir, keysFile)); err != nil {
		t.Error(err) // it was the right folder that was looked into
	}
}
