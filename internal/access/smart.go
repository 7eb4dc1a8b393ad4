package access

import (
	"net/url"
	"strings"
)

// Level is the first part of a SMART scope: whose data it is about.
type Level uint8

const (
	// NoLevel is no resource scope.
	NoLevel Level = iota
	// PatientLevel is one patient, who is chosen when the app is allowed in.
	PatientLevel
	// UserLevel is what the one who signed in may see.
	UserLevel
	// SystemLevel is a program by itself, with nobody signed in.
	SystemLevel
)

// String is the level as it stands in a scope.
func (l Level) String() string { return name(levelNames[:], int(l)) }

var levelNames = [...]string{"none", "patient", "user", "system"}

// SMARTScope is one resource scope of SMART App Launch 2.2.0 (section "Scopes
// for requesting FHIR Resources"), in the second form or the first. It is an
// upper bound: what its holder may do besides is for Decide.
type SMARTScope struct {
	// Level is whose data; NoLevel for the zero SMARTScope.
	Level Level
	// Type is the resource type; "" stands for *.
	Type string
	// Verbs are what may be done.
	Verbs Verb
	// Query is the search that the resources have to answer, in its one form;
	// "" for all.
	Query string
	// V1 says that the scope was written in the first form, such as
	// patient/Observation.read; a server answers in the same.
	V1 bool
}

// The letters of the second form. Reading takes in the versions of one
// resource, searching those of a type; updating takes in patches and making
// what is not there under its own id.
const (
	verbsC = Create
	verbsR = Read | History
	verbsU = Update
	verbsD = Delete
	verbsS = Search | TypeHistory
)

// scopeURI may stand before a scope where one has to be an absolute URI.
const scopeURI = "http://smarthealthit.org/fhir/scopes/"

// MaxScopes bounds the text of all scopes of one request, in bytes.
const MaxScopes = 8_000

// ParseSMART reads one resource scope. It is false for every other scope, such
// as openid, and for what it does not understand to the letter: such a scope
// is not granted, never guessed at.
func ParseSMART(text string) (SMARTScope, bool) {
	var s SMARTScope
	if len(text) > MaxScopes {
		return s, false
	}
	text = strings.TrimPrefix(text, scopeURI)
	level, rest, ok := strings.Cut(text, "/")
	for i, n := range levelNames {
		if i > 0 && n == level {
			s.Level = Level(i)
		}
	}
	rest, query, restricted := strings.Cut(rest, "?")
	typ, verbs, dotted := strings.Cut(rest, ".")
	if !ok || !dotted || s.Level == NoLevel {
		return SMARTScope{}, false
	}
	if typ != "*" {
		if s.Type = typ; !typeShaped(typ) {
			return SMARTScope{}, false
		}
	}
	if s.Verbs, s.V1 = firstForm(verbs); !s.V1 {
		s.Verbs = secondForm(verbs)
	}
	if restricted {
		// Only the second form has searches, and one that is the same for every
		// type would have to be understood by each of them.
		s.Query, ok = searchOf(query)
		if !ok || s.V1 || s.Type == "" {
			return SMARTScope{}, false
		}
	}
	if s.Verbs == 0 {
		return SMARTScope{}, false
	}
	return s, true
}

func firstForm(verbs string) (Verb, bool) {
	switch verbs {
	case "read":
		return verbsR | verbsS, true
	case "write":
		return verbsC | verbsU | verbsD, true
	case "*":
		return verbsC | verbsR | verbsU | verbsD | verbsS, true
	}
	return 0, false
}

// secondForm reads a part of "cruds": letters in that order, each at most
// once. Anything else is nothing.
func secondForm(letters string) (v Verb) {
	const order = "cruds"
	from := 0
	for i := range len(letters) {
		at := strings.IndexByte(order[from:], letters[i])
		if at < 0 {
			return 0
		}
		v |= [...]Verb{verbsC, verbsR, verbsU, verbsD, verbsS}[from+at]
		from += at + 1
	}
	return v
}

// searchOf gives the search of a scope its one form: names without modifier
// and chain, values percent-encoded the one way, so that the same search is
// never two.
func searchOf(query string) (string, bool) {
	var parts []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, ok := strings.Cut(part, "=")
		value, err := url.PathUnescape(value)
		if !ok || err != nil || value == "" || !paramShaped(name) {
			return "", false
		}
		parts = append(parts, name+"="+strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	return tidy(strings.Join(parts, "&"))
}

// paramShaped says whether s can be the plain name of a search parameter of a
// resource: no modifier, no chain, and none of the parameters that shape an
// answer instead of choosing resources, which all begin with _.
func paramShaped(s string) bool {
	switch s {
	case "_id", "_tag", "_profile", "_security", "_source", "_lastUpdated":
		return true
	}
	for i := range len(s) {
		c := s[i]
		if c != '-' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && s[0] != '-'
}

// Rights are what the scope allows at most.
func (s SMARTScope) Rights() Rights {
	switch {
	case s.Type == "":
		return AllTypes(s.Verbs)
	case s.Query != "":
		return OneTypeWhere(s.Type, s.Verbs, s.Query)
	}
	return OneType(s.Type, s.Verbs)
}

// String writes the scope in the form that it came in.
func (s SMARTScope) String() string {
	typ, query := s.Type, ""
	if typ == "" {
		typ = "*"
	}
	if s.Query != "" {
		query = "?" + s.Query
	}
	return s.Level.String() + "/" + typ + "." + s.letters() + query
}

func (s SMARTScope) letters() string {
	if s.V1 {
		switch s.Verbs {
		case verbsR | verbsS:
			return "read"
		case verbsC | verbsU | verbsD:
			return "write"
		}
		return "*"
	}
	var b strings.Builder
	for i, v := range [...]Verb{verbsC, verbsR, verbsU, verbsD, verbsS} {
		if s.Verbs&v == v {
			b.WriteByte("cruds"[i])
		}
	}
	return b.String()
}

// Within says whether the scope asks for nothing that wider does not allow.
// The levels have to be the same.
func (s SMARTScope) Within(wider []SMARTScope) bool {
	all := Rights{}
	for _, w := range wider {
		if w.Level == s.Level {
			all = all.Or(w.Rights())
		}
	}
	return s.Level != NoLevel && s.Rights().And(all) == s.Rights()
}

// Bound is the most that some scopes allow somebody who signed in: those of
// the user/ and, when a patient was chosen, of the patient/ level. patient is
// the logical id of that patient. Scopes of the patient/ level that were
// granted without a patient give nothing (SMART App Launch 2.2.0: such a scope
// means that a patient is established), and system/ is for programs.
func Bound(scopes []SMARTScope, patient string) Rights {
	all := Rights{}
	for _, s := range scopes {
		if s.Level == UserLevel || s.Level == PatientLevel && patient != "" {
			all = all.Or(s.Rights())
		}
	}
	return all
}
