package choice

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of one Consent.
const (
	maxDepth  = 32   // provisions inside of provisions
	maxNodes  = 256  // provisions
	maxValues = 256  // values of one attribute
	maxAll    = 2048 // values of all attributes, which is what an evaluation costs
	maxCodes  = 1000 // codes of one provision, with those of its value sets
	maxIssues = 20   // faults that are named at once
)

const rootPath = "Consent.provision"

// Read takes in a Consent. One that is in force and can not be enforced exactly
// as it is written is an Unprocessable problem that names each place as a
// FHIRPath and says what to do. One that is not active, or not about sharing, is
// read as far as that can be told. It knows no World.
func Read(t *fhir.Tree) (*Consent, error) { return World{}.Read(t) }

// Read is the function Read in a World.
func (w World) Read(t *fhir.Tree) (*Consent, error) {
	var root fhir.Node
	if t != nil {
		root = t.Root()
	}
	if !root.Get("resourceType").Is("Consent") {
		return nil, problem.At(problem.Unprocessable, "Consent", "This is no Consent. Send a resource of type Consent.")
	}
	r := &reader{world: w, c: &Consent{id: root.Get("id").Str()}}
	r.c.version, _ = strconv.ParseInt(root.Get("meta").Get("versionId").Str(), 10, 64)
	r.head(root)
	if r.c.active && r.c.kind == Sharing && len(r.issues) == 0 {
		r.choice(root)
	}
	if r.fault != nil {
		return nil, r.fault
	}
	if len(r.issues) > 0 {
		return nil, problem.Many(problem.Unprocessable, r.issues)
	}
	return r.c, nil
}

type reader struct {
	world  World
	c      *Consent
	issues []problem.Issue
	fault  error // what kept it from being read at all
}

// full says that what follows need not be read: enough faults were named.
func (r *reader) full() bool { return len(r.issues) >= maxIssues }

// no notes a fault. Codes are those of FHIR's IssueType.
func (r *reader) no(place, code, sentence string) {
	if len(r.issues) < maxIssues {
		r.issues = append(r.issues, problem.Issue{Place: place, Code: code, Sentence: sentence})
	}
}

var statuses = []string{"draft", "proposed", "active", "rejected", "inactive", "entered-in-error"}

// head reads status, person and kind.
func (r *reader) head(root fhir.Node) {
	status := root.Get("status").Str()
	if root.Get("status").Kind() != fhir.String || !slices.Contains(statuses, status) {
		r.no("Consent.status", "code-invalid", "The status is missing or not one of FHIR's. Give it a code of consent-state-codes, such as active.")
		return
	}
	r.c.active = status == "active"
	person := r.world.parse(root.Get("patient").Get("reference").Str())
	if person.Form == fhir.Relative && person.Type == "Patient" && person.Version == "" && person.Fragment == "" {
		r.c.person = person.ID
	}
	r.c.kind = scopeKind(root)
	if !r.c.active {
		return
	}
	if r.c.person == "" {
		r.no("Consent.patient", "required", "It has to say whose choice this is. Name the person as a reference such as Patient/123.")
	}
	if r.c.kind == NoKind {
		r.no("Consent.scope", "code-invalid", "The scope is missing or not clear. Give it one code of "+scopeSystem+"; for a sharing choice that is patient-privacy.")
	}
}

var scopeKinds = map[string]Kind{"patient-privacy": Sharing, "research": Research, "treatment": Treatment, "adr": Directive}

// scopeKind is the kind by the scope. A right to act is told apart by its
// category, and only where it is a plain permit: whatever could deny is a
// sharing choice and enforced.
func scopeKind(root fhir.Node) Kind {
	kind := NoKind
	for c := range root.Get("scope").Get("coding").Items() {
		if !c.Get("system").Is(scopeSystem) {
			continue
		}
		k := scopeKinds[c.Get("code").Str()]
		if k == NoKind || kind != NoKind && k != kind {
			return NoKind
		}
		kind = k
	}
	provision := root.Get("provision")
	if kind != Sharing || !provision.Get("type").Is("permit") || provision.Get("provision").Exists() {
		return kind
	}
	for category := range root.Get("category").Items() {
		for c := range category.Get("coding").Items() {
			if c.Get("system").Is(ActCodeSystem) && c.Get("code").Is("INFA") {
				return Mandate
			}
		}
	}
	return kind
}

// above are the elements beside the provision that have no bearing on what is
// shared, or are read on their own.
var above = strings.Fields("resourceType id meta language text contained extension identifier status scope category patient " +
	"dateTime performer organization sourceAttachment sourceReference policy policyRule verification provision")

// choice reads a sharing choice that is in force.
func (r *reader) choice(root fhir.Node) {
	r.members(root, "Consent", above...)
	r.each(root, "Consent", "verification", func(v fhir.Node, here string) {
		if v.Get("verified").Kind() != fhir.True {
			r.no(here, "business-rule", "This choice was not confirmed. Confirm it with the person and send it again, or leave it out.")
		}
	})
	permit, stated := r.basePolicy(root.Get("policyRule"))
	provision := root.Get("provision")
	if !provision.Exists() {
		if !stated {
			r.no(rootPath, "required", "It does not say what is shared. Add a provision with a type, or a policyRule that opts in or out.")
			return
		}
		r.c.root, r.c.count = &node{deny: !permit, path: "Consent.policyRule"}, 1
		return
	}
	if !r.object(provision, rootPath) {
		return
	}
	deny := !permit
	if typ := provision.Get("type"); typ.Exists() {
		said := r.kind(typ, rootPath)
		if stated && said != deny {
			r.no("Consent.policyRule", "conflict", "The policyRule opts in where the provision denies, or the other way round. Leave one of the two out.")
		}
		deny = said
	} else if !stated || !bare(provision) {
		r.no(rootPath+".type", "required", "It does not say whether this permits or denies. Give the provision a type.")
	}
	r.c.root = r.node(provision, rootPath, deny, 1)
}

// bare says whether a root says no more than when it holds and what is excepted,
// so that a base policy can stand for its type. Of one that says more, R4's own
// examples leave open whether it is what the policy is about or an exception to
// that.
func bare(root fhir.Node) bool {
	for m := range root.Each() {
		if !m.KeyIs("id") && !m.KeyIs("period") && !m.KeyIs("provision") {
			return false
		}
	}
	return true
}

// basePolicy reads what a base policy says by itself. Other policies are the
// paper that was signed, and change nothing.
func (r *reader) basePolicy(rule fhir.Node) (permit, stated bool) {
	const place = "Consent.policyRule"
	if !rule.Exists() {
		return false, false
	}
	for i, c := range r.concept(rule, place) {
		here := at(place+".coding", i)
		yes, known := basePolicies[c.Code]
		switch {
		case c.System == policySystem:
		case c.System != ActCodeSystem || !known:
			r.no(here, "not-supported", "This base policy can not be enforced. Say what it means in the provision and leave it out, or use OPTIN or OPTOUT.")
		case stated && yes != permit:
			r.no(here, "conflict", "The policyRule opts in and out at once. Keep one of the two.")
		default:
			permit, stated = yes, true
		}
	}
	return permit, stated
}

// kind reads a provision's type: true for deny.
func (r *reader) kind(n fhir.Node, place string) (deny bool) {
	if !n.Is("permit") && !n.Is("deny") {
		r.no(place+".type", "code-invalid", "The type is neither permit nor deny. Write one of the two.")
	}
	return n.Is("deny")
}

var attributes = strings.Fields("type period actor action securityLabel purpose class code dataPeriod data provision")

// node reads a provision and those inside of it.
func (r *reader) node(p fhir.Node, place string, deny bool, depth int) *node {
	n := &node{deny: deny, path: place, seq: r.c.count}
	if r.c.count++; r.c.count > maxNodes || depth > maxDepth {
		if r.c.count == maxNodes+1 || depth == maxDepth+1 {
			r.no(place, "too-costly", "There are more than "+strconv.Itoa(maxNodes)+" provisions, or more than "+strconv.Itoa(maxDepth)+
				" inside of each other. Write the choice as several Consents.")
		}
		return n
	}
	r.members(p, place, attributes...)
	n.period = r.period(p, place, "period")
	r.each(p, place, "actor", func(a fhir.Node, here string) { n.actors = append(n.actors, r.actor(a, here)...) })
	r.each(p, place, "action", func(a fhir.Node, here string) {
		for j, c := range r.concept(a, here) {
			n.actions = append(n.actions, r.known(c, at(here+".coding", j), actionSystem, slices.Contains(actions, c.Code)))
		}
	})
	r.each(p, place, "purpose", func(c fhir.Node, here string) {
		coding := r.coding(c, here)
		_, known := Purposes[coding.Code]
		n.purposes = append(n.purposes, r.known(coding, here, ActReasonSystem, known))
	})
	n.cond = r.cond(p, place, deny)
	r.each(p, place, "provision", func(k fhir.Node, here string) {
		if k := r.exception(k, here, deny, depth); k != nil {
			n.kids = append(n.kids, k)
		}
	})
	return n
}

// exception reads a provision inside of one of the type given.
func (r *reader) exception(k fhir.Node, here string, deny bool, depth int) *node {
	if !r.object(k, here) {
		return nil
	}
	typ := k.Get("type")
	if !typ.Exists() {
		r.no(here+".type", "required", "A provision inside of another one has to say its type. An exception to a permit is a deny, and the other way round.")
	} else if r.kind(typ, here) == deny {
		r.no(here+".type", "business-rule", "It has the type of the provision around it, so that it is no exception to that. Give it the other type, or write it as a Consent of its own.")
	}
	return r.node(k, here, !deny, depth+1)
}

// known is the code of a coding that has to be one of a system.
func (r *reader) known(c Coding, place, system string, code bool) string {
	if c.System != system || !code {
		r.no(place, "code-invalid", "This code has no meaning here, so that it could not be enforced. Use a code of "+system+".")
	}
	return c.Code
}

var actorTypes = strings.Fields("CareTeam Device Group Organization Patient Practitioner PractitionerRole RelatedPerson")

// actor reads one actor: once for each of the roles that may be meant.
func (r *reader) actor(n fhir.Node, here string) []actor {
	if !r.object(n, here) {
		return nil
	}
	r.members(n, here, "role", "reference")
	a, all := r.who(n.Get("reference"), here+".reference"), []actor(nil)
	if !n.Get("role").Exists() {
		r.no(here+".role", "required", "It does not say how they are involved. For those who receive data that is IRCP of "+participationSystem+".")
	}
	for j, c := range r.concept(n.Get("role"), here+".role") {
		a.role = c
		if c.System == participationSystem && slices.Contains(recipients, c.Code) {
			a.role = Coding{}
		} else if !slices.Contains(r.world.Roles, c) {
			r.no(at(here+".role.coding", j), "not-supported", "This role can not be enforced. Use IRCP of "+participationSystem+" for those who receive data.")
		}
		all = append(all, a)
	}
	return all
}

// who reads the reference of an actor.
func (r *reader) who(n fhir.Node, place string) actor {
	var a actor
	if ident := n.Get("identifier"); ident.Exists() {
		a.ident = Coding{ident.Get("system").Str(), ident.Get("value").Str()}
		own := []string{IdentApp, IdentRole, IdentAccount, IdentODS}
		if a.ident.Code == "" || !slices.Contains(own, a.ident.System) && !slices.Contains(r.world.Idents, a.ident.System) {
			r.no(place+".identifier", "not-found", "Nobody can be told by this identifier. Name them by a reference such as Practitioner/123, or by an identifier of a kind that this server knows.")
		}
		if !n.Get("reference").Exists() {
			r.members(n, place, "identifier", "type", "display")
			return a
		}
	}
	a.ref = r.reference(n, place, actorTypes)
	return a
}

// reference reads a reference to a resource of this server, of one of the types
// or, with none, of any.
func (r *reader) reference(n fhir.Node, place string, types []string) string {
	if !r.object(n, place) {
		return ""
	}
	r.members(n, place, "reference", "type", "identifier", "display")
	ref := r.world.parse(n.Get("reference").Str())
	typ := n.Get("type")
	switch {
	case ref.Form != fhir.Relative || ref.Version != "" || ref.Fragment != "" || !spec.IsResource(ref.Type):
		r.no(place, "not-found", "This can not be found from here. Name a resource of this server, without a version, such as Practitioner/123.")
	case types != nil && !slices.Contains(types, ref.Type):
		r.no(place, "not-supported", "A "+ref.Type+" can not stand here. Name one of: "+strings.Join(types, ", ")+".")
	case typ.Exists() && !typ.Is(ref.Type):
		r.no(place+".type", "conflict", "The type is not that of the reference. Leave it out.")
	}
	return ref.Local()
}
