package sim

import "strconv"

// uid is a made-up UUID of version 8 (RFC 9562 §5.8: bits of our own choice).
type uid struct{ hi, lo uint64 }

func newUID(parent, n uint64) uid {
	hi, lo := key(parent, n), key(^parent, n)
	return uid{hi&^0xf000 | 0x8000, lo&^(3<<62) | 2<<62}
}

const digits = "0123456789abcdef"

func appendUID(b []byte, id uid) []byte {
	for i := 60; i >= 0; i -= 4 {
		b = append(b, digits[id.hi>>i&15])
		if i == 32 || i == 16 {
			b = append(b, '-')
		}
	}
	b = append(b, '-')
	for i := 60; i >= 0; i -= 4 {
		b = append(b, digits[id.lo>>i&15])
		if i == 48 {
			b = append(b, '-')
		}
	}
	return b
}

// ref names a resource of the same person.
type ref struct {
	typ string
	id  uid
}

// writer appends resources, one after the other, to chunks of memory. A chunk is
// never written again once it is full, so what was handed out stays as it is.
type writer struct {
	links Links
	// example marks every resource, and sets its places apart from those of
	// other regions.
	example bool
	key     uint64 // of the person: the ids come from it
	count   uint64
	buf     []byte
	start   int
	typ     string
	id      string
	out     []Resource
}

// Chunks double, so that a short life does not cost the memory of a long one. A
// new one begins where an old one has less left than nearly any resource needs.
const (
	smallest = 16 << 10
	largest  = 256 << 10
	spare    = 3 << 10
)

// begin starts a resource of a person.
func (w *writer) begin(typ string, labels label) ref {
	id := newUID(w.key, w.count)
	w.count++
	w.open(typ, string(appendUID(make([]byte, 0, 36), id)), w.links == ByID)
	w.meta(labels, typ == "Patient")
	return ref{typ, id}
}

// meta writes what is said about a resource: its labels, and that it is made up,
// which in an example every resource says and else only those that are told to.
func (w *writer) meta(labels label, told bool) {
	tag := ""
	switch {
	case w.example:
		tag = `"tag":[` + madeUp + `,` + isExample + `]`
	case told:
		tag = `"tag":[` + madeUp + `]`
	}
	switch {
	case labels != 0 && tag != "":
		w.raw(`,"meta":{"security":[`).raw(labels.json()).raw(`],`).raw(tag).raw(`}`)
	case labels != 0:
		w.raw(`,"meta":{"security":[`).raw(labels.json()).raw(`]}`)
	case tag != "":
		w.raw(`,"meta":{`).raw(tag).raw(`}`)
	}
}

// open starts a resource; written says whether its id stands in it.
func (w *writer) open(typ, id string, written bool) {
	if cap(w.buf)-len(w.buf) < spare {
		w.buf = make([]byte, 0, min(max(2*cap(w.buf), smallest), largest))
	}
	w.start, w.typ, w.id = len(w.buf), typ, id
	w.raw(`{"resourceType":"`).raw(typ).raw(`"`)
	if written {
		w.raw(`,"id":"`).raw(id).raw(`"`)
	}
}

// close ends the resource and keeps it.
func (w *writer) close() {
	w.buf = append(w.buf, '}')
	n := len(w.buf)
	w.out = append(w.out, Resource{
		Type: w.typ, ID: w.id, JSON: w.buf[w.start:n:n], Kept: w.links == ByID,
	})
}

func (w *writer) raw(s string) *writer {
	w.buf = append(w.buf, s...)
	return w
}

// text writes a JSON string with what has to be escaped.
func (w *writer) text(s string) *writer {
	w.buf = appendText(w.buf, s)
	return w
}

func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func (w *writer) int(n int) *writer {
	w.buf = strconv.AppendInt(w.buf, int64(n), 10)
	return w
}

// appendDecimal writes n / 10^places with all its places.
func appendDecimal(b []byte, n, places int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	scale := 1
	for range places {
		scale *= 10
	}
	b = strconv.AppendInt(b, int64(n/scale), 10)
	if places == 0 {
		return b
	}
	b = append(b, '.')
	for rest := n % scale; scale > 1; rest %= scale {
		scale /= 10
		b = append(b, byte('0'+rest/scale))
	}
	return b
}

// day writes a date in quotes, and time an instant in quotes.
func (w *writer) day(d Day) *writer {
	w.buf = append(appendDay(append(w.buf, '"'), d), '"')
	return w
}

func (w *writer) time(d Day, minutes int) *writer {
	w.buf = append(appendTime(append(w.buf, '"'), d, minutes), '"')
	return w
}

// ref writes a Reference to a resource of the same person.
func (w *writer) ref(r ref) *writer {
	if w.links == ByURN {
		w.raw(`{"reference":"urn:uuid:`)
	} else {
		w.raw(`{"reference":"`).raw(r.typ).raw(`/`)
	}
	w.buf = appendUID(w.buf, r.id)
	return w.raw(`"}`)
}

// place writes a Reference to one of the places or their staff.
func (w *writer) place(typ string, s spot) *writer {
	w.raw(`{"reference":"`).raw(typ).raw(`/`).raw(w.apart())
	w.buf = s.append(w.buf)
	return w.raw(`"}`)
}

// apart is what the ids of an example begin with.
func (w *writer) apart() string {
	if w.example {
		return ExamplePlace
	}
	return ""
}

// field writes `,"name":` before a value.
func (w *writer) field(name string) *writer {
	return w.raw(`,"`).raw(name).raw(`":`)
}
