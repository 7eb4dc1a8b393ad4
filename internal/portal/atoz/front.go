package atoz

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Bounds of one file.
const (
	maxFile  = 64 << 10 // bytes
	maxLine  = 500      // bytes of a line of the head
	maxLines = 100      // lines of the head
)

// fault is what is wrong with a file, at a line; 0 for the whole of it.
type fault struct {
	line int
	says string
}

// fence stands before and behind the head.
const fence = "---"

// head reads the lines between the fences into a page, and returns the rest of
// the file and the number of its first line.
//
// A line is a name, a colon and a value. It is not YAML: no quotes, no nesting,
// no anchors, so that there is one way to read it.
func head(text string) (p *Page, rest string, line int, faults []fault) {
	p = &Page{}
	first, rest, _ := strings.Cut(text, "\n")
	if first != fence {
		return p, "", 0, []fault{{1, "A page begins with a line of three dashes. Write --- alone on the first line."}}
	}
	seen := map[string]bool{}
	for line = 2; ; line++ {
		one, after, more := strings.Cut(rest, "\n")
		rest = after
		switch {
		case one == fence:
			return p, rest, line + 1, append(faults, p.missing(seen)...)
		case !more || line > maxLines:
			return p, "", 0, append(faults, fault{line, "The head has no end. Write --- alone on the line behind it, within " + strconv.Itoa(maxLines) + " lines."})
		case len(one) > maxLine:
			faults = append(faults, fault{line, "This line is too long. A line of the head has at most " + strconv.Itoa(maxLine) + " letters."})
			continue
		}
		name, value, ok := strings.Cut(one, ":")
		if value = strings.TrimSpace(value); !ok || value == "" {
			faults = append(faults, fault{line, "This is not a name, a colon and a value, such as title: Asthma."})
			continue
		}
		if says := p.set(name, value, seen[name]); says != "" {
			faults = append(faults, fault{line, says})
		}
		seen[name] = true
	}
}

// needed are the lines that every head has.
var needed = []string{"id", "title", "kind", "written", "next", "source"}

func (p *Page) missing(seen map[string]bool) (faults []fault) {
	for _, name := range needed {
		if !seen[name] {
			faults = append(faults, fault{1, "The head lacks a line. Add the one that begins with " + name + ":"})
		}
	}
	if !p.Written.IsZero() && !p.Next.IsZero() && !p.Next.After(p.Written) {
		faults = append(faults, fault{1, "The next look is before the page was written. Mend the lines written: and next:"})
	}
	return faults
}

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+){0,9}$`)

// set keeps one line. It returns what is wrong with it.
func (p *Page) set(name, value string, again bool) (says string) {
	if again && name != "code" && name != "source" {
		return "There are two lines of this name. Keep one."
	}
	switch name {
	case "id":
		if p.ID = value; len(value) > 60 || !idForm.MatchString(value) {
			return "An id has small letters, digits and single dashes, such as high-blood-pressure, and at most 60 of them."
		}
	case "title":
		if p.Title = value; len(value) > 80 {
			return "A title has at most 80 letters."
		}
	case "kind":
		if p.Kind = Kind(value); !p.Kind.known() {
			return "The kind is one of condition, vaccination, test and medicine."
		}
	case "also":
		for n := range strings.SplitSeq(value, ",") {
			if n = strings.TrimSpace(n); n != "" {
				p.Also = append(p.Also, n)
			}
		}
	case "checked":
		p.Checked = value
	case "written":
		return readDay(&p.Written, value)
	case "next":
		return readDay(&p.Next, value)
	case "code":
		return p.addCode(value)
	case "source":
		return p.addSource(value)
	default:
		return "This name is not known. There are id, title, kind, also, code, written, next, checked and source."
	}
	return ""
}

func readDay(to *time.Time, value string) string {
	at, err := time.Parse(time.DateOnly, value)
	if *to = at; err != nil {
		return "This is not a day. Write it as 2026-05-03."
	}
	return ""
}

// systems are short names of code systems, by the URIs that FHIR gives them (R4,
// Using Code Systems; ATC and CVX as registered with HL7).
var systems = map[string]string{
	"snomed": "http://snomed.info/sct",
	"loinc":  "http://loinc.org",
	"icd-10": "http://hl7.org/fhir/sid/icd-10",
	"atc":    "http://www.whocc.no/atc",
	"cvx":    "http://hl7.org/fhir/sid/cvx",
}

func (p *Page) addCode(value string) string {
	system, code, ok := strings.Cut(value, " ")
	if s, short := systems[system]; short {
		system = s
	} else if !strings.HasPrefix(system, "http://") && !strings.HasPrefix(system, "https://") && !strings.HasPrefix(system, "urn:") {
		ok = false
	}
	stem := strings.TrimSuffix(code, "*")
	switch {
	case !ok || code == "" || strings.ContainsAny(stem, " *"):
		return "A code is a system, a blank and a code: one of snomed, loinc, icd-10, atc and cvx, or the system's URL."
	case stem != code && len(stem) < minStem:
		return "A code that ends in * has at least three letters before it."
	case len(p.Codes) >= 50:
		return "A page has at most 50 codes."
	}
	p.Codes = append(p.Codes, Code{system, code})
	return ""
}

// minStem is the shortest beginning that stands for many codes: a category of
// ICD-10, an ATC group.
const minStem = 3

func (p *Page) addSource(value string) string {
	parts := strings.Split(value, "|")
	if len(parts) != 3 || len(p.Sources) >= 20 {
		return "A source is who wrote it, its title and the day when you looked, with | between them, such as WHO | Asthma | 2026-05-03. There are at most 20."
	}
	s := Source{Who: strings.TrimSpace(parts[0]), What: strings.TrimSpace(parts[1])}
	if s.Who == "" || s.What == "" {
		return "A source says who wrote it and its title."
	}
	if says := readDay(&s.Seen, strings.TrimSpace(parts[2])); says != "" {
		return says
	}
	p.Sources = append(p.Sources, s)
	return ""
}
