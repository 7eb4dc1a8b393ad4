package search

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
)

// manySteps refuses a question that leads further than is followed. However
// deep a chain is, the question as a whole has so many steps at most.
var manySteps = fmt.Sprintf("The chains of the search lead through too many steps: at most %d are followed, and one without a type counts for each type that it may lead to. Name the types, as in subject:Patient.name, or ask in smaller steps.", maxSteps)

// criterion reads name=value for the types: a plain parameter, a chain
// (R4 section 3.1.1.5.3) or a reverse chain (3.1.1.5.4).
func (p *parser) criterion(types []string, name, value string, depth int) (Criterion, error) {
	if depth > 0 {
		p.steps++
	}
	if p.steps > maxSteps {
		return Criterion{}, tooMuch(manySteps)
	}
	if rest, ok := strings.CutPrefix(name, "_has:"); ok {
		return p.has(types, name, rest, value, depth)
	}
	if head, rest, ok := strings.Cut(name, "."); ok {
		return p.chain(types, name, head, rest, value, depth)
	}
	code, mod, _ := strings.Cut(name, ":")
	params, err := p.lookup(types, code)
	if err != nil {
		return Criterion{}, err
	}
	c := Criterion{Name: name, Params: params}
	if strings.HasSuffix(name, ":") {
		return c, problem.New(problem.Invalid, fmt.Sprintf("Nothing follows the colon of %s. Leave the colon out, or name a modifier.", quote(name)))
	}
	if err := p.modifier(&c, code, mod); err != nil {
		return c, err
	}
	if code == "_list" {
		return p.list(c, value)
	}
	if value == "" {
		return c, &unknown{fmt.Sprintf("The parameter %s has no value. Give it one such as %s, or leave it out.", quote(name), example[params[0].Kind])}
	}
	return c, p.operands(&c, value)
}

// lookup finds the parameter in each of the types.
func (p *parser) lookup(types []string, code string) ([]*Param, error) {
	if len(types) == 0 {
		types = []string{common}
	}
	var out []*Param
	for _, t := range types {
		q, ok := p.reg.Lookup(t, code)
		switch {
		case code == "_filter" || code == "_query":
			return nil, problem.New(problem.Unsupported, code+" is not done here. Write the search with search parameters instead.")
		case !ok && t == common:
			return nil, p.unknownParam(nil, code)
		case !ok:
			return nil, p.unknownParam(types, code)
		case len(out) > 0 && out[0].Kind != q.Kind:
			return nil, problem.New(problem.Invalid, fmt.Sprintf("%s is a %s for %s and a %s for %s. Search the types one by one.",
				code, out[0].Kind, types[0], q.Kind, t))
		}
		out = append(out, q)
	}
	if len(types) > 1 && out[0].IsCommon() {
		// One parameter for all of the types, still one entry for each.
		return slices.Repeat(out[:1], len(types)), nil
	}
	return out, nil
}

// modifier reads what follows the colon and checks that R4 has it for the kind.
func (p *parser) modifier(c *Criterion, code, mod string) error {
	if mod == "" {
		return nil
	}
	kind := c.Params[0].Kind
	if kind == Reference && (mod == "above" || mod == "below") {
		return problem.New(problem.Unsupported, fmt.Sprintf("The modifier :%s of %s, a reference, is not done here yet. Name the resources or versions that you look for instead.", mod, code))
	}
	if kind == Token && slices.Contains(waiting, mod) {
		return problem.New(problem.Unsupported, fmt.Sprintf("The modifier :%s of %s needs the terminology service, which is not here yet. List the codes that you look for instead.", mod, code))
	}
	m := NoModifier
	for i := Exact; i < TypeModifier; i++ {
		if modifierNames[i] == mod {
			m = i
		}
	}
	if m == NoModifier && p.reg.isType(mod) {
		m, c.Target = TypeModifier, mod
	}
	if !slices.Contains(allowed[kind], m) {
		return problem.New(problem.Invalid, fmt.Sprintf("The parameter %s is a %s and does not take the modifier %s. %s", code, kind, quote(":"+mod), may(kind)))
	}
	if m == TypeModifier {
		for _, q := range c.Params {
			if !q.mayLeadTo(mod) {
				return problem.New(problem.Invalid, fmt.Sprintf("%s does not refer to a %s. It may refer to %s.", code, mod, strings.Join(q.Target, ", ")))
			}
		}
	}
	c.Modifier = m
	return nil
}

func may(kind Kind) string {
	var names []string
	for _, m := range allowed[kind] {
		names = append(names, ":"+m.String())
	}
	if len(names) == 0 {
		return "It takes none."
	}
	return "It takes " + strings.Join(names, ", ") + "."
}

// chain reads head.rest: the resource that head refers to must answer rest.
func (p *parser) chain(types []string, name, head, rest, value string, depth int) (Criterion, error) {
	code, mod, _ := strings.Cut(head, ":")
	params, err := p.lookup(types, code)
	if err != nil {
		return Criterion{}, err
	}
	c := Criterion{Name: name, Params: params}
	if params[0].Kind != Reference {
		return c, problem.New(problem.Invalid, fmt.Sprintf("%s is a %s and refers to nothing, so nothing can follow its dot in %s. Use a reference such as subject.", code, params[0].Kind, quote(name)))
	}
	if err := p.modifier(&c, code, mod); err != nil {
		return c, err
	}
	if c.Modifier != NoModifier && c.Modifier != TypeModifier {
		return c, problem.New(problem.Invalid, fmt.Sprintf("In a chain only a type may follow the colon, as in subject:Patient.name. Mend %s.", quote(name)))
	}
	chain := &Chain{}
	var first error
	for _, t := range chainTargets(&c) {
		next, err := p.criterion([]string{t}, rest, value, depth+1)
		if err != nil {
			// A type that does not know the parameter, or for which the value
			// makes no sense, is not meant. The error that says most is kept.
			if _, vague := first.(*unknown); first == nil || vague {
				first = err
			}
			if p.steps > maxSteps || p.read > maxRead {
				return c, err
			}
			continue
		}
		chain.Targets, chain.Next = append(chain.Targets, t), append(chain.Next, next)
	}
	if len(chain.Targets) == 0 {
		if first == nil {
			first = problem.New(problem.Invalid, fmt.Sprintf("Nothing can be followed in %s.", quote(name)))
		}
		return c, first
	}
	c.Chain = chain
	return c, nil
}

func chainTargets(c *Criterion) []string {
	if c.Target != "" {
		return []string{c.Target}
	}
	var out []string
	for _, q := range c.Params {
		for _, t := range q.targets() {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// has reads Type:reference:rest after _has: resources to which a Type refers
// that itself answers rest.
func (p *parser) has(types []string, name, rest, value string, depth int) (Criterion, error) {
	parts := strings.SplitN(rest, ":", 3)
	if len(parts) < 3 || parts[2] == "" {
		return Criterion{}, problem.New(problem.Invalid, fmt.Sprintf("%s is not complete. Write it like _has:Observation:patient:code=8302-2.", quote(name)))
	}
	if !p.reg.isType(parts[0]) {
		return Criterion{}, p.unknownType(parts[0], "_has")
	}
	ref, ok := p.reg.Lookup(parts[0], parts[1])
	if !ok {
		return Criterion{}, p.unknownParam(parts[:1], parts[1])
	}
	if ref.Kind != Reference {
		return Criterion{}, problem.New(problem.Invalid, fmt.Sprintf("%s of %s is a %s and refers to nothing. Name a reference in _has, such as patient.", parts[1], parts[0], ref.Kind))
	}
	if len(types) > 0 && !slices.ContainsFunc(types, ref.mayLeadTo) {
		return Criterion{}, problem.New(problem.Invalid, fmt.Sprintf("%s of %s does not refer to a %s. It may refer to %s.", parts[1], parts[0], strings.Join(types, " or "), strings.Join(ref.Target, ", ")))
	}
	next, err := p.criterion(parts[:1], parts[2], value, depth+1)
	if err != nil {
		return Criterion{}, err
	}
	return Criterion{Name: name, Has: &Has{Type: parts[0], Ref: ref, Next: next}}, nil
}

// list turns _list=42 into what it means: a List with that id refers to the
// resource in one of its items.
func (p *parser) list(c Criterion, value string) (Criterion, error) {
	if c.Modifier != NoModifier {
		return c, problem.New(problem.Invalid, "_list takes no modifier. Write it as _list=42.")
	}
	if strings.HasPrefix(value, "$") {
		return c, problem.New(problem.Unsupported, "Functional lists such as "+quote(value)+" are not here yet. Name a List by its id, as in _list=42.")
	}
	ref, _ := p.reg.Lookup("List", "item")
	var ids []string
	for _, v := range split(value, ',') {
		ids = append(ids, strings.TrimPrefix(v, "List/"))
	}
	next, err := p.criterion([]string{"List"}, "_id", strings.Join(ids, ","), 1)
	if err != nil {
		return c, err
	}
	return Criterion{Name: c.Name, Has: &Has{Type: "List", Ref: ref, Next: next}}, nil
}
