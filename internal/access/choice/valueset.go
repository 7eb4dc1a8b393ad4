package choice

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of one value set, with all that it is made of.
const (
	maxSetDepth = 8  // sets inside of sets
	maxSetParts = 64 // sets
)

// SetOf works out what is in the value set that a canonical URL names, as R4's
// ValueSet has it (http://hl7.org/fhir/R4/valueset.html). find gives the ValueSet
// for a canonical URL; nil where there is none. A set of which it can not be said
// exactly what is in it is an Unprocessable problem that says what to do; errors
// of find are given back as they are.
func SetOf(canonical string, find func(canonical string) (*fhir.Tree, error)) (*Set, error) {
	r := setReader{find: find, done: map[string]*Set{}}
	set, err := r.set(canonical)
	if err == nil && set.size() == 0 {
		err = unusable("There is nothing in this value set, so that the choice would never hold. Name one with codes.")
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}

func (s *Set) size() int { return systems(s.Systems).size() }

func unusable(sentence string) error { return problem.New(problem.Unprocessable, sentence) }

// setReader reads a set and those that it is made of.
type setReader struct {
	find func(string) (*fhir.Tree, error)
	open []string        // those that are being read, the outermost first
	done map[string]*Set // those that were read
	read int             // how many were
}

func (r *setReader) set(canonical string) (*Set, error) {
	if s := r.done[canonical]; s != nil {
		return s, nil
	}
	if r.read++; len(r.open) >= maxSetDepth || r.read > maxSetParts {
		return nil, unusable("This value set is made of too many others. Name one that lists its codes itself.")
	}
	if slices.Contains(r.open, canonical) {
		return nil, unusable("This value set is made of itself. Mend it, or name another one.")
	}
	r.open = append(r.open, canonical)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	t, err := r.find(canonical)
	if err != nil {
		return nil, err
	}
	if t == nil || !t.Root().Get("resourceType").Is("ValueSet") {
		return nil, unusable("There is no such value set here. Add it as a ValueSet first, or name the codes themselves.")
	}
	root := t.Root()
	if root.Get("modifierExtension").Exists() || root.Get("implicitRules").Exists() {
		return nil, unusable("Something in this value set changes what the rest of it means. Name a set without a modifierExtension or implicitRules.")
	}
	s := &Set{SetName: SetName{root.Get("url").Str(), root.Get("version").Str(), root.Get("title").Str()}}
	if s.Title == "" {
		s.Title = root.Get("name").Str()
	}
	if s.Systems, err = r.content(root); err != nil {
		return nil, err
	}
	if s.size() > maxCodes {
		return nil, unusable("There are too many codes in this value set. Name one with fewer, or whole code systems.")
	}
	r.done[canonical] = s
	return s, nil
}

// content is what the definition says; where that can not be worked out here, the
// list that somebody else worked out by it.
func (r *setReader) content(root fhir.Node) (systems, error) {
	compose, expansion := root.Get("compose"), root.Get("expansion")
	if !compose.Exists() && !expansion.Exists() {
		return nil, unusable("This value set does not say which codes are in it. Add a compose or an expansion to it.")
	}
	var said systems
	var err error
	if compose.Exists() {
		if said, err = r.compose(compose); err == nil || !problem.Is(err, problem.Unprocessable) || !expansion.Exists() {
			return said, err
		}
	}
	if listed, other := expanded(expansion); other == nil || err == nil {
		return listed, other
	}
	return nil, err
}

func (r *setReader) compose(n fhir.Node) (systems, error) {
	switch {
	case !onlyHas(n, "include", "exclude", "inactive"):
		return nil, unusable("The compose of this value set has a lockedDate, or something else that can not be told here. Name a set that lists its codes.")
	case n.Get("inactive").Exists() && n.Get("inactive").Kind() != fhir.True:
		return nil, unusable("This value set leaves out codes that are not active, and which these are is not known here. Name a set that does not.")
	case n.Get("include").Kind() != fhir.Array || n.Get("include").Len() == 0:
		return nil, unusable("This value set includes nothing. Name one with codes.")
	}
	all := systems{}
	for part := range n.Get("include").Each() {
		some, err := r.part(part)
		if err != nil {
			return nil, err
		}
		all = all.and(some)
	}
	if n.Get("exclude").Exists() && n.Get("exclude").Kind() != fhir.Array {
		return nil, unusable("What this value set excludes is not built as FHIR asks. Mend it, or name another one.")
	}
	for part := range n.Get("exclude").Items() {
		some, err := r.part(part)
		if err != nil {
			return nil, err
		}
		all = all.less(some)
	}
	return all, nil
}

// part is an include or an exclude: what all of its terms have in common.
func (r *setReader) part(n fhir.Node) (systems, error) {
	system, concepts, sets := n.Get("system"), n.Get("concept"), n.Get("valueSet")
	switch {
	case n.Get("filter").Exists():
		return nil, unusable("This value set is made by a rule (a filter), which is not worked out here. Name one that lists its codes, or add an expansion to it.")
	case !onlyHas(n, "system", "version", "concept", "valueSet"):
		return nil, unusable("A part of this value set has an element that is not understood here. Name a set that lists its codes.")
	case !system.Exists() && (concepts.Exists() || !sets.Exists()), system.Exists() && system.Str() == "":
		return nil, unusable("A part of this value set does not say which code system it is about. Mend it, or name another one.")
	case n.Get("version").Exists() && !concepts.Exists():
		return nil, unusable("This value set has all codes of one version of a code system, which are not known here. Leave the version out, or list the codes.")
	case sets.Exists() && (sets.Kind() != fhir.Array || sets.Len() != 1 || sets.At(0).Str() == ""):
		return nil, unusable("A part of this value set names several others at once, which releases of FHIR read in different ways. Give each a part of its own.")
	}
	var own systems
	if system.Exists() {
		codes, err := listed(concepts)
		if err != nil {
			return nil, err
		}
		own = systems{system.Str(): codes}
	}
	if !sets.Exists() {
		return own, nil
	}
	s, err := r.set(sets.At(0).Str())
	switch {
	case err != nil:
		return nil, err
	case own == nil:
		return s.Systems, nil
	}
	return own.in(s.Systems), nil
}

// listed reads the concepts of a part; without any it is all of the system.
func listed(concepts fhir.Node) (Codes, error) {
	if !concepts.Exists() {
		return Codes{All: true}, nil
	}
	if concepts.Kind() != fhir.Array || concepts.Len() == 0 || concepts.Len() > maxCodes {
		return Codes{}, unusable("A list of codes in this value set is empty or too long. Name a set with fewer codes.")
	}
	c := Codes{Listed: map[string]bool{}}
	for concept := range concepts.Each() {
		code := concept.Get("code").Str()
		if code == "" || !onlyHas(concept, "code", "display", "designation") {
			return Codes{}, unusable("A code in this value set is missing or not understood. Mend it, or name another set.")
		}
		c.Listed[code] = true
	}
	return c, nil
}

// onlyHas tells whether an object has no other elements than these, an id and
// extensions, which change nothing (http://hl7.org/fhir/R4/extensibility.html).
func onlyHas(n fhir.Node, names ...string) bool {
	if n.Kind() != fhir.Object {
		return false
	}
	for m := range n.Each() {
		if key := m.Key(); key != "id" && key != "extension" && !slices.Contains(names, key) {
			return false
		}
	}
	return true
}

// wholeParams are the parameters of an expansion that leave no code out.
var wholeParams = strings.Fields("displayLanguage includeDesignations designation includeDefinition excludeNested excludeNotForUI version " +
	"system-version check-system-version force-system-version used-codesystem used-valueset")

// expanded reads an expansion that is whole.
func expanded(n fhir.Node) (systems, error) {
	partial := unusable("The expansion of this value set may not be all of it. Name a set that lists its codes in its compose.")
	if !onlyHas(n, "identifier", "timestamp", "total", "offset", "parameter", "contains") || n.Get("extension").Exists() {
		return nil, partial // an extension of an expansion says that it is not closed, or was too costly
	}
	if offset := n.Get("offset"); offset.Exists() && !isNumber(offset, 0) {
		return nil, partial
	}
	for p := range n.Get("parameter").Items() {
		if !slices.Contains(wholeParams, p.Get("name").Str()) {
			return nil, partial
		}
	}
	out, count := systems{}, 0
	if err := contained(n.Get("contains"), out, &count); err != nil {
		return nil, err
	}
	if total := n.Get("total"); total.Exists() && !isNumber(total, count) {
		return nil, partial
	}
	return out, nil
}

func isNumber(n fhir.Node, want int) bool {
	return n.Kind() == fhir.Number && string(n.Raw()) == strconv.Itoa(want)
}

// contained adds what stands in an expansion. What is there to find one's way by
// is in no resource, and so in no set.
func contained(list fhir.Node, out systems, count *int) error {
	for c := range list.Items() {
		if *count++; *count > maxCodes {
			return unusable("There are too many codes in this value set. Name one with fewer, or whole code systems.")
		}
		system, code := c.Get("system").Str(), c.Get("code").Str()
		if !onlyHas(c, "system", "version", "code", "display", "designation", "abstract", "inactive", "contains") || code != "" && system == "" {
			return unusable("A code in the expansion of this value set has no system, or is not understood. Mend it, or name another set.")
		}
		if code != "" && c.Get("abstract").Kind() != fhir.True {
			if _, there := out[system]; !there {
				out[system] = Codes{Listed: map[string]bool{}}
			}
			out[system].Listed[code] = true
		}
		if err := contained(c.Get("contains"), out, count); err != nil {
			return err
		}
	}
	return nil
}
