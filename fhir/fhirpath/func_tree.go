package fhirpath

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// Functions that know the tree and FHIR (FHIRPath N1, 5.8 Tree navigation;
// http://hl7.org/fhir/R4/fhirpath.html#functions).
var treeFunctions = map[string]function{
	"children":        {eval: fnChildren},
	"descendants":     {eval: fnDescendants},
	"resolve":         {eval: fnResolve},
	"extension":       {min: 1, max: 1, eval: fnExtension},
	"hasExtension":    {min: 1, max: 1, out: "Boolean", eval: fnHasExtension},
	"hasValue":        {out: "Boolean", eval: fnHasValue},
	"getValue":        {eval: fnGetValue},
	"type":            {out: "TypeInfo", eval: fnType},
	"conformsTo":      {min: 1, max: 1, out: "Boolean", eval: fnConformsTo},
	"memberOf":        {min: 1, max: 1, out: "Boolean", eval: fnMemberOf},
	"htmlChecks":      {out: "Boolean", eval: fnHTMLChecks},
	"getResourceKey":  {out: "String", eval: fnResourceKey},
	"getReferenceKey": {max: 1, out: "String", eval: fnReferenceKey},
}

func fnChildren(m *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	for i := range in {
		from := len(dst)
		dst = appendChildren(dst, &in[i])
		if err := m.tick(len(dst) - from); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// fnDescendants goes through the tree level by level.
func fnDescendants(m *machine, f *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	from, seen := len(dst), len(dst)
	dst, err := fnChildren(m, f, in, nil, dst)
	for err == nil && seen < len(dst) {
		level := dst[seen:len(dst):len(dst)]
		seen = len(dst)
		if err = m.room(seen - from); err == nil {
			dst, err = fnChildren(m, f, level, nil, dst)
		}
	}
	return dst, err
}

func fnResolve(m *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	for i := range in {
		if err := m.tick(1); err != nil {
			return dst, err
		}
		if it, ok := m.resolve(in[i]); ok {
			dst = append(dst, it)
		}
	}
	return dst, nil
}

func fnExtension(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	url, ok, err := m.stringArg(f, args[0])
	if err != nil || !ok {
		return dst, err
	}
	s := extensionStep(url)
	for i := range in {
		if dst, err = m.extensions(&in[i], &s, nil, dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func fnHasExtension(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	found, err := fnExtension(m, f, in, args, nil)
	return append(dst, Item{val: Boolean(len(found) > 0)}), err
}

// fnHasValue: one primitive with a value, not only extensions.
func fnHasValue(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	return append(dst, Item{val: Boolean(len(in) == 1 && primitiveValue(in[0]) != nil)}), nil
}

func fnGetValue(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	if len(in) == 1 {
		if v := primitiveValue(in[0]); v != nil {
			dst = append(dst, Item{val: v})
		}
	}
	return dst, nil
}

func primitiveValue(it Item) Value {
	if it.val == nil && !it.Node().IsScalar() {
		return nil
	}
	return it.Value()
}

func fnType(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	for i := range in {
		switch {
		case in[i].val != nil && in[i].val.system() != "":
			dst = append(dst, Item{val: typeInfo{"System", in[i].val.system()}})
		case in[i].Type() != "":
			dst = append(dst, Item{val: typeInfo{"FHIR", in[i].Type()}})
		}
	}
	return dst, nil
}

func fnConformsTo(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.ask(f, in, args[0], dst, "conformsTo()", m.env.Conforms)
}

func fnMemberOf(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.ask(f, in, args[0], dst, "memberOf()", m.env.MemberOf)
}

// fnHTMLChecks: the rules for a narrative are those of fhir/validate, which
// stands above this package.
func fnHTMLChecks(_ *machine, _ *frame, _ []Item, _ []expr, dst []Item) ([]Item, error) {
	return dst, &Error{Unsupported, -1, "htmlChecks() can not be answered here. Leave it out."}
}

// ask puts a question about one item to the caller.
func (m *machine) ask(f *frame, in []Item, arg expr, dst []Item, what string, answer func(Item, string) (bool, error)) ([]Item, error) {
	if answer == nil {
		return dst, &Error{Unsupported, -1, what + " can not be answered here. Leave it out."}
	}
	it, ok, err := one(in)
	if err != nil || !ok {
		return dst, err
	}
	url, ok, err := m.stringArg(f, arg)
	if err != nil || !ok {
		return dst, err
	}
	yes, err := answer(it, url)
	return append(dst, Item{val: Boolean(yes)}), err
}

// fnResourceKey and fnReferenceKey join rows of SQL on FHIR views
// (https://sql-on-fhir.org, "Functions"): the key of Patient/123 is that text.
func fnResourceKey(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	for i := range in {
		if id := in[i].node.Get("id").Str(); id != "" && in[i].val == nil {
			dst = append(dst, Item{val: String(in[i].Type() + "/" + id)})
		}
	}
	return dst, nil
}

func fnReferenceKey(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	want := ""
	if len(args) == 1 {
		p, ok := args[0].(*path)
		if !ok || len(p.steps) != 1 || p.steps[0].op != stepSelf {
			return dst, execErr("getReferenceKey() takes the name of a resource type, such as Patient.")
		}
		want = p.steps[0].typ.fhir.Name
	}
	for i := range in {
		if key, typ := referenceKey(in[i]); key != "" && (want == "" || want == typ) {
			dst = append(dst, Item{val: String(key)})
		}
	}
	return dst, m.tick(len(in))
}

// referenceKey cuts a literal reference down to Type/id.
func referenceKey(it Item) (key, typ string) {
	if it.val != nil || it.node.Kind() != fhir.Object {
		return "", ""
	}
	ref := it.node.Get("reference").Str()
	name := string(typeInReference([]byte(ref)))
	if !spec.IsResource(name) {
		return "", ""
	}
	if i := strings.Index(ref, "/_history/"); i >= 0 {
		ref = ref[:i]
	}
	return ref[strings.LastIndex(ref, name+"/"):], name
}
