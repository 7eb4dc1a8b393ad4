package event

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

//go:embed mapping.txt
var mappingText string

// mapping is the rules between STU3 and R4.
type mapping struct {
	rules      map[string][]rule // by the path of the type in STU3
	systems    [][2]string
	extensions [][2]string
}

// rule is one line: what is done to the members of a type.
type rule struct {
	do   string
	path string
	args []string
}

// rules is the mapping that is built in; a test reads it before anybody else does.
var rules = func() *mapping {
	m, err := readMapping(mappingText)
	if err != nil {
		panic("child/event: mapping.txt: " + err.Error())
	}
	return m
}()

// arity is how many words follow the name of a rule.
var arity = map[string]int{"rename": 2, "list": 1, "first": 1, "nest": 3, "lift": 2, "note": 1, "concept": 1, "code": 3, "keep": 1, "need": 3, "done": 2}

func readMapping(text string) (*mapping, error) {
	m := &mapping{rules: map[string][]rule{}}
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0, words[0] == "#" || strings.HasPrefix(line, "#"):
		case words[0] == "system" && len(words) == 3:
			m.systems = append(m.systems, [2]string{words[1], words[2]})
		case words[0] == "extension" && len(words) == 3:
			m.extensions = append(m.extensions, [2]string{words[1], words[2]})
		default:
			words = strings.SplitN(line, " ", 5)
			if len(words) < 3 || arity[words[1]] == 0 {
				return nil, fmt.Errorf("line %d is no rule", i+1)
			}
			args := strings.SplitN(strings.Join(words[2:], " "), " ", arity[words[1]])
			if len(args) != arity[words[1]] || words[1] == "need" && parsed(args[2]) == nil {
				return nil, fmt.Errorf("line %d: %s needs %d words", i+1, words[1], arity[words[1]])
			}
			m.rules[words[0]] = append(m.rules[words[0]], rule{words[1], words[0], args})
		}
	}
	return m, nil
}

// toR4 changes a resource of STU3 into one of R4. What no rule speaks of is the
// same in both, or is found by whoever checks the result.
func (m *mapping) toR4(res *val) {
	m.forth(res.get("resourceType").str(), res)
	m.addresses(res, 0, 1)
}

// toSTU3 is the way back.
func (m *mapping) toSTU3(res *val) {
	m.back(res.get("resourceType").str(), res)
	m.addresses(res, 1, 0)
}

// below are the paths of the elements of a type that have rules of their own.
func (m *mapping) below(path string) (names []string) {
	for p := range m.rules {
		if rest, ok := strings.CutPrefix(p, path+"."); ok && !strings.Contains(rest, ".") {
			names = append(names, rest)
		}
	}
	return names
}

func (m *mapping) forth(path string, v *val) {
	for _, name := range m.below(path) {
		for _, item := range v.get(name).items() {
			m.forth(path+"."+name, item)
		}
	}
	for _, r := range m.rules[path] {
		r.forth(v)
	}
}

func (m *mapping) back(path string, v *val) {
	for _, r := range slices.Backward(m.rules[path]) {
		r.back(v)
	}
	for _, name := range m.below(path) {
		for _, item := range v.get(name).items() {
			m.back(path+"."+name, item)
		}
	}
}

// addresses puts the addresses of code systems and extensions from one version in
// place of those of the other.
func (m *mapping) addresses(res *val, from, to int) {
	swap := func(v *val, table [][2]string) {
		for _, pair := range table {
			if v.str() == pair[from] {
				*v = *str(pair[to])
				return
			}
		}
	}
	res.each("", func(name string, v *val) {
		switch name {
		case "system":
			swap(v, m.systems)
		case "url":
			swap(v, m.extensions)
		}
	})
}

// extensionFor is HL7's address for an element of STU3 that R4 does not have
// (http://hl7.org/fhir/R4/versions.html#extensions).
func (r *rule) extensionFor() string {
	return "http://hl7.org/fhir/3.0/StructureDefinition/extension-" + r.path + "." + r.args[0]
}

// forth does what a rule says to an object of STU3.
func (r *rule) forth(v *val) {
	here := v.get(r.args[0])
	if here != nil || r.do == "need" {
		forths[r.do](r, v, here)
	}
}

// forths are the rules from STU3 to R4; here is what the rule speaks of.
var forths = map[string]func(r *rule, v, here *val){
	"rename": func(r *rule, v, _ *val) {
		v.rename(r.args[0], r.args[1])
		v.rename("_"+r.args[0], "_"+r.args[1])
	},
	"list": func(r *rule, v, here *val) { v.set(r.args[0], list(here)) },
	"first": func(r *rule, v, here *val) {
		if here.kind == fhir.Array && len(here.kids) == 1 {
			v.set(r.args[0], here.kids[0])
		}
	},
	"nest": func(r *rule, v, here *val) {
		if inner := here.del(r.args[1]); inner != nil {
			v.set(r.args[2], inner)
		}
		if len(here.keys) == 0 {
			v.del(r.args[0])
		}
	},
	"lift": func(r *rule, _, here *val) {
		for i, item := range here.kids {
			if len(item.keys) == 1 && item.get(r.args[1]) != nil {
				here.kids[i] = item.get(r.args[1])
			}
		}
	},
	"note": func(r *rule, v, here *val) { v.del(r.args[0]); v.set("note", list(object("text", here))) },
	"concept": func(r *rule, v, here *val) {
		r.eachItem(v, here, func(c *val) *val { return object("coding", list(c)) })
	},
	"code": func(r *rule, v, here *val) {
		if here.str() == r.args[1] {
			v.set(r.args[0], str(r.args[2]))
		}
	},
	"keep": func(r *rule, v, here *val) {
		value := "valueString"
		if here.kind == fhir.Object {
			value = "valueCodeableConcept"
		}
		v.set("extension", list(append(v.get("extension").items(), object("url", r.extensionFor(), value, v.del(r.args[0])))...))
	},
	"need": func(r *rule, v, here *val) {
		if here == nil && v.get(r.args[1]) == nil {
			v.set(r.args[0], parsed(r.args[2]))
		}
	},
	"done": func(r *rule, v, here *val) {
		if v.del(r.args[0]); here.raw == "true" && v.get("status").str() == r.args[1] {
			v.set("status", str("not-done"))
		}
	},
}

// eachItem puts what fn makes of it in place of a value, or of each of a list.
func (r *rule) eachItem(v, here *val, fn func(*val) *val) {
	if here.kind != fhir.Array {
		v.set(r.args[0], fn(here))
		return
	}
	for i, item := range here.kids {
		here.kids[i] = fn(item)
	}
}

// back undoes it.
func (r *rule) back(v *val) { backs[r.do](r, v, v.get(r.args[0])) }

// backs are the rules from R4 to STU3; here is what the rule speaks of, nil for none.
var backs = map[string]func(r *rule, v, here *val){
	"rename": func(r *rule, v, _ *val) {
		v.rename(r.args[1], r.args[0])
		v.rename("_"+r.args[1], "_"+r.args[0])
	},
	"list": func(r *rule, v, here *val) {
		if here != nil && here.kind == fhir.Array && len(here.kids) == 1 {
			v.set(r.args[0], here.kids[0])
		}
	},
	"first": func(r *rule, v, here *val) {
		if here != nil && here.kind != fhir.Array {
			v.set(r.args[0], list(here))
		}
	},
	"nest": func(r *rule, v, here *val) {
		inner := v.del(r.args[2])
		if inner == nil {
			return
		}
		if here == nil {
			here = object()
			v.set(r.args[0], here)
		}
		here.set(r.args[1], inner)
	},
	"lift": func(r *rule, _, here *val) {
		for i, item := range here.items() {
			if item.get("reference") != nil {
				here.kids[i] = object(r.args[1], item)
			}
		}
	},
	"note": func(r *rule, v, _ *val) {
		if notes := v.get("note").items(); len(notes) == 1 && len(notes[0].keys) == 1 && notes[0].get("text") != nil {
			v.set(r.args[0], v.del("note").kids[0].get("text"))
		}
	},
	"concept": func(r *rule, v, here *val) {
		if here != nil {
			r.eachItem(v, here, func(c *val) *val {
				if codings := c.get("coding").items(); len(codings) == 1 {
					return codings[0]
				}
				return c
			})
		}
	},
	"code": func(r *rule, v, here *val) {
		if here.str() == r.args[2] {
			v.set(r.args[0], str(r.args[1]))
		}
	},
	"keep": func(r *rule, v, _ *val) { r.backKeep(v) },
	"need": func(r *rule, v, here *val) {
		if here != nil && here.json(true) == parsed(r.args[2]).json(true) {
			v.del(r.args[0])
		}
	},
	"done": func(r *rule, v, _ *val) { r.backDone(v) },
}

func (r *rule) backKeep(v *val) {
	ext := v.get("extension")
	for i, e := range ext.items() {
		if e.get("url").str() != r.extensionFor() {
			continue
		}
		for _, value := range []string{"valueString", "valueCodeableConcept"} {
			if inner := e.get(value); inner != nil {
				v.set(r.args[0], inner)
			}
		}
		if ext.kids = slices.Delete(ext.kids, i, i+1); len(ext.kids) == 0 {
			v.del("extension")
		}
		return
	}
}

// backDone says in STU3 whether something was done. A status of a mistake says
// nothing of that any more; a reason for not doing it does.
func (r *rule) backDone(v *val) {
	not := "false"
	if v.get("status").str() == "not-done" {
		v.set("status", str(r.args[1]))
		not = "true"
	} else if v.get("statusReason") != nil || v.get("notDoneReason") != nil || v.get("explanation", "reasonNotGiven") != nil {
		not = "true"
	}
	if not == "true" || v.get("resourceType").str() == "Immunization" { // where STU3 demands the answer
		v.set(r.args[0], parsed(not))
	}
}
