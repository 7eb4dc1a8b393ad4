package fhir

import "iter"

// Entry is one entry of a Bundle (R4 section 2.36.3), in the Bundle's tree. The
// fields are absent where the entry does not have them.
type Entry struct {
	Node     Node // the entry itself
	FullURL  string
	Resource Node
	Search   Node
	Request  Node
	Response Node
}

// Entries yields the position and the parts of each entry of the Bundle that n
// holds, in order and without copying. Anything but an array of entries yields
// nothing, and an entry that is not an object has no parts: whether the Bundle
// is well formed, fhir/validate tells.
func Entries(n Node) iter.Seq2[int, Entry] {
	return func(yield func(int, Entry) bool) {
		entries := n.Get("entry")
		if entries.Kind() != Array {
			return
		}
		i := 0
		for e := entries.First(); e.Exists(); e = e.Next() {
			if !yield(i, entry(e)) {
				return
			}
			i++
		}
	}
}

func entry(e Node) Entry {
	x := Entry{Node: e}
	for m := range e.Each() {
		switch {
		case e.Kind() != Object:
		case m.KeyIs("fullUrl"):
			x.FullURL = m.Str()
		case m.KeyIs("resource"):
			x.Resource = m
		case m.KeyIs("search"):
			x.Search = m
		case m.KeyIs("request"):
			x.Request = m
		case m.KeyIs("response"):
			x.Response = m
		}
	}
	return x
}
