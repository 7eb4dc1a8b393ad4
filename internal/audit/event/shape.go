package event

// The parts of an AuditEvent that are filled
// (http://hl7.org/fhir/R4/auditevent.html).
type (
	resource struct {
		Type     string    `json:"resourceType"`
		ID       string    `json:"id,omitempty"`
		Meta     meta      `json:"meta"`
		Kind     coding    `json:"type"`
		Sub      []coding  `json:"subtype"`
		Action   string    `json:"action"`
		Recorded string    `json:"recorded"`
		Outcome  string    `json:"outcome"`
		Said     string    `json:"outcomeDesc,omitempty"`
		Purpose  []concept `json:"purposeOfEvent,omitempty"`
		Agents   []agent   `json:"agent"`
		Source   source    `json:"source"`
		Entities []entity  `json:"entity,omitempty"`
	}
	meta struct {
		Version string   `json:"versionId"`
		Updated string   `json:"lastUpdated"`
		Profile []string `json:"profile,omitempty"`
	}
	coding struct {
		System  string `json:"system,omitempty"`
		Code    string `json:"code"`
		Display string `json:"display,omitempty"`
	}
	concept struct {
		Coding []coding `json:"coding,omitempty"`
		Text   string   `json:"text,omitempty"`
	}
	identifier struct {
		System string `json:"system,omitempty"`
		Value  string `json:"value"`
	}
	who struct {
		Reference  string      `json:"reference,omitempty"`
		Identifier *identifier `json:"identifier,omitempty"`
		Display    string      `json:"display,omitempty"`
	}
	extension struct {
		URL   string `json:"url"`
		Value string `json:"valueCode"`
	}
	absent struct {
		Extension []extension `json:"extension"`
	}
	network struct {
		Address string  `json:"address,omitempty"`
		Absent  *absent `json:"_address,omitempty"`
		Type    string  `json:"type,omitempty"`
	}
	agent struct {
		Type      *concept  `json:"type,omitempty"`
		Role      []concept `json:"role,omitempty"`
		Who       who       `json:"who"`
		Name      string    `json:"name,omitempty"`
		Requestor bool      `json:"requestor"`
		Policy    []string  `json:"policy,omitempty"`
		Network   *network  `json:"network,omitempty"`
		Purpose   []concept `json:"purposeOfUse,omitempty"`
	}
	source struct {
		Observer who      `json:"observer"`
		Type     []coding `json:"type,omitempty"`
	}
	entity struct {
		What        *who    `json:"what,omitempty"`
		Type        *coding `json:"type,omitempty"`
		Role        *coding `json:"role,omitempty"`
		Description string  `json:"description,omitempty"`
		Query       string  `json:"query,omitempty"`
	}
)

func typeOf(c coding) *concept { return &concept{Coding: []coding{c}} }
