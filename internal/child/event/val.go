package event

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// val is JSON that can be changed. Scalars keep their text.
type val struct {
	kind fhir.Kind
	raw  string // of a scalar
	keys []string
	kids []*val // members by keys, or items
}

func valOf(n fhir.Node) *val {
	v := &val{kind: n.Kind()}
	switch v.kind {
	case fhir.Object:
		for c := range n.Each() {
			v.keys = append(v.keys, c.Key())
			v.kids = append(v.kids, valOf(c))
		}
	case fhir.Array:
		for c := range n.Each() {
			v.kids = append(v.kids, valOf(c))
		}
	case fhir.String:
		v.raw = string(fhir.AppendString(nil, n.Str()))
	default:
		v.raw = string(n.Raw())
	}
	return v
}

// parsed is JSON of ours as a val.
func parsed(text string) *val {
	t, err := fhir.Parse([]byte(text), fhir.Limits{})
	if err != nil {
		return nil
	}
	return valOf(t.Root())
}

func str(s string) *val { return &val{kind: fhir.String, raw: string(fhir.AppendString(nil, s))} }

func list(items ...*val) *val { return &val{kind: fhir.Array, kids: items} }

// object makes one of names and values; nil values are left out.
func object(members ...any) *val {
	v := &val{kind: fhir.Object}
	for i := 0; i+1 < len(members); i += 2 {
		name, _ := members[i].(string)
		switch m := members[i+1].(type) {
		case *val:
			if m != nil {
				v.set(name, m)
			}
		case string:
			if m != "" {
				v.set(name, str(m))
			}
		}
	}
	return v
}

// get is a member, by its path; nil for none.
func (v *val) get(path ...string) *val {
	for _, name := range path {
		if v == nil || v.kind != fhir.Object {
			return nil
		}
		i := slices.Index(v.keys, name)
		if i < 0 {
			return nil
		}
		v = v.kids[i]
	}
	return v
}

// str is the text of a string, "" for anything else.
func (v *val) str() string {
	if v == nil || v.kind != fhir.String {
		return ""
	}
	t, err := fhir.Parse([]byte(v.raw), fhir.Limits{})
	if err != nil {
		return ""
	}
	return t.Root().Str()
}

// items are those of an array, or the value itself.
func (v *val) items() []*val {
	switch {
	case v == nil:
		return nil
	case v.kind == fhir.Array:
		return v.kids
	}
	return []*val{v}
}

func (v *val) set(name string, to *val) {
	if i := slices.Index(v.keys, name); i >= 0 {
		v.kids[i] = to
		return
	}
	v.keys, v.kids = append(v.keys, name), append(v.kids, to)
}

// put sets a member, or takes it out for nil.
func (v *val) put(name string, to *val) {
	if to == nil {
		v.del(name)
		return
	}
	v.set(name, to)
}

func (v *val) del(name string) *val {
	i := slices.Index(v.keys, name)
	if i < 0 {
		return nil
	}
	gone := v.kids[i]
	v.keys, v.kids = slices.Delete(v.keys, i, i+1), slices.Delete(v.kids, i, i+1)
	return gone
}

// rename keeps the place of a member.
func (v *val) rename(from, to string) {
	if i := slices.Index(v.keys, from); i >= 0 {
		v.keys[i] = to
	}
}

func (v *val) copy() *val {
	out := &val{kind: v.kind, raw: v.raw, keys: slices.Clone(v.keys)}
	for _, k := range v.kids {
		out.kids = append(out.kids, k.copy())
	}
	return out
}

// each calls fn for v and everything in it, members by their name.
func (v *val) each(name string, fn func(name string, v *val)) {
	fn(name, v)
	for i, k := range v.kids {
		if v.kind == fhir.Object {
			name = v.keys[i]
		}
		k.each(name, fn)
	}
}

// json is the text of it. sorted writes members by name, so that two that say the
// same are written the same.
func (v *val) json(sorted bool) string {
	var out strings.Builder
	v.write(&out, sorted)
	return out.String()
}

func (v *val) write(out *strings.Builder, sorted bool) {
	switch v.kind {
	case fhir.Object:
		order := make([]int, len(v.keys))
		for i := range order {
			order[i] = i
		}
		if sorted {
			slices.SortFunc(order, func(a, b int) int { return strings.Compare(v.keys[a], v.keys[b]) })
		}
		out.WriteByte('{')
		for n, i := range order {
			if n > 0 {
				out.WriteByte(',')
			}
			out.Write(fhir.AppendString(nil, v.keys[i]))
			out.WriteByte(':')
			v.kids[i].write(out, sorted)
		}
		out.WriteByte('}')
	case fhir.Array:
		out.WriteByte('[')
		for i, k := range v.kids {
			if i > 0 {
				out.WriteByte(',')
			}
			k.write(out, sorted)
		}
		out.WriteByte(']')
	default:
		out.WriteString(v.raw)
	}
}

// tree is it as a tree.
func (v *val) tree() (*fhir.Tree, error) { return fhir.Parse([]byte(v.json(false)), fhir.Limits{}) }

// digest is a name for what the parts say, as a logical id: nobody can choose it,
// and the same parts have the same.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
