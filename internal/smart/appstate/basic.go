package appstate

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/problem"
)

// MaxBytes bounds one resource as it is sent (SMART 2.2, app state: "SHALL NOT
// exceed 256KB").
const MaxBytes = 256 << 10

// maxCode bounds a code, in bytes.
const maxCode = 1_000

// members are those that a state has. What else a Basic may hold would be kept
// for nobody.
var members = []string{"resourceType", "id", "meta", "subject", "code", "extension"}

// subjects are the types of those whom a state may be about.
var subjects = []string{"Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"}

func parse(text []byte) (fhir.Node, error) {
	t, err := fhir.Parse(text, fhir.Limits{Bytes: MaxBytes})
	if err != nil {
		return fhir.Node{}, err
	}
	return t.Root(), nil
}

// read checks what an app sends. base is the URL of the FHIR interface, below
// which its subject has to lie. id is that of the address; "" for a new one.
func read(text []byte, base, id string) (n fhir.Node, subject string, err error) {
	if len(text) > MaxBytes {
		return n, "", problem.New(problem.TooLarge, "An app may keep 256 kB in one resource. Send less, or divide it.")
	}
	if n, err = parse(text); err != nil {
		return n, "", problem.Wrap(problem.Invalid, "The body is no JSON that can be read. Mend it and send it again.", err)
	}
	var issues []problem.Issue
	wrong := func(place, sentence string) { issues = append(issues, problem.Issue{Place: place, Sentence: sentence}) }
	for _, i := range validate.Resource(n.Tree(), validate.Options{}) {
		if i.Severity == validate.Error {
			wrong(i.Path, i.Message)
		}
	}
	if len(issues) > 0 {
		return n, "", problem.Many(problem.Invalid, issues)
	}
	if !n.Get("resourceType").Is("Basic") {
		return n, "", problem.New(problem.Invalid, "An app keeps Basic resources here. Send one.")
	}
	for m := range n.Each() {
		if !slices.Contains(members, m.Key()) {
			wrong("Basic."+m.Key(), "What an app keeps has a code, a subject and extensions, and no other element. Take it out.")
		}
	}
	checkNames(n, id, wrong)
	subject = checkSubject(n, base, wrong)
	if code := n.Get("code").Get("coding"); code.Len() != 1 || code.First().Get("system").Str() == "" || code.First().Get("code").Str() == "" || len(codeOf(n)) > maxCode {
		wrong("Basic.code", "What an app keeps has exactly one coding, with a system and a code of the app's own. Mend it.")
	}
	for x := range n.Get("extension").Items() {
		if !x.Get("valueString").Exists() {
			wrong("Basic.extension", "An app keeps extensions with a valueString only. Write what it keeps as a text.")
			break
		}
	}
	if len(issues) > 0 {
		return n, "", problem.Many(problem.Invalid, issues)
	}
	return n, subject, nil
}

// checkNames holds that a new state has no id and no version yet, and an update
// the id of its address.
func checkNames(n fhir.Node, id string, wrong func(place, sentence string)) {
	switch {
	case id == "" && (n.Get("id").Exists() || n.Get("meta").Get("versionId").Exists()):
		wrong("Basic.id", "This server gives the id and the version. Leave them out.")
	case id != "" && !n.Get("id").Is(id):
		wrong("Basic.id", "The id is that of the address. Send it.")
	}
}

// checkSubject gives the subject as it is kept, such as Patient/17; "" for none.
func checkSubject(n fhir.Node, base string, wrong func(place, sentence string)) string {
	s := n.Get("subject")
	if !s.Exists() {
		return ""
	}
	subject, ok := local(s.Get("reference").Str(), base)
	if !ok {
		wrong("Basic.subject", "A subject is the whole address of a "+strings.Join(subjects, ", ")+" on this server, such as "+base+"/Patient/17. Mend it, or leave it out.")
	}
	return subject
}

// local reads the whole address of somebody on this server.
func local(address, base string) (subject string, ok bool) {
	rest, ok := strings.CutPrefix(address, base+"/")
	if !ok {
		return "", false
	}
	typ, id, ok := strings.Cut(rest, "/")
	return rest, ok && slices.Contains(subjects, typ) && fhir.ValidID(id)
}

// codeOf is the state code, as searches write it.
func codeOf(n fhir.Node) string {
	c := n.Get("code").Get("coding").First()
	return c.Get("system").Str() + "|" + c.Get("code").Str()
}

// render is the resource with what this server adds to it.
func render(st State) ([]byte, error) {
	n, err := parse(st.Body)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	p, err := fhir.Prepare(n.Tree())
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	b, err := fhir.Render(nil, p.Encode(), st.ID, strconv.FormatInt(st.Version, 10), st.Updated.Format(time.RFC3339))
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return b, nil
}
