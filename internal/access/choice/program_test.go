package choice_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/problem"
)

// consents reads lines in the form of the cases in testdata.
func consents(t testing.TB, w choice.World, lines ...string) []*choice.Consent {
	t.Helper()
	var cs []*choice.Consent
	for n, l := range lines {
		typ, rest, _ := strings.Cut(l, " ")
		p := object{"type": typ}
		rest, child, nested := strings.Cut(rest, " > ")
		provision(nil, p, rest)
		if nested {
			typ, rest, _ = strings.Cut(child, " ")
			k := object{"type": typ}
			provision(nil, k, rest)
			p["provision"] = []any{k}
		}
		tree, err := fhir.Parse(text(privacy("c"+strconv.Itoa(n+1), p)), fhir.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		c, err := w.Read(tree)
		if err != nil {
			t.Fatal(err)
		}
		cs = append(cs, c)
	}
	return cs
}

func compile(t testing.TB, w choice.World, lines ...string) *choice.Program {
	t.Helper()
	p, err := w.Compile(consents(t, w, lines...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var doctor = choice.Viewer{Refs: []string{"Practitioner/1", "Organization/3"}, Purpose: []string{"TREAT"}, Action: "access",
	Now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}

// Attack 65: a newer, broad permit must not beat an older, specific deny,
// whichever comes first and whatever their dates and versions say.
func TestAttack65ANewBroadPermitDoesNotBeatAnOldDeny(t *testing.T) {
	psy := choice.Item{Type: "Observation", ID: "1", Security: []choice.Coding{{System: actCode, Code: "PSY"}}}
	for _, order := range [][]string{{"deny label=PSY", "permit"}, {"permit", "deny label=PSY"}} {
		cs := consents(t, choice.World{}, order...)
		for n, c := range cs { // the permit is always the newer one
			if order[n] == "permit" {
				cs[n] = c.At("new", 99)
			} else {
				cs[n] = c.At("old", 1)
			}
		}
		p, err := choice.Compile(cs)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []choice.Verdict{choice.Decide(cs, &doctor, &psy), p.Verdict(&doctor, p.Class(&psy))} {
			if !v.Decided || v.Permit || v.Consent != "old" {
				t.Errorf("%v: %+v", order, v)
			}
		}
	}
}

// Attack 70: consents that begin and end at the edge of a clock or of a zone.
func TestAttack70PeriodsEndAtTheEdgeOfTheClock(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, line, inside, outside string
		zone                        *time.Location
	}{
		{"a day ends with it", "permit period=..2026-06-30", "2026-06-30T23:59:59Z", "2026-07-01T00:00:00Z", time.UTC},
		{"and in summer an hour before", "permit period=..2026-06-30", "2026-06-30T22:59:59Z", "2026-06-30T23:00:00Z", zone},
		{"a day begins", "deny period=2026-06-30..", "2026-06-30T00:00:00Z", "2026-06-29T23:59:59Z", time.UTC},
		{"and in summer an hour before", "deny period=2026-06-30..", "2026-06-29T23:00:00Z", "2026-06-29T22:59:59Z", zone},
		{"a month holds for its last day", "permit period=2026-02..2026-02", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", time.UTC},
		{"a year for all of it", "permit period=2025..2025", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", time.UTC},
		{"a moment with a zone does not move", "permit period=..2026-06-30T23:59:59+01:00", "2026-06-30T22:59:59Z", "2026-06-30T23:00:00Z", zone},
		{"nor elsewhere", "permit period=..2026-06-30T23:59:59+01:00", "2026-06-30T22:59:59Z", "2026-06-30T23:00:00Z", time.FixedZone("", -12*3600)},
		{"the day on which the clocks go forward", "permit period=2026-03-29..2026-03-29", "2026-03-29T22:59:59Z", "2026-03-29T23:00:00Z", zone},
		{"the day on which they go back", "permit period=2026-10-25..2026-10-25", "2026-10-25T23:59:59Z", "2026-10-26T00:00:00Z", zone},
		{"a moment is a second", "permit period=2026-06-30T12:00:00Z..2026-06-30T12:00:00Z", "2026-06-30T12:00:00Z", "2026-06-30T12:00:01Z", time.UTC},
	} {
		cs := consents(t, choice.World{}, c.line)
		p, err := choice.Compile(cs)
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]bool{c.inside: true, c.outside: false} {
			v := doctor
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			v.Now = at.In(c.zone)
			if got := p.Verdict(&v, "").Decided; got != want || cs[0].Active(v.Now) != want {
				t.Errorf("%s: at %s it holds: %v", c.name, text, got)
			}
		}
	}
}

func TestTheNextChange(t *testing.T) {
	p := compile(t, choice.World{}, "permit period=2020..2026-06-30 > deny period=2026-05-10..", "deny period=2027..", "permit")
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, want := range []string{"2026-05-10T00:00:00Z", "2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z", "0001-01-01T00:00:00Z"} {
		if now = p.NextChange(now); now.Format(time.RFC3339) != want {
			t.Fatalf("the next change is %v, want %s", now, want)
		}
	}
	london, _ := time.LoadLocation("Europe/London")
	if got := p.NextChange(time.Date(2026, 5, 11, 0, 0, 0, 0, london)); got.UTC().Format(time.RFC3339) != "2026-06-30T23:00:00Z" {
		t.Errorf("in summer it is %v", got)
	}
	if !(*choice.Program)(nil).NextChange(now).IsZero() {
		t.Error("nothing changes")
	}
}

// A class is that of certain conditions. It lives through changes of what is
// asked of viewers, and no other program takes it.
func TestAClassBelongsToItsConditions(t *testing.T) {
	i := choice.Item{Type: "Observation", ID: "1", Codes: []choice.Coding{{System: "s", Code: "1"}}}
	first := compile(t, choice.World{}, "deny code=s|1", "permit class=Observation")
	class := first.Class(&i)
	for _, same := range []*choice.Program{
		compile(t, choice.World{}, "permit class=Observation", "deny code=s|1"),
		compile(t, choice.World{}, "deny code=s|1", "permit class=Observation", "deny actor=Organization/9", "deny code=s|1 purpose=HMARKT"),
	} {
		if same.Class(&i) != class {
			t.Errorf("class %q, want %q", same.Class(&i), class)
		}
		if v := same.Verdict(&doctor, class); v.Permit || v.Path != "Consent.provision" {
			t.Errorf("%+v", v)
		}
	}
	for _, other := range []*choice.Program{
		nil,
		compile(t, choice.World{}, "permit code=s|1", "deny class=Observation"),
		compile(t, choice.World{}, "permit code=s|2", "permit class=Observation"),
		compile(t, choice.World{Zone: time.FixedZone("x", 3600)}, "deny code=s|1", "permit class=Observation"),
	} {
		v := other.Verdict(&doctor, class)
		if !v.Decided || v.Permit {
			t.Errorf("a foreign class gets %+v", v)
		}
		for _, s := range other.Explain(&doctor, class) {
			if s.Why != choice.Unreadable || s.Permit {
				t.Errorf("a foreign class is explained by %+v", s)
			}
		}
	}
	for _, broken := range []choice.Class{"", "-", class[:len(class)-1], class + "A", "!!!"} {
		if v := first.Verdict(&doctor, broken); !v.Decided || v.Permit {
			t.Errorf("class %q gets %+v", broken, v)
		}
	}
	if c := first.Class(nil); first.Verdict(&doctor, c).Permit {
		t.Error("nothing is permitted")
	}
	for _, v := range []choice.Verdict{first.Verdict(nil, class), (*choice.View)(nil).Verdict(class), first.View(&doctor).Verdict("-"), (*choice.Program)(nil).View(&doctor).Verdict(class)} {
		if !v.Decided || v.Permit {
			t.Errorf("nobody is permitted: %+v", v)
		}
	}
	for _, s := range first.Explain(nil, class) {
		if s.Why != choice.Unreadable {
			t.Errorf("nobody is told %+v", s)
		}
	}
	if len(class) > 16 || strings.ContainsAny(string(class), "\x00 \n") {
		t.Errorf("class %q is no short text", class)
	}
}

// Without conditions, and without consents, the class says nothing.
func TestAProgramWithoutConditions(t *testing.T) {
	empty, err := choice.Compile(nil)
	if err != nil || empty.Class(&choice.Item{Type: "Observation"}) != "" || empty.Verdict(&doctor, "") != (choice.Verdict{}) {
		t.Errorf("no consents: %v", err)
	}
	p := compile(t, choice.World{}, "deny actor=Organization/3")
	if c := p.Class(&choice.Item{Type: "Observation"}); c != "" {
		t.Errorf("class %q", c)
	}
	if v := p.Verdict(&doctor, "whatever it was before"); !v.Decided || v.Permit {
		t.Errorf("%+v", v)
	}
}

func TestRelatedResourcesAreWatched(t *testing.T) {
	linked := []string{"Condition/2"}
	w := choice.World{Refers: func(ref string) []string {
		if ref == "Encounter/1" {
			return linked
		}
		return nil
	}}
	lines := []string{"deny data=related:Encounter/1", "permit data=related:Task/1,dependents:Encounter/5,instance:Goal/1"}
	p := compile(t, w, lines...)
	if got := p.Watches(); !slices.Equal(got, []string{"Encounter/1", "Task/1"}) {
		t.Errorf("watches %v", got)
	}
	if (*choice.Program)(nil).Watches() != nil {
		t.Error("nothing is watched")
	}
	i := choice.Item{Type: "Condition", ID: "2"}
	before := p.Class(&i)
	if v := p.Verdict(&doctor, before); !v.Decided || v.Permit {
		t.Errorf("a condition of the encounter gets %+v", v)
	}
	linked = nil // the encounter was changed: what was worked out before counts no more
	after := compile(t, w, lines...)
	if v := after.Verdict(&doctor, before); !v.Decided || v.Permit || v.Consent != "" {
		t.Errorf("an old class gets %+v", v)
	}
	if v := after.Verdict(&doctor, after.Class(&i)); v.Decided {
		t.Errorf("it is not related any more, and gets %+v", v)
	}
}

func TestBoundsOfAPerson(t *testing.T) {
	two := consents(t, choice.World{}, "permit", "deny code=s|1")
	many := func(c *choice.Consent, n int) []*choice.Consent { return slices.Repeat([]*choice.Consent{c}, n) }
	if _, err := choice.Compile(many(two[0], choice.MaxActive)); err != nil {
		t.Errorf("%d: %v", choice.MaxActive, err)
	}
	if p, err := choice.Compile(many(two[0], choice.MaxActive+1)); problem.KindOf(err) != problem.Unprocessable || p != nil {
		t.Errorf("%d: %v", choice.MaxActive+1, err)
	}
	ended, err := read(t, strings.Replace(plain, `"active"`, `"inactive"`, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := choice.Compile(many(ended, 1000)); err != nil {
		t.Errorf("choices that were ended count: %v", err)
	}
	other, err := read(t, plain)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := choice.Compile([]*choice.Consent{two[0], other}); err == nil || p != nil {
		t.Error("choices of two people were joined")
	}
	if p, err := choice.Compile([]*choice.Consent{nil}); err == nil || p != nil {
		t.Error("a choice that could not be had was left out")
	}
	if v := choice.Decide([]*choice.Consent{nil}, &doctor, &choice.Item{}); !v.Decided || v.Permit {
		t.Errorf("a choice that could not be had gives %+v", v)
	}
	var wide []string
	for i := range 80 {
		wide = append(wide, "deny code="+strings.TrimSuffix(strings.Repeat("s|"+strconv.Itoa(i)+",", 250), ","))
	}
	if p, err := choice.Compile(consents(t, choice.World{}, wide...)); err == nil || p != nil {
		t.Error("20,000 values were taken in")
	}
}

func TestExplainSaysWhy(t *testing.T) {
	p := compile(t, choice.World{}, "permit purpose=TREAT > deny label=R", "deny actor=Organization/9", "deny purpose=HMARKT", "deny action=correct",
		"deny period=2030..", "deny class=Goal", "permit label=R")
	i := choice.Item{Type: "Observation", ID: "1", Security: []choice.Coding{{System: confidentiality, Code: "R"}}}
	steps := p.Explain(&doctor, p.Class(&i))
	want := []choice.Reason{choice.Applies, choice.OtherActor, choice.OtherPurpose, choice.OtherAction, choice.OutsidePeriod, choice.OtherData, choice.Applies}
	for n, s := range steps {
		if s.Why != want[n] || s.Consent != "c"+strconv.Itoa(n+1) || s.Version != 3 {
			t.Errorf("%+v, want %v", s, want[n])
		}
		if s.Why != choice.Applies && (s.Permit || s.Matched != nil || s.Path != "Consent.provision") {
			t.Errorf("%+v", s)
		}
	}
	if s := steps[0]; s.Permit || s.Path != "Consent.provision.provision[0]" || !slices.Equal(s.Matched, []string{"Consent.provision", "Consent.provision.provision[0]"}) {
		t.Errorf("%+v", s)
	}
	if s := steps[6]; !s.Permit || s.Path != "Consent.provision" {
		t.Errorf("%+v", s)
	}
	if choice.OtherData.String() != "about other data" || choice.Reason(99).String() != "could not be evaluated" {
		t.Error("a reason has no words")
	}
}
