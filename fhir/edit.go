package fhir

import "slices"

// Cut appends to edits those that take members out of an object, or items out
// of an array. What stays keeps the comma and the white space before it, and
// the first what stood before the first.
func Cut(edits []Edit, holder Node, drop func(Node) bool) []Edit {
	cut := Edit{From: -1}
	kept := -1 // end of the last one that stays
	for c := holder.First(); c.Exists(); c = c.Next() {
		from, to := c.MemberSpan()
		if !drop(c) {
			if cut.From >= 0 {
				if kept < 0 {
					cut.To = from
				}
				edits = append(edits, cut)
				cut.From = -1
			}
			kept = to
			continue
		}
		if cut.From < 0 {
			cut.From = from
			if kept >= 0 {
				cut.From = kept
			}
		}
		cut.To = to
	}
	if cut.From >= 0 {
		edits = append(edits, cut)
	}
	return edits
}

// Insert returns the edit that puts text into an object or array in front of
// one of its children, or at the end if before is absent. The text is one or
// more members or items with commas between them; the comma and white space
// that set it apart are added in the manner of its neighbour.
func Insert(holder, before Node, text []byte) Edit {
	var prev Node
	for c := holder.First(); c.Exists() && c != before; c = c.Next() {
		prev = c
	}
	switch {
	case prev.Exists():
		_, to := prev.MemberSpan()
		model := prev
		if before.Exists() {
			model = before
		}
		return Edit{to, to, slices.Concat([]byte{','}, spaceBefore(model), text)}
	case before.Exists():
		from, _ := before.MemberSpan()
		return Edit{from, from, slices.Concat(text, []byte{','}, spaceBefore(before))}
	}
	from, _ := holder.Span()
	return Edit{from + 1, from + 1, text}
}

// spaceBefore returns the white space in front of a member or item.
func spaceBefore(n Node) []byte {
	to, _ := n.MemberSpan()
	from := to
	for src := n.t.src; from > 0 && src[from-1] <= ' '; from-- {
	}
	return n.t.src[from:to]
}
