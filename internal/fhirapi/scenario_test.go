package fhirapi_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// A scenario file holds requests and what must come back, as lines:
//
//	== a title
//	> GET /Patient/1          a request, relative to the FHIR base
//	> Accept: text/html       its headers; "Authorization: none" sends no token
//	| {"resourceType": ...}   its body
//	< 200                     the status that must come back
//	< ETag: W/"*"             a header; * stands for anything; "Name: none" for its absence
//	+ text                    the body must hold this
//	- text                    neither the body nor a header may hold this
//	~ 2 text                  the body must hold this so many times
//	= name body regexp        keep what the regexp's group finds, to be used as {name}
//	= name Location regexp    the same from a header
//
// A request is sent when the first line about its answer is met.

// TestScenarios plays every file in testdata/scenarios on both databases.
func TestScenarios(t *testing.T) {
	files, _ := filepath.Glob("testdata/scenarios/*.txt")
	if len(files) == 0 {
		t.Fatal("there are no scenarios")
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				p := &player{t: t, h: newServer(t, d).handler, file: f, vars: map[string]string{}}
				p.play()
			})
		})
	}
}

// player plays one file.
type player struct {
	t    *testing.T
	h    http.Handler
	file string
	vars map[string]string
	line int

	method, path string
	header       http.Header
	body         []string
	sent         bool
	answer       *httptest.ResponseRecorder
	title        string
}

func (p *player) play() {
	f, err := os.Open(p.file)
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		p.line++
		line := in.Text()
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "=="):
			p.title = strings.TrimSpace(line[2:])
		default:
			p.step(line[0], p.fill(strings.TrimPrefix(line[1:], " ")))
		}
	}
	if err := in.Err(); err != nil {
		p.t.Fatal(err)
	}
}

var holes = regexp.MustCompile(`\{[a-z]+[0-9]*\}`)

// fill puts what was kept in place of {name}.
func (p *player) fill(s string) string {
	return holes.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := p.vars[m[1:len(m)-1]]; ok {
			return v
		}
		return m
	})
}

func (p *player) errorf(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("%s:%d: %s: "+format, append([]any{p.file, p.line, p.title}, args...)...)
}

func (p *player) step(kind byte, text string) {
	if kind == '>' || kind == '|' {
		p.request(kind, text)
		return
	}
	if !p.sent {
		p.send()
	}
	body := p.answer.Body.String()
	switch kind {
	case '<':
		p.expect(text)
	case '+':
		if !strings.Contains(body, text) {
			p.errorf("the body lacks %s\n%s", text, cut(body))
		}
	case '-':
		if strings.Contains(body, text) || strings.Contains(headerText(p.answer.Header()), text) {
			p.errorf("the answer must not hold %s\n%s", text, cut(body))
		}
	case '~':
		n, what, _ := strings.Cut(text, " ")
		if want, _ := strconv.Atoi(n); strings.Count(body, what) != want {
			p.errorf("the body holds %s %d times, not %d\n%s", what, strings.Count(body, what), want, cut(body))
		}
	case '=':
		p.keep(text, body)
	default:
		p.t.Fatalf("%s:%d: a line can not begin with %q", p.file, p.line, kind)
	}
}

func (p *player) request(kind byte, text string) {
	if kind == '|' {
		p.body = append(p.body, text)
		return
	}
	if first, rest, _ := strings.Cut(text, " "); !strings.HasSuffix(first, ":") {
		p.method, p.path = first, rest
		p.header, p.body, p.sent = http.Header{}, nil, false
		return
	}
	name, value, _ := strings.Cut(text, ": ")
	p.header.Add(name, value)
}

func (p *player) send() {
	body := strings.Join(p.body, "\n")
	target := p.path
	if !strings.HasPrefix(target, "http") {
		target = "/fhir" + target
	}
	r := httptest.NewRequest(p.method, strings.ReplaceAll(target, " ", "%20"), strings.NewReader(body))
	r.Header = p.header.Clone()
	switch r.Header.Get("Authorization") {
	case "":
		r.Header.Set("Authorization", "Bearer operator")
	case "none":
		r.Header.Del("Authorization")
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	p.answer, p.sent = httptest.NewRecorder(), true
	p.h.ServeHTTP(p.answer, r)
	if strings.HasPrefix(p.answer.Header().Get("Content-Type"), "application/fhir+json") && p.method != "HEAD" {
		p.valid(p.answer.Body.Bytes())
	}
}

// valid holds whatever FHIR is answered against the specification.
func (p *player) valid(body []byte) {
	t, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		p.errorf("%s %s: the answer is not JSON: %v\n%s", p.method, p.path, err, cut(string(body)))
		return
	}
	for _, is := range validate.Resource(t, validate.Options{}) {
		p.errorf("%s %s: the answer is not valid: %s: %s", p.method, p.path, is.Path, is.Message)
	}
}

func (p *player) expect(text string) {
	name, value, isHeader := strings.Cut(text, ": ")
	if !isHeader {
		if want, _ := strconv.Atoi(text); p.answer.Code != want {
			p.errorf("%s %s: status %d, not %s\n%s", p.method, p.path, p.answer.Code, text, cut(p.answer.Body.String()))
		}
		return
	}
	have := strings.Join(p.answer.Header().Values(name), ", ")
	if value == "none" {
		value = ""
	}
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(value), `\*`, ".*") + "$"
	if !regexp.MustCompile(pattern).MatchString(have) {
		p.errorf("the header %s is %q, not %q", name, have, value)
	}
}

func (p *player) keep(text, body string) {
	parts := strings.SplitN(text, " ", 3)
	if len(parts) != 3 {
		p.t.Fatalf("%s:%d: write: = name body regexp", p.file, p.line)
	}
	from := body
	if parts[1] != "body" {
		from = p.answer.Header().Get(parts[1])
	}
	m := regexp.MustCompile(parts[2]).FindStringSubmatch(from)
	if m == nil {
		p.errorf("%s was not found in %s", parts[2], cut(from))
		return
	}
	p.vars[parts[0]] = strings.ReplaceAll(m[len(m)-1], "http://example.com/fhir", "")
}

func headerText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b)
	return b.String()
}

func cut(s string) string {
	if len(s) > 1500 {
		return s[:1500] + "..."
	}
	return s
}
