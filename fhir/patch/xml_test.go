package patch

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// xmlNode is an element of FHIR's XML form, for outside cases that are written
// in it. The server itself does not read XML.
type xmlNode struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Inner    string     `xml:",innerxml"`
	Children []xmlNode  `xml:",any"`
}

// resource returns as JSON the resource that the element holds.
func (x xmlNode) resource(t *testing.T) string {
	t.Helper()
	if len(x.Children) != 1 {
		t.Fatalf("%d resources in %s", len(x.Children), x.XMLName.Local)
	}
	r := x.Children[0]
	typ := spec.Lookup(r.XMLName.Local)
	if typ == nil {
		t.Fatalf("%s is no resource", r.XMLName.Local)
	}
	body := strings.TrimPrefix(r.object(t, typ), "{")
	if body != "}" {
		body = "," + body
	}
	return `{"resourceType":"` + typ.Name + `"` + body
}

func (x xmlNode) attr(name string) (string, bool) {
	for _, a := range x.Attrs {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

func (x xmlNode) object(t *testing.T, typ *spec.Type) string {
	var order []string
	lists := map[string]bool{}
	values := map[string][]value{}
	add := func(key string, v value, list bool) {
		if values[key] == nil {
			order = append(order, key)
		}
		values[key] = append(values[key], v)
		lists[key] = list
	}
	for _, name := range []string{"id", "url"} {
		if v, ok := x.attr(name); ok && (name == "id" || typ.Name == "Extension") {
			add(name, value{val: fhir.AppendString(nil, v)}, false)
		}
	}
	for _, c := range x.Children {
		p, ok := typ.Property(c.XMLName.Local)
		if !ok {
			t.Fatalf("%s has no %s", typ.Name, c.XMLName.Local)
		}
		add(c.XMLName.Local, c.value(t, p.Type), p.Element.IsList())
	}
	var members []string
	for _, key := range order {
		v := values[key][0]
		if lists[key] {
			v = joined(values[key])
		}
		members = append(members, string(v.members(key)))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (x xmlNode) value(t *testing.T, typ *spec.Type) value {
	if typ.Name == "xhtml" {
		// As an XML reader would have it: line ends and quotes in one form.
		inner := strings.NewReplacer("\r\n", "\n", "&quot;", `"`).Replace(x.Inner)
		return value{val: fhir.AppendString(nil, `<div xmlns="http://www.w3.org/1999/xhtml">`+inner+`</div>`)}
	}
	if typ.Name == "Resource" {
		return value{val: []byte(x.resource(t))}
	}
	if typ.Kind != spec.Primitive {
		return value{val: []byte(x.object(t, typ))}
	}
	var v value
	if text, ok := x.attr("value"); ok {
		switch typ.Name {
		case "boolean", "integer", "positiveInt", "unsignedInt", "decimal":
			v.val = []byte(text)
		default:
			v.val = fhir.AppendString(nil, text)
		}
	}
	if sib := x.object(t, spec.Lookup("Element")); sib != "{}" {
		v.sib = []byte(sib)
	}
	return v
}
