package fhirapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Bulk is what the bulk-data requests need; *exchange.Bulk is one.
type Bulk interface {
	Export(ctx context.Context, who access.Who, r exchange.ExportRequest) (id string, err error)
	Import(ctx context.Context, who access.Who, r exchange.ImportRequest) (id string, err error)
	Status(ctx context.Context, who access.Who, id string) (exchange.BulkStatus, error)
	Cancel(ctx context.Context, who access.Who, id string) error
	File(ctx context.Context, who access.Who, id, name string) (*os.File, error)
}

func (c *call) bulk() (Bulk, error) {
	if c.s.cfg.Bulk == nil {
		return nil, problem.New(problem.Unsupported, "This server does no bulk export or import.")
	}
	return c.s.cfg.Bulk, nil
}

// The three levels of export (http://hl7.org/fhir/uv/bulkdata/export.html):
// everything, the records of all patients, the records of a group's members.

func (c *call) exportAll() error { return c.export(nil, nil) }

func (c *call) exportPatients() error {
	sent, err := c.parameters()
	if err != nil {
		return err
	}
	patients, err := patientsOf(sent)
	if err != nil {
		return err
	}
	return c.export(sent, patients)
}

func (c *call) exportGroup() error {
	s, err := c.open(access.Export)
	if err != nil {
		return err
	}
	res, err := s.Read(c.ctx, record.Key{Type: "Group", ID: c.id}, 0)
	if err != nil {
		return err
	}
	t, err := fhir.Parse(res.Body, fhir.Limits{})
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	c.typ = "Patient"
	patients := []string{}
	for m := range t.Root().Get("member").Items() {
		if m.Get("inactive").Str() == "true" {
			continue
		}
		if r := fhir.ParseReference(m.Get("entity").Get("reference").Str()); r.Type == "Patient" && !slices.Contains(patients, r.ID) {
			patients = append(patients, r.ID)
		}
	}
	return c.export(nil, patients)
}

// patientsOf reads the patient parameters of a POST; nil when there are none.
func patientsOf(sent *fhir.Tree) ([]string, error) {
	if sent == nil {
		return nil, nil
	}
	var ids []string
	for p := range sent.Root().Get("parameter").Items() {
		if !p.Get("name").Is("patient") {
			continue
		}
		r := fhir.ParseReference(p.Get("valueReference").Get("reference").Str())
		if r.Type != "Patient" || r.ID == "" {
			return nil, problem.New(problem.Invalid, "The parameter patient must be a reference such as Patient/123.")
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// export starts an export and says where its status is.
func (c *call) export(sent *fhir.Tree, patients []string) error {
	b, err := c.bulk()
	if err != nil {
		return err
	}
	if sent == nil {
		if _, err := c.parameters(); err != nil {
			return err
		}
	}
	if err := c.known("_since", "_type", "_typeFilter", "_outputFormat", "patient"); err != nil {
		return err
	}
	r, err := c.exportRequest(patients)
	if err != nil {
		return err
	}
	id, err := b.Export(c.ctx, c.who, r)
	if err != nil {
		return err
	}
	return c.started(id)
}

func (c *call) exportRequest(patients []string) (exchange.ExportRequest, error) {
	r := exchange.ExportRequest{URL: c.base() + c.r.URL.RequestURI()[min(len(c.s.cfg.Path), len(c.r.URL.RequestURI())):], Types: c.values("_type"), Patients: patients}
	switch c.value("_outputFormat") {
	case "", "ndjson", mimeNDJSON, "application/ndjson", "application/fhir ndjson":
	default:
		return r, problem.New(problem.Unsupported, "Exports are written as NDJSON only. Leave _outputFormat out, or use application/fhir+ndjson.")
	}
	for _, t := range r.Types {
		if !spec.IsResource(t) {
			return r, problem.New(problem.Invalid, quote(t)+", which _type names, is not a resource type of FHIR R4. Check the spelling.")
		}
	}
	for _, p := range c.pairs {
		switch p.Name {
		case "_typeFilter":
			r.Filters = append(r.Filters, splitFilters(p.Value)...)
		case "_elements":
			return r, problem.New(problem.Unsupported, "An export gives whole resources. Leave _elements out.")
		}
	}
	if v := c.value("_since"); v != "" {
		var err error
		if r.Since, err = parseMoment("_since", v); err != nil {
			return r, err
		}
	}
	if c.typ == "Patient" && patients == nil {
		r.Types = exchange.PatientTypes(r.Types)
		if len(r.Types) == 0 {
			return r, problem.New(problem.Invalid, "None of the types that _type names can be in a patient's record.")
		}
	}
	return r, nil
}

// splitFilters cuts a list of searches at the commas that begin another one: a
// comma within a search stands for "or".
func splitFilters(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		head, _, query := strings.Cut(part, "?")
		if len(out) > 0 && !(query && spec.IsResource(head)) && !spec.IsResource(part) {
			out[len(out)-1] += "," + part
		} else {
			out = append(out, part)
		}
	}
	return out
}

const mimeNDJSON = "application/fhir+ndjson"

func (c *call) started(id string) error {
	c.w.Header()["Content-Location"] = []string{c.base() + "/_bulk/" + id}
	return c.send(http.StatusAccepted, appendOutcome(nil, c.requestID(),
		done("The work has begun. Ask the address in Content-Location how far it is.")))
}

// importFiles starts a load of NDJSON files from the server's import folder.
// Nothing is fetched from elsewhere: the service makes no outbound connection.
func (c *call) importFiles() error {
	b, err := c.bulk()
	if err != nil {
		return err
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
	r := exchange.ImportRequest{URL: c.base() + "/$import"}
	add := func(n fhir.Node) {
		name := strings.TrimPrefix(n.Str(), "file:")
		r.Files = append(r.Files, name)
	}
	for in := range t.Root().Get("input").Items() {
		add(in.Get("url"))
	}
	for p := range t.Root().Get("parameter").Items() {
		for part := range p.Get("part").Items() {
			if p.Get("name").Is("input") && part.Get("name").Is("url") {
				for _, value := range []string{"valueUrl", "valueUri", "valueString"} {
					if n := part.Get(value); n.Exists() {
						add(n)
					}
				}
			}
		}
	}
	id, err := b.Import(c.ctx, c.who, r)
	if err != nil {
		return err
	}
	return c.started(id)
}

// manifest is the answer for work that is done
// (http://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status).
type manifest struct {
	TransactionTime     string         `json:"transactionTime"`
	Request             string         `json:"request"`
	RequiresAccessToken bool           `json:"requiresAccessToken"`
	Output              []manifestFile `json:"output"`
	Error               []manifestFile `json:"error"`
}

type manifestFile struct {
	Type  string `json:"type"`
	URL   string `json:"url,omitempty"`
	Count int64  `json:"count"`
}

// bulkStatus tells how far a job is, or what it gave.
func (c *call) bulkStatus() error {
	b, err := c.bulk()
	if err != nil {
		return err
	}
	st, err := b.Status(c.ctx, c.who, c.id)
	if err != nil {
		return err
	}
	switch st.State {
	case jobs.Done:
	case jobs.Failed:
		return problem.New(problem.Internal, "The work stopped: "+st.Error)
	default:
		h := c.w.Header()
		h.Set("Retry-After", "2")
		h.Set("X-Progress", progressText(st))
		return c.empty(http.StatusAccepted)
	}
	m := manifest{TransactionTime: stamp(st.At), Request: st.URL, RequiresAccessToken: true,
		Output: []manifestFile{}, Error: []manifestFile{}}
	for _, f := range st.Files {
		m.Output = append(m.Output, manifestFile{f.Type, c.base() + "/_bulk/" + c.id + "/" + f.Name, f.Count})
	}
	for typ, n := range st.Loaded {
		m.Output = append(m.Output, manifestFile{Type: typ, Count: int64(n)})
	}
	slices.SortFunc(m.Output, func(a, b manifestFile) int { return strings.Compare(a.Type+a.URL, b.Type+b.URL) })
	if f := st.Errors; f.Name != "" {
		m.Error = append(m.Error, manifestFile{f.Type, c.base() + "/_bulk/" + c.id + "/" + f.Name, f.Count})
	}
	body, err := json.Marshal(m)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return c.write(http.StatusOK, typeJSON, body)
}

func progressText(st exchange.BulkStatus) string {
	switch {
	case st.State == jobs.Waiting:
		return "waiting for its turn"
	case st.Total > 0:
		return strconv.FormatInt(100*st.Done/st.Total, 10) + "% done"
	}
	return strconv.FormatInt(st.Done, 10) + " resources done"
}

func (c *call) bulkCancel() error {
	b, err := c.bulk()
	if err != nil {
		return err
	}
	if err := b.Cancel(c.ctx, c.who, c.id); err != nil {
		return err
	}
	return c.send(http.StatusAccepted, appendOutcome(nil, c.requestID(), done("The work was stopped and its files are deleted.")))
}

var typeNDJSON = []string{mimeNDJSON}

// bulkFile sends a file of a job that is done.
func (c *call) bulkFile() error {
	b, err := c.bulk()
	if err != nil {
		return err
	}
	f, err := b.File(c.ctx, c.who, c.id, c.name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return problem.Wrap(problem.Unavailable, "The file could not be read. Try again.", err)
	}
	h := c.w.Header()
	h["Content-Type"] = typeNDJSON
	h["Cache-Control"] = noSharing
	h["Content-Length"] = []string{strconv.FormatInt(info.Size(), 10)}
	c.w.WriteHeader(http.StatusOK)
	if c.headOnly {
		return nil
	}
	if _, err := io.Copy(c.w, f); err != nil && !errors.Is(err, context.Canceled) {
		return err // the length was promised, so the connection must not be used again
	}
	return nil
}
