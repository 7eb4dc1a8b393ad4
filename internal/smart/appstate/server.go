package appstate

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// Path is where a Server is to be mounted.
const Path = "/appstate/"

const pathBasic = Path + "Basic"

// Log is what is needed of the access log.
type Log interface {
	Append(ctx context.Context, entries ...audit.Entry) error
}

// Config is what a Server is made of.
type Config struct {
	States *States
	Log    Log
	// Holder says who asks, by the request's access token.
	Holder func(*http.Request) (client.Holder, error)
	// FHIR is the base URL of the FHIR interface, and Base that of this one.
	FHIR, Base string
}

// Server answers what lies below Path, as the FHIR interface that SMART 2.2
// describes ("App State Interactions").
type Server struct{ c Config }

// New makes a Server.
func New(c Config) *Server {
	c.FHIR, c.Base = strings.TrimSuffix(c.FHIR, "/"), strings.TrimSuffix(c.Base, "/")
	return &Server{c}
}

// call is one request on its way through.
type call struct {
	*Server
	w http.ResponseWriter
	r *http.Request
	h client.Holder
}

// Handle answers one request; it is a web.Handler.
func (s *Server) Handle(w http.ResponseWriter, r *http.Request) error {
	id, one := strings.CutPrefix(r.URL.Path, pathBasic+"/")
	do, verb, allow := (*call)(nil).route(r.Method, one)
	switch {
	case r.URL.Path != pathBasic && !(one && fhir.ValidID(id)):
		return problem.New(problem.NotFound, "There is nothing at this address. Apps keep Basic resources here.")
	case do == nil:
		w.Header().Set("Allow", allow)
		return web.WithStatus(http.StatusMethodNotAllowed, problem.New(problem.Unsupported, "This does not work at this address. The header Allow says what does."))
	}
	h, err := s.c.Holder(r)
	if err == nil {
		err = web.Known(w, "client:"+h.Client+"\x00"+h.Account, "")
	}
	if err != nil {
		return err
	}
	if !might(h, verb) {
		return tooLittle()
	}
	return do(&call{s, w, r, h}, id)
}

// route is what a method does, the right that it needs, and all that there is.
func (*call) route(method string, one bool) (do func(*call, string) error, v access.Verb, allow string) {
	switch {
	case one && method == http.MethodGet:
		do, v = (*call).read, access.Read
	case one && method == http.MethodPut:
		do, v = (*call).update, access.Update
	case one && method == http.MethodDelete:
		do, v = (*call).delete, access.Delete
	case !one && method == http.MethodGet:
		do, v = (*call).find, access.Search
	case !one && method == http.MethodPost:
		do, v = (*call).create, access.Create
	}
	if one {
		return do, v, "DELETE, GET, PUT"
	}
	return do, v, "GET, POST"
}

func tooLittle() error {
	return &refusal{problem.New(problem.Forbidden, "The permission of this app does not cover this. Ask the person for more, such as patient/Basic.cruds, or leave it.")}
}

// refusal is of what the token's scopes do not cover (RFC 6750 section 3.1).
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

// Challenge is what WWW-Authenticate says.
func (r *refusal) Challenge() string { return `Bearer realm="bevan", error="insufficient_scope"` }

func (c *call) create(string) error {
	n, p, err := c.sent("")
	if err != nil {
		return err
	}
	if !may(c.h, access.Create, p.Subject, p.Code) {
		return c.denied(access.Create)
	}
	st, err := c.c.States.Create(c.r.Context(), p, n.Tree().Bytes())
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", c.c.Base+"/Basic/"+st.ID)
	return c.give(access.Create, http.StatusCreated, st)
}

func (c *call) update(id string) error {
	known, err := c.known()
	if err != nil {
		return err
	}
	n, p, err := c.sent(id)
	if err != nil {
		return err
	}
	st, found, err := c.c.States.Get(c.r.Context(), c.h.Client, id)
	switch {
	case err != nil:
		return err
	case !found || st.Place != p || !may(c.h, access.Update, p.Subject, p.Code):
		return stale()
	}
	st, err = c.c.States.Update(c.r.Context(), p, id, known, n.Tree().Bytes())
	if err != nil {
		return err
	}
	return c.give(access.Update, http.StatusOK, st)
}

func (c *call) delete(id string) error {
	known, err := c.known()
	if err != nil {
		return err
	}
	st, found, err := c.c.States.Get(c.r.Context(), c.h.Client, id)
	switch {
	case err != nil:
		return err
	case !found || !may(c.h, access.Delete, st.Subject, st.Code):
		return stale()
	}
	if err := c.c.States.Delete(c.r.Context(), c.h.Client, id, known); err != nil {
		return err
	}
	if err := c.note(access.Delete, http.StatusNoContent, -1, st); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *call) read(id string) error {
	st, found, err := c.c.States.Get(c.r.Context(), c.h.Client, id)
	if err != nil {
		return err
	}
	if !found || !may(c.h, access.Read, st.Subject, st.Code) {
		return problem.New(problem.NotFound, "The app keeps nothing under this id. Find it by its code.")
	}
	return c.give(access.Read, http.StatusOK, st)
}

// find answers ?code=&subject= and ?code=&subject:missing=true.
func (c *call) find(string) error {
	p, err := c.asked()
	if err != nil {
		return err
	}
	if !may(c.h, access.Search, p.Subject, p.Code) {
		return c.denied(access.Search)
	}
	all, err := c.c.States.Find(c.r.Context(), p)
	if err != nil {
		return err
	}
	type entry struct {
		FullURL  string            `json:"fullUrl"`
		Resource json.RawMessage   `json:"resource"`
		Search   map[string]string `json:"search"`
	}
	out := struct {
		Type  string  `json:"resourceType"`
		Kind  string  `json:"type"`
		Total int     `json:"total"`
		Entry []entry `json:"entry,omitempty"`
	}{"Bundle", "searchset", len(all), nil}
	for _, st := range all {
		b, err := render(st)
		if err != nil {
			return err
		}
		out.Entry = append(out.Entry, entry{c.c.Base + "/Basic/" + st.ID, b, map[string]string{"mode": "match"}})
	}
	if err := c.note(access.Search, http.StatusOK, int64(len(all)), all...); err != nil {
		return err
	}
	b, err := json.Marshal(out)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return c.write(http.StatusOK, b)
}

// asked is the place that a search names.
func (c *call) asked() (Place, error) {
	p := Place{Client: c.h.Client}
	q, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return p, problem.New(problem.Invalid, "The address can not be read. Encode what stands behind the question mark.")
	}
	for name, values := range q {
		if len(values) != 1 {
			return p, problem.New(problem.Invalid, "A parameter was sent twice. Send each once.")
		}
		switch v := values[0]; name {
		case "code":
			p.Code = v
		case "subject":
			var ok bool
			if p.Subject, ok = local(v, c.c.FHIR); !ok {
				return p, problem.New(problem.Invalid, "The subject is a whole address on this server, such as "+c.c.FHIR+"/Patient/17. Mend it.")
			}
		case "subject:missing":
			if v != "true" {
				return p, problem.New(problem.Invalid, "Ask with subject:missing=true for what the app keeps for everybody.")
			}
		default:
			return p, problem.New(problem.Invalid, "What an app keeps is found by code and subject only. Leave the other parameters out.")
		}
	}
	system, code, ok := strings.Cut(p.Code, "|")
	if !ok || system == "" || code == "" || q.Has("subject") == q.Has("subject:missing") {
		return p, problem.New(problem.Invalid, "Ask with code=SYSTEM|CODE, and with either subject or subject:missing=true.")
	}
	return p, nil
}

// sent is the resource in the request's body, and its place.
func (c *call) sent(id string) (fhir.Node, Place, error) {
	text, err := io.ReadAll(io.LimitReader(c.r.Body, MaxBytes+1))
	if err != nil {
		return fhir.Node{}, Place{}, err
	}
	n, subject, err := read(text, c.c.FHIR, id)
	return n, Place{c.h.Client, subject, codeOf(n)}, err
}

// known is the version that the caller knows: If-Match has to be there.
func (c *call) known() (int64, error) {
	text := c.r.Header.Get("If-Match")
	if text == "" {
		return 0, web.WithStatus(http.StatusPreconditionRequired,
			problem.New(problem.PreconditionFailed, "Say which version you change, so that nobody's change is lost. Send If-Match with the ETag that you have."))
	}
	text = strings.Trim(strings.TrimPrefix(strings.TrimSpace(text), "W/"), `"`)
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < 1 {
		return 0, stale()
	}
	return v, nil
}

// give writes a state, after it is on the access log that it was given.
func (c *call) give(v access.Verb, status int, st State) error {
	b, err := render(st)
	if err != nil {
		return err
	}
	if err := c.note(v, status, -1, st); err != nil {
		return err
	}
	c.w.Header().Set("ETag", `W/"`+strconv.FormatInt(st.Version, 10)+`"`)
	c.w.Header().Set("Last-Modified", st.Updated.Format(http.TimeFormat))
	return c.write(status, b)
}

func (c *call) denied(v access.Verb) error {
	if err := c.note(v, http.StatusForbidden, -1); err != nil {
		return err
	}
	return tooLittle()
}

// note writes the access down. Where that can not be done there is no answer.
func (c *call) note(v access.Verb, status int, total int64, given ...State) error {
	e := audit.Entry{Request: web.RequestID(c.r.Context()), Who: c.h.Who, Purpose: purpose(c.h.Who), Verb: v, Type: "Basic",
		Rule: "app-state", Outcome: status, Total: total}
	for _, st := range given {
		e.Returned = append(e.Returned, audit.Ref{Type: "Basic", ID: st.ID, Version: st.Version})
	}
	if err := c.c.Log.Append(context.WithoutCancel(c.r.Context()), e); err != nil {
		return problem.Wrap(problem.Unavailable, "The access log can't be written, so nothing is shown. Try again in a moment.", err)
	}
	return nil
}

func purpose(who access.Who) access.Purpose {
	switch who.Role {
	case access.RoleSelf:
		return access.Own
	case access.RoleProxy:
		return access.Proxy
	case access.RoleProfessional:
		if who.Mandate != "" {
			return access.Emergency
		}
		return access.Care
	}
	return access.Operations
}

func (c *call) write(status int, body []byte) error {
	h := c.w.Header()
	h.Set("Content-Type", "application/fhir+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the client went away; there is nobody to tell
	return nil
}

// WriteError writes err as an OperationOutcome; it is a web.ErrorWriter.
func (s *Server) WriteError(w http.ResponseWriter, _ *http.Request, err error) {
	var said interface{ Challenge() string }
	if errors.As(err, &said) && said.Challenge() != "" {
		w.Header().Set("WWW-Authenticate", said.Challenge())
	}
	type text struct {
		Text string `json:"text"`
	}
	type issue struct {
		Severity string   `json:"severity"`
		Code     string   `json:"code"`
		Details  text     `json:"details"`
		Place    []string `json:"expression,omitempty"`
	}
	var issues []issue
	for _, i := range problem.IssuesOf(err) {
		one := issue{"error", i.Code, text{i.Sentence}, nil}
		if i.Place != "" {
			one.Place = []string{i.Place}
		}
		issues = append(issues, one)
	}
	b, _ := json.Marshal(struct { // texts always can be written
		Type  string  `json:"resourceType"`
		Issue []issue `json:"issue"`
	}{"OperationOutcome", issues})
	_ = (&call{Server: s, w: w}).write(web.Status(err), b)
}
