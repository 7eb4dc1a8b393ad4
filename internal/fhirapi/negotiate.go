package fhirapi

import (
	"mime"
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
)

// prefer is what the Prefer header asks (RFC 7240,
// http://hl7.org/fhir/R4/http.html#ops and search.html#errors).
type prefer struct {
	returns string // minimal, representation, OperationOutcome or ""
	strict  bool   // handling=strict
	async   bool   // respond-async
}

func parsePrefer(values []string) prefer {
	var p prefer
	for _, v := range values {
		for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ',' || r == ';' }) {
			name, value, _ := strings.Cut(part, "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "return":
				p.returns = value
			case "handling":
				p.strict = value == "strict"
			case "respond-async":
				p.async = true
			}
		}
	}
	return p
}

// shape says how a resource is to be written.
type shape struct {
	pretty   bool
	summary  string
	elements []string
}

// negotiate reads what every interaction understands: Accept, _format,
// _pretty, Prefer. Only JSON is spoken here.
func (c *call) negotiate() error {
	if len(c.r.Header["Prefer"]) > 0 {
		c.prefer = parsePrefer(c.r.Header["Prefer"])
	}
	if c.r.URL.RawQuery == "" {
		return c.accept("")
	}
	pairs, err := parseQuery(nil, c.r.URL.RawQuery)
	if err != nil {
		return err
	}
	c.pairs = pairs
	return c.accept(c.format())
}

// format takes the parameters that shape an answer from the query.
func (c *call) format() (format string) {
	for _, p := range c.pairs {
		switch p.Name {
		case "_format":
			format = p.Value
		case "_pretty":
			c.shape.pretty = p.Value == "true"
		case "_summary":
			c.shape.summary = p.Value
		case "_elements":
			c.shape.elements = append(c.shape.elements, splitList(p.Value)...)
		}
	}
	return format
}

const onlyJSON = "This server answers in JSON only. Ask for application/fhir+json, or leave the format out."

// accept checks that the caller takes JSON; _format speaks louder than Accept
// (http://hl7.org/fhir/R4/http.html#parameters).
func (c *call) accept(format string) error {
	if format != "" {
		if format == "json" || isJSON(format) {
			return nil
		}
		return refuse(http.StatusNotAcceptable, onlyJSON)
	}
	values := c.r.Header["Accept"]
	if len(values) == 0 {
		return nil
	}
	for _, v := range values {
		if v == "" || v == "*/*" || v == mimeFHIR {
			return nil
		}
		for part := range strings.SplitSeq(v, ",") {
			if isJSON(strings.TrimSpace(part)) {
				return nil
			}
		}
	}
	return refuse(http.StatusNotAcceptable, onlyJSON)
}

// isJSON tells whether a media range takes what this server writes. A blank
// where the plus of a `_format` was is read as the plus (R4 asks for that).
func isJSON(media string) bool {
	media = strings.Replace(media, "application/fhir json", mimeFHIR, 1)
	typ, params, err := mime.ParseMediaType(media)
	if err != nil {
		return false
	}
	switch typ {
	case "*/*", "application/*", mimeFHIR, "application/json", "text/json", "application/json+fhir", "application/x-ndjson", "application/fhir+ndjson":
	default:
		return false
	}
	if v := params["fhirversion"]; v != "" && v != "4.0" && v != "4.0.1" {
		return false
	}
	q := params["q"]
	return q == "" || strings.Trim(q, "0.") != ""
}

// bodyKind is what a request says its body is.
type bodyKind uint8

const (
	bodyOther bodyKind = iota
	bodyFHIR
	bodyJSONPatch
	bodyForm
)

func (c *call) bodyKind() (bodyKind, error) {
	header := c.r.Header.Get("Content-Type")
	if header == mimeFHIR {
		return bodyFHIR, nil
	}
	typ, params, err := mime.ParseMediaType(header)
	if err != nil {
		return bodyOther, refuse(http.StatusUnsupportedMediaType,
			"Say what the body is: send the header Content-Type: application/fhir+json.")
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") {
		return bodyOther, refuse(http.StatusUnsupportedMediaType, "Send the body in UTF-8.")
	}
	if v := params["fhirversion"]; v != "" && v != "4.0" && v != "4.0.1" {
		return bodyOther, refuse(http.StatusUnsupportedMediaType, "This server speaks FHIR 4.0 (R4) only. Send the resource in that version.")
	}
	switch typ {
	case mimeFHIR, "application/json", "text/json", "application/json+fhir":
		return bodyFHIR, nil
	case "application/json-patch+json":
		return bodyJSONPatch, nil
	case "application/x-www-form-urlencoded":
		return bodyForm, nil
	}
	return bodyOther, nil
}

// needFHIR refuses a body that is not FHIR JSON.
func (c *call) needFHIR() error {
	kind, err := c.bodyKind()
	if err == nil && kind != bodyFHIR {
		err = refuse(http.StatusUnsupportedMediaType,
			"This server takes FHIR as JSON. Send the header Content-Type: application/fhir+json and a JSON body.")
	}
	return err
}

// known refuses parameters that the interaction has no use for when the caller
// asked for strict handling.
func (c *call) known(names ...string) error {
	if !c.prefer.strict {
		return nil
	}
next:
	for _, p := range c.pairs {
		switch p.Name {
		case "_format", "_pretty", "_summary", "_elements":
			continue
		}
		for _, n := range names {
			if p.Name == n {
				continue next
			}
		}
		return problem.New(problem.Invalid, "The parameter "+quote(p.Name)+" means nothing here. Leave it out, or ask without handling=strict.")
	}
	return nil
}
