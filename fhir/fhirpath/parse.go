package fhirpath

import "strings"

// Limits of an expression's text. All of R4's search parameters and
// invariants stay far below them.
const (
	maxSource = 64 << 10 // bytes
	maxDepth  = 250      // operators and brackets inside each other
	maxNodes  = 8000
)

// op is the kind of a node of the syntax tree.
type op uint8

const (
	opLiteral op = iota // lit
	opEmpty             // {}
	opMember            // base.text, or text on the focus where base is nil
	opCall              // base.text(args)
	opIndex             // base[args[0]]
	opThis              // $this, $index, $total: text
	opVar               // %text
	opUnary             // text is + or -, args[0]
	opBinary            // args[0] text args[1]
	opType              // args[0] is/as typ: text
)

// node is one node of the syntax tree.
type node struct {
	op   op
	text string
	typ  string // of opType: the type specifier, as written
	lit  any    // of opLiteral: a value
	base *node
	args []*node
	at   int
	desc bool // an argument of sort() that asks for descending order
}

type parser struct {
	lex   lexer
	tok   token // the next one, not yet taken
	depth int
	nodes int
}

// parse turns text into a syntax tree (FHIRPath N1, "Grammar").
func parse(src string) (*node, error) {
	if len(src) > maxSource {
		return nil, &Error{TooMuch, -1, "The expression is too long. Shorten it to 64 kB."}
	}
	p := &parser{lex: lexer{src: src}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, p.unexpected("the end of the expression or an operator")
	}
	return n, nil
}

func (p *parser) advance() (err error) {
	p.tok, err = p.lex.next()
	return err
}

func (p *parser) unexpected(want string) *Error {
	if p.tok.kind == tokEnd {
		return syntaxErr(p.tok.at, "The expression ends too early. It needs %s.", want)
	}
	return syntaxErr(p.tok.at, "%q can not stand here. It needs %s.", p.tok.text, want)
}

func (p *parser) is(symbol string) bool { return p.tok.kind == tokSymbol && p.tok.text == symbol }

func (p *parser) expect(symbol string) error {
	if !p.is(symbol) {
		return p.unexpected(symbol)
	}
	return p.advance()
}

func (p *parser) make(n node) (*node, error) {
	if p.nodes++; p.nodes > maxNodes {
		return nil, &Error{TooMuch, n.at, "The expression has too many parts. Split it."}
	}
	return &n, nil
}

// The binary operators by how tightly they bind, loosest first (FHIRPath N1,
// "Operator Precedence"). is and as stand between + and |.
var precedence = map[string]int{
	"implies": 1,
	"or":      2, "xor": 2,
	"and": 3,
	"in":  4, "contains": 4,
	"=": 5, "~": 5, "!=": 5, "!~": 5,
	"<": 6, ">": 6, "<=": 6, ">=": 6,
	"|":  7,
	"is": 8, "as": 8,
	"+": 9, "-": 9, "&": 9,
	"*": 10, "/": 10, "div": 10, "mod": 10,
}

func (p *parser) binary() int {
	if p.tok.kind == tokSymbol || p.tok.kind == tokName {
		return precedence[p.tok.text]
	}
	return 0
}

// expression parses operators that bind tighter than min. All of them group
// from the left.
func (p *parser) expression(min int) (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, &Error{TooMuch, p.tok.at, "The expression is nested too deeply. Make it flatter."}
	}
	defer func() { p.depth-- }()
	left, err := p.polarity()
	for err == nil {
		prec := p.binary()
		if prec <= min {
			return left, nil
		}
		left, err = p.operator(left, prec)
	}
	return nil, err
}

func (p *parser) operator(left *node, prec int) (*node, error) {
	t := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	if t.text == "is" || t.text == "as" {
		name, err := p.typeName()
		if err != nil {
			return nil, err
		}
		return p.make(node{op: opType, text: t.text, typ: name, args: []*node{left}, at: t.at})
	}
	right, err := p.expression(prec)
	if err != nil {
		return nil, err
	}
	return p.make(node{op: opBinary, text: t.text, args: []*node{left, right}, at: t.at})
}

func (p *parser) typeName() (string, error) {
	var parts []string
	for {
		if p.tok.kind != tokName && p.tok.kind != tokQuoted {
			return "", p.unexpected("the name of a type")
		}
		parts = append(parts, p.tok.text)
		if err := p.advance(); err != nil {
			return "", err
		}
		if !p.is(".") || len(parts) == 2 {
			return strings.Join(parts, "."), nil
		}
		if err := p.advance(); err != nil {
			return "", err
		}
	}
}

// polarity parses a sign. It binds looser than a step: -1.abs() is -(1.abs()).
func (p *parser) polarity() (*node, error) {
	if !p.is("+") && !p.is("-") {
		return p.postfix()
	}
	t := p.tok
	if p.depth++; p.depth > maxDepth {
		return nil, &Error{TooMuch, t.at, "The expression is nested too deeply. Make it flatter."}
	}
	defer func() { p.depth-- }()
	if err := p.advance(); err != nil {
		return nil, err
	}
	arg, err := p.polarity()
	if err != nil {
		return nil, err
	}
	return p.make(node{op: opUnary, text: t.text, args: []*node{arg}, at: t.at})
}

// postfix parses a term and the steps and indexes after it.
func (p *parser) postfix() (*node, error) {
	left, err := p.term()
	for err == nil {
		switch {
		case p.is("."):
			if err = p.advance(); err == nil {
				left, err = p.invocation(left)
			}
		case p.is("["):
			left, err = p.index(left)
		default:
			return left, nil
		}
	}
	return nil, err
}

func (p *parser) index(base *node) (*node, error) {
	at := p.tok.at
	if err := p.advance(); err != nil {
		return nil, err
	}
	arg, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if err := p.expect("]"); err != nil {
		return nil, err
	}
	return p.make(node{op: opIndex, base: base, args: []*node{arg}, at: at})
}
