package fhir

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// Stamped is a resource made ready for the three members that are the
// server's: id, meta.versionId and meta.lastUpdated. All other bytes are kept.
type Stamped struct {
	src []byte
	ops [3]stampOp // in order of their place
}

// A stampOp puts before, the value of a field and after in the place of the
// bytes from..to.
type stampOp struct {
	from, to      int
	field         byte
	before, after string
}

// The fields, as they are numbered in the encoded form.
const (
	fieldID = iota
	fieldVersion
	fieldUpdated
)

// ShapeError tells that a resource has not the shape that is needed to work
// with it. Error is safe to show.
type ShapeError struct {
	Path string // FHIRPath of the place
	Msg  string
}

func (e *ShapeError) Error() string { return e.Path + " " + e.Msg }

// Prepare finds where the server's members stand, or where they have to go: a
// missing id follows resourceType, a missing meta follows id, and a missing
// versionId comes first in meta with lastUpdated after it. The tree must hold
// an object; an id, meta, versionId or lastUpdated of another JSON kind than
// R4 has is refused with a *ShapeError. Prepare looks at nothing else.
func Prepare(t *Tree) (Stamped, error) {
	root := t.Root()
	id, meta := root.Get("id"), root.Get("meta")
	version, updated := meta.Get("versionId"), meta.Get("lastUpdated")
	err := cmp.Or(
		wantKind(root, "", Object, root),
		wantKind(id, ".id", String, root),
		wantKind(meta, ".meta", Object, root),
		wantKind(version, ".meta.versionId", String, root),
		wantKind(updated, ".meta.lastUpdated", String, root))
	if err != nil {
		return Stamped{}, err
	}
	s := Stamped{src: t.Bytes()}
	idOp := stampOp{field: fieldID}
	tail := ""
	if id.Exists() {
		idOp.from, idOp.to = id.Span()
	} else if typ := root.Get("resourceType"); typ.Exists() {
		_, idOp.from = typ.Span()
		idOp.before = `,"id":`
	} else {
		idOp.from, tail = firstPlace(root)
		idOp.before = `"id":`
	}
	idOp.to = max(idOp.from, idOp.to)
	if meta.Exists() {
		idOp.after = tail
		s.ops[1], s.ops[2] = metaOps(meta, version, updated)
	} else {
		s.ops[1] = stampOp{idOp.to, idOp.to, fieldVersion, `,"meta":{"versionId":`, ""}
		s.ops[2] = stampOp{idOp.to, idOp.to, fieldUpdated, `,"lastUpdated":`, "}" + tail}
	}
	s.ops[0] = idOp
	slices.SortStableFunc(s.ops[:], func(a, b stampOp) int { return a.from - b.from })
	return s, nil
}

// metaOps plans the two members of a meta that is there.
func metaOps(meta, version, updated Node) (v, u stampOp) {
	v.field, u.field = fieldVersion, fieldUpdated
	tail := ""
	if version.Exists() {
		v.from, v.to = version.Span()
	} else {
		v.from, tail = firstPlace(meta)
		v.to, v.before = v.from, `"versionId":`
	}
	if updated.Exists() {
		u.from, u.to = updated.Span()
		v.after = tail
	} else {
		u.from, u.to, u.before = v.to, v.to, `,"lastUpdated":`
		u.after = tail
	}
	return v, u
}

// firstPlace returns where a new first member of an object goes, and the comma
// that it needs if another follows. Before the first member's name, not after
// the bracket: so white space stays with the member that had it.
func firstPlace(obj Node) (at int, comma string) {
	if first := obj.First(); first.Exists() {
		at, _ = first.MemberSpan()
		return at, ","
	}
	from, _ := obj.Span()
	return from + 1, ""
}

func wantKind(n Node, path string, want Kind, root Node) error {
	if !n.Exists() || n.Kind() == want {
		return nil
	}
	typ := root.Get("resourceType").Str()
	if !TypeShaped(typ) {
		typ = "Resource"
	}
	return &ShapeError{typ + path, "must be a JSON " + want.String() + ", not " + n.Kind().String() + ". Mend it and send it again."}
}

// Encode returns the compact form that Render takes: one byte for the order of
// the fields, the places of the three values as varints, each counted from the
// one before, and the bytes of the resource without the values.
func (s Stamped) Encode() []byte {
	size := len(s.src) + 1 + 3*binary.MaxVarintLen32
	for _, op := range s.ops {
		size += len(op.before) + len(op.after)
	}
	out := make([]byte, 0, size)
	out = append(out, s.ops[0].field<<4|s.ops[1].field<<2|s.ops[2].field)
	at, gap := 0, 0
	for _, op := range s.ops {
		gap += op.from - at + len(op.before)
		out = binary.AppendUvarint(out, uint64(gap))
		at, gap = op.to, len(op.after)
	}
	at = 0
	for _, op := range s.ops {
		out = append(out, s.src[at:op.from]...)
		out = append(out, op.before...)
		out = append(out, op.after...)
		at = op.to
	}
	return append(out, s.src[at:]...)
}

var errDamaged = errors.New("the stored resource is damaged: its first bytes do not fit the rest")

// Render appends a resource to dst with the three values put in. It is one
// pass over the encoded bytes and allocates only if dst is too small. The
// error tells that encoded did not come from Encode.
func Render(dst, encoded []byte, id, versionID, lastUpdated string) ([]byte, error) {
	if len(encoded) == 0 {
		return dst, errDamaged
	}
	order, rest := encoded[0], encoded[1:]
	var gaps [3]uint64
	for i := range gaps {
		gap, n := binary.Uvarint(rest)
		if n <= 0 {
			return dst, errDamaged
		}
		gaps[i], rest = gap, rest[n:]
	}
	start := len(dst)
	dst = slices.Grow(dst, len(rest)+len(id)+len(versionID)+len(lastUpdated)+6)
	for i, gap := range gaps {
		if gap > uint64(len(rest)) {
			return dst[:start], errDamaged
		}
		dst = append(dst, rest[:gap]...)
		rest = rest[gap:]
		switch order >> (4 - 2*i) & 3 {
		case fieldID:
			dst = AppendString(dst, id)
		case fieldVersion:
			dst = AppendString(dst, versionID)
		case fieldUpdated:
			dst = AppendString(dst, lastUpdated)
		default:
			return dst[:start], errDamaged
		}
	}
	return append(dst, rest...), nil
}
