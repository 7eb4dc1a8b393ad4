// Package event writes an entry of the access log as a FHIR R4 AuditEvent, in
// the patterns of IHE's Basic Audit Log Patterns (BALP 1.1, profiles
// IHE.BasicAudit.Read, Query, Create, Update and Delete, each with and without
// a patient).
//
// It is here, beside the log, because two doors show entries (the FHIR
// interface, and the page from which a person takes theirs away) and neither
// may know the other. It reads nothing and decides nothing: whose entry it is,
// and what may be told of who asked, is given to it.
//
// What is not in it: values of a query, tokens, addresses of networks. The log
// does not hold them. Where a pattern asks for an address, its absence is said.
package event

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
)

// Who is what may be told of the one who asked.
type Who struct {
	// Reference names them in the record, such as "Practitioner/3f2a", and ID
	// by an identifier of this server; either may be empty.
	Reference, ID string
	// Name is what people call them, and Organisation for whom they asked.
	Name, Organisation string
	// App is the name of the program that asked in their name; empty for this
	// server's own pages and commands.
	App string
	// Job is the name of the work of this server that it was; empty for none.
	Job string
}

// Event is all that an AuditEvent is made of.
type Event struct {
	ID      string
	Base    string // URL of the FHIR interface, without a slash at its end
	Patient string // logical id of the person's Patient; "" for what is about nobody
	Entry   *audit.Entry
	Who     Who
}

// Systems of codes.
const (
	dicom         = "http://dicom.nema.org/resources/ontology/DCM"
	eventType     = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	interaction   = "http://hl7.org/fhir/restful-interaction"
	entityType    = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	objectRole    = "http://terminology.hl7.org/CodeSystem/object-role"
	resourceTypes = "http://hl7.org/fhir/resource-types"
	participation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	provenance    = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
	sourceType    = "http://terminology.hl7.org/CodeSystem/security-source-type"
	actReason     = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	basicEntity   = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
	profiles      = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
	noData        = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
)

// JSON writes the AuditEvent.
func (v *Event) JSON() ([]byte, error) {
	e, p := v.Entry, patternOf(v.Entry.Verb)
	at := At(e.At)
	out := resource{
		Type: "AuditEvent", ID: v.ID, Meta: meta{Version: "1", Updated: at},
		Kind: coding{eventType, "rest", "RESTful Operation"}, Sub: []coding{{interaction, p.code, ""}}, Action: p.action,
		Recorded: at, Outcome: outcomeOf(e.Outcome),
		Agents: v.agents(p),
		Source: source{Observer: v.server(), Type: []coding{{sourceType, "4", "Application Server"}}},
	}
	if p.profile == "Query" {
		out.Sub[0].Code = "search-type"
		if e.Type == "" {
			out.Sub[0].Code = "search-system"
		}
	}
	if out.Outcome != "0" {
		out.Said = "Refused or not found (HTTP status " + strconv.Itoa(e.Outcome) + ")"
	}
	if why := purposes[e.Purpose]; why.Code != "" {
		out.Purpose = []concept{{[]coding{why}, ""}}
	}
	out.Entities = v.entities(p)
	if name := v.profile(p); name != "" {
		out.Meta.Profile = []string{profiles + name}
	}
	return json.Marshal(out)
}

// pattern is how a verb is written down.
type pattern struct {
	code, action, profile string
	client, server, user  coding
}

// The roles of programs and people. Data flows to the client of a read and from
// the client of a write; a query is said to flow from the client (BALP).
var (
	destination = coding{dicom, "110152", "Destination Role ID"}
	origin      = coding{dicom, "110153", "Source Role ID"}
	application = coding{dicom, "110150", "Application"}
	custodian   = coding{provenance, "custodian", "Custodian"}
	recipient   = coding{participation, "IRCP", "information recipient"}
	author      = coding{participation, "AUT", "author (originator)"}
)

func patternOf(v access.Verb) pattern {
	switch v {
	case access.Read:
		return pattern{"read", "R", "Read", destination, origin, recipient}
	case access.Search:
		return pattern{"search", "E", "Query", origin, destination, recipient} // of a type or of all: see JSON
	case access.Create:
		return pattern{"create", "C", "Create", origin, destination, author}
	case access.Update:
		return pattern{"update", "U", "Update", origin, destination, author}
	case access.Delete:
		return pattern{"delete", "D", "Delete", application, custodian, author}
	case access.History:
		return pattern{"history-instance", "R", "", destination, origin, recipient}
	case access.TypeHistory:
		return pattern{"history-type", "R", "", destination, origin, recipient}
	}
	return pattern{"history-system", "R", "", destination, origin, recipient} // the feed of changes
}

// profile is the BALP profile that the event keeps. They are for what succeeded.
func (v *Event) profile(p pattern) string {
	n := len(v.Entry.Returned)
	if p.profile == "" || v.Entry.Outcome >= 400 || p.profile != "Query" && n != 1 {
		return ""
	}
	if v.Patient != "" {
		return "Patient" + p.profile
	}
	return p.profile
}

// outcomeOf is the code of an outcome (audit-event-outcome): success, a minor
// failure, which is the caller's, or a serious one, which is ours.
func outcomeOf(status int) string {
	switch {
	case status >= 500:
		return "8"
	case status >= 400:
		return "4"
	}
	return "0"
}

// purposes are those of the log in HL7's words.
var purposes = map[access.Purpose]coding{
	access.Care:       {actReason, "TREAT", "treatment"},
	access.Own:        {actReason, "PATRQT", "patient requested"},
	access.Proxy:      {actReason, "FAMRQT", "family requested"},
	access.Emergency:  {actReason, "ETREAT", "Emergency Treatment"},
	access.Operations: {actReason, "HSYSADMIN", "health system administration"},
	access.Import:     {actReason, "RECORDMGT", "records management"},
	access.Export:     {actReason, "RECORDMGT", "records management"},
	access.Research:   {actReason, "HRESCH", "healthcare research"},
}

// server is this server, by the address of its interface.
func (v *Event) server() who { return who{Identifier: &identifier{Value: v.Base}, Display: "Bevan"} }

// agents are the program, this server, and who stands behind the program.
func (v *Event) agents(p pattern) []agent {
	e := v.Entry
	unknown := &network{Absent: &absent{[]extension{{noData, "not-asked"}}}}
	alone := e.Who.Kind == access.Client // nobody stands behind it
	client := agent{Type: typeOf(p.client), Who: who{Identifier: &identifier{v.Base + "/client", e.Who.App}, Display: v.Who.App}, Name: v.Who.App, Requestor: alone, Network: unknown}
	if e.Who.App == "" {
		client.Who = who{Identifier: &identifier{Value: v.Base + "/bevan"}, Display: "Bevan"}
		client.Name = "Bevan"
	}
	if v.Who.Job != "" {
		client.Name += " (" + v.Who.Job + ")"
	}
	server := agent{Type: typeOf(p.server), Who: v.server(), Network: &network{Address: v.Base, Type: "5"}}
	rule := []string{}
	if e.Rule != "" {
		rule = append(rule, v.Base+"/access-rules/"+e.Rules+"/"+e.Rule)
	}
	if e.Who.Mandate != "" {
		rule = append(rule, v.Base+"/mandates/"+e.Who.Mandate)
	}
	if alone {
		client.Policy, client.Purpose = rule, purposeOf(e)
		return []agent{client, server}
	}
	user := agent{Type: typeOf(p.user), Who: v.user(), Name: v.Who.Name, Requestor: true, Policy: rule, Purpose: purposeOf(e),
		Role: []concept{{Text: e.Who.Role.String()}}}
	all := []agent{client, server, user}
	if e.Who.Organisation != "" {
		all = append(all, agent{Type: &concept{Text: "organisation"}, Who: who{Reference: "Organization/" + e.Who.Organisation, Display: v.Who.Organisation}})
	}
	return all
}

func purposeOf(e *audit.Entry) []concept {
	if why := purposes[e.Purpose]; why.Code != "" {
		return []concept{{[]coding{why}, ""}}
	}
	return nil
}

// user is who stands behind the program, as far as that may be told.
func (v *Event) user() who {
	w := who{Reference: v.Who.Reference, Display: v.Who.Name}
	if w.Reference == "" && v.Who.ID != "" {
		w.Identifier = &identifier{v.Base + "/actor", v.Who.ID}
	}
	if w.Reference == "" && w.Identifier == nil && w.Display == "" {
		w.Display = "Not known"
	}
	return w
}

// entities are the person, what was asked, what was given out, and the request.
func (v *Event) entities(p pattern) []entity {
	e := v.Entry
	var all []entity
	if v.Patient != "" {
		all = append(all, entity{What: &who{Reference: "Patient/" + v.Patient}, Type: &coding{entityType, "1", "Person"}, Role: &coding{objectRole, "1", "Patient"}})
	}
	if p.profile == "Query" {
		q := v.query()
		all = append(all, entity{Type: &coding{entityType, "2", "System Object"}, Role: &coding{objectRole, "24", "Query"},
			Description: v.found(q), Query: base64.StdEncoding.EncodeToString([]byte(q))})
	}
	for _, r := range e.Returned {
		kind := &coding{resourceTypes, r.Type, ""}
		if p.profile != "Query" {
			kind = &coding{entityType, "2", "System Object"}
		}
		all = append(all, entity{What: &who{Reference: r.Type + "/" + r.ID + "/_history/" + strconv.FormatInt(r.Version, 10)}, Type: kind, Role: &coding{objectRole, "4", "Domain Resource"}})
	}
	if len(e.Returned) == 0 && e.Type != "" && p.profile != "Query" {
		all = append(all, entity{Type: &coding{resourceTypes, e.Type, ""}, Role: &coding{objectRole, "4", "Domain Resource"}, Description: "Nothing was given out"})
	}
	for _, by := range e.By { // the person's choices that allowed or refused it
		all = append(all, entity{What: &who{Reference: "Consent/" + by.Consent + "/_history/" + strconv.FormatInt(by.Version, 10)}, Type: &coding{resourceTypes, "Consent", ""},
			Role: &coding{objectRole, "13", "Security Resource"}, Description: by.Path})
	}
	if e.Job != "" {
		all = append(all, entity{What: &who{Identifier: &identifier{Value: e.Job}}, Type: &coding{entityType, "4", "Other"}, Role: &coding{objectRole, "20", "Job"}})
	}
	if e.Request != "" {
		all = append(all, entity{What: &who{Identifier: &identifier{Value: e.Request}}, Type: &coding{basicEntity, "XrequestId", ""}})
	}
	return all
}

// query is what was asked: the names of the parameters, without their values,
// which may be about others and are not kept.
func (v *Event) query() string {
	q := v.Entry.Type
	for i, p := range v.Entry.Params {
		mark := "&"
		if i == 0 {
			mark = "?"
		}
		q += mark + p + "="
	}
	if q == "" {
		q = "?"
	}
	return q
}

func (v *Event) found(q string) string {
	var b strings.Builder
	b.WriteString(q + " (values are not kept)")
	if v.Entry.Total >= 0 {
		b.WriteString(", told that there are " + strconv.FormatInt(v.Entry.Total, 10))
	}
	return b.String()
}

// At is the time of an entry as FHIR writes it.
func At(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
