package choice_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/problem"
)

// The files in testdata are cases in a form that needs no JSON:
//
//	== name of the case
//	# why, in words
//	consent c1 status=active          a Consent; its provisions follow, deeper ones further in
//	  permit purpose=TREAT period=2019..2022
//	    deny actor=Organization/54 label=R
//	viewer Organization/54 purpose=TREAT now=2020-05-01T12:00:00Z
//	item Observation/1 label=R
//	= deny c1 provision[0]            what the viewer and the item above get, and which provision says so
//	= refused Consent.provision       the Consent is refused, and that place is named
//
// Values of one attribute stand behind each other with commas. A provision
// without a type is written with a dash. Every case is evaluated by Decide, by
// a program, and by the twin.
func TestPublishedRules(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 4 {
		t.Fatalf("cases: %v, %v", files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range strings.Split("\n"+string(b), "\n== ")[1:] {
			name, lines, _ := strings.Cut(c, "\n")
			t.Run(strings.TrimSuffix(filepath.Base(f), ".txt")+"/"+name, func(t *testing.T) { play(t, strings.Split(lines, "\n")) })
		}
	}
}

func play(t *testing.T, lines []string) {
	s := situation{refers: true, viewers: []choice.Viewer{{}}, items: []choice.Item{{}}}
	var open []object // the provisions that the next one may lie in
	answers := 0
	for _, line := range lines {
		text := strings.TrimSpace(line)
		word, rest, _ := strings.Cut(text, " ")
		switch word {
		case "", "#":
		case "consent":
			id, more, _ := strings.Cut(rest, " ")
			c := privacy(id, nil)
			delete(c, "provision")
			header(t, c, more)
			s.consents = append(s.consents, c)
			open = []object{c}
		case "permit", "deny", "-":
			depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
			p := object{}
			if word != "-" {
				p["type"] = word
			}
			provision(t, p, rest)
			if open = open[:depth]; depth == 1 {
				open[0]["provision"] = p
			} else {
				open[depth-1]["provision"] = append(items(open[depth-1], "provision"), p)
			}
			open = append(open, p)
		case "viewer":
			s.viewers[0] = asker(t, rest)
		case "item":
			s.items[0] = thing(t, rest)
		case "=":
			answers++
			expect(t, s, rest)
		default:
			t.Fatalf("no line begins with %q", word)
		}
	}
	if answers == 0 {
		t.Fatal("the case expects nothing")
	}
}

func expect(t *testing.T, s situation, want string) {
	t.Helper()
	if place, refused := strings.CutPrefix(want, "refused "); refused {
		var places []string
		for _, c := range s.consents {
			tree, err := fhir.Parse(text(c), fhir.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.world().Read(tree); err != nil {
				if problem.KindOf(err) != problem.Unprocessable {
					t.Errorf("refused with %v", err)
				}
				for _, i := range problem.Of(err).Issues {
					places = append(places, i.Place)
				}
			}
		}
		if !slices.Contains(places, place) {
			t.Errorf("want a refusal that names %s, got %q", place, places)
		}
		return
	}
	if fault := s.differs(nil); fault != "" {
		t.Fatal(fault)
	}
	tw := twin{v: &s.viewers[0], i: &s.items[0], sets: valueSets, zone: s.zone, refers: s.world().Refers}
	got := tw.verdict(s.consents)
	short := strings.NewReplacer(" by ", " ", "/3 at Consent.", " ", ".provision", " provision").Replace(got)
	if short = strings.Replace(short, "provision provision", "provision", 1); short != want {
		t.Errorf("%+v\n%+v\ngot %q, want %q", s.viewers[0], s.items[0], short, want)
	}
}

// pairs calls f for each name=value of a line, and for each bare word with no
// name.
func pairs(line string, f func(name string, values []string)) {
	for _, w := range strings.Fields(line) {
		name, value, named := strings.Cut(w, "=")
		if !named || strings.Contains(name, "/") {
			name, value = "", w
		}
		f(name, strings.Split(value, ","))
	}
}

func header(t *testing.T, c object, line string) {
	pairs(line, func(name string, values []string) {
		switch name {
		case "status":
			c["status"] = values[0]
		case "scope":
			c["scope"] = concept(choice.Coding{System: "http://terminology.hl7.org/CodeSystem/consentscope", Code: values[0]})
		case "category":
			c["category"] = []any{concept(choice.Coding{System: actCode, Code: values[0]})}
		case "rule":
			c["policyRule"] = concept(pipe(values[0], actCode))
		case "dateTime":
			c["dateTime"] = values[0]
		case "without":
			delete(c, values[0])
		default:
			t.Fatalf("a consent has no %q", name)
		}
	})
}

// pipe is system|code, with a system for codes that stand alone.
func pipe(s, system string) choice.Coding {
	if a, b, both := strings.Cut(s, "|"); both {
		return choice.Coding{System: a, Code: b}
	}
	return choice.Coding{System: system, Code: s}
}

func label(s string) choice.Coding {
	if len(s) == 1 {
		return choice.Coding{System: confidentiality, Code: s}
	}
	return pipe(s, actCode)
}

func provision(t *testing.T, p object, line string) {
	pairs(line, func(name string, values []string) {
		var l []any
		for _, v := range values {
			l = append(l, value(t, p, name, v))
		}
		key := map[string]string{"label": "securityLabel"}[name]
		if key == "" {
			key = name
		}
		if name == "period" || name == "dataPeriod" {
			p[key] = l[0]
		} else {
			p[key] = l
		}
	})
}

func value(t *testing.T, p object, name, v string) any {
	const terms = "http://terminology.hl7.org/CodeSystem/"
	switch name {
	case "actor":
		role, ref, stated := strings.Cut(v, ":")
		if !stated || role != strings.ToUpper(role) {
			role, ref = "IRCP", v
		}
		reference := object{"reference": ref}
		if id := pipe(ref, ""); id.System != "" {
			reference = object{"identifier": object{"system": id.System, "value": id.Code}}
		}
		return object{"role": concept(choice.Coding{System: terms + "v3-ParticipationType", Code: role}), "reference": reference}
	case "action":
		return concept(pipe(v, terms+"consentaction"))
	case "purpose":
		return coding(pipe(v, terms+"v3-ActReason"))
	case "label":
		return coding(label(v))
	case "class":
		if strings.Contains(v, "/StructureDefinition/") {
			return coding(choice.Coding{System: "urn:ietf:rfc:3986", Code: v})
		}
		return coding(pipe(v, "http://hl7.org/fhir/resource-types"))
	case "code":
		return concept(pipe(v, "urn:ietf:rfc:3986"))
	case "data":
		meaning, ref, _ := strings.Cut(v, ":")
		return object{"meaning": meaning, "reference": object{"reference": ref}}
	case "period", "dataPeriod":
		start, end, _ := strings.Cut(v, "..")
		period := object{}
		for k, at := range map[string]string{"start": start, "end": end} {
			if at != "" {
				period[k] = at
			}
		}
		return period
	}
	t.Fatalf("a provision has no %q", name)
	return nil
}

func asker(t *testing.T, line string) choice.Viewer {
	v := choice.Viewer{Action: "access", Now: time.Date(2020, 5, 1, 12, 0, 0, 0, time.UTC)}
	pairs(line, func(name string, values []string) {
		switch name {
		case "":
			v.Refs = append(v.Refs, values...)
		case "id":
			for _, i := range values {
				v.Idents = append(v.Idents, pipe(i, ""))
			}
		case "purpose":
			v.Purpose = values
		case "action":
			v.Action = values[0]
		case "now":
			at, err := time.Parse(time.RFC3339, values[0])
			if err != nil {
				t.Fatal(err)
			}
			v.Now = at
		default:
			t.Fatalf("a viewer has no %q", name)
		}
	})
	return v
}

func thing(t *testing.T, line string) choice.Item {
	var i choice.Item
	pairs(line, func(name string, values []string) {
		for _, v := range values {
			switch name {
			case "":
				i.Type, i.ID, _ = strings.Cut(v, "/")
			case "label":
				i.Security = append(i.Security, label(v))
			case "code":
				i.Codes = append(i.Codes, pipe(v, ""))
			case "profile":
				i.Profiles = append(i.Profiles, v)
			case "author":
				i.Authors = append(i.Authors, v)
			case "ref":
				i.Refs = append(i.Refs, v)
			case "on":
				i.From, i.To = day(v, time.UTC)
				i.Days = len(v) <= 10
			default:
				t.Fatalf("an item has no %q", name)
			}
		}
	})
	return i
}
