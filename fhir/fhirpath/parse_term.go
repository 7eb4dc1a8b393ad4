package fhirpath

import "strings"

// term parses what stands at the beginning of a path.
func (p *parser) term() (*node, error) {
	t := p.tok
	switch t.kind {
	case tokString:
		return p.literal(node{lit: String(t.text), at: t.at})
	case tokNumber:
		return p.number()
	case tokTemporal:
		v, ok := parseTemporal(t.text)
		if !ok {
			return nil, syntaxErr(t.at, "@%s is no date or time. Write it like @2015-02-04T14:34:28Z or @T14:34.", t.text)
		}
		return p.literal(node{lit: v, at: t.at})
	case tokName:
		if t.text == "true" || t.text == "false" {
			return p.literal(node{lit: Boolean(t.text == "true"), at: t.at})
		}
		return p.invocation(nil)
	case tokQuoted, tokDollar:
		return p.invocation(nil)
	case tokSymbol:
		return p.bracketed()
	}
	return nil, p.unexpected("a value, a name or a bracket")
}

// bracketed parses (…), {} and %name.
func (p *parser) bracketed() (*node, error) {
	t := p.tok
	switch t.text {
	case "(":
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	case "{":
		if err := p.advance(); err != nil {
			return nil, err
		}
		if err := p.expect("}"); err != nil {
			return nil, err
		}
		return p.make(node{op: opEmpty, at: t.at})
	case "%":
		if err := p.advance(); err != nil {
			return nil, err
		}
		if k := p.tok.kind; k != tokName && k != tokQuoted && k != tokString {
			return nil, p.unexpected("the name of a constant after %")
		}
		return p.literal(node{op: opVar, text: p.tok.text, at: t.at})
	}
	return nil, p.unexpected("a value, a name or a bracket")
}

// literal makes a node of the token at hand and moves past it.
func (p *parser) literal(n node) (*node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	return p.make(n)
}

// number parses an integer, a decimal, or a quantity (4 days, 10 'mg').
func (p *parser) number() (*node, error) {
	t := p.tok
	d, ok := parseDecimal(t.text)
	if !ok {
		return nil, syntaxErr(t.at, "The number %.40s is too long. Use fewer digits.", t.text)
	}
	n := node{at: t.at}
	if i, ok := d.integer(); ok && !strings.Contains(t.text, ".") {
		n.lit = i
	} else {
		n.lit = d
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	switch {
	case p.tok.kind == tokString:
		n.lit = Quantity{Value: d, Unit: p.tok.text}
		return p.literal(n)
	case p.tok.kind == tokName && calendarUnit(p.tok.text) != "":
		n.lit = Quantity{Value: d, Unit: calendarUnit(p.tok.text), Calendar: true}
		return p.literal(n)
	}
	return p.make(n)
}

// invocation parses $this, a member or a function call after base (nil: on
// the focus). After a point any word may be a name: FHIR has Narrative.div.
func (p *parser) invocation(base *node) (*node, error) {
	t := p.tok
	if t.kind == tokDollar {
		if base != nil {
			return nil, p.unexpected("a name or a function after the point")
		}
		if t.text != "this" && t.text != "index" && t.text != "total" {
			return nil, p.unexpected("$this, $index or $total")
		}
		return p.literal(node{op: opThis, text: t.text, at: t.at})
	}
	if t.kind != tokName && t.kind != tokQuoted || base == nil && t.kind == tokName && reserved(t.text) {
		return nil, p.unexpected("a name or a function")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if !p.is("(") {
		return p.make(node{op: opMember, text: t.text, base: base, at: t.at})
	}
	args, err := p.arguments(t.text == "sort")
	if err != nil {
		return nil, err
	}
	return p.make(node{op: opCall, text: t.text, base: base, args: args, at: t.at})
}

// reserved words may begin a term only as operators; as, is, in and contains
// may also be names (FHIRPath N1 grammar, rule identifier).
func reserved(word string) bool {
	switch word {
	case "and", "or", "xor", "implies", "div", "mod":
		return true
	}
	return false
}

func (p *parser) arguments(sort bool) ([]*node, error) {
	if err := p.advance(); err != nil { // the bracket
		return nil, err
	}
	var args []*node
	if p.is(")") {
		return nil, p.advance()
	}
	for {
		arg, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if sort {
			if err := p.sortOrder(arg); err != nil {
				return nil, err
			}
		}
		args = append(args, arg)
		if !p.is(",") {
			return args, p.expect(")")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

// sortOrder takes the asc or desc that may follow a key of sort().
func (p *parser) sortOrder(arg *node) error {
	if p.tok.kind != tokName || p.tok.text != "asc" && p.tok.text != "desc" {
		return nil
	}
	arg.desc = p.tok.text == "desc"
	return p.advance()
}
