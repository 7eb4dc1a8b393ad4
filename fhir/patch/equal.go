package patch

import (
	"bytes"

	"github.com/bevanhealth/bevan/fhir"
)

// equal is the equality of RFC 6902 section 4.6: numbers by their value,
// objects whatever the order of their members.
func equal(a, b fhir.Node) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case fhir.String:
		return bytes.Equal(a.Text(), b.Text())
	case fhir.Number:
		return equalNumbers(a.Raw(), b.Raw())
	case fhir.Array:
		x, y := a.First(), b.First()
		for ; x.Exists() && y.Exists(); x, y = x.Next(), y.Next() {
			if !equal(x, y) {
				return false
			}
		}
		return !x.Exists() && !y.Exists()
	case fhir.Object:
		return equalObjects(a, b)
	}
	return true
}

func equalNumbers(a, b []byte) bool {
	x, errX := fhir.ParseDecimal(a)
	y, errY := fhir.ParseDecimal(b)
	if errX != nil || errY != nil {
		return bytes.Equal(a, b)
	}
	return x.Compare(y) == 0
}

func equalObjects(a, b fhir.Node) bool {
	if a.Len() != b.Len() {
		return false
	}
	// A map, since a stranger may send an object of a million members.
	byName := make(map[string]fhir.Node, b.Len())
	for m := range b.Each() {
		byName[m.Key()] = m
	}
	for m := range a.Each() {
		o, ok := byName[m.Key()]
		if !ok || !equal(m, o) {
			return false
		}
	}
	return true
}
