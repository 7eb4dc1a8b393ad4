package fhir

import (
	"crypto/sha256"
	"slices"
)

// Trim returns the resource without id, meta.versionId and meta.lastUpdated,
// and without a meta that holds nothing else. What Render has put in, Trim
// takes out: the trimmed forms of a resource and of its rendering are equal.
func Trim(t *Tree) []byte {
	var room [8]Edit
	return Splice(t.Bytes(), ownCuts(room[:0], t))
}

// ContentHash returns the first half of the SHA-256 of Trim without the white
// space between its tokens: two resources have the same hash if they differ in
// the server's members and in their layout only. A file of NDJSON lays
// everything out on one line, so layout says nothing about content; the order
// of members and the writing of numbers count.
func ContentHash(t *Tree) [16]byte {
	sum := sha256.Sum256(compact(Trim(t)))
	return [16]byte(sum[:16])
}

// compact takes the white space between tokens out of a JSON text, in place.
func compact(src []byte) []byte {
	out := src[:0]
	for i := 0; i < len(src); {
		switch c := src[i]; c {
		case ' ', '\n', '\r', '\t':
			i++
		case '"':
			from := i
			for i++; i < len(src) && src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
			i = min(i+1, len(src))
			out = append(out, src[from:i]...)
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

func ownCuts(cuts []Edit, t *Tree) []Edit {
	root := t.Root()
	if root.Kind() != Object {
		return cuts
	}
	meta := root.Get("meta")
	bare := meta.Kind() == Object
	for m := range meta.Each() {
		bare = bare && isOwnMeta(m)
	}
	cuts = Cut(cuts, root, func(m Node) bool { return m.KeyIs("id") || bare && m == meta })
	if meta.Kind() == Object && !bare {
		cuts = Cut(cuts, meta, isOwnMeta)
		slices.SortFunc(cuts, byFrom)
	}
	return cuts
}

func isOwnMeta(m Node) bool { return m.KeyIs("versionId") || m.KeyIs("lastUpdated") }
