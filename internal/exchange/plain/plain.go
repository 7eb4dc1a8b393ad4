package plain

import (
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// Words are the few words that are put between what a resource says.
type Words struct {
	Yes, No, Unknown  string
	Masked            string // of what is there and is not shown to them
	From, Until, File string
	// Labels are what elements are called, by their names without the type of
	// their value: "effective" for effectiveDateTime. What is not among them is
	// called by its own name, taken apart into words.
	Labels map[string]string
	// Zone is the time zone in which times are told; nil tells each as it was
	// written.
	Zone *time.Location
	// Dates is how days are written; nil is as in English.
	Dates Dates
}

// Row is one thing that a resource says.
type Row struct{ Label, Value string }

// Entry is a resource in words.
type Entry struct {
	Type, ID string
	Title    string // what it is about, or Unknown
	Date     string // the day on which it was, as people write it, or Unknown
	Day      string // the same for sorting, as FHIR writes it; "" where it is not known
	By       string // who said so, or Unknown
	Wrong    bool   // it was marked as entered in error
	Rows     []Row
}

// Reader puts resources into words. It is safe for concurrent use.
type Reader struct {
	W Words
	// Name finds what the resource behind a reference is called, such as
	// "Practitioner/7"; "" where that is not known. It may be nil.
	Name func(reference string) string
	// Code finds what a code is called that comes without words; "" where that is
	// not known, and it is told as it was written. It may be nil.
	Code func(system, code string) string
}

// The elements that say what a resource is about, when it was and who said so,
// the telling ones first.
var (
	titles = strings.Fields("code vaccineCode medicationCodeableConcept medicationReference type name title description relationship " +
		"serviceType class category topic focus reasonCode scope provision.code")
	dates = strings.Fields("effectiveDateTime effectivePeriod effectiveInstant occurrenceDateTime occurrencePeriod performedDateTime performedPeriod " +
		"onsetDateTime onsetPeriod start period date dateTime authoredOn authored whenHandedOver whenPrepared collection.collectedDateTime started issued created sent recorded " +
		"recordedDate dateAsserted dateWritten statusDate birthDate")
	authors = strings.Fields("performer author recorder asserter informationSource requester prescriber performer.actor agent.who sender source custodian " +
		"organization serviceProvider managingOrganization participant.individual")
)

// skipped are elements that say something to programs only, or are shown apart.
var skipped = map[string]bool{"resourceType": true, "id": true, "meta": true, "implicitRules": true, "language": true, "text": true}

// maxRows bounds how much of one resource is told: the files that come with a
// copy hold all of it.
const maxRows = 2_000

// Entry puts a resource into words.
func (r Reader) Entry(t *fhir.Tree) Entry {
	e := r.Head(t)
	e.Rows = r.Rows(t)
	return e
}

// Rows are all that a resource holds, in words.
func (r Reader) Rows(t *fhir.Tree) []Row {
	w := walk{r: r}
	w.object("", t.Root(), true)
	return w.rows
}

// Head is Entry without its rows: what a list says of a resource, at a fraction of
// the cost.
func (r Reader) Head(t *fhir.Tree) Entry {
	root := t.Root()
	e := Entry{Type: root.Get("resourceType").Str(), ID: root.Get("id").Str(), Title: r.W.Unknown, Date: r.W.Unknown, By: r.W.Unknown}
	for _, path := range titles {
		if v := r.values(root, path); v != "" && (path != "name" || v != r.W.Unknown) {
			e.Title = v
			break
		}
	}
	for _, path := range dates {
		if day := firstDay(root, path); day != "" {
			e.Day, e.Date = day, r.W.Day(day)
			break
		}
	}
	for _, path := range authors {
		if v := r.values(root, path); v != "" {
			e.By = v
			break
		}
	}
	e.Wrong = root.Get("status").Is("entered-in-error") || hasCode(root.Get("verificationStatus"), "entered-in-error")
	return e
}

func hasCode(n fhir.Node, code string) bool {
	for c := range n.Get("coding").Items() {
		if c.Get("code").Is(code) {
			return true
		}
	}
	return false
}

// at follows a path, and gives every value that it leads to.
func at(n fhir.Node, path string) []fhir.Node {
	here := []fhir.Node{n}
	for name := range strings.SplitSeq(path, ".") {
		var next []fhir.Node
		for _, h := range here {
			v := h.Get(name)
			if v.Kind() == fhir.Array {
				next = slices.AppendSeq(next, v.Items())
			} else if v.Exists() {
				next = append(next, v)
			}
		}
		here = next
	}
	return here
}

// values are what a path leads to, in words; "" for nothing.
func (r Reader) values(n fhir.Node, path string) string {
	var all []string
	for _, v := range at(n, path) {
		if s, ok := r.value(v); ok && s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return strings.Join(all, ", ")
}

func firstDay(n fhir.Node, path string) string {
	for _, v := range at(n, path) {
		if v.Kind() == fhir.Object {
			if v = v.Get("start"); !v.Exists() {
				continue
			}
		}
		if s := v.Str(); v.Kind() == fhir.String && len(s) >= 4 && s[0] >= '0' && s[0] <= '9' {
			return s
		}
	}
	return ""
}

// walk collects the rows of a resource.
type walk struct {
	r    Reader
	rows []Row
}

// object takes the members of an object, each under the label of what it is in.
func (w *walk) object(under string, n fhir.Node, top bool) {
	for m := range n.Each() {
		key := m.Key()
		if len(w.rows) >= maxRows || top && skipped[key] || strings.HasPrefix(key, "_") || !top && key == "id" {
			continue
		}
		w.member(join(under, w.r.label(key)), m)
	}
}

func (w *walk) member(label string, m fhir.Node) {
	items := []fhir.Node{m}
	if m.Kind() == fhir.Array {
		items = slices.Collect(m.Items())
	}
	var plain []string
	for _, it := range items {
		if s, ok := w.r.value(it); ok {
			if s != "" {
				plain = append(plain, s)
			}
			continue
		}
		if it.Get("resourceType").Exists() { // contained
			w.object(label, it, true)
			continue
		}
		if it.Get("url").Exists() && it.Get("extension").Exists() || it.Get("url").Exists() && label == w.r.label("extension") {
			w.extension(it)
			continue
		}
		w.object(label, it, false)
	}
	if len(plain) > 0 && len(w.rows) < maxRows {
		w.rows = append(w.rows, Row{label, strings.Join(plain, "; ")})
	}
}

// extension is called by the end of its address, which is its name.
func (w *walk) extension(n fhir.Node) {
	url := strings.TrimRight(n.Get("url").Str(), "/")
	label := w.r.label(url[strings.LastIndexByte(url, '/')+1:])
	for m := range n.Each() {
		switch {
		case m.KeyIs("extension"):
			for inner := range m.Items() {
				w.extension(inner)
			}
		case strings.HasPrefix(m.Key(), "value"):
			w.member(label, m)
		}
	}
}

func join(under, label string) string {
	if under == "" {
		return label
	}
	return under + ": " + strings.ToLower(label[:1]) + label[1:]
}
