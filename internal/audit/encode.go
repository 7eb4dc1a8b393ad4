package audit

import (
	"encoding/binary"
	"encoding/hex"
	"errors"

	"github.com/bevanhealth/bevan/internal/access"
)

// An entry in the table, after its number, person and time which have columns of their own:
//
//	1 byte   layout, now 2
//	3 bytes  kind, role, purpose
//	uvarint  verb, outcome, part
//	varint   for, total
//	texts    request, actor, app, grant, organisation, type, rule, rules, query (uvarint length, bytes)
//	uvarint  number of parameters, then as many texts
//	uvarint  number of refs, then for each a byte of flags, [type], id, uvarint version
//	texts    mandate, job                                               from layout 2 on
//	uvarint  bytes                                                      from layout 2 on
//	uvarint  number of choices, then for each consent, uvarint version, path   from layout 2 on
//
// Of the flags 1 says that the type is that of the ref before, and 2 that the id is 16 bytes that are
// written as a UUID in lower case.
//
// What is written is the newest layout. An entry is never written again in another one: its bytes are
// what its leaf in the tree commits to.
const (
	layoutFirst = 1 // entries before mandates and choices were kept
	layout      = 2
)

const (
	sameType = 1
	uuidID   = 2
)

// encode appends the entry's blob to b.
func (e *Entry) encode(b []byte) []byte {
	b = append(b, layout, byte(e.Who.Kind), byte(e.Who.Role), byte(e.Purpose))
	b = binary.AppendUvarint(b, uint64(e.Verb))
	b = binary.AppendUvarint(b, uint64(e.Outcome))
	b = binary.AppendUvarint(b, uint64(e.Part))
	b = binary.AppendVarint(b, e.Who.For)
	b = binary.AppendVarint(b, e.Total)
	for _, s := range [...]string{e.Request, e.Who.Actor, e.Who.App, e.Who.Grant, e.Who.Organisation, e.Type, e.Rule, e.Rules} {
		b = appendText(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Query)))
	b = append(b, e.Query...)
	b = binary.AppendUvarint(b, uint64(len(e.Params)))
	for _, p := range e.Params {
		b = appendText(b, p)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Returned)))
	typ := ""
	for i := range e.Returned {
		b = e.Returned[i].encode(b, typ)
		typ = e.Returned[i].Type
	}
	b = appendText(b, e.Who.Mandate)
	b = appendText(b, e.Job)
	b = binary.AppendUvarint(b, uint64(e.Bytes))
	b = binary.AppendUvarint(b, uint64(len(e.By)))
	for i := range e.By {
		b = appendText(b, e.By[i].Consent)
		b = binary.AppendUvarint(b, uint64(e.By[i].Version))
		b = appendText(b, e.By[i].Path)
	}
	return b
}

func (r *Ref) encode(b []byte, before string) []byte {
	var raw [16]byte
	at, flags := len(b), byte(0)
	b = append(b, 0)
	if r.Type == before {
		flags |= sameType
	} else {
		b = appendText(b, r.Type)
	}
	if parseUUID(r.ID, &raw) {
		flags |= uuidID
		b = append(b, raw[:]...)
	} else {
		b = appendText(b, r.ID)
	}
	b[at] = flags
	return binary.AppendUvarint(b, uint64(r.Version))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// parseUUID reads the one way of writing that formatUUID gives back.
func parseUUID(s string, raw *[16]byte) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	n := 0
	for i := 0; i < 36; i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			continue
		}
		var v byte
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			v = c - '0'
		case 'a' <= c && c <= 'f':
			v = c - 'a' + 10
		default:
			return false
		}
		raw[n/2] = raw[n/2]<<4 | v
		n++
	}
	return true
}

func formatUUID(raw []byte) string {
	var b [36]byte
	hex.Encode(b[0:8], raw[0:4])
	hex.Encode(b[9:13], raw[4:6])
	hex.Encode(b[14:18], raw[6:8])
	hex.Encode(b[19:23], raw[8:10])
	hex.Encode(b[24:36], raw[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

var errEntry = errors.New("audit: an entry of the access log is damaged")

// reader takes a blob apart. After the first fault everything is zero and bad is set.
type reader struct {
	b   []byte
	all string // all of the blob, of which texts are parts: an entry has many short ones
	bad bool
}

func (r *reader) bytes(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string {
	n := r.uvarint()
	at := len(r.all) - len(r.b)
	if r.bytes(n) == nil {
		return ""
	}
	return r.all[at : at+int(n)]
}

// count reads the length of a list, each item of which takes at least size bytes.
func (r *reader) count(size uint64) int {
	n := r.uvarint()
	if n > uint64(len(r.b))/size {
		r.bad = true
		return 0
	}
	return int(n)
}

// decode reads a blob into e.
func (e *Entry) decode(blob []byte) error {
	r := &reader{b: blob, all: string(blob)}
	had := r.byte()
	if had < layoutFirst || had > layout {
		return errEntry
	}
	e.Who.Kind, e.Who.Role, e.Purpose = access.Kind(r.byte()), access.Role(r.byte()), access.Purpose(r.byte())
	e.Verb, e.Outcome, e.Part = access.Verb(r.uvarint()), int(r.uvarint()), int(r.uvarint())
	e.Who.For, e.Total = r.varint(), r.varint()
	for _, s := range [...]*string{&e.Request, &e.Who.Actor, &e.Who.App, &e.Who.Grant, &e.Who.Organisation, &e.Type, &e.Rule, &e.Rules} {
		*s = r.text()
	}
	if q := r.bytes(r.uvarint()); len(q) > 0 {
		e.Query = append([]byte(nil), q...)
	}
	if n := r.count(1); n > 0 {
		e.Params = make([]string, n)
		for i := range e.Params {
			e.Params[i] = r.text()
		}
	}
	if n := r.count(3); n > 0 {
		e.Returned = make([]Ref, n)
		typ := ""
		for i := range e.Returned {
			r.ref(&e.Returned[i], typ)
			typ = e.Returned[i].Type
		}
	}
	if had > layoutFirst {
		r.choices(e)
	}
	if r.bad || len(r.b) > 0 {
		return errEntry
	}
	return nil
}

// own says whether it was the person themself, or an app in their name.
func (e *Entry) own() bool { return e.Who.Role == access.RoleSelf && e.Who.For == e.Person }

// decodeOwn reads of a blob who it was, if that was the person themself, and nothing more: who passes
// over one's own entries has many to pass over.
func (e *Entry) decodeOwn(blob []byte) bool {
	r := &reader{b: blob}
	had := r.byte()
	kind, role, purpose := access.Kind(r.byte()), access.Role(r.byte()), access.Purpose(r.byte())
	_, _, _ = r.uvarint(), r.uvarint(), r.uvarint()
	whose := r.varint()
	if r.bad || had < layoutFirst || had > layout || role != access.RoleSelf || whose != e.Person {
		return false
	}
	e.Who.Kind, e.Who.Role, e.Purpose, e.Who.For = kind, role, purpose, whose
	return true
}

// choices reads what layout 2 added.
func (r *reader) choices(e *Entry) {
	e.Who.Mandate, e.Job, e.Bytes = r.text(), r.text(), int64(r.uvarint())
	if n := r.count(3); n > 0 {
		e.By = make([]By, n)
		for i := range e.By {
			e.By[i] = By{Consent: r.text(), Version: int64(r.uvarint()), Path: r.text()}
		}
	}
}

func (r *reader) ref(ref *Ref, before string) {
	flags := r.byte()
	if flags > sameType|uuidID {
		r.bad = true
	}
	ref.Type = before
	if flags&sameType == 0 {
		ref.Type = r.text()
	}
	if flags&uuidID == 0 {
		ref.ID = r.text()
	} else if raw := r.bytes(16); raw != nil {
		ref.ID = formatUUID(raw)
	}
	ref.Version = int64(r.uvarint())
}
