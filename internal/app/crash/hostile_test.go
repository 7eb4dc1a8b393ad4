//go:build unix

package crash

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// ceiling is the most memory that the server may ever take under all of this,
// in MB. By the server's own bounds all bodies together may hold 256 MB, and
// 128 MB of texts and trees are worked on at once; the collector tries to keep
// all of it within 512 MB.
const ceiling = 1_000

const maxBody = 64 << 20

// repeat is a reader of n bytes of one kind, between a head and a tail.
func repeat(head string, b byte, n int64, tail string) io.Reader {
	return io.MultiReader(strings.NewReader(head), io.LimitReader(forever(b), n), strings.NewReader(tail))
}

type forever byte

func (f forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(f)
	}
	return len(p), nil
}

// binary is a Binary resource of n bytes altogether.
func binary(n int64) io.Reader {
	const head, tail = `{"resourceType":"Binary","contentType":"application/octet-stream","data":"`, `"}`
	return repeat(head, 'A', (n-int64(len(head)+len(tail)))/4*4, tail)
}

// squeezed packs what r gives.
func squeezed(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.Copy(z, r); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What strangers and broken clients send: each is answered, the memory of the
// server stays bounded, and it serves on.
func TestHostileInput(t *testing.T) {
	eachKind(t, func(t *testing.T, p place) {
		n := start(t, p)
		c := call(t, n, token(t, p), "hostile")
		fill(t, c, "h", 20)
		known := c.get(t, "Patient/h-1")
		for _, set := range []struct {
			name string
			run  func(*testing.T, *node, *caller)
		}{
			{"bodies", hostileBodies}, {"json", hostileJSON}, {"bundles", hostileBundles}, {"searches", hostileSearches},
			{"connections", hostileConnections}, {"crowd", hostileCrowd},
		} {
			if p.url != "" && !strings.Contains("json bundles searches", set.name) {
				continue // the database has no part in it
			}
			t.Run(set.name, func(t *testing.T) {
				set.run(t, n, c)
				n.alive(t)
				if again := c.get(t, "Patient/h-1"); !bytes.Equal(again.body, known.body) {
					t.Errorf("a patient is now %v", again)
				}
				if mb, ok := n.memory(); !ok {
					t.Log("how much memory the server takes can not be found out here")
				} else if t.Logf("the server took %d MB at most so far", mb); mb > ceiling {
					t.Errorf("the server took %d MB, more than %d", mb, ceiling)
				}
			})
		}
		n.stop(t)
		if strings.Contains(n.err.String(), "panic") {
			t.Errorf("the log tells of a panic:\n%s", &n.err)
		}
		if p.url == "" { // row by row over a socket it takes long, and shows no more
			verify(t, p)
		}
	})
}

func hostileBodies(t *testing.T, _ *node, c *caller) {
	a := c.want(t, http.StatusCreated, "POST", "Binary", binary(maxBody), "Prefer", "return=minimal")
	if loc := a.header.Get("Location"); !strings.Contains(loc, "/Binary/") {
		t.Errorf("a body of the largest size is stored at %q", loc)
	}
	c.refused(t, "POST", "Binary", binary(maxBody+4096), http.StatusRequestEntityTooLarge)
	c.refused(t, "POST", "Binary", bytes.NewReader(make([]byte, maxBody+1)), http.StatusRequestEntityTooLarge) // said beforehand
	c.refused(t, "POST", "Patient", strings.NewReader(""), http.StatusBadRequest)
	gz := func(body []byte, statuses ...int) {
		t.Helper()
		got, err := c.do("POST", "Binary", bytes.NewReader(body), "Content-Encoding", "gzip")
		if err != nil {
			t.Fatal(err)
		}
		got.refusal(t, statuses...)
	}
	bomb := squeezed(t, binary(256<<20))
	if len(bomb) > 1<<20 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	gz(bomb, http.StatusRequestEntityTooLarge)
	gz(squeezed(t, bytes.NewReader(bomb)), http.StatusBadRequest) // packed twice is not JSON
	gz(bomb[:len(bomb)/2], http.StatusBadRequest, http.StatusRequestEntityTooLarge)
	gz(squeezed(t, strings.NewReader(patient("own", "cut", "")))[:40], http.StatusBadRequest)
	gz([]byte("no gzip at all"), http.StatusBadRequest)
}

func hostileJSON(t *testing.T, _ *node, c *caller) {
	const deep = 100_000
	bad := []int{http.StatusBadRequest, http.StatusUnprocessableEntity}
	for _, body := range []string{
		strings.Repeat("[", deep) + strings.Repeat("]", deep),
		strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep),
		strings.Repeat("[", deep),
		`{"resourceType":"Patient","contained":` + strings.Repeat(`[{"resourceType":"Patient","contained":`, deep) + "[]" + strings.Repeat("}]", deep) + "}",
		`{"resourceType":"Patient","extension":` + strings.Repeat(`[{"url":"urn:x","extension":`, deep) + `[{"url":"urn:x","valueCode":"a"}]` + strings.Repeat("}]", deep) + "}",
		`{"resourceType":"Patient","gender":"male","gender":"female"}`,
		`{"resourceType":"Patient","resourceType":"Observation"}`,
		`{"resourceType":"Patient","birthDate":"` + strings.Repeat("2", 1<<20) + `"}`,
		`{"resourceType":"Patient","multipleBirthInteger":` + strings.Repeat("9", 1<<20) + `}`,
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e999999999}}`,
		"{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"\xff\xfe\"}]}",
		`{"resourceType":"Patient","name":[{"family":"\ud800"}]}`,
		`{"resourceType":"Patient","name":[{"family":"a\u0000b"}]}`,
		`{"resourceType":"Patient","extension":[{"url":"urn:x","valueString":"a\u0000b"}]}`,
		"\x00\x01\x02", `null`, `7`, `"Patient"`, `[]`, `{}`, `{"resourceType":7}`,
	} {
		c.refused(t, "POST", "Patient", strings.NewReader(body), append(bad, http.StatusRequestEntityTooLarge)...)
	}
	patch := func(body string) {
		t.Helper()
		a, err := c.do("PATCH", "Patient/h-1", strings.NewReader(body), "Content-Type", "application/json-patch+json")
		if err != nil {
			t.Fatal(err)
		}
		a.refusal(t, append(bad, http.StatusRequestEntityTooLarge)...)
	}
	patch(strings.Repeat("[", deep))
	patch(`[{"op":"add","path":"` + strings.Repeat("/a", deep) + `","value":1}]`)
	// Each copy doubles what is there: 2^60 names in the end.
	double := []string{`{"op":"add","path":"/contact","value":[]}`, `{"op":"add","path":"/contact/-","value":{"name":{"family":"x"}}}`}
	for range 60 {
		double = append(double, `{"op":"copy","from":"/contact","path":"/contact/-"}`)
	}
	patch("[" + strings.Join(double, ",") + "]")
}

func hostileBundles(t *testing.T, _ *node, c *caller) {
	entry := `{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}`
	for _, kind := range []string{"transaction", "batch"} {
		body := `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.TrimSuffix(strings.Repeat(entry+",", 100_000), ",") + `]}`
		c.refused(t, "POST", "", strings.NewReader(body), http.StatusRequestEntityTooLarge)
	}
	var many []string // as many as are allowed, each new, each referring to what is not there
	for i := range 20_000 {
		many = append(many, fmt.Sprintf(`{"resource":{"resourceType":"Basic","id":"many-%d","code":{"text":"x"},"author":{"reference":"Practitioner/none-%d"}},"request":{"method":"PUT","url":"Basic/many-%d"}}`, i, i, i))
	}
	c.want(t, http.StatusOK, "POST", "", strings.NewReader(`{"resourceType":"Bundle","type":"transaction","entry":[`+strings.Join(many, ",")+`]}`), "Prefer", "return=minimal")
	var ring []string // each names the next by its urn, and the last the first
	for i := range 500 {
		ring = append(ring, fmt.Sprintf(`{"fullUrl":"urn:uuid:00000000-0000-4000-8000-%012d","resource":{"resourceType":"Patient","id":"ring-%d","link":[{"other":{"reference":"urn:uuid:00000000-0000-4000-8000-%012d"},"type":"seealso"}]},"request":{"method":"PUT","url":"Patient/ring-%d"}}`, i, i, (i+1)%500, i))
	}
	c.want(t, http.StatusOK, "POST", "", strings.NewReader(`{"resourceType":"Bundle","type":"transaction","entry":[`+strings.Join(ring, ",")+`]}`), "Prefer", "return=minimal")
	nested := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":""},"resource":{"resourceType":"Bundle","type":"batch"}}]}`
	if b := c.want(t, http.StatusOK, "POST", "", strings.NewReader(nested)).bundle(t); len(b.Entry) != 1 || b.Entry[0].Response.Status[0] != '4' {
		t.Errorf("a batch inside a batch gives %+v", b.Entry)
	}
}

func hostileSearches(t *testing.T, _ *node, c *caller) {
	for i := range 50 { // a circle of people, each of whom knows the next two
		id := fmt.Sprintf("c-%d", i)
		body := fmt.Sprintf(`{"resourceType":"Patient","id":"%s","link":[{"other":{"reference":"Patient/c-%d"},"type":"seealso"},{"other":{"reference":"Patient/c-%d"},"type":"seealso"}]}`,
			id, (i+1)%50, (i+2)%50)
		a, err := c.do("PUT", "Patient/"+id, strings.NewReader(body))
		if err != nil || a.status >= 300 {
			t.Fatal(a, err)
		}
	}
	circle := c.get(t, "Patient?_id=c-0&_include:iterate=Patient:link&_revinclude:iterate=Patient:link").bundle(t)
	seen := map[string]int{}
	for i := range circle.Entry {
		seen[circle.Entry[i].key()]++
	}
	if len(seen) != 50 || len(circle.Entry) != 50 {
		t.Errorf("a circle of 50 gives %d entries of %d people", len(circle.Entry), len(seen))
	}
	if huge := c.get(t, "Patient?_count=1000000000").bundle(t); len(huge.Entry) == 0 || len(huge.Entry) > 1000 {
		t.Errorf("_count=1000000000 gives %d", len(huge.Entry))
	}
	bad := []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusRequestURITooLong}
	var or []string
	for i := range 10_000 {
		or = append(or, fmt.Sprintf("urn:bevan:own|h-%d", i))
	}
	for name, form := range map[string]string{
		"10,000 values": "identifier=" + strings.Join(or, ","),
		"10,000 times":  strings.Repeat("identifier=urn:bevan:own|h-1&", 10_000),
		"10,000 names":  "_id=" + strings.Repeat("h-1,", 10_000) + "h-1",
		"a long chain":  "link:Patient." + strings.Repeat("link:Patient.", 2_000) + "name=x",
		"a deep _has":   strings.Repeat("_has:Patient:link:", 2_000) + "name=x",
		"long text":     "name=" + strings.Repeat("a", 1<<20),
		"many sorts":    "_sort=" + strings.Repeat("name,", 10_000) + "name",
		"many includes": strings.Repeat("_include=Patient:link&", 10_000),
	} {
		a, err := c.do("POST", "Patient/_search", strings.NewReader(form), "Content-Type", "application/x-www-form-urlencoded")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%s: %d", name, a.status)
		if a.status != http.StatusOK {
			a.refusal(t, bad...)
		}
	}
	for _, query := range []string{"_count=-1", "_count=x", "birthdate=" + strings.Repeat("9", 10_000), "_page=" + strings.Repeat("A", 10_000),
		"_lastUpdated=gt9999999-01-01", "name=%ff%fe", "name=%zz", "name=%00", "identifier=%00%ff|x", "%ff=1"} {
		c.refused(t, "GET", "Patient?"+query, nil, http.StatusBadRequest)
	}
}

// raw sends bytes over a connection of its own, closes its sending half, and
// reads what comes.
func raw(t testing.TB, n *node, request string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", n.address(), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, request) // the server may hang up before the end
	_ = conn.(*net.TCPConn).CloseWrite()
	b, _ := io.ReadAll(conn)
	return string(b)
}

func hostileConnections(t *testing.T, n *node, c *caller) {
	line := "POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + c.token + "\r\nContent-Type: application/fhir+json\r\n"
	for name, k := range map[string]struct{ send, want string }{
		"a huge header":    {line + "X-Big: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", " 431 "},
		"many headers":     {line + strings.Repeat("X-Many: a\r\n", 100_000) + "\r\n", " 431 "},
		"a huge address":   {"GET /fhir/Patient?name=" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", " 431 "},
		"half a body":      {line + "Content-Length: 1000\r\n\r\n{\"resourceType\":", " 400 "},
		"a bad chunk":      {line + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", " 400 "},
		"two lengths":      {line + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", " 400 "},
		"not HTTP":         {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", " 400 "},
		"a negative size":  {line + "Content-Length: -1\r\n\r\n", " 400 "},
		"an id with lines": {"GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a b\r\nConnection: close\r\n\r\n", " 200 "},
	} {
		got := raw(t, n, k.send)
		// A server that hangs up on a sender who goes on sending may reset the
		// connection, and then nothing arrives.
		if got != "" && !strings.Contains(strings.SplitN(got, "\r\n", 2)[0], k.want) {
			t.Errorf("%s is answered with %.200s", name, got)
		}
	}
	// Bodies that stop in the middle, more of them than requests may run.
	var slow []net.Conn
	for range 200 {
		conn, err := net.DialTimeout("tcp", n.address(), patience)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, line+"Content-Length: 100000\r\n\r\n{\"resourceType\":\"Patient\",")
		slow = append(slow, conn)
	}
	c.get(t, "Patient/h-1") // others are served meanwhile
	for i, conn := range slow {
		if i%2 == 0 { // half of them hang up, the other half stop sending
			_ = conn.Close()
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		_ = conn.(*net.TCPConn).CloseWrite()
		if b, _ := io.ReadAll(conn); !strings.Contains(string(b), " 400 ") || !strings.Contains(string(b), "OperationOutcome") {
			t.Fatalf("half a body is answered with %.300s", b)
		}
	}
}

// hostileCrowd: many large bodies at once. Some are taken and some told to come
// back; none brings the server down.
func hostileCrowd(t *testing.T, _ *node, c *caller) {
	var all sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	for range 16 {
		all.Go(func() {
			// A resource that is large and has very many parts.
			body := repeatText(`{"resourceType":"Patient","name":[{"given":["x"`, `,"x"`, 4_100_000, `]}],"unknown":1}`)
			a, err := c.do("POST", "Patient", body)
			if err != nil {
				t.Error(err)
				return
			}
			a.refusal(t, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable)
			mu.Lock()
			got[a.status]++
			mu.Unlock()
		})
	}
	all.Wait()
	t.Logf("sixteen bodies of four million values at once: %v", got)
}

// repeatText is a reader of head, n times text, and tail.
func repeatText(head, text string, n int64, tail string) io.Reader {
	return io.MultiReader(strings.NewReader(head), io.LimitReader(&cycle{text: text}, n*int64(len(text))), strings.NewReader(tail))
}

type cycle struct {
	text string
	at   int
}

func (c *cycle) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = c.text[c.at]
		c.at = (c.at + 1) % len(c.text)
	}
	return len(p), nil
}
