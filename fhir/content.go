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

// ContentHash returns the first half of the SHA-256 of Trim: two resources
// have the same hash if they differ in the server's members only. White space
// and order of members count, since they are kept.
func ContentHash(t *Tree) [16]byte {
	var room [8]Edit
	h := sha256.New()
	src, at := t.Bytes(), 0
	for _, e := range ownCuts(room[:0], t) {
		h.Write(src[at:e.From])
		at = e.To
	}
	h.Write(src[at:])
	var sum [sha256.Size]byte
	return [16]byte(h.Sum(sum[:0]))
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
