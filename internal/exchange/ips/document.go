package ips

import (
	"bytes"
	"encoding/json"
	"html"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// The parts of the document that are made here (FHIR R4, Bundle, Composition and
// Device). Resources of the record are put in with the bytes that they have.
type (
	bundle struct {
		ResourceType string     `json:"resourceType"`
		Language     string     `json:"language"`
		Identifier   identifier `json:"identifier"`
		Type         string     `json:"type"`
		Timestamp    string     `json:"timestamp"`
		Entry        []entry    `json:"entry"`
	}
	entry struct {
		FullURL  string `json:"fullUrl"`
		Resource any    `json:"resource"`
	}
	identifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}
	composition struct {
		ResourceType string      `json:"resourceType"`
		ID           string      `json:"id"`
		Language     string      `json:"language"`
		Text         narrative   `json:"text"`
		Status       string      `json:"status"`
		Type         concept     `json:"type"`
		Subject      reference   `json:"subject"`
		Date         string      `json:"date"`
		Author       []reference `json:"author"`
		Title        string      `json:"title"`
		Section      []section   `json:"section"`
	}
	section struct {
		Title string      `json:"title"`
		Code  concept     `json:"code"`
		Text  narrative   `json:"text"`
		Entry []reference `json:"entry,omitempty"`
		Empty *concept    `json:"emptyReason,omitempty"`
	}
	device struct {
		ResourceType string       `json:"resourceType"`
		ID           string       `json:"id"`
		DeviceName   []deviceName `json:"deviceName"`
	}
	deviceName struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	narrative struct {
		Status string `json:"status"`
		Div    string `json:"div"`
	}
	concept struct {
		Coding []coding `json:"coding"`
	}
	coding struct {
		System  string `json:"system"`
		Code    string `json:"code"`
		Display string `json:"display"`
	}
	reference struct {
		Reference string `json:"reference"`
	}
)

const language = "en-GB"

// Names are the numbers of one document and of what is made for it: UUIDs, as
// RFC 9562 writes them. They are given, so that the same summary can be made again.
type Names struct{ Document, Composition, Author string }

// Document is the summary as a FHIR document: the Composition, the person, this
// service as its author, and the entries in the order of the sections. base is the
// address of the FHIR interface without a slash at its end: an entry is named by
// where it is there, so the references between entries lead to each other within
// the document. What the entries name besides is not in it.
func (s *Summary) Document(base string, names Names) ([]byte, error) {
	at := func(e Entry) string { return base + "/" + e.Type + "/" + e.ID }
	c := composition{ResourceType: "Composition", ID: names.Composition, Language: language, Status: "final",
		Type:    concept{[]coding{s.kind.code}},
		Subject: reference{at(s.Patient)}, Date: s.Made.UTC().Format(time.RFC3339), Author: []reference{{"urn:uuid:" + names.Author}}, Title: or(s.words.Title, s.kind.title)}
	c.Text = told([]string{c.Title + ". " + s.Patient.Title + ". " + c.Date})
	b := bundle{ResourceType: "Bundle", Language: language, Identifier: identifier{"urn:ietf:rfc:3986", "urn:uuid:" + names.Document}, Type: "document", Timestamp: c.Date,
		Entry: []entry{{"urn:uuid:" + names.Composition, &c}, {at(s.Patient), json.RawMessage(s.Patient.Tree.Bytes())},
			{"urn:uuid:" + names.Author, device{"Device", names.Author, []deviceName{{or(s.words.Service, "Bevan"), "user-friendly-name"}}}}}}
	for _, sec := range s.Sections {
		one := section{Title: sec.Title, Code: sec.coding(), Text: told(sec.Lines(s.words))}
		for _, e := range sec.Entries {
			one.Entry = append(one.Entry, reference{at(e)})
			b.Entry = append(b.Entry, entry{at(e), json.RawMessage(e.Tree.Bytes())})
		}
		if len(sec.Entries) == 0 {
			// Not "nilknown": that is for somebody to say who asked.
			one.Empty = &concept{[]coding{{"http://terminology.hl7.org/CodeSystem/list-empty-reason", "unavailable", "Unavailable"}}}
		}
		c.Section = append(c.Section, one)
	}
	for _, t := range s.extra {
		n := t.Root()
		b.Entry = append(b.Entry, entry{base + "/" + n.Get("resourceType").Str() + "/" + n.Get("id").Str(), json.RawMessage(t.Bytes())})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

const loinc = "http://loinc.org"

// coding is what a section is, in LOINC where that has a code for it.
func (s Section) coding() concept {
	return concept{[]coding{{or(s.system, loinc), s.Code, s.Display}}}
}

// Lines are what a section says in words, with what is not in it.
func (s Section) Lines(w Words) (all []string) {
	for _, e := range s.Entries {
		all = append(all, e.Line(w))
	}
	if len(s.Entries) == 0 && !s.Held {
		all = append(all, or(s.None, "No information is available here. That does not mean that there is none."))
	}
	if s.Cut {
		all = append(all, or(w.Cut, "There is more than stands here."))
	}
	if s.Held {
		all = append(all, or(w.Held, "Some of it is not shown yet."))
	}
	return all
}

func or(said, otherwise string) string {
	if said == "" {
		return otherwise
	}
	return said
}

// told is a narrative in XHTML (FHIR R4, Narrative).
func told(lines []string) narrative {
	var b strings.Builder
	b.WriteString(`<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="` + language + `" lang="` + language + `"><ul>`)
	for _, l := range lines {
		b.WriteString("<li>" + html.EscapeString(printable(l)) + "</li>")
	}
	b.WriteString("</ul></div>")
	return narrative{"generated", b.String()}
}

// printable leaves out what XML can not hold (XML 1.0, 2.2).
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, s)
}
