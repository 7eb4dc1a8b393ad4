package fhirapi

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/web"
)

// step is one entry of a batch or transaction with what it asks.
type step struct {
	index  int
	entry  fhir.Entry
	method string
	path   string // relative to the base, without a slash in front
	query  string
	rank   int
}

// The order in which entries are done, whatever their order in the Bundle
// (http://hl7.org/fhir/R4/http.html#trules).
const (
	rankDelete = iota
	rankPost
	rankPut
	rankRead
)

func (s *step) String() string {
	text := s.method + " " + s.path
	if s.query != "" {
		text += "?..." // what is searched for may be about a person
	}
	return text
}

// bundle does a batch or a transaction
// (http://hl7.org/fhir/R4/http.html#transaction).
func (c *call) bundle() error {
	if c.nested {
		return problem.New(problem.Unsupported, "A Bundle can not be sent inside a Bundle. Send its entries by themselves.")
	}
	if err := c.needFHIR(); err != nil {
		return err
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	t, err := parse(body)
	if err != nil {
		return err
	}
	root := t.Root()
	if !root.Get("resourceType").Is("Bundle") {
		return problem.At(problem.Invalid, "resourceType", "Only a Bundle can be sent to this address. Send other resources to the address of their type, such as /Patient.")
	}
	steps, err := c.steps(root)
	if err != nil {
		return err
	}
	switch kind := root.Get("type").Str(); kind {
	case "batch":
		return c.batch(steps)
	case "transaction":
		return c.transaction(steps)
	default:
		return problem.At(problem.Invalid, "Bundle.type", "A Bundle of type "+quote(kind)+" can not be run. Use batch or transaction, or send it to /Bundle to have it stored.")
	}
}

// steps reads the entries of a Bundle.
func (c *call) steps(root fhir.Node) ([]step, error) {
	n := root.Get("entry").Len()
	if most := c.s.cfg.MaxEntries; n > most {
		return nil, problem.New(problem.TooLarge, "The Bundle has "+strconv.Itoa(n)+" entries; at most "+strconv.Itoa(most)+" are taken. Send it in smaller parts.")
	}
	steps := make([]step, 0, n)
	for i, e := range fhir.Entries(root) {
		st := step{index: i, entry: e, method: e.Request.Get("method").Str()}
		place := "Bundle.entry[" + strconv.Itoa(i) + "].request"
		address := e.Request.Get("url").Str()
		if st.method == "" || !e.Request.Get("url").Exists() {
			return nil, problem.At(problem.Invalid, place, "Entry "+strconv.Itoa(i+1)+" does not say what to do. Give it a request with a method and a url.").WithCode("required")
		}
		switch st.method {
		case "DELETE":
			st.rank = rankDelete
		case "POST":
			st.rank = rankPost
		case "PUT", "PATCH":
			st.rank = rankPut
		case "GET", "HEAD":
			st.rank = rankRead
		default:
			return nil, problem.At(problem.Invalid, place+".method", quote(st.method)+" is not a method. Use GET, HEAD, POST, PUT, PATCH or DELETE.").WithCode("code-invalid")
		}
		if err := st.locate(c.base(), address); err != nil {
			return nil, problem.At(problem.Invalid, place+".url", problem.Sentence(err))
		}
		steps = append(steps, st)
	}
	return steps, nil
}

// locate takes an entry's url apart. It may be absolute when it leads here.
func (s *step) locate(base, address string) error {
	if rest, ok := strings.CutPrefix(address, base); ok {
		address = rest
	} else if strings.Contains(strings.SplitN(address, "?", 2)[0], "://") {
		return problem.New(problem.Invalid, "The url of an entry must lead to this server. Write it without the server, such as Patient/123.")
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(address, "/"), "?")
	path, err := url.PathUnescape(path)
	if err != nil {
		return problem.New(problem.Invalid, "The url of this entry can not be read. Write it such as Patient/123.")
	}
	s.path, s.query = path, query
	return nil
}

func byRank(a, b step) int { return a.rank - b.rank }

// batch does every entry for itself: one that fails does not stop the others.
func (c *call) batch(steps []step) error {
	answers := make([]memory, len(steps))
	order := slices.Clone(steps)
	slices.SortStableFunc(order, byRank)
	for i := range order {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		c.inner(&order[i], &answers[order[i].index])
	}
	b := newBundle("batch-response")
	defer b.free()
	c.tail = ""
	for i := range answers {
		b.answer(c, &answers[i])
	}
	return c.send(http.StatusOK, b.end())
}

// maxAnswers bounds the bytes of all answers to one Bundle, which wait in
// memory until the last one is there.
const maxAnswers = 128 << 20

// memory is the answer to an entry, kept until the Bundle is written.
type memory struct {
	header  http.Header
	status  int
	body    []byte
	updated time.Time
}

func (m *memory) Header() http.Header { return m.header }
func (m *memory) WriteHeader(status int) {
	if m.status == 0 {
		m.status = status
	}
}
func (m *memory) Write(b []byte) (int, error) {
	m.WriteHeader(http.StatusOK)
	m.body = append(m.body, b...)
	return len(b), nil
}

// inner answers one entry as if it had been sent alone, in the same session.
func (c *call) inner(st *step, m *memory) {
	m.header = http.Header{}
	if c.spent > maxAnswers {
		over := call{s: c.s, w: m, r: c.r, ctx: c.ctx}
		over.fail(problem.New(problem.TooLarge, "The answers to this Bundle are too large together. Ask for this entry by itself, or for less."))
		return
	}
	r := &http.Request{
		Method: st.method,
		URL:    &url.URL{Path: c.s.cfg.Path + "/" + st.path, RawQuery: st.query},
		Header: c.innerHeader(st),
		Host:   c.r.Host, TLS: c.r.TLS,
		Body: http.NoBody,
	}
	if st.entry.Resource.Exists() {
		body, kind := st.body()
		r.Header.Set("Content-Type", kind)
		r.Body, r.ContentLength = bodyOf(body), int64(len(body))
	}
	in := call{s: c.s, w: m, r: r, ctx: c.ctx, who: c.who, session: c.session, root: c.root, nested: true}
	if err := c.s.serve(&in); err != nil {
		if web.Status(err) >= http.StatusInternalServerError {
			c.s.cfg.Log.LogAttrs(c.ctx, slog.LevelError, "an entry of a Bundle failed",
				slog.String("request", c.requestID()), slog.String("error", problem.LogText(err)))
		}
		in.fail(err)
	}
	c.session = in.session
	c.spent += len(m.body)
}

func (c *call) innerHeader(st *step) http.Header {
	h := http.Header{}
	for name, field := range map[string]string{
		"If-Match": "ifMatch", "If-None-Match": "ifNoneMatch",
		"If-Modified-Since": "ifModifiedSince", "If-None-Exist": "ifNoneExist",
	} {
		if v := st.entry.Request.Get(field).Str(); v != "" {
			h.Set(name, v)
		}
	}
	if v := h.Get("If-Modified-Since"); v != "" {
		if t, err := parseMoment("ifModifiedSince", v); err == nil {
			h.Set("If-Modified-Since", httpTime(t))
		}
	}
	if p := c.r.Header["Prefer"]; len(p) > 0 {
		h["Prefer"] = p
	}
	if st.rank < rankRead && c.prefer.returns == "" && !strings.Contains(st.path, "$") {
		h.Add("Prefer", "return=minimal")
	}
	return h
}

// body is what an entry sends, and as what. A Binary in a PATCH carries a
// JSON Patch (http://hl7.org/fhir/R4/http.html#patch).
func (s *step) body() (body []byte, kind string) {
	if s.method == "PATCH" && s.entry.Resource.Get("resourceType").Is("Binary") {
		return decode64(s.entry.Resource.Get("data")), s.entry.Resource.Get("contentType").Str()
	}
	return s.entry.Resource.Raw(), mimeFHIR
}

// answer writes an entry of a batch-response.
func (b *bundle) answer(c *call, m *memory) {
	b.open()
	failed := m.status >= 400
	if len(m.body) > 0 && !failed {
		b.buf = append(b.buf, `"resource":`...)
		b.buf = append(b.buf, m.body...)
		b.buf = append(b.buf, ',')
	}
	b.status(m.status)
	if v := m.header.Get("Location"); v != "" {
		b.buf = append(b.buf, `,"location":`...)
		b.buf = fhir.AppendString(b.buf, strings.TrimPrefix(v, c.base()+"/"))
	}
	if v := m.header.Get("Etag"); v != "" {
		b.buf = append(b.buf, `,"etag":`...)
		b.buf = fhir.AppendString(b.buf, v)
	}
	if m.header.Get("Last-Modified") != "" {
		b.buf = append(b.buf, `,"lastModified":"`...)
		b.buf = append(b.buf, stamp(m.updated)...)
		b.buf = append(b.buf, '"')
	}
	if failed && len(m.body) > 0 {
		b.buf = append(b.buf, `,"outcome":`...)
		b.buf = append(b.buf, m.body...)
	}
	b.buf = append(b.buf, `}}`...)
}

// status begins the response of an entry.
func (b *bundle) status(status int) {
	b.buf = append(b.buf, `"response":{"status":"`...)
	b.buf = strconv.AppendInt(b.buf, int64(status), 10)
	if text := http.StatusText(status); text != "" {
		b.buf = append(b.buf, ' ')
		b.buf = append(b.buf, text...)
	}
	b.buf = append(b.buf, '"')
}

// outcome writes an entry of a transaction-response.
func (b *bundle) outcome(c *call, st *step, out record.Outcome) {
	b.open()
	if st.method != "DELETE" && c.prefer.returns == "representation" && out.Resource.Body != nil {
		b.fullURL(c, out.Resource.Key)
		b.buf = append(b.buf, `,"resource":`...)
		b.buf = append(b.buf, out.Resource.Body...)
		b.buf = append(b.buf, ',')
	}
	status := http.StatusOK
	switch {
	case st.method == "DELETE":
		status = http.StatusNoContent
	case out.Created:
		status = http.StatusCreated
	}
	b.status(status)
	if r := &out.Resource; r.Version > 0 {
		if st.method != "DELETE" {
			b.buf = append(b.buf, `,"location":"`...)
			b.buf = append(b.buf, r.Type+"/"+r.ID+"/_history/"...)
			b.buf = strconv.AppendInt(b.buf, r.Version, 10)
			b.buf = append(b.buf, '"')
		}
		b.versionOf(r)
	}
	if c.prefer.returns == "OperationOutcome" {
		b.buf = append(b.buf, `,"outcome":`...)
		said := saidOf(out)
		if st.method == "DELETE" {
			said = saidOfDelete(out)
		}
		b.buf = appendOutcome(b.buf, "", done(said))
	}
	b.buf = append(b.buf, `}}`...)
}
