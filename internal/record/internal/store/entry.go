package store

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// The domains of keyed hashes.
const (
	domainName   = domainFirst + iota // the name of a resource
	domainShard                       // the shard of a resource that belongs to nobody
	domainType                        // far: resources of a type
	domainToken                       // far: a token, system and code
	domainIdent                       // far: a Reference.identifier
	domainDated                       // ord: the dates of a token
	domainStart                       // far: the first letters of a text in somebody's record
	domainText                        // far: a uri, canonical, or reference to elsewhere
	domainPerson                      // the number of a person
	domainPlace                       // the place of a resource that belongs to nobody
	domainTaken                       // name: a place that is taken
	domainTerm                        // ord: the lines of a term
	domainEnd
)

const domainFirst = 'a'

// entries is what one resource can be found by, as rows of the index tables
// that lack only the row number.
type entries struct {
	far   []int64
	links []linkEntry
	ords  []ordEntry
	strs  []strEntry
	sys   []sysEntry // systems of tokens, for searches that name no system
}

type linkEntry struct {
	param  int64
	target Ref
	row    Row // the target's row, filled in under the write lock
}

type ordEntry struct{ key, low, high int64 }

type strEntry struct {
	key  int64
	text string
}

type sysEntry struct {
	param  int64
	system string
}

// strBytes is how much of a text lies readable in the index. The rest of a
// match is decided on the resource.
const strBytes = 32

// index works out the entries of a resource from its search values.
func (s *Store) index(typ string, values []search.Value) entries {
	var e entries
	e.far = append(e.far, s.typeHash(typ))
	for i := range values {
		v := &values[i]
		num := s.nums.param(v.Param.ID)
		if s.partsOf(v.Param) != nil {
			continue // it stands under those already
		}
		switch v.Kind {
		case search.Token:
			if v.System == "" && v.Code == "" {
				continue // it has only a text
			}
			e.far = append(e.far, s.tokenHash(domainToken, num, v.System, v.Code))
			e.sys = append(e.sys, sysEntry{num, v.System})
		case search.Reference:
			s.indexReference(&e, num, v)
		case search.URI:
			e.far = append(e.far, s.textHash(num, v.Code))
		case search.String:
			if s.sealedText(typ) {
				if start, ok := textStart(v.Text); ok {
					e.far = append(e.far, s.tokenHash(domainStart, num, "", start))
				}
				continue
			}
			e.strs = append(e.strs, strEntry{num, cutText(v.Text)})
		case search.Date:
			e.ords = append(e.ords, ordEntry{num<<classBits | dateClass(v.Low, v.High), v.Low, v.High})
		case search.Number, search.Quantity:
			low, high := v.NumLow.SortKey(), v.NumHigh.SortKey()
			e.ords = append(e.ords, ordEntry{num<<classBits | numberClass(low, high), low, high})
		}
	}
	s.indexDated(&e, typ, values)
	e.tidy()
	return e
}

func (s *Store) indexReference(e *entries, num int64, v *search.Value) {
	switch ref, local := s.localRef(v.Code); {
	case v.Ident:
		e.far = append(e.far, s.tokenHash(domainIdent, num, v.System, v.Code))
		e.sys = append(e.sys, sysEntry{num, v.System})
	case local:
		e.links = append(e.links, linkEntry{param: num, target: ref})
	default:
		e.far = append(e.far, s.textHash(num, canonicalURL(v.Code)))
	}
}

// localRef reads a reference that points into this server: "Type/id", or the
// same behind the server's own base URL.
func (s *Store) localRef(text string) (Ref, bool) {
	if rest, ok := strings.CutPrefix(text, s.base); ok && s.base != "" && strings.HasPrefix(rest, "/") {
		text = rest[1:]
	}
	typ, id, ok := strings.Cut(text, "/")
	if !ok || strings.ContainsAny(id, "/|#") || strings.ContainsAny(typ, ":") || !fhir.ValidID(id) {
		return Ref{}, false
	}
	return Ref{typ, id}, true
}

// canonicalURL cuts the version off a canonical, so that a search without one
// finds every version; a search with one is decided on the resource.
func canonicalURL(text string) string {
	url, _, _ := strings.Cut(text, "|")
	return url
}

// sealedText tells whether the texts of a type are words from somebody's
// record: those must not lie readable in an index, so only a keyed hash of
// their first letters does. Names and addresses are looked for by any prefix
// and stay readable; docs/developers/store.md says so.
func (s *Store) sealedText(typ string) bool {
	switch typ {
	case "Patient", "Person", "RelatedPerson":
		return false
	}
	return len(s.ownerParams(typ)) > 0 || len(spec.CompartmentParams("Patient", typ)) > 0
}

// startLetters is how many letters of a sealed text can be looked for by the
// index.
const startLetters = 3

// textStart gives the first letters of a text, false where it has fewer.
func textStart(text string) (string, bool) {
	n := 0
	for i := range text {
		if n == startLetters {
			return text[:i], true
		}
		n++
	}
	return text, n == startLetters
}

// cutText shortens a text at a rune's border.
func cutText(text string) string {
	if len(text) <= strBytes {
		return text
	}
	n := strBytes
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

func (s *Store) typeHash(typ string) int64 { return s.hash(domainType, []byte(typ)) }

func (s *Store) tokenHash(domain byte, num int64, system, code string) int64 {
	var buf [160]byte
	b := binary.AppendUvarint(buf[:0], uint64(num))
	b = append(b, system...)
	b = append(b, 0)
	b = append(b, code...)
	return s.hash(domain, b)
}

func (s *Store) textHash(num int64, text string) int64 {
	var buf [160]byte
	b := binary.AppendUvarint(buf[:0], uint64(num))
	b = append(b, text...)
	return s.hash(domainText, b)
}

// tidy sorts the entries and drops those that stand twice: a row may be
// inserted once only, and neighbours in a table are best written together.
func (e *entries) tidy() {
	slices.Sort(e.far)
	e.far = slices.Compact(e.far)
	slices.SortFunc(e.links, linkEntry.compare)
	e.links = slices.Compact(e.links)
	slices.SortFunc(e.ords, ordEntry.compare)
	e.ords = slices.Compact(e.ords)
	slices.SortFunc(e.strs, strEntry.compare)
	e.strs = slices.Compact(e.strs)
	slices.SortFunc(e.sys, sysEntry.compare)
	e.sys = slices.Compact(e.sys)
}

func (l linkEntry) compare(o linkEntry) int {
	return cmp.Or(cmp.Compare(l.row, o.row), cmp.Compare(l.param, o.param),
		cmp.Compare(l.target.Type, o.target.Type), cmp.Compare(l.target.ID, o.target.ID))
}

func (a ordEntry) compare(b ordEntry) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.low, b.low), cmp.Compare(a.high, b.high))
}

func (a strEntry) compare(b strEntry) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.text, b.text))
}

func (a sysEntry) compare(b sysEntry) int {
	return cmp.Or(cmp.Compare(a.param, b.param), cmp.Compare(a.system, b.system))
}

// minus returns what is in e and not in o. Both are tidy.
func (e entries) minus(o entries) entries {
	return entries{
		far:   without(e.far, o.far, cmp.Compare),
		links: without(e.links, o.links, linkEntry.compare),
		ords:  without(e.ords, o.ords, ordEntry.compare),
		strs:  without(e.strs, o.strs, strEntry.compare),
	}
}

func without[T any](a, b []T, compare func(T, T) int) []T {
	var out []T
	for _, x := range a {
		for len(b) > 0 && compare(b[0], x) < 0 {
			b = b[1:]
		}
		if len(b) > 0 && compare(b[0], x) == 0 {
			continue
		}
		out = append(out, x)
	}
	return out
}
