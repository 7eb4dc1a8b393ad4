package search

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// wanted is what a value is read against: a parameter, or one component of a
// composite.
type wanted struct {
	name     string // as the caller wrote the parameter, for messages
	kind     Kind
	modifier Modifier
	target   string
	params   []*Param
	types    []string // reference: what a bare id may be
}

// operands reads the alternatives of a value, which commas separate.
func (p *parser) operands(c *Criterion, value string) error {
	if c.Modifier == Missing {
		if value != "true" && value != "false" {
			return problem.New(problem.Invalid, fmt.Sprintf("The parameter %s takes true or false, not %s.", c.Name, quote(value)))
		}
		c.Absent = value == "true"
		return nil
	}
	parts := split(value, ',')
	if p.read += len(parts); p.read > maxRead {
		return tooMuch("The chains of the search may lead to too many types for so many values. Name their types, as in subject:Patient.name, or list fewer values.")
	}
	w := wanted{name: c.Name, kind: c.Params[0].Kind, modifier: c.Modifier, target: c.Target, params: c.Params}
	if w.kind == Reference {
		w.types = chainTargets(c)
	}
	c.Values = make([]Operand, 0, len(parts))
	for _, s := range parts {
		o, err := p.operand(w, s)
		if err != nil {
			return err
		}
		c.Values = append(c.Values, o)
	}
	return nil
}

func (w wanted) bad(s, why string) error {
	return problem.New(problem.Invalid, fmt.Sprintf("The parameter %s can not be %s: %s. Write it like %s.", w.name, quote(s), why, example[w.kind]))
}

// badValue passes on the sentence of a datatype's own error.
func (w wanted) badValue(err error) error {
	var v *fhir.ValueError
	if errors.As(err, &v) {
		return problem.New(problem.Invalid, fmt.Sprintf("The parameter %s can not be read: %s", w.name, v.Error()))
	}
	return problem.Wrap(problem.Invalid, fmt.Sprintf("The parameter %s can not be read. Write it like %s.", w.name, example[w.kind]), err)
}

// operand reads one alternative, its escapes still in place.
func (p *parser) operand(w wanted, s string) (Operand, error) {
	switch {
	case s == "":
		return Operand{}, w.bad(s, "one of its values is empty")
	case len(s) > maxText:
		return Operand{}, w.bad(s, "it is too long")
	}
	switch w.kind {
	case Number:
		return p.number(w, s)
	case Date:
		return p.date(w, s)
	case Quantity:
		return p.quantity(w, s)
	case Token:
		return p.token(w, s)
	case Reference:
		if w.modifier == Identifier {
			return p.token(w, s)
		}
		return p.reference(w, s)
	case URI:
		return Operand{Raw: unescape(s)}, nil
	case Composite:
		return p.composite(w, s)
	case Special:
		if !w.params[0].Answered() {
			return Operand{}, problem.New(problem.Unsupported, fmt.Sprintf("The parameter %s is not done here yet. Leave it out.", w.name))
		}
	}
	return p.text(w, s)
}

// text reads a string. One that has nothing but punctuation would match
// everything or nothing, so it is refused.
func (p *parser) text(w wanted, s string) (Operand, error) {
	o := Operand{Raw: unescape(s)}
	o.Normal = Fold(o.Raw)
	if o.Normal == "" && w.modifier != Exact {
		return o, w.bad(s, "there is no letter or number in it")
	}
	return o, nil
}

func (p *parser) number(w wanted, s string) (Operand, error) {
	o := Operand{Raw: unescape(s)}
	var rest string
	o.Prefix, rest = fhir.CutPrefix(o.Raw)
	return o, w.readNumber(&o, rest)
}

// readNumber fills in the number and its range. For ap the range is a tenth to
// either side, as R4 recommends, and never less than the precision implies.
func (w wanted) readNumber(o *Operand, s string) error {
	d, err := fhir.ParseDecimal(s)
	if err != nil {
		return w.badValue(err)
	}
	o.Value = d
	o.NumLow, o.NumHigh = d.Range()
	if o.Prefix != Ap {
		return nil
	}
	f := d.Float64()
	for _, end := range []float64{f * 0.9, f * 1.1} {
		e, err := fhir.ParseDecimal(strconv.FormatFloat(end, 'g', -1, 64))
		if err != nil {
			return w.bad(s, "it is too big to be approximate")
		}
		if e.Compare(o.NumLow) < 0 {
			o.NumLow = e
		}
		if e.Compare(o.NumHigh) > 0 {
			o.NumHigh = e
		}
	}
	return nil
}

func (p *parser) date(w wanted, s string) (Operand, error) {
	o := Operand{Raw: unescape(s)}
	var rest string
	o.Prefix, rest = fhir.CutPrefix(o.Raw)
	d, err := fhir.ParseDateTime(rest)
	if err != nil {
		return o, w.badValue(err)
	}
	i := fhir.Interval{}
	i.Low, i.High = d.Range()
	if o.Prefix == Ap {
		i = i.Widen(p.o.Now)
	}
	o.Low, o.High = i.Low, i.High
	return o, nil
}

// quantity reads [prefix]number, number|system|code or number||code.
func (p *parser) quantity(w wanted, s string) (Operand, error) {
	parts := split(s, '|')
	if len(parts) != 1 && len(parts) != 3 {
		return Operand{}, w.bad(s, "a quantity is a number, or a number, a system and a code with | between them")
	}
	o := Operand{Raw: unescape(s)}
	var number string
	o.Prefix, number = fhir.CutPrefix(parts[0])
	if len(parts) == 3 {
		o.System, o.Code = unescape(parts[1]), unescape(parts[2])
		o.HasSystem, o.HasCode = o.System != "", o.Code != ""
	}
	return o, w.readNumber(&o, number)
}

// token reads code, system|code, |code or system|, the system|code|value of
// :of-type, and the text of :text.
func (p *parser) token(w wanted, s string) (Operand, error) {
	if w.modifier == Text {
		return p.text(w, s)
	}
	o := Operand{Raw: unescape(s)}
	parts := split(s, '|')
	if w.modifier == OfType {
		if len(parts) != 3 || parts[1] == "" || parts[2] == "" {
			return o, problem.New(problem.Invalid, fmt.Sprintf("The parameter %s can not be %s. Write it as system|code|value, as in http://terminology.hl7.org/CodeSystem/v2-0203|NH|9990000018.", w.name, quote(s)))
		}
		o.OfType = [3]string{unescape(parts[0]), foldCode(unescape(parts[1])), foldCode(unescape(parts[2]))}
		return o, nil
	}
	code := parts[0]
	if len(parts) > 1 {
		o.HasSystem, o.System, code = true, unescape(parts[0]), parts[1]
	}
	switch {
	case len(parts) > 2:
		return o, w.bad(s, `it has more than one |, and a | that belongs to a code is written \|`)
	case code == "" && o.System == "":
		return o, w.bad(s, "it has neither a system nor a code")
	}
	o.HasCode = code != ""
	if o.Code = unescape(code); !w.exactCase() {
		o.Code = foldCode(o.Code)
	}
	return o, nil
}

// exactCase tells that the token is an id of this server, in which case
// counts (R4 section 2.24.0.1, id).
func (w wanted) exactCase() bool { return len(w.params) > 0 && w.params[0].IsServer() }

// reference reads an id, Type/id, a URL or URN, or a canonical with its
// version.
func (p *parser) reference(w wanted, s string) (Operand, error) {
	o := Operand{Raw: unescape(s)}
	text := o.Raw
	if rest, ok := strings.CutPrefix(text, p.o.Base+"/"); ok && p.o.Base != "" {
		text = rest
	}
	o.Ref = fhir.ParseReference(text)
	switch {
	case fhir.ValidID(text):
		o.Ref = fhir.Reference{Text: text, ID: text}
		o.Types = w.types
		return o, nil
	case o.Ref.Form == fhir.Fragment:
		return o, w.bad(s, "a contained resource can not be searched for")
	case o.Ref.Form == fhir.Unknown || o.Ref.Form == fhir.Conditional:
		return o, w.bad(s, "it is not a reference")
	case o.Ref.Form == fhir.Relative && !p.reg.isType(o.Ref.Type):
		return o, p.unknownType(o.Ref.Type, w.name)
	case w.target != "" && o.Ref.Type != w.target && p.reg.isType(o.Ref.Type):
		return o, w.bad(s, "it is a "+o.Ref.Type+" where "+w.target+" is asked for")
	}
	return o, nil
}

// composite reads one value for each component, with $ between them.
func (p *parser) composite(w wanted, s string) (Operand, error) {
	o := Operand{Raw: s}
	parts, comps := split(s, '$'), w.params[0].Components
	if len(parts) != len(comps) {
		var names []string
		for _, c := range comps {
			names = append(names, c.Param.Code)
		}
		return o, problem.New(problem.Invalid, fmt.Sprintf("The parameter %s can not be %s: it takes %s with $ between them.", w.name, quote(s), strings.Join(names, ", ")))
	}
	for i, part := range parts {
		sub := wanted{name: w.name, kind: comps[i].Param.Kind, params: []*Param{comps[i].Param}, types: comps[i].Param.targets()}
		v, err := p.operand(sub, part)
		if err != nil {
			return o, err
		}
		o.Parts = append(o.Parts, v)
	}
	return o, nil
}
