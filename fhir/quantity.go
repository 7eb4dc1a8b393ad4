package fhir

// Quantity is a measured amount (R4 section 2.24.0.6), and with it Age, Count,
// Distance, Duration, SimpleQuantity and MoneyQuantity, which have the same
// elements. Units are compared as they were written here; their UCUM normal
// form is for fhir/terms to give.
type Quantity struct {
	Value      Decimal
	HasValue   bool
	Comparator string // "", "<", "<=", ">=", ">"
	Unit       string // for people
	System     string // of Code
	Code       string
}

// ParseQuantity reads a Quantity, or a Money, whose currency becomes the code
// in the system urn:iso:std:iso:4217. It is false for a node that is not an
// object, or whose value is not a number.
func ParseQuantity(n Node) (Quantity, bool) {
	if n.Kind() != Object {
		return Quantity{}, false
	}
	q := Quantity{
		Comparator: n.Get("comparator").Str(),
		Unit:       n.Get("unit").Str(),
		System:     n.Get("system").Str(),
		Code:       n.Get("code").Str(),
	}
	if c := n.Get("currency"); c.Exists() {
		q.System, q.Code = CurrencySystem, c.Str()
	}
	v := n.Get("value")
	if !v.Exists() {
		return q, true
	}
	if v.Kind() != Number {
		return Quantity{}, false
	}
	d, err := ParseDecimal(v.Text())
	if err != nil {
		return Quantity{}, false
	}
	q.Value, q.HasValue = d, true
	return q, true
}

// CurrencySystem names the codes of currencies, as R4 names it for Money.
const CurrencySystem = "urn:iso:std:iso:4217"

// Range returns the numbers that the quantity may be: the value itself twice
// where there is no comparator, an open side where there is one, and all
// numbers where there is no value. Whether an end belongs to it, only the
// comparator tells.
func (q Quantity) Range() (low, high Decimal) {
	if !q.HasValue {
		return Lowest(), Highest()
	}
	switch q.Comparator {
	case "<", "<=":
		return Lowest(), q.Value
	case ">", ">=":
		return q.Value, Highest()
	}
	return q.Value, q.Value
}
