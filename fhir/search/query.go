package search

import "github.com/bevanhealth/bevan/fhir"

// Kind is the type of a search parameter (R4 valueset search-param-type).
type Kind uint8

// The kinds of search parameters.
const (
	Number Kind = iota + 1
	Date
	String
	Token
	Reference
	Composite
	Quantity
	URI
	Special
)

// Query is one search, read and checked against the Registry.
type Query struct {
	Types       []string     // the resource types asked for; empty means every type
	Compartment *Compartment // only what lies in this compartment
	Criteria    []Criterion  // all must hold
	When        *Times       // only what was between these times; nil for all
	Sort        []SortKey
	Includes    []Include
	Count       int  // page size; -1 when the caller named none
	Clamped     bool // the caller asked for more than Count, which is the most that a page may hold
	Total       TotalMode
	Summary     string   // "", true, text, data, count, false
	Elements    []string // top-level elements to return; nil means all
	Explain     bool
	Ignored     []string // parameters that were not understood and are left out, as written

	asked []Pair
}

// Compartment names the record of one patient, encounter, device,
// practitioner or related person.
type Compartment struct{ Type, ID string }

// TotalMode is the value of _total.
type TotalMode uint8

// The values of _total. TotalUnset leaves it to the server.
const (
	TotalUnset TotalMode = iota
	TotalNone
	TotalEstimate
	TotalAccurate
)

// Modifier is the part after the colon of a parameter's name.
type Modifier uint8

// The modifiers of R4. TypeModifier is `:Patient` and its like; the type
// stands in Criterion.Target.
const (
	NoModifier Modifier = iota
	Exact
	Contains
	Missing
	Not
	Text
	Above
	Below
	OfType
	Identifier
	TypeModifier
)

// Criterion is one parameter of a query with the values of which one must
// match. Exactly one of three shapes: a plain one (Values), a chain (Chain),
// or a reverse chain (Has).
type Criterion struct {
	Name     string   // as the caller wrote it, for messages and plans
	Params   []*Param // one per Query.Types in that order; a single one for a query over every type
	Modifier Modifier
	Target   string // the type of TypeModifier, or of a chain that names one
	Values   []Operand
	Absent   bool   // the value of :missing
	Chain    *Chain // parameter.next: the resource referred to must answer a criterion
	Has      *Has   // _has: a resource that refers to this one must answer a criterion
}

// Chain follows Params (reference parameters) to resources of the Targets,
// each of which is asked its own criterion. A resource matches when one of the
// resources it refers to does.
type Chain struct {
	Targets []string
	Next    []Criterion // parallel to Targets, each with Params for that one type
}

// Has asks for resources to which a resource of Type refers by Ref and that
// itself answers Next.
type Has struct {
	Type string
	Ref  *Param
	Next Criterion
}

// Prefix is the comparison in front of a number, date or quantity (R4 section
// 3.1.1.5.8).
type Prefix = fhir.Prefix

// The prefixes.
const (
	Eq = fhir.Eq
	Ne = fhir.Ne
	Gt = fhir.Gt
	Lt = fhir.Lt
	Ge = fhir.Ge
	Le = fhir.Le
	Sa = fhir.Sa
	Eb = fhir.Eb
	Ap = fhir.Ap
)

// Operand is one value that a criterion compares with. Which fields count
// follows from the parameter's kind. Matches tells what it means.
type Operand struct {
	Raw    string // as written, unescaped
	Prefix Prefix

	// Token, and the code of a quantity. HasSystem with an empty System is
	// `|code`: no system at all. HasCode is false for `system|`. The code of
	// a token is in lower case, as in Value, but for _id; that of a quantity
	// is as written and may be the unit where no system is given.
	System             string
	Code               string
	HasSystem, HasCode bool
	OfType             [3]string // system, code and value of :of-type, the last two in lower case

	// String, and :text of a token: Normal is Fold of Raw. URI uses Raw.
	Normal string

	// Date: half-open range in microseconds since 1970 UTC, as fhir.DateTime
	// gives it. Number and quantity: the half-open range that the written
	// precision implies, as fhir.Decimal gives it; Value is the number itself.
	// For ap both are widened already, so that every page agrees about now.
	Low, High int64
	Value     fhir.Decimal
	NumLow    fhir.Decimal
	NumHigh   fhir.Decimal

	// Reference: Ref is the parsed text, of Form Unknown with an ID for a bare
	// id; Types are the types that it may then have. See RefKeys.
	Ref   fhir.Reference
	Types []string

	Parts []Operand // composite: one per component
}

// SortKey is one entry of _sort.
type SortKey struct {
	Name       string
	Params     []*Param // as in Criterion; none for When
	Descending bool
	When       bool // it is the order of _when
}

// Include is one _include or _revinclude.
type Include struct {
	Reverse bool
	Iterate bool
	Type    string   // source type, "*" for any
	Params  []*Param // the reference parameters followed: one, or all of Type for Type:*; none where Type is "*"
	Target  string   // only references to this type; "" for any
	All     bool     // the parameter was `*`
}

// Value is one thing by which a resource can be found.
type Value struct {
	Param *Param
	Kind  Kind

	System string    // token, quantity
	Code   string    // token, in lower case; quantity; the uri; the target of a reference as refKey gives it: Type/id, or a URL without version, and once more with it for url|version
	Text   string    // string: Fold of the text; token: the display or text, as written; quantity: the unit
	Exact  string    // string, reference: as written
	Ident  bool      // reference: the value is a Reference.identifier, in System and Code
	OfType [2]string // token of an identifier with a type: the type's system and code, the code in lower case

	Low, High int64 // date: half-open, fhir.Earliest and fhir.Latest where a period has no end

	// Number, quantity: the number itself, the lower end of a Range; and the
	// lowest and highest that it may be, inclusive: twice the number, but for
	// a Range and a quantity with a comparator, which may be open
	// (fhir.Lowest, fhir.Highest).
	Number          fhir.Decimal
	NumLow, NumHigh fhir.Decimal
}
