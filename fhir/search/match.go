package search

import (
	"slices"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/fhirpath"
)

// MatchEnv is what the stored body of a resource does not say.
type MatchEnv struct {
	ID          string
	LastUpdated int64  // microseconds since 1970 UTC
	Base        string // this server's FHIR base URL without a slash at the end; "" if it has none
}

// Plain tells whether Match can decide the criterion. Chains and _has ask
// other resources too; those are for the store, with Match for their ends.
func (c *Criterion) Plain() bool { return c.Chain == nil && c.Has == nil }

// Param is the one of Params that is for the resource type, nil if none is.
func (c *Criterion) Param(resource string) *Param { return pick(c.Params, resource) }

func pick(params []*Param, resource string) *Param {
	for _, p := range params {
		if p.Resource == resource || p.IsCommon() {
			return p
		}
	}
	return nil
}

var valueBuffers = sync.Pool{New: func() any { b := make([]Value, 0, 16); return &b }}

// Match decides by the resource alone whether it answers a plain criterion: it
// is what a search means, and no index may say otherwise. A resource of a type
// that the criterion is not for, or a criterion that is not plain, is no
// match. The error tells of a parameter whose expression could not be
// evaluated.
func Match(t *fhir.Tree, c *Criterion, env *MatchEnv) (bool, error) {
	p := c.Param(string(t.Root().Get("resourceType").Text()))
	if p == nil || !c.Plain() {
		return false, nil
	}
	switch {
	case p.IsServer():
		return matchServer(p, c, env), nil
	case p.Kind == Composite:
		return matchComposite(t, p, c, env)
	case p.Kind == Special:
		return matchWords(t, p, c), nil
	}
	buf := valueBuffers.Get().(*[]Value)
	vs, err := p.Values(t, (*buf)[:0])
	ok := c.answered(vs, env)
	clear(vs)
	*buf = vs[:0]
	valueBuffers.Put(buf)
	return ok, err
}

// answered decides by the values of the resource.
func (c *Criterion) answered(vs []Value, env *MatchEnv) bool {
	if c.Modifier == Missing {
		return c.Absent == (len(vs) == 0)
	}
	for i := range vs {
		for j := range c.Values {
			if c.Values[j].Matches(&vs[i], c.Modifier, env.Base) {
				return c.Modifier != Not
			}
		}
	}
	return c.Modifier == Not
}

// matchServer compares with what only the server knows.
func matchServer(p *Param, c *Criterion, env *MatchEnv) bool {
	if c.Modifier == Missing {
		return !c.Absent
	}
	// The time of a version is a point, as narrow as a range can be.
	v := Value{Param: p, Kind: p.Kind, Code: env.ID, Low: env.LastUpdated, High: env.LastUpdated + 1}
	return c.answered([]Value{v}, env)
}

// Matches decides whether one value of a resource answers one alternative of a
// criterion. The modifier Not is for the caller: it asks that no value
// matches.
func (o *Operand) Matches(v *Value, m Modifier, base string) bool {
	switch v.Kind {
	case Token:
		return o.token(v, m)
	case String:
		return o.str(v, m)
	case Date:
		return o.Prefix.Match(fhir.Interval{Low: o.Low, High: o.High}, fhir.Interval{Low: v.Low, High: v.High})
	case Number:
		return o.number(v)
	case Quantity:
		return o.unit(v) && o.number(v)
	case Reference:
		return o.reference(v, m, base)
	case URI:
		return o.uri(v, m)
	}
	return false
}

func (o *Operand) token(v *Value, m Modifier) bool {
	switch m {
	case Text:
		return strings.HasPrefix(Fold(v.Text), o.Normal)
	case OfType:
		return v.OfType[1] == o.OfType[1] && v.Code == o.OfType[2] && (o.OfType[0] == "" || v.OfType[0] == o.OfType[0])
	}
	if v.System == "" && v.Code == "" {
		return false // it has only a text
	}
	return (!o.HasSystem || v.System == o.System) && (!o.HasCode || v.Code == o.Code)
}

func (o *Operand) str(v *Value, m Modifier) bool {
	switch m {
	case Exact:
		return v.Exact == o.Raw
	case Contains:
		return strings.Contains(v.Text, o.Normal)
	}
	return strings.HasPrefix(v.Text, o.Normal)
}

// number compares (R4 section 3.1.1.5.7): without a prefix the value must lie
// in what the written digits imply; with one that orders, the number is
// exact. A Range of the resource, or an amount with a comparator, is compared
// as a whole.
func (o *Operand) number(v *Value) bool {
	switch o.Prefix {
	case Eq:
		return o.holds(v)
	case Ne:
		return !o.holds(v)
	case Gt:
		return v.NumHigh.Compare(o.Value) > 0
	case Lt:
		return v.NumLow.Compare(o.Value) < 0
	case Ge:
		return v.NumHigh.Compare(o.Value) > 0 || o.same(v)
	case Le:
		return v.NumLow.Compare(o.Value) < 0 || o.same(v)
	case Sa:
		return v.NumLow.Compare(o.Value) > 0
	case Eb:
		return v.NumHigh.Compare(o.Value) < 0
	case Ap:
		return v.NumLow.Compare(o.NumHigh) <= 0 && v.NumHigh.Compare(o.NumLow) >= 0
	}
	return false
}

func (o *Operand) holds(v *Value) bool {
	return v.NumLow.Compare(o.NumLow) >= 0 && v.NumHigh.Compare(o.NumHigh) < 0
}

func (o *Operand) same(v *Value) bool {
	return v.NumLow.Compare(o.Value) == 0 && v.NumHigh.Compare(o.Value) == 0
}

// unit compares system and code; a code without a system may also be the unit
// as it is shown (R4 section 3.1.1.5.13).
func (o *Operand) unit(v *Value) bool {
	switch {
	case o.HasSystem:
		return v.System == o.System && (!o.HasCode || v.Code == o.Code)
	case o.HasCode:
		return v.Code == o.Code || v.Text == o.Code
	}
	return true
}

func (o *Operand) reference(v *Value, m Modifier, base string) bool {
	if m == Identifier || v.Ident {
		return m == Identifier && v.Ident && (!o.HasSystem || v.System == o.System) && (!o.HasCode || v.Code == o.Code)
	}
	code := v.Code
	if base != "" {
		if rest, ok := strings.CutPrefix(code, base); ok && strings.HasPrefix(rest, "/") {
			code = rest[1:]
		}
	}
	if o.Ref.Form == fhir.Unknown { // a bare id
		typ, id, ok := strings.Cut(code, "/")
		return ok && id == o.Ref.ID && slices.Contains(o.Types, typ)
	}
	if code != o.refKey() {
		return false
	}
	if o.Ref.Version == "" || o.Ref.Form == fhir.Canonical {
		return true
	}
	return fhir.ParseReference(v.Exact).Version == o.Ref.Version
}

func (o *Operand) refKey() string {
	if o.Ref.Form == fhir.Canonical {
		return o.Ref.Base + "|" + o.Ref.Version
	}
	return refKey(&o.Ref)
}

// RefKeys lists the Value.Codes that a reference operand may match: one for
// each type where it is a bare id, each also as an absolute URL on this
// server.
func (o *Operand) RefKeys(base string) []string {
	keys := []string{}
	if o.Ref.Form == fhir.Unknown {
		for _, t := range o.Types {
			keys = append(keys, t+"/"+o.Ref.ID)
		}
	} else {
		keys = append(keys, o.refKey())
	}
	if base != "" && (o.Ref.Form == fhir.Unknown || o.Ref.Form == fhir.Relative) {
		for _, k := range slices.Clone(keys) {
			keys = append(keys, base+"/"+k)
		}
	}
	return keys
}

// uri compares as written. :below finds what lies under the given address,
// :above what the given address lies under (R4 section 3.1.1.5.14), counted in
// whole steps of the path. URNs have no such order.
func (o *Operand) uri(v *Value, m Modifier) bool {
	switch m {
	case Below:
		return under(v.Code, o.Raw)
	case Above:
		return under(o.Raw, v.Code)
	}
	return v.Code == o.Raw
}

func under(low, high string) bool {
	rest, ok := strings.CutPrefix(low, high)
	switch {
	case !ok || high == "":
		return false
	case rest == "":
		return true
	case strings.HasPrefix(high, "urn:"):
		return false
	}
	return strings.HasSuffix(high, "/") || strings.IndexByte("/?#|", rest[0]) >= 0
}

// matchComposite wants one element in which every component matches (R4
// section 3.1.1.5.12).
func matchComposite(t *fhir.Tree, p *Param, c *Criterion, env *MatchEnv) (bool, error) {
	exprs, err := p.compiled()
	if err != nil {
		return false, err
	}
	var elements fhirpath.Collection
	for _, e := range exprs {
		if elements, err = e.Append(elements, nil, fhirpath.Root(t)); err != nil {
			return false, err
		}
	}
	for i := range elements {
		for j := range c.Values {
			ok, err := matchParts(elements[i], p, &c.Values[j], env)
			if ok || err != nil {
				return ok, err
			}
		}
	}
	return false, nil
}

func matchParts(element fhirpath.Item, p *Param, o *Operand, env *MatchEnv) (bool, error) {
	if len(o.Parts) != len(p.Components) {
		return false, nil
	}
	for i := range p.Components {
		c := &p.Components[i]
		found, err := c.expr.Append(nil, nil, element)
		if err != nil {
			return false, err
		}
		x := extractor{}
		for j := range found {
			x.add(c.Param, c.Param.Kind, &found[j])
		}
		part := &o.Parts[i]
		if !slices.ContainsFunc(x.dst, func(v Value) bool { return part.Matches(&v, NoModifier, env.Base) }) {
			return false, nil
		}
	}
	return true, nil
}
