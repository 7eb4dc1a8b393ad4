package mandate

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Outside is a mandate as another service keeps it: a Consent of the national
// relationship service.
type Outside struct {
	Identifier     string // system and value, with | between
	Active         bool
	Reason         Reason
	Person, Holder string // their NHS numbers
	Name           string // of the holder; "" where it says none
	Kind           Kind
	Basis          Basis
	Evidence       []string
	Grantor        string
	May            May
	Starts, Ends   time.Time
}

// ReadOutside reads such a Consent. What can not be kept to is refused, with
// the place, and never passed over.
func ReadOutside(t *fhir.Tree) (o Outside, err error) {
	c := t.Root()
	if !c.Get("resourceType").Is("Consent") {
		return o, unfit("Consent", "This is not a Consent. Send one as the relationship service writes it.")
	}
	if c.Get("modifierExtension").Kind() != fhir.None || c.Get("implicitRules").Kind() != fhir.None {
		return o, unfit("Consent.modifierExtension", "This says something that changes the meaning, and is not known here. Send it without.")
	}
	if !has(c.Get("scope"), scopeSystem, "patient-privacy") {
		return o, unfit("Consent.scope", "The scope is patient-privacy. Send it so.")
	}
	if !slices.ContainsFunc(slices.Collect(c.Get("category").Items()), func(n fhir.Node) bool { return has(n, actCodeSystem, "INFA") }) {
		return o, unfit("Consent.category", "The category is INFA. Send it so.")
	}
	if o.Identifier = identifierOf(c.Get("identifier")); o.Identifier == "" {
		return o, unfit("Consent.identifier", "It needs an identifier with a system, under which it is kept where it comes from.")
	}
	switch s := c.Get("status").Str(); s {
	case "active":
		o.Active = true
	case "inactive", "rejected", "entered-in-error":
	default:
		return o, unfit("Consent.status", "The status is active, inactive, rejected or entered-in-error. Send one of them.")
	}
	if o.Person = nhsNumberOf(c.Get("patient").Get("identifier")); o.Person == "" {
		return o, unfit("Consent.patient.identifier", "It needs the NHS number of the person whom it is about.")
	}
	if err := o.readHolder(c); err != nil {
		return o, err
	}
	if err := o.readBasis(c); err != nil {
		return o, err
	}
	return o, o.readProvision(c.Get("provision"))
}

// readHolder reads who is to act: the performer, in the Consent or in it as a
// contained RelatedPerson.
func (o *Outside) readHolder(c fhir.Node) error {
	n := 0
	var codes []string
	for p := range c.Get("performer").Items() {
		n++
		o.Holder, o.Name = nhsNumberOf(p.Get("identifier")), p.Get("display").Str()
		id, contained := strings.CutPrefix(p.Get("reference").Str(), "#")
		for r := range c.Get("contained").Items() {
			if !contained || !r.Get("resourceType").Is("RelatedPerson") || !r.Get("id").Is(id) {
				continue
			}
			for i := range r.Get("identifier").Items() {
				if o.Holder == "" {
					o.Holder = nhsNumberOf(i)
				}
			}
			if o.Name == "" {
				o.Name = nameOf(r)
			}
			for rel := range r.Get("relationship").Items() {
				for cd := range rel.Get("coding").Items() {
					codes = append(codes, cd.Get("code").Str())
				}
			}
		}
	}
	if n != 1 || o.Holder == "" {
		return unfit("Consent.performer", "It needs one performer with their NHS number: whoever is to act.")
	}
	o.Kind = kindOf(codes, "")
	if o.Kind == KindFamily {
		o.Kind = "" // not said; the legal basis says it
	}
	return nil
}

func (o *Outside) readBasis(c fhir.Node) error {
	basis := c.Get("policyRule")
	for e := range c.Get("extension").Items() {
		switch e.Get("url").Str() {
		case basisURL:
			basis = e.Get("valueCodeableConcept")
		case reasonURL:
			for cd := range e.Get("valueCodeableConcept").Get("coding").Items() {
				o.Reason = Reason(cd.Get("code").Str())
			}
		case grantorURL:
			if i := e.Get("valueReference").Get("identifier"); i.Get("system").Is(odsSystem) {
				o.Grantor = i.Get("value").Str()
			}
		}
	}
	for _, b := range Bases() {
		if has(basis, basisSystem, string(b)) {
			o.Basis = b
		}
	}
	if o.Basis == "" {
		return unfit("Consent.policyRule", "The legal basis is not one that is known here. Send a code of England-NHSProxyLegalBasis.")
	}
	if o.Kind == "" {
		o.Kind = kindOf(nil, o.Basis)
	}
	// The service that sends it has looked at the evidence itself.
	o.Evidence = map[Basis][]string{Parent: {"OTHR"}, Attorney: {"LPA"}, Deputy: {"OTHCOURT"}}[o.Basis]
	if !ods(o.Grantor) {
		return unfit("Consent.extension", "It needs the organisation that granted it, by its code (ODS).")
	}
	return nil
}

// provisionKnown are the parts of a provision that are kept to.
var provisionKnown = []string{"type", "period", "actor", "action", "id"}

func (o *Outside) readProvision(p fhir.Node) error {
	if !p.Get("type").Is("permit") {
		return unfit("Consent.provision.type", "The provision is a permit. Send it so.")
	}
	for part := range p.Each() {
		if name := part.Key(); !slices.Contains(provisionKnown, name) {
			return unfit("Consent.provision", "This part can not be kept to here, so the whole is refused. Send it without, or keep it where it can be.")
		}
	}
	var err error
	if o.Starts, err = readTime(p.Get("period").Get("start").Str(), false); err != nil {
		return unfit("Consent.provision.period.start", "The beginning is not a date. Mend it.")
	}
	if o.Ends, err = readTime(p.Get("period").Get("end").Str(), true); err != nil {
		return unfit("Consent.provision.period.end", "The end is not a date. Mend it.")
	}
	o.May = Look | Ask
	n := 0
	for a := range p.Get("action").Items() {
		if n++; n == 1 {
			o.May = 0
		}
		known := false
		for _, k := range actions {
			// Who may take a copy along is said here alone: the national service has
			// no such thing.
			if k.may != Copy && has(a, actionSystem, k.code) {
				o.May |= k.may
				known = true
			}
		}
		if !known {
			return unfit("Consent.provision.action", "This action is not known here. Send access, disclose or correct.")
		}
	}
	return nil
}

// readTime reads a FHIR dateTime; of a day the last moment, where it is an end.
// A date without a zone is one of UTC.
func readTime(s string, end bool) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err == nil && end {
		t = t.AddDate(0, 0, 1)
	}
	return t, err
}

// unfit refuses a Consent, and says where.
func unfit(place, sentence string) error {
	return problem.At(problem.Unprocessable, place, sentence).Because("mandate-outside")
}

func has(n fhir.Node, system, code string) bool {
	for c := range n.Get("coding").Items() {
		if c.Get("system").Is(system) && c.Get("code").Is(code) {
			return true
		}
	}
	return false
}

func nhsNumberOf(i fhir.Node) string {
	if !i.Get("system").Is(fhir.NHSNumberSystem) {
		return ""
	}
	digits, _ := fhir.ParseNHSNumber(i.Get("value").Str())
	return digits
}

// identifierOf is the first identifier that has a system.
func identifierOf(list fhir.Node) string {
	for i := range list.Items() {
		system, value := i.Get("system").Str(), i.Get("value").Str()
		if system != "" && value != "" && len(system)+len(value) <= 250 && !strings.ContainsAny(system+value, "| \t\r\n") {
			return system + "|" + value
		}
	}
	return ""
}

func readIdentifier(s string) identifier {
	system, value, _ := strings.Cut(s, "|")
	return identifier{system, value}
}

// ods says whether it is a code as the Organisation Data Service gives them.
func ods(s string) bool {
	return len(s) >= 3 && len(s) <= 10 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// Import takes a Consent of another service: a new one is given after the same
// checks as any, and one that ended there ends here. That whoever sends it has
// the right is for the caller to find out.
func (m *Mandates) Import(ctx context.Context, by By, t *fhir.Tree) (Mandate, error) {
	o, err := ReadOutside(t)
	if err != nil {
		return Mandate{}, err
	}
	patient, _, err := m.RecordOf(ctx, by, o.Person)
	if err != nil {
		return Mandate{}, err
	}
	old := ""
	err = m.query(ctx, "SELECT id FROM mandate WHERE outside = $1 AND patient = $2 AND status <> 'ended'", []any{o.Identifier, patient}, func(r *db.Row) error {
		old = r.Text(0)
		return nil
	})
	switch {
	case err != nil:
		return Mandate{}, err
	case old != "":
		return m.follow(ctx, by, old, o)
	case !o.Active:
		return Mandate{}, problem.New(problem.NotFound, "There is no such right here that could end. Nothing was changed.").Because("mandate-outside-none")
	}
	holder, name, err := m.RecordOf(ctx, by, o.Holder)
	if err != nil {
		return Mandate{}, err
	}
	if o.Name == "" {
		o.Name = name
	}
	return m.give(ctx, by, Grant{Patient: patient, Record: holder, Kind: o.Kind, Name: o.Name, Basis: o.Basis, Way: ByImport, May: o.May, Evidence: o.Evidence,
		Grantor: o.Grantor, Starts: o.Starts, Ends: o.Ends, Outside: o.Identifier})
}

// follow does with a mandate what the service did where it comes from. It gives
// back nothing that was suspended here.
func (m *Mandates) follow(ctx context.Context, by By, id string, o Outside) (Mandate, error) {
	if !o.Active {
		c := change{status: Ended, reason: o.Reason}
		switch {
		case o.Reason == ForReview:
			c.status = Suspended
		case !slices.Contains(endings, o.Reason) && o.Reason != EndReached:
			c.reason = ByRequest
		case o.Reason == Safeguarding:
			c.quiet = true
		}
		if err := m.changed(ctx, id, by, func(Mandate, *tx) error { return nil }, c); err != nil {
			return Mandate{}, err
		}
	}
	return m.Find(ctx, id)
}
