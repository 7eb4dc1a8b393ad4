package portal

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
)

// lifeWord is one way to say something in a life.
type lifeWord struct {
	like  *regexp.Regexp
	looks bool // nothing happens: somebody looks
	do    func(l *life, is []string)
}

const (
	theStaff   = `(the health visitor|the school nurse|the practice nurse)`
	theParents = `(the parent|the other parent)`
	anybody    = `(the \w+(?: \w+)?)`
)

// word makes one; a quoted text is "", and somebody stands in brackets.
func word(like string, do func(l *life, is []string)) lifeWord {
	return lifeWord{like: regexp.MustCompile("^" + strings.ReplaceAll(like, `""`, `"([^"]*)"`) + "$"), do: do}
}

func looking(like string, do func(l *life, is []string)) lifeWord {
	w := word(like, do)
	w.looks = true
	return w
}

// lifeWords are what happens in a life, and what is looked at.
var lifeWords = []lifeWord{
	word(`(\w+) (\w+), (girl|boy), is born on (.+)`, func(l *life, is []string) { l.isBorn(is) }),
	word(`(\w+) (\w+), (girl|boy), was born on (.+), and moves in`, func(l *life, is []string) {
		l.isBorn(is)
		l.patient = l.id
		l.s.put(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"gender":%q,"name":[{"given":[%q],"family":%q}],"birthDate":%q,"identifier":[{"system":%q,"value":%q}]}`, l.id, l.sex, l.given, l.family, l.born.Format(time.DateOnly), fhir.NHSNumberSystem, l.number))
	}),
	word(`at (.+)`, func(l *life, is []string) { l.grows(is[0]) }),

	word(`arrives the birth: (\d+) g, (\d+) weeks`, func(l *life, is []string) { l.arrives(l.birth(is[0], is[1])); l.known() }),
	word(`arrives the (first|second) examination: hips (.+)`, func(l *life, is []string) {
		l.arrives(l.nipe(map[string]string{"first": "006", "second": "009"}[is[0]], is[1]))
	}),
	word(`arrives the hearing test: both ears clear`, func(l *life, _ []string) { l.arrives(l.hearing()) }),
	word(`arrives the blood spot test: nothing suspected`, func(l *life, _ []string) { l.arrives(l.bloodSpot()) }),
	word(`arrives the contact: ""`, func(l *life, is []string) { l.arrives(l.professional(is[0])) }),
	word(`arrives a change of address: "" ""`, func(l *life, is []string) { l.arrives(l.moves(is[0], is[1])) }),
	word(`arrives a (new|changed|deleted) vaccination of today: (\S+), batch (\S+)`, func(l *life, is []string) {
		l.arrives(l.dose(map[string]string{"new": "new", "changed": "update", "deleted": "delete"}[is[0]], is[1], l.today(), is[2]))
	}),

	word(theStaff+` begins to look after the child`, func(l *life, is []string) { l.team(is[0], "active") }),
	word(theStaff+` looks after the child no longer`, func(l *life, is []string) { l.team(is[0], "inactive") }),
	word(theParents+` is "", and acts for the child`, func(l *life, is []string) { l.parent(is[0], is[1]) }),
	word(theParents+`'s right is confirmed`, func(l *life, is []string) { l.confirm(is[0]) }),
	word(theParents+`'s right is stopped to keep the child safe: ""`, func(l *life, is []string) {
		a := l.who(is[0])
		a.must(l.s.cfg.Mandates.Suspend(l.t.Context(), surgery, a.right, true, is[1]))
	}),
	word(`the child has an account`, func(l *life, _ []string) {
		p := l.s.proven(l.given+" "+l.family, "", "")
		p.must(l.s.cfg.Accounts.SetRecord(l.t.Context(), p.account(), "Patient/"+l.patient))
		l.people["the child"] = &actor{person: p, role: "child", name: "the child", back: true}
	}),
	word(`the court keeps the address "" apart`, func(l *life, is []string) { l.courtKeeps(is[0]) }),
	word(`the child lets the parent look`, func(l *life, _ []string) { l.letsIn() }),

	word(theParents+` adds (weight|length|height|head) (.+)`, func(l *life, is []string) {
		l.who(is[0]).addsGrowth("what", is[1], "value", is[2], "key", l.key()).to("/family/record/child/growth?of=" + map[string]string{"weight": "weight", "length": "height", "height": "height", "head": "head"}[is[1]])
	}),
	word(theParents+` writes: ""`, func(l *life, is []string) {
		l.who(is[0]).send(familyRecordAt+"/child/notes", "note", is[1], "key", l.key()).to(familyRecordAt + "/child/notes")
	}),
	word(theParents+` adds the first word ""`, func(l *life, is []string) {
		l.who(is[0]).uploads(familyRecordAt+"/child/milestones/add", nil, "which", "word", "said", is[1], "key", l.key()).to(familyRecordAt + "/child/milestones")
	}),
	word(theParents+` adds a bottle of (\d+) ml`, func(l *life, is []string) {
		l.who(is[0]).send(familyRecordAt+"/child/diary", "what", "bottle", "millis", is[1], "key", l.key()).to(familyRecordAt + "/child/diary")
	}),
	word(theStaff+` writes: ""`, func(l *life, is []string) {
		at := l.where(l.people[is[0]], "the notes")
		l.who(is[0]).send(at, "note", is[1], "key", l.key()).to(at)
	}),
	word(theStaff+` measures (weight|length|height|head) (.+)`, func(l *life, is []string) {
		l.saved(l.who(is[0]).send(l.where(l.people[is[0]], "the first page")+"/add/measurement", "which", is[1], "value", is[2], "key", l.key(), "step", "save"))
	}),
	word(theStaff+` writes the review ([a-z-]+): found "", agreed ""`, func(l *life, is []string) {
		l.writes(is[0], "review", "contact", is[1], "place", "HH", "found", is[2], "agreed", is[3])
	}),
	word(theStaff+` writes the review ([a-z-]+) with scores ([0-9 ]+): found "", agreed ""`, func(l *life, is []string) {
		fields := []string{"contact", is[1], "place", "HH", "found", is[3], "agreed", is[4]}
		for i, score := range strings.Fields(is[2]) {
			d := []string{"communication", "gross-motor", "fine-motor", "problem-solving", "personal-social"}[i]
			fields = append(fields, d, score, d+"-outcome", "above")
		}
		l.writes(is[0], "review", fields...)
	}),
	word(theStaff+` writes of the birth: vitamin K by injection`, func(l *life, is []string) { l.writes(is[0], "birth", "vitamin-k", "injection") }),
	word(theStaff+` keeps a safeguarding note: ""`, func(l *life, is []string) {
		at := l.where(l.people[is[0]], "safeguarding")
		l.who(is[0]).send(at+"/write", "note", is[1], "key", l.key(), "step", "save").to(at)
	}),
	word(theStaff+` keeps the address from the family: ""`, func(l *life, is []string) {
		at := l.where(l.people[is[0]], "safeguarding")
		l.who(is[0]).send(at+"/address", "why", is[1]).to(at)
	}),
	word(theStaff+` gives (\S+) at (school|surgery), batch (\S+)`, func(l *life, is []string) {
		l.vaccinates(is[0], "vaccine", is[1], "batch", is[3], "place", is[2], "consent", "parent", "how", "paper")
	}),
	word(theStaff+` records that (\S+) was refused at (school|surgery)`, func(l *life, is []string) {
		l.vaccinates(is[0], "vaccine", is[1], "reason", "refused", "place", is[2], "consent", "parent", "how", "paper")
	}),

	looking(`as `+anybody+`: (.+) (shows|does not show) (".+")`, func(l *life, is []string) {
		var texts []string
		for _, m := range quoted.FindAllStringSubmatch(is[3], -1) {
			texts = append(texts, m[1])
		}
		l.says(is[0], is[1], is[2], texts)
	}),
	looking(`as `+anybody+`: (every page|no page) opens`, func(l *life, is []string) { l.walk(is[0], is[1] == "every page") }),
	looking(`from now on `+anybody+` never reads (".+")`, func(l *life, is []string) {
		for _, m := range quoted.FindAllStringSubmatch(is[1], -1) {
			l.people[is[0]].never = append(l.people[is[0]].never, m[1])
		}
	}),
}

// isBorn says who the child is. The number is one of the test range.
func (l *life) isBorn(is []string) {
	l.t.Helper()
	born, err := time.Parse("2 January 2006", is[3])
	if err != nil {
		l.t.Fatal(l.at, err)
	}
	nine := "999000" + fmt.Sprint(800+len(is[0])*7+len(is[1]))
	digit, ok := fhir.NHSCheckDigit(nine)
	if !ok {
		l.t.Fatalf("%s: %s has no check digit", l.at, nine)
	}
	l.id, l.given, l.family, l.born, l.number = strings.ToLower(is[0]), is[0], is[1], born, nine+string(digit)
	l.sex = map[string]string{"girl": "female", "boy": "male"}[is[2]]
}

// team has staff look after the child, or no longer.
func (l *life) team(name, status string) {
	l.s.put(fmt.Sprintf(`{"resourceType":"CareTeam","id":"%s-%s","status":%q,"subject":{"reference":"Patient/%s"},"participant":[{"member":{"reference":"Organization/%s"}}]}`, l.id, strings.ReplaceAll(name, " ", "-"), status, l.patient, l.teams[name]))
}

func (l *life) parent(name, called string) {
	p := l.s.proven(called, "", "")
	l.people[name] = &actor{person: p, role: "parent", name: name, back: true, right: p.parentOf(l.patient).ID}
}

// confirm gives the right of a parent anew, as staff do who looked at it again.
func (l *life) confirm(name string) {
	a := l.who(name)
	a.must(l.s.cfg.Mandates.EndAsStaff(l.t.Context(), surgery, a.right, mandate.Changed, "It is looked at again and given anew."))
	a.right = a.parentOf(l.patient).ID
}

// courtKeeps has a part of the record kept apart by the order of a court.
func (l *life) courtKeeps(address string) {
	l.s.put(fmt.Sprintf(`{"resourceType":"Observation","id":"%s-home","meta":{"security":[{"system":"`+label.Ours+`","code":"court-order"}]},"status":"final","code":{"text":"Where the child lives"},"subject":{"reference":"Patient/%s"},"effectiveDateTime":%q,"valueString":%q}`, l.id, l.patient, l.today(), address))
}

// letsIn has the child invite the parent, who then acts by the child's yes.
func (l *life) letsIn() {
	child, parent := l.who("the child"), l.people["the parent"]
	parent.right = ""
	l.who("the parent")
	code := child.send("/family/invite", "name", "Mum", "kind", "parent", "may", "look").find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)
	parent.send("/family/code", "code", code).to("/family")
	parent.right = parent.get("/family").find(`name="right" value="([a-z0-9]+)"`)
}

// writes sends a form of the book as staff.
func (l *life) writes(name, form string, fields ...string) {
	l.t.Helper()
	l.saved(l.who(name).send(l.where(l.people[name], "the red book")+"/write/"+form, append([]string{"key", l.key(), "step", "save"}, fields...)...))
}

func (l *life) vaccinates(name string, fields ...string) {
	l.t.Helper()
	l.saved(l.who(name).send(l.where(l.people[name], "the first page")+"/add/vaccination", append([]string{"key", l.key(), "step", "save"}, fields...)...))
}

// saved says that a form was taken.
func (l *life) saved(a answer) {
	l.t.Helper()
	if a.Code != http.StatusSeeOther {
		l.t.Fatalf("%s: it answers %d: %s", l.at, a.Code, a.text())
	}
}
