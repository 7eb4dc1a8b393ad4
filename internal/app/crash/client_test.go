//go:build unix

package crash

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// caller asks one server.
type caller struct {
	http  *http.Client
	base  string
	token string
	name  string // begins the ids of its requests
	count *atomic.Int64
}

// call makes a caller with its own connections.
func call(t testing.TB, n *node, token, name string) *caller {
	tr := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &caller{&http.Client{Transport: tr, Timeout: patience}, n.base, token, name, new(atomic.Int64)}
}

// answer is what came back, whole.
type answer struct {
	request string // X-Request-Id
	status  int
	header  http.Header
	body    []byte
}

func (a *answer) String() string {
	return fmt.Sprintf("%d %.600s", a.status, a.body)
}

// do asks. path is relative to the FHIR base. headers come in pairs.
func (c *caller) do(method, path string, body io.Reader, headers ...string) (*answer, error) {
	if path != "" && path[0] != '?' {
		path = "/" + path
	}
	r, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	id := c.name + "-" + strconv.FormatInt(c.count.Add(1), 10)
	r.Header.Set("X-Request-Id", id)
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Prefer", "return=representation")
	if body != nil {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	return &answer{id, res.StatusCode, res.Header, b}, nil
}

// get is a GET that has to be answered with 200.
func (c *caller) get(t testing.TB, path string) *answer {
	t.Helper()
	return c.want(t, http.StatusOK, "GET", path, nil)
}

// want asks and fails the test when the answer has another status.
func (c *caller) want(t testing.TB, status int, method, path string, body io.Reader, headers ...string) *answer {
	t.Helper()
	a, err := c.do(method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %.80s: %v", method, path, err)
	}
	if a.status != status {
		t.Fatalf("%s %.80s gives %v, want %d", method, path, a, status)
	}
	return a
}

// refused asks, and fails the test when the answer is not a refusal that a
// person can act on, with one of these statuses.
func (c *caller) refused(t testing.TB, method, path string, body io.Reader, statuses ...int) {
	t.Helper()
	a, err := c.do(method, path, body)
	if err != nil {
		t.Fatalf("%s %.80s: %v", method, path, err)
	}
	a.refusal(t, statuses...)
}

// refusal holds an answer to be an OperationOutcome with words.
func (a *answer) refusal(t testing.TB, statuses ...int) {
	t.Helper()
	ok := false
	for _, s := range statuses {
		ok = ok || a.status == s
	}
	var o struct {
		ResourceType string
		Issue        []struct {
			Severity, Code string
			Details        struct{ Text string }
		}
	}
	err := json.Unmarshal(a.body, &o)
	if !ok || err != nil || o.ResourceType != "OperationOutcome" || len(o.Issue) == 0 || len(o.Issue[0].Details.Text) < 20 {
		t.Errorf("the answer is %v, want %v and an OperationOutcome with a sentence", a, statuses)
	}
}

// version is what an ETag names, 0 when there is none.
func (a *answer) version() int64 {
	v, _ := strconv.ParseInt(strings.Trim(strings.TrimPrefix(a.header.Get("Etag"), "W/"), `"`), 10, 64)
	return v
}

// bundle is a Bundle as these tests read it.
type bundle struct {
	Total *int
	Link  []struct{ Relation, URL string }
	Entry []entry
}

type entry struct {
	FullURL  string
	Resource json.RawMessage
	Request  struct{ Method string }
	Response struct{ Status, Etag, Location string }
}

func (a *answer) bundle(t testing.TB) bundle {
	t.Helper()
	var b bundle
	if err := json.Unmarshal(a.body, &b); err != nil {
		t.Fatalf("no Bundle: %v: %v", err, a)
	}
	return b
}

// next is the path of the next page, "" on the last one.
func (b *bundle) next(base string) string {
	for _, l := range b.Link {
		if l.Relation == "next" {
			return strings.TrimPrefix(strings.TrimPrefix(l.URL, base), "/")
		}
	}
	return ""
}

// key names the resource of an entry, such as Patient/1.
func (e *entry) key() string {
	parts := strings.Split(e.FullURL, "/")
	if len(parts) < 2 {
		return ""
	}
	return strings.Join(parts[len(parts)-2:], "/")
}

func (e *entry) version() int64 {
	v, _ := strconv.ParseInt(strings.Trim(strings.TrimPrefix(e.Response.Etag, "W/"), `"`), 10, 64)
	return v
}

// head is what stands in front of every resource.
type head struct {
	ResourceType, ID string
	Meta             struct {
		VersionID string
		Tag       []struct{ System, Code string }
	}
}

// headOf reads a resource's key and version.
func headOf(t testing.TB, body []byte) (key string, version int64, h head) {
	t.Helper()
	if err := json.Unmarshal(body, &h); err != nil {
		t.Fatalf("no resource: %v: %.200s", err, body)
	}
	version, err := strconv.ParseInt(h.Meta.VersionID, 10, 64)
	if err != nil {
		t.Fatalf("no version: %.200s", body)
	}
	return h.ResourceType + "/" + h.ID, version, h
}

// ready asks /readyz.
func (c *caller) ready() bool {
	res, err := c.http.Get(strings.TrimSuffix(c.base, "/fhir") + "/readyz")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// now is a moment for _since, a little in the past.
func now() string { return time.Now().Add(-time.Second).UTC().Format("2006-01-02T15:04:05.000Z") }
