package search

import (
	"cmp"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
)

// MaxSortText is how many bytes of a text count when sorting. Resources whose
// texts agree so far are in the order of whatever the caller sorts by next.
const MaxSortText = 128

// SortValue is that by which a resource is sorted: a whole number for dates
// (microseconds since 1970 UTC of the start), numbers and quantities
// (fhir.Decimal.SortKey), a text for all others. Values of one SortKey are
// always of the same sort.
type SortValue struct {
	Text   string
	Number int64
	IsText bool
}

// SortValue gives what this value sorts as.
func (v *Value) SortValue() SortValue {
	switch v.Kind {
	case Date:
		return SortValue{Number: v.Low}
	case Number, Quantity:
		return SortValue{Number: v.Number.SortKey()}
	case String:
		return textValue(v.Text)
	case Token:
		if v.Code == "" {
			return textValue(Fold(v.Text))
		}
	}
	return textValue(v.Code)
}

func textValue(s string) SortValue {
	if len(s) > MaxSortText {
		n := MaxSortText
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return SortValue{Text: s, IsText: true}
}

// Value gives what a resource sorts as by the key: the smallest of its values
// where the key ascends, the largest where it descends (R4 section 3.1.1.6.1),
// and false where it has none: those come last either way.
func (k *SortKey) Value(t *fhir.Tree, env *MatchEnv) (SortValue, bool) {
	if k.When {
		return k.whenValue(t)
	}
	p := pick(k.Params, string(t.Root().Get("resourceType").Text()))
	switch {
	case p == nil:
		return SortValue{}, false
	case p.IsServer() && p.Kind == Date:
		return SortValue{Number: env.LastUpdated}, true
	case p.IsServer():
		return textValue(env.ID), true
	}
	buf := valueBuffers.Get().(*[]Value)
	vs, _ := p.Values(t, (*buf)[:0]) // a value that can not be read is as good as missing
	best, ok := k.Best(vs)
	clear(vs)
	*buf = vs[:0]
	valueBuffers.Put(buf)
	return best, ok
}

// Best chooses from the values of one resource for one parameter.
func (k *SortKey) Best(vs []Value) (best SortValue, ok bool) {
	for i := range vs {
		s := vs[i].SortValue()
		c := s.Compare(best)
		if !ok || c < 0 && !k.Descending || c > 0 && k.Descending {
			best, ok = s, true
		}
	}
	return best, ok
}

// Compare orders two values of one key: -1, 0 or 1. Texts go by their bytes,
// as databases do without a collation.
func (s SortValue) Compare(o SortValue) int {
	if c := cmp.Compare(s.Number, o.Number); c != 0 {
		return c
	}
	return strings.Compare(s.Text, o.Text)
}

// Append adds the value to dst for a cursor: a letter, then eight bytes or the
// text. ParseSortValue reads it back.
func (s SortValue) Append(dst []byte) []byte {
	if s.IsText {
		return append(append(dst, 's'), s.Text...)
	}
	return binary.BigEndian.AppendUint64(append(dst, 'n'), uint64(s.Number))
}

// ParseSortValue reads what Append wrote; false for anything else.
func ParseSortValue(b []byte) (SortValue, bool) {
	switch {
	case len(b) == 9 && b[0] == 'n':
		return SortValue{Number: int64(binary.BigEndian.Uint64(b[1:]))}, true
	case len(b) > 0 && len(b) <= MaxSortText+1 && b[0] == 's':
		return SortValue{Text: string(b[1:]), IsText: true}, true
	}
	return SortValue{}, false
}
