package fhirpath

import (
	"sync"
	"time"
)

// Env is what an expression may ask about the world. The zero Env and a nil
// one are fine: then %resource is the resource that holds the input, resolve()
// looks only at the document in hand, and today() is refused.
type Env struct {
	Resource     Item // %resource
	RootResource Item // %rootResource: the container of a contained resource
	Now          time.Time
	// Resolve finds the target of a reference. where(resolve() is T) asks it
	// only where the text of the reference does not tell the type.
	Resolve func(reference string) (Item, bool)
	// Conforms answers conformsTo().
	Conforms func(it Item, profile string) (bool, error)
	// MemberOf answers memberOf().
	MemberOf func(it Item, valueSet string) (bool, error)
	// Vars are further constants: %name.
	Vars   map[string]Collection
	Limits Limits
}

// Limits bound one evaluation. A zero field takes its default.
type Limits struct {
	Steps int // items looked at, in all; default 2,000,000
	Items int // items in one collection; default 200,000
	Text  int // bytes of one computed string; default 1 MiB
}

// expr is a compiled expression: it appends what it yields for the frame to
// dst.
type expr interface {
	eval(m *machine, f *frame, dst []Item) ([]Item, error)
}

// frame is what $this, $index, $total and variables mean at one place.
type frame struct {
	this  []Item
	index int
	total []Item
	vars  *binding
}

// binding is one variable made by defineVariable.
type binding struct {
	name  string
	value []Item
	outer *binding
}

// machine is the state of one evaluation. It is used again for the next one,
// so that evaluating allocates little.
type machine struct {
	env    *Env
	limits Limits
	steps  int
	root   []Item
	frames []*frame
	depth  int
	spare  [][]Item
}

// machines are kept only to be used again: nothing is remembered in them.
var (
	machines = sync.Pool{New: func() any { return new(machine) }}
	noEnv    Env
)

// Eval evaluates the expression on the items of in, which together are $this
// and %context.
func (e *Expr) Eval(env *Env, in ...Item) (Collection, error) {
	return e.run(nil, env, in...)
}

// Append evaluates the expression on one item and appends the result to dst.
// On an error dst comes back as it was. A primitive that has only extensions
// is found too: its Node is absent and its Value nil.
func (e *Expr) Append(dst Collection, env *Env, in Item) (Collection, error) {
	if e.flat == nil {
		return e.run(dst, env, in)
	}
	if env == nil {
		env = &noEnv
	}
	root := [1]Item{in}
	m := machine{env: env, root: root[:], limits: env.Limits.orDefault()} // on the stack
	out, err := m.followAll(e.flat, m.root, dst)
	if err != nil {
		return dst, err
	}
	return out, nil
}

func (e *Expr) run(dst Collection, env *Env, in ...Item) (Collection, error) {
	m := machines.Get().(*machine)
	if env == nil {
		env = &noEnv
	}
	m.env, m.steps, m.limits = env, 0, env.Limits.orDefault()
	m.root = append(m.root[:0], in...)
	f := m.push(nil)
	f.this = m.root
	out, err := e.x.eval(m, f, dst)
	m.release()
	if err != nil {
		return dst, err
	}
	return out, nil
}

func (l Limits) orDefault() Limits {
	if l.Steps <= 0 {
		l.Steps = 2_000_000
	}
	if l.Items <= 0 {
		l.Items = 200_000
	}
	if l.Text <= 0 {
		l.Text = 1 << 20
	}
	return l
}

// release hands the machine back without what it holds of the caller's.
func (m *machine) release() {
	for _, f := range m.frames {
		*f = frame{}
	}
	clear(m.root)
	if len(m.spare) > 8 || len(m.frames) > 64 {
		return // an unusually hungry one is left to the collector
	}
	m.env, m.depth = nil, 0
	machines.Put(m)
}

// push gives a frame inside f.
func (m *machine) push(f *frame) *frame {
	if m.depth == len(m.frames) {
		m.frames = append(m.frames, new(frame))
	}
	g := m.frames[m.depth]
	m.depth++
	*g = frame{}
	if f != nil {
		*g = *f
	}
	return g
}

func (m *machine) pop() { m.depth-- }

// buffer gives an empty scratch collection; done takes it back.
func (m *machine) buffer() []Item {
	if n := len(m.spare); n > 0 {
		b := m.spare[n-1]
		m.spare = m.spare[:n-1]
		return b[:0]
	}
	return make([]Item, 0, 8)
}

func (m *machine) done(b []Item) {
	clear(b)
	if cap(b) <= 4096 {
		m.spare = append(m.spare, b)
	}
}

// tick counts n items looked at.
func (m *machine) tick(n int) error {
	if m.steps += n; m.steps > m.limits.Steps {
		return &Error{TooMuch, -1, "The expression took too many steps and was stopped. Ask for less."}
	}
	return nil
}

// room checks that a collection has not grown too big.
func (m *machine) room(n int) error {
	if n > m.limits.Items {
		return &Error{TooMuch, -1, "The expression yields too many items and was stopped. Ask for less."}
	}
	return nil
}

// collect evaluates x into a scratch collection; the caller gives it to done.
func (m *machine) collect(x expr, f *frame) ([]Item, error) {
	b := m.buffer()
	out, err := x.eval(m, f, b)
	if err == nil {
		err = m.room(len(out))
	}
	if err != nil {
		m.done(b)
		return nil, err
	}
	return out, nil
}

// single returns the one item that x yields; ok is false where it yields
// none. More than one is a fault.
func (m *machine) single(x expr, f *frame) (it Item, ok bool, err error) {
	b, err := m.collect(x, f)
	if err != nil {
		return Item{}, false, err
	}
	it, ok, err = one(b)
	m.done(b)
	return it, ok, err
}

func one(b []Item) (Item, bool, error) {
	switch len(b) {
	case 0:
		return Item{}, false, nil
	case 1:
		return b[0], true, nil
	}
	return Item{}, false, execErr("One item was expected here, and there are %d. Use first() or where() to choose one.", len(b))
}

// truth is FHIRPath's third answer beside yes and no.
type truth uint8

const (
	unknown truth = iota
	yes
	no
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

func (t truth) append(dst []Item) []Item {
	if t == unknown {
		return dst
	}
	return append(dst, Item{val: Boolean(t == yes)})
}

// condition reads a collection as a boolean: none is unknown, one boolean is
// itself, one item of another kind is true, several are a fault (FHIRPath N1,
// "Singleton Evaluation of Collections").
func condition(b []Item) (truth, error) {
	it, ok, err := one(b)
	if err != nil || !ok {
		return unknown, err
	}
	if v, ok := it.Bool(); ok {
		return truthOf(v), nil
	}
	return yes, nil
}

func (m *machine) test(x expr, f *frame) (truth, error) {
	b, err := m.collect(x, f)
	if err != nil {
		return unknown, err
	}
	t, err := condition(b)
	m.done(b)
	return t, err
}
