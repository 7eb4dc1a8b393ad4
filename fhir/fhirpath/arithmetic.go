package fhirpath

// arithmetic is + - * / div mod and &.
type arithmetic struct {
	op          string
	left, right expr
}

func (e *arithmetic) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	a, b, err := m.pair(e.left, e.right, f)
	if err != nil {
		return dst, err
	}
	defer m.done(a)
	defer m.done(b)
	x, ok1, err := one(a)
	if err != nil {
		return dst, err
	}
	y, ok2, err := one(b)
	if err != nil {
		return dst, err
	}
	if e.op == "&" {
		s := String(x.Str() + y.Str())
		return append(dst, Item{val: s}), m.text(len(s))
	}
	if !ok1 || !ok2 {
		return dst, nil
	}
	v, err := m.calculate(e.op, x.Value(), y.Value())
	if err != nil || v == nil {
		return dst, err
	}
	return append(dst, Item{val: v}), nil
}

// text checks the length of a computed string.
func (m *machine) text(n int) error {
	if n > m.limits.Text {
		return &Error{TooMuch, -1, "The expression makes too long a text and was stopped."}
	}
	return m.tick(n / 64)
}

// calculate gives nil where the answer is empty: a division by zero, or a
// result that leaves the range.
func (m *machine) calculate(op string, a, b Value) (Value, error) {
	switch x := a.(type) {
	case String:
		if y, ok := b.(String); ok && op == "+" {
			return x + y, m.text(len(x) + len(y))
		}
	case Temporal:
		if q, ok := b.(Quantity); ok && (op == "+" || op == "-") {
			return moved(x, q, op)
		}
	case Integer:
		if y, ok := b.(Integer); ok {
			return integers(op, int64(x), int64(y)), nil
		}
		return mixed(op, a, b)
	case Decimal, Quantity:
		return mixed(op, a, b)
	}
	return nil, cannot(op)
}

func cannot(op string) error {
	return execErr("%s can not be worked out with these kinds of value.", op)
}

func moved(t Temporal, q Quantity, op string) (Value, error) {
	sign := int64(1)
	if op == "-" {
		sign = -1
	}
	t, ok, err := t.add(q, sign)
	if err != nil || !ok {
		return nil, err
	}
	return t, nil
}

// integers calculates with whole numbers; the result is empty where it does
// not fit.
func integers(op string, a, b int64) Value {
	switch op {
	case "+":
		if c := a + b; (c > a) == (b > 0) {
			return Integer(c)
		}
		return nil
	case "-":
		if c := a - b; (c < a) == (b > 0) {
			return Integer(c)
		}
		return nil
	case "*":
		if p, ok := decimalOf(a).mul(decimalOf(b)).integer(); ok {
			return p
		}
		return nil
	}
	if b == 0 || b == -1 && a == -1<<63 {
		return nil
	}
	switch op {
	case "div":
		return Integer(a / b)
	case "mod":
		return Integer(a % b)
	}
	return decimalOf(a).quo(decimalOf(b))
}

// mixed calculates with decimals and quantities.
func mixed(op string, a, b Value) (Value, error) {
	x, ok1 := asDecimal(a)
	y, ok2 := asDecimal(b)
	if ok1 && ok2 {
		return decimals(op, x, y)
	}
	p, ok1 := asQuantity(a)
	q, ok2 := asQuantity(b)
	if !ok1 || !ok2 {
		return nil, cannot(op)
	}
	var r Quantity
	ok := false
	switch op {
	case "+":
		r, ok = p.add(q, 1)
	case "-":
		r, ok = p.add(q, -1)
	case "*":
		r, ok = p.times(q)
	case "/":
		if q.Value.sign() != 0 {
			r, ok = p.over(q)
		}
	default:
		return nil, cannot(op)
	}
	if !ok || !r.Value.fits() || len(r.Unit) > maxUnit {
		return nil, nil
	}
	return r, nil
}

func decimals(op string, a, b Decimal) (Value, error) {
	var r Decimal
	switch op {
	case "+":
		r = a.add(b)
	case "-":
		r = a.sub(b)
	case "*":
		r = a.mul(b)
	default:
		if b.sign() == 0 {
			return nil, nil
		}
		r = quotient(op, a, b)
	}
	if !r.fits() {
		return nil, nil
	}
	return r, nil
}

func quotient(op string, a, b Decimal) Decimal {
	if op == "/" {
		return a.quo(b)
	}
	div, mod := a.quoWhole(b)
	if op == "div" {
		return div
	}
	return mod
}
