package validate

import (
	"bytes"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// typeRules are the rules that hold for a type wherever it stands.
func (w *walker) typeRules(n fhir.Node, t *spec.Type) {
	if t.Name == "Extension" {
		w.extension(n)
	}
}

// elementRules are the rules that an element adds to its type.
func (w *walker) elementRules(n fhir.Node, p spec.Prop) {
	if p.Type.Name == "Reference" {
		w.reference(n, p.Ref)
		return
	}
	if p.Ref.Profile == "SimpleQuantity" {
		if c := n.Get("comparator"); c.Exists() {
			w.fail(c, Invariant, "A simple quantity must be exact, without a comparator. Remove it.")
		}
	}
	if codes := p.Element.Binding.Codes; codes != nil {
		w.coded(n, p.Type.Name, codes)
	}
}

// extension: a value or further extensions, one of them and not both (ext-1).
func (w *walker) extension(n fhir.Node) {
	value, nested := false, false
	for c := n.First(); c.Exists(); c = c.Next() {
		key := bytes.TrimPrefix(c.RawKey(), []byte("_"))
		value = value || bytes.HasPrefix(key, []byte("value"))
		nested = nested || string(key) == "extension"
	}
	switch {
	case value && nested:
		w.fail(n, Invariant, "An extension may have a value or further extensions, not both. Remove one of them.")
	case !value && !nested:
		w.fail(n, Invariant, "The extension says nothing. Give it a value or further extensions, or remove it.")
	}
}

// coded checks a Coding or CodeableConcept against the codes that it must take
// one of.
func (w *walker) coded(n fhir.Node, typ string, codes *spec.CodeSet) {
	switch typ {
	case "Coding":
		if in(n, codes) {
			return
		}
	case "CodeableConcept":
		for c := range n.Get("coding").Items() {
			if in(c, codes) {
				return
			}
		}
	default:
		return
	}
	w.fail(n, CodeInvalid, "None of the codes here is one that may stand here. Use one of the value set %s, with its system.", codes.ValueSet)
}

func in(coding fhir.Node, codes *spec.CodeSet) bool {
	return codes.HasCoding(coding.Get("system").Text(), coding.Get("code").Text())
}
