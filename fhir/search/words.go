package search

import (
	"html"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// maxWord is the length in bytes beyond which a run of letters is no word that
// anybody looks for, such as the data of an Attachment.
const maxWord = 100

// NarrativeWords calls yield with every word of the resource's narrative, in
// the form that Fold gives, until it answers false: what _text searches.
func NarrativeWords(t *fhir.Tree, yield func(string) bool) {
	words(stripTags(t.Root().Get("text").Get("div").Str()), yield)
}

// ContentWords calls yield with every word of all strings of the resource,
// the narrative's among them: what _content searches. Property names, and
// runs of more than 100 letters, are no words.
func ContentWords(t *fhir.Tree, yield func(string) bool) {
	div := t.Root().Get("text").Get("div")
	for i := range t.NodeCount() {
		n := t.NodeAt(int32(i))
		if n.Kind() != fhir.String {
			continue
		}
		s := n.Str()
		if n == div {
			s = stripTags(s)
		}
		if !words(s, yield) {
			return
		}
	}
}

func words(s string, yield func(string) bool) bool {
	for w := range strings.SplitSeq(Fold(s), " ") {
		if w != "" && len(w) <= maxWord && !yield(w) {
			return false
		}
	}
	return true
}

// stripTags gives the text of a piece of XHTML.
func stripTags(s string) string {
	if strings.IndexByte(s, '<') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		text, rest, open := strings.Cut(s, "<")
		b.WriteString(text)
		if !open {
			break
		}
		b.WriteByte(' ')
		_, s, _ = strings.Cut(rest, ">")
	}
	return html.UnescapeString(b.String())
}

// matchWords decides _text and _content: every word of one of the values must
// occur as a whole word.
func matchWords(t *fhir.Tree, p *Param, c *Criterion) bool {
	all := ContentWords
	switch p.Code {
	case "_text":
		all = NarrativeWords
	case "_content":
	default:
		return false
	}
	for i := range c.Values {
		left := strings.Fields(c.Values[i].Normal)
		all(t, func(w string) bool {
			left = slices.DeleteFunc(left, func(x string) bool { return x == w })
			return len(left) > 0
		})
		if len(left) == 0 {
			return true
		}
	}
	return false
}
