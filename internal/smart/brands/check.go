package brands

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// The extensions that the profiles user-access-brand and user-access-endpoint
// speak of.
const (
	extBrand   = "http://hl7.org/fhir/StructureDefinition/organization-brand"
	extPortal  = "http://hl7.org/fhir/StructureDefinition/organization-portal"
	extVersion = "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version"

	connectionTypes = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type"
)

// maxIssues is how many faults are told at once.
const maxIssues = 100

// check holds a well-formed Bundle against the rules for brands.
type check struct {
	root      fhir.Node
	base      string
	issues    []problem.Issue
	brands    []resource
	endpoints []resource
	primary   Identifier
}

// resource is an entry's resource with the two ways to refer to it.
type resource struct {
	fhir.Node
	name    string // Type/id
	fullURL string
	place   string
}

func (c *check) wrong(place, sentence string) {
	if len(c.issues) < maxIssues {
		c.issues = append(c.issues, problem.Issue{Place: place, Sentence: sentence})
	}
}

func (c *check) bundle() {
	if !c.root.Get("resourceType").Is("Bundle") || !c.root.Get("type").Is("collection") {
		c.wrong("Bundle.type", "Brands come in a Bundle of type collection. Make it one.")
		return
	}
	c.entries()
	c.absent(c.root, "Bundle")
	for _, b := range c.brands {
		c.brand(b)
	}
	for _, e := range c.endpoints {
		c.endpoint(e)
	}
	if len(c.issues) == 0 {
		c.findPrimary()
	}
}

func (c *check) entries() {
	seen := map[string]bool{}
	for i, e := range fhir.Entries(c.root) {
		r := resource{Node: e.Resource, fullURL: e.FullURL, place: "Bundle.entry[" + strconv.Itoa(i) + "].resource"}
		typ, id := r.Get("resourceType").Str(), r.Get("id").Str()
		r.name = typ + "/" + id
		switch {
		case typ != "Organization" && typ != "Endpoint":
			c.wrong(r.place, "A bundle of brands holds Organization and Endpoint resources only. Take the others out.")
		case id == "" || e.FullURL == "":
			c.wrong(r.place, "Each entry has a fullUrl, and each resource an id. Add them.")
		case seen[r.name] || seen[e.FullURL]:
			c.wrong(r.place, "Two entries have the same id or fullUrl. Give one of them another.")
		case typ == "Organization":
			c.brands = append(c.brands, r)
		default:
			c.endpoints = append(c.endpoints, r)
		}
		seen[r.name], seen[e.FullURL] = true, true
	}
	if len(c.brands) == 0 || len(c.endpoints) == 0 {
		c.wrong("Bundle.entry", "A bundle of brands holds at least one brand (Organization) and one Endpoint. Add what is missing.")
	}
}

// absent looks for values whose absence is explained by another reason than
// the two that brands may give.
func (c *check) absent(n fhir.Node, place string) {
	if n.Get("url").Is(fhir.DataAbsentReason) {
		if v := n.Get("valueCode"); !v.Is("asked-declined") && !v.Is("asked-unknown") {
			c.wrong(place, "A value of a brand may be absent because somebody was asked and declined (asked-declined) or did not know (asked-unknown), and for no other reason. Give one of these, or the value.")
		}
	}
	for m := range n.Each() {
		if m.Kind() == fhir.Object || m.Kind() == fhir.Array {
			p := place
			if m.IsMember() {
				p += "." + m.Key()
			}
			c.absent(m, p)
		}
	}
}

// brand checks one Organization (profile user-access-brand).
func (c *check) brand(b resource) {
	if !b.Get("name").Exists() {
		c.wrong(b.place+".name", "A brand has a name, by which people know it. Add it.")
	}
	c.website(b)
	for x := range b.Get("extension").Items() {
		switch {
		case x.Get("url").Is(extBrand):
			c.links(x, b.place)
		case x.Get("url").Is(extPortal):
			c.links(x, b.place)
			c.portal(b, x)
		}
	}
	for ref := range b.Get("endpoint").Items() {
		if _, ok := find(c.endpoints, ref); !ok {
			c.wrong(b.place+".endpoint", "A brand names an endpoint that is not in this bundle. Add the Endpoint, or take the reference out.")
		}
	}
	if ref := b.Get("partOf"); ref.Exists() {
		parent, ok := find(c.brands, ref)
		switch {
		case !ok:
			c.wrong(b.place+".partOf", "A brand is part of one that is not in this bundle. Add that Organization, or take the reference out.")
		case parent.Get("partOf").Exists():
			c.wrong(b.place+".partOf", "A brand is part of one that is itself part of another. Two steps are the most that apps follow: refer to the brand that has the portal.")
		}
	}
}

// website checks that there is one public address, or a reason why not.
func (c *check) website(b resource) {
	telecom := b.Get("telecom")
	t := telecom.First()
	if telecom.Len() != 1 || !t.Get("system").Is("url") ||
		!c.isWeb(t.Get("value").Str()) && (t.Get("value").Exists() || !t.Get("_value").Exists()) {
		c.wrong(b.place+".telecom", "A brand has one telecom, of system url, with the address of its public website, which begins with https://. Where nobody knows it, say so with data-absent-reason.")
	}
}

// links checks the addresses in an extension: apps show people where they lead.
func (c *check) links(x fhir.Node, place string) {
	for part := range x.Get("extension").Items() {
		v := part.Get("valueUrl")
		if !v.Exists() {
			continue
		}
		picture := strings.HasSuffix(part.Get("url").Str(), "Logo")
		if !c.isWeb(v.Str()) && !(picture && isPicture(v.Str())) {
			c.wrong(place+".extension", "An address of a brand begins with https://; a picture may also be a data: URL of type image. Mend it.")
		}
	}
}

// portal holds rule uab-1: the endpoints of a portal are endpoints of the brand.
func (c *check) portal(b resource, x fhir.Node) {
	for part := range x.Get("extension").Items() {
		if !part.Get("url").Is("portalEndpoint") {
			continue
		}
		of := part.Get("valueReference").Get("reference").Str()
		listed := false
		for ref := range b.Get("endpoint").Items() {
			listed = listed || ref.Get("reference").Is(of)
		}
		if of == "" || !listed {
			c.wrong(b.place+".endpoint", "The endpoints of a portal stand in Organization.endpoint as well. Add the reference there.")
		}
	}
}

// endpoint checks one Endpoint (profile user-access-endpoint).
func (c *check) endpoint(e resource) {
	if t := e.Get("connectionType"); !t.Get("system").Is(connectionTypes) || !t.Get("code").Is("hl7-fhir-rest") {
		c.wrong(e.place+".connectionType", "The connectionType of an endpoint is hl7-fhir-rest of "+connectionTypes+". Write it so.")
	}
	if !slices.ContainsFunc(slices.Collect(e.Get("extension").Items()), func(x fhir.Node) bool {
		return x.Get("url").Is(extVersion) && x.Get("valueCode").Exists()
	}) {
		c.wrong(e.place+".extension", "An endpoint says which version of FHIR it speaks, in the extension "+extVersion+". Add it.")
	}
	if !slices.ContainsFunc(slices.Collect(e.Get("contact").Items()), func(p fhir.Node) bool {
		return p.Get("system").Is("url") && c.isWeb(p.Get("value").Str())
	}) {
		c.wrong(e.place+".contact", "An endpoint has a contact of system url: a page for those who make apps, which begins with https://. Add it.")
	}
	if a := e.Get("address").Str(); !c.isWeb(a) {
		c.wrong(e.place+".address", "The address of an endpoint begins with https://. Mend it.")
	}
	if !slices.ContainsFunc(c.brands, func(b resource) bool { return refersTo(b, e) }) {
		c.wrong(e.place, "No brand names this endpoint. Add it to Organization.endpoint of the brand that people know it by.")
	}
}

// isWeb says whether text is an address that an app may send people to: of
// https, and where this server is on a machine for trying things out, of http.
func (c *check) isWeb(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(c.base, "http://")) && u.Host != "" && u.User == nil
}

// findPrimary finds the brand that stands for this server: the first that names
// every endpoint, with an identifier that no other brand has.
func (c *check) findPrimary() {
	if !slices.ContainsFunc(c.endpoints, func(e resource) bool {
		return strings.TrimSuffix(e.Get("address").Str(), "/") == c.base
	}) {
		c.wrong("Bundle.entry", "No endpoint has the address of this server's FHIR interface, "+c.base+". Add it, or give the address as the world sees it with --base.")
		return
	}
	named := false
	for _, b := range c.brands {
		if slices.ContainsFunc(c.endpoints, func(e resource) bool { return !refersTo(b, e) }) {
			continue
		}
		named = true
		if id, ok := c.identifier(b); ok {
			c.primary = id
			return
		}
	}
	if named {
		c.wrong("Bundle.entry", "The brand that names every endpoint needs an identifier with a value that no other brand has. Add one, such as the address of its website.")
		return
	}
	c.wrong("Bundle.entry", "One brand has to name every endpoint of the bundle: that is the primary one. Add the missing references to its endpoint.")
}

// identifier is the first identifier of a brand that is its own, better one
// with a system.
func (c *check) identifier(b resource) (id Identifier, ok bool) {
	for n := range b.Get("identifier").Items() {
		one := Identifier{System: n.Get("system").Str(), Value: n.Get("value").Str()}
		if one.Value == "" || ok && (id.System != "" || one.System == "") {
			continue
		}
		if c.having(one) == 1 {
			id, ok = one, true
		}
	}
	return id, ok
}

// having counts the identifiers of all brands that are this one.
func (c *check) having(id Identifier) (n int) {
	for _, b := range c.brands {
		for i := range b.Get("identifier").Items() {
			if i.Get("system").Str() == id.System && i.Get("value").Str() == id.Value {
				n++
			}
		}
	}
	return n
}

func refersTo(b, e resource) bool {
	for ref := range b.Get("endpoint").Items() {
		if t := ref.Get("reference").Str(); t == e.name || t == e.fullURL {
			return true
		}
	}
	return false
}

// find is the resource that a Reference leads to.
func find(among []resource, ref fhir.Node) (resource, bool) {
	t := ref.Get("reference").Str()
	i := slices.IndexFunc(among, func(r resource) bool { return t != "" && (t == r.name || t == r.fullURL) })
	if i < 0 {
		return resource{}, false
	}
	return among[i], true
}

func isPicture(text string) bool { return strings.HasPrefix(text, "data:image/") }
