package fhirapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
)

// capabilities is a CapabilityStatement as it was last made, and for what.
type capabilities struct {
	registry *search.Registry
	base     string
	body     []byte
}

// The parts of a CapabilityStatement that this server fills
// (http://hl7.org/fhir/R4/capabilitystatement.html). Everything in it is made
// from the route table and the search registry, so that it can not claim what
// is not there.
type (
	capStatement struct {
		ResourceType   string      `json:"resourceType"`
		Status         string      `json:"status"`
		Date           string      `json:"date"`
		Kind           string      `json:"kind"`
		Software       capSoftware `json:"software"`
		Implementation capServer   `json:"implementation"`
		FHIRVersion    string      `json:"fhirVersion"`
		Format         []string    `json:"format"`
		PatchFormat    []string    `json:"patchFormat"`
		Rest           []capRest   `json:"rest"`
	}
	capSoftware struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	capServer struct {
		Description string `json:"description"`
		URL         string `json:"url"`
	}
	capRest struct {
		Mode        string        `json:"mode"`
		Words       string        `json:"documentation,omitempty"`
		Security    capSecurity   `json:"security"`
		Resource    []capResource `json:"resource"`
		Interaction []capCode     `json:"interaction"`
		SearchParam []capParam    `json:"searchParam"`
		Operation   []capOp       `json:"operation,omitempty"`
		Compartment []string      `json:"compartment,omitempty"`
	}
	capSecurity struct {
		Description string `json:"description"`
	}
	capCode struct {
		Code string `json:"code"`
	}
	capResource struct {
		Type              string     `json:"type"`
		Words             string     `json:"documentation,omitempty"`
		Interaction       []capCode  `json:"interaction"`
		Versioning        string     `json:"versioning"`
		ReadHistory       bool       `json:"readHistory"`
		UpdateCreate      bool       `json:"updateCreate"`
		ConditionalCreate bool       `json:"conditionalCreate"`
		ConditionalRead   string     `json:"conditionalRead"`
		ConditionalUpdate bool       `json:"conditionalUpdate"`
		ConditionalDelete string     `json:"conditionalDelete"`
		ReferencePolicy   []string   `json:"referencePolicy"`
		SearchInclude     []string   `json:"searchInclude,omitempty"`
		SearchRevInclude  []string   `json:"searchRevInclude,omitempty"`
		SearchParam       []capParam `json:"searchParam,omitempty"`
		Operation         []capOp    `json:"operation,omitempty"`
	}
	capParam struct {
		Name       string `json:"name"`
		Definition string `json:"definition,omitempty"`
		Type       string `json:"type"`
	}
	capOp struct {
		Name       string `json:"name"`
		Definition string `json:"definition"`
	}
)

// definitions are the canonical addresses of the operations, all of them
// defined by R4, the Bulk Data guide, the International Patient Summary or the guide for
// forecasts of vaccinations; this server defines none itself.
var definitions = map[string]string{
	"$everything":     "http://hl7.org/fhir/OperationDefinition/%-everything",
	"$validate":       "http://hl7.org/fhir/OperationDefinition/Resource-validate",
	"$meta":           "http://hl7.org/fhir/OperationDefinition/Resource-meta",
	"$meta-add":       "http://hl7.org/fhir/OperationDefinition/Resource-meta-add",
	"$meta-delete":    "http://hl7.org/fhir/OperationDefinition/Resource-meta-delete",
	"$summary":        "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
	"$immds-forecast": "http://hl7.org/fhir/us/immds/OperationDefinition/ImmDSForecastOperation",
	"$lastn":          "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
}

var exportDefinitions = map[string]string{
	"":        "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
	"Patient": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export",
	"Group":   "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export",
}

// capabilities answers /metadata (http://hl7.org/fhir/R4/http.html#capabilities).
func (c *call) capabilities() error {
	if mode := c.value("mode"); mode != "" && mode != "full" {
		return problem.New(problem.Unsupported, "Only the whole CapabilityStatement is here. Leave mode out, or use mode=full.")
	}
	reg := search.Base()
	if c.s.cfg.Registry != nil {
		reg = c.s.cfg.Registry()
	}
	have := c.s.caps.Load()
	if have == nil || have.registry != reg || have.base != c.base() {
		body, err := json.Marshal(c.s.statement(reg, c.base()))
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		have = &capabilities{reg, c.base(), body}
		c.s.caps.Store(have)
	}
	body, err := c.shape.apply(have.body)
	if err != nil {
		return err
	}
	// Every page may learn what this server does (SMART App Launch 2.2, CORS).
	c.w.Header().Set("Access-Control-Allow-Origin", "*")
	return c.send(http.StatusOK, body)
}

func (s *Server) statement(reg *search.Registry, base string) capStatement {
	rest := capRest{
		Mode:        "server",
		Words:       s.undefined(),
		Security:    capSecurity{"Every request but this one needs a bearer token."},
		Interaction: s.interactions(""),
		SearchParam: paramsOf(reg.Params("Resource")),
		Operation:   s.operations(""),
	}
	rest.Interaction = append(rest.Interaction, capCode{"batch"})
	includes := includesOf(reg)
	for _, typ := range spec.Resources() {
		one := s.resource(reg, typ, includes)
		if typ == logType {
			one = logClaims(one)
		}
		rest.Resource = append(rest.Resource, one)
	}
	for _, comp := range spec.Compartments() {
		rest.Compartment = append(rest.Compartment, "http://hl7.org/fhir/CompartmentDefinition/"+strings.ToLower(comp))
	}
	return capStatement{
		ResourceType: "CapabilityStatement", Status: "active", Kind: "instance",
		Date:           s.started.UTC().Format(time.RFC3339),
		Software:       capSoftware{"Bevan", s.cfg.Version},
		Implementation: capServer{"Bevan, a health record server", base},
		FHIRVersion:    spec.Version,
		Format:         []string{"json", mimeFHIR},
		PatchFormat:    []string{"application/json-patch+json", mimeFHIR},
		Rest:           []capRest{rest},
	}
}

// undefined names in words the operations that no published definition
// describes: an operation can be listed with a definition only.
func (s *Server) undefined() string {
	var names []string
	for _, r := range s.routes {
		if strings.HasPrefix(r.what, "$") && r.what != "$export" && definitions[r.what] == "" && (s.cfg.Bulk != nil || r.what != "$import") &&
			(s.cfg.Messages != nil || r.what != "$process-message") && !slices.Contains(names, r.what) {
			names = append(names, r.what)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Operations without a published definition: " + strings.Join(names, ", ") + "."
}

// includes are, for each type, what _include and _revinclude can follow.
type includes map[string]struct{ forward, reverse []string }

func includesOf(reg *search.Registry) includes {
	all := includes{}
	for _, typ := range spec.Resources() {
		for _, p := range reg.Params(typ) {
			if p.Kind != search.Reference {
				continue
			}
			name := typ + ":" + p.Code
			own := all[typ]
			own.forward = append(own.forward, name)
			all[typ] = own
			for _, target := range p.Target {
				to := all[target]
				to.reverse = append(to.reverse, name)
				all[target] = to
			}
		}
	}
	return all
}

func (s *Server) resource(reg *search.Registry, typ string, inc includes) capResource {
	conditionalDelete := "single"
	if s.cfg.DeleteManyMatch {
		conditionalDelete = "multiple"
	}
	var own []*search.Param
	for _, p := range reg.Params(typ) {
		if !p.IsCommon() {
			own = append(own, p)
		}
	}
	return capResource{
		Type: typ, Interaction: s.interactions("{type}"),
		Versioning: "versioned", ReadHistory: true, UpdateCreate: true,
		ConditionalCreate: true, ConditionalRead: "full-support",
		ConditionalUpdate: true, ConditionalDelete: conditionalDelete,
		ReferencePolicy: []string{"literal", "logical", "local"},
		SearchInclude:   inc[typ].forward, SearchRevInclude: inc[typ].reverse,
		SearchParam: paramsOf(own),
		Operation:   s.operations(typ),
	}
}

func paramsOf(params []*search.Param) []capParam {
	var out []capParam
	for _, p := range params {
		if p.Answered() {
			out = append(out, capParam{p.Code, p.URL, p.Kind.String()})
		}
	}
	return out
}

// interactions lists the interactions of the routes whose path begins so.
func (s *Server) interactions(first string) []capCode {
	var out []capCode
	for _, r := range s.routes {
		head, _, _ := strings.Cut(r.path, "/")
		if strings.HasPrefix(head, "_") {
			head = ""
		}
		code := capCode{r.what}
		if head == first && r.what != "" && r.what[0] != '$' && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// operations lists the operations of a type, or of the system for "". Those
// that every type has are listed with every type.
func (s *Server) operations(typ string) []capOp {
	var out []capOp
	for _, r := range s.routes {
		name, ok := strings.CutPrefix(r.what, "$")
		head, _, _ := strings.Cut(r.path, "/")
		if strings.HasPrefix(head, "$") {
			head = ""
		}
		if !ok || head != typ && (head != "{type}" || typ == "") {
			continue
		}
		definition := strings.Replace(definitions[r.what], "%", typ, 1)
		if r.what == "$export" {
			definition = exportDefinitions[head]
		}
		if definition == "" || s.cfg.Bulk == nil && r.what == "$export" {
			continue
		}
		op := capOp{name, definition}
		if !slices.Contains(out, op) {
			out = append(out, op)
		}
	}
	return out
}
