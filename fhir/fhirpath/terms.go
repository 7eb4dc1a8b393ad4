package fhirpath

import "strings"

// The small expressions: values, constants, variables of lambdas, indexes.

type (
	literal  struct{ v Value }
	empty    struct{}
	constant struct{ name string }
	indexVar struct{}
	totalVar struct{}
	index    struct{ base, at expr }
	isType   struct {
		x   expr
		typ typeRef
	}
)

func (l *literal) eval(_ *machine, _ *frame, dst []Item) ([]Item, error) {
	return append(dst, Item{val: l.v}), nil
}

func (empty) eval(_ *machine, _ *frame, dst []Item) ([]Item, error) { return dst, nil }

func (indexVar) eval(_ *machine, f *frame, dst []Item) ([]Item, error) {
	return append(dst, Item{val: Integer(f.index)}), nil
}

func (totalVar) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	if err := m.tick(len(f.total)); err != nil {
		return dst, err
	}
	return append(dst, f.total...), nil
}

func (x *index) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	b, err := m.collect(x.base, f)
	if err != nil {
		return dst, err
	}
	defer m.done(b)
	it, ok, err := m.single(x.at, f)
	if err != nil || !ok {
		return dst, err
	}
	i, ok := it.Value().(Integer)
	if !ok {
		return dst, execErr("An index must be a whole number.")
	}
	if i < 0 || int64(i) >= int64(len(b)) {
		return dst, nil
	}
	return append(dst, b[i]), nil
}

func (x *isType) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	it, ok, err := m.single(x.x, f)
	if err != nil || !ok {
		return dst, err
	}
	return append(dst, Item{val: Boolean(x.typ.is(it))}), nil
}

// The constants that FHIR fixes (http://hl7.org/fhir/R4/fhirpath.html#vars).
var fixed = map[string]string{
	"sct": "http://snomed.info/sct", "loinc": "http://loinc.org", "ucum": "http://unitsofmeasure.org",
}

func fixedConstant(name string) (string, bool) {
	if s, ok := fixed[name]; ok {
		return s, true
	}
	if vs, ok := strings.CutPrefix(name, "vs-"); ok {
		return "http://hl7.org/fhir/ValueSet/" + vs, true
	}
	if ext, ok := strings.CutPrefix(name, "ext-"); ok {
		return "http://hl7.org/fhir/StructureDefinition/" + ext, true
	}
	return "", false
}

func constantType(name string) static {
	if _, ok := fixedConstant(name); ok {
		return static{system: "String"}
	}
	return static{}
}

func (c *constant) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	for b := f.vars; b != nil; b = b.outer {
		if b.name == c.name {
			return append(dst, b.value...), m.tick(len(b.value))
		}
	}
	if v, ok := m.env.Vars[c.name]; ok {
		return append(dst, v...), m.tick(len(v))
	}
	if s, ok := fixedConstant(c.name); ok {
		return append(dst, Item{val: String(s)}), nil
	}
	var it Item
	switch c.name {
	case "context":
		return append(dst, m.root...), nil
	case "resource":
		it = m.resource()
	case "rootResource":
		it = m.rootResource()
	default:
		return dst, execErr("There is no constant %%%.60s here.", c.name)
	}
	if !it.exists() {
		return dst, nil
	}
	return append(dst, it), nil
}

// sign is a + or - before an expression.
type sign struct {
	x     expr
	minus bool
}

func (s *sign) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	it, ok, err := m.single(s.x, f)
	if err != nil || !ok {
		return dst, err
	}
	v := it.Value()
	switch n := v.(type) {
	case Integer:
		if s.minus {
			v = -n
		}
	case Decimal:
		if s.minus {
			v = n.neg()
		}
	case Quantity:
		if s.minus {
			n.Value = n.Value.neg()
			v = n
		}
	default:
		return dst, execErr("Only a number or a quantity can have a sign.")
	}
	return append(dst, Item{val: v}), nil
}
