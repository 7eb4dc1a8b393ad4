package access

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/problem"
	"pgregory.net/rapid"
)

func TestDecide(t *testing.T) {
	op := Operator("token:1")
	reader, bound := op, op
	reader.Bound = AllTypes(Looking)
	bound.Bound = OneType("Patient", Read)
	unbound := op
	unbound.Bound = Rights{}
	acting := op
	acting.For = 7
	program := Who{Actor: "client:lab", Kind: Client, Role: RoleProgram, App: "lab", Grant: "g", Bound: AllTypes(AllVerbs)}
	laboratory, ungranted, human := program, program, program
	laboratory.Bound = OneTypeWhere("Observation", Looking, "category=laboratory")
	ungranted.Grant = ""
	human.Kind = Person
	self := Who{Actor: "account:1", Kind: Person, Role: RoleSelf, App: "app", Grant: "g", For: 7, Patient: "p", Bound: AllTypes(AllVerbs)}
	nurse := Who{Actor: "account:2", Kind: Person, Role: RoleProfessional, Organisation: "org", For: 7, Patient: "p", Bound: AllTypes(AllVerbs)}
	unlinked, choosing, freelance, sleepwalker, narrow := self, nurse, nurse, self, self
	unlinked.For, choosing.For, freelance.Organisation, sleepwalker.Kind = 0, 0, "", Work
	narrow.Bound = OneType("Observation", Read)
	endless, undeclared := declared(nurse), declared(nurse)
	endless.Until, undeclared.Mandate = 0, ""
	for _, c := range []struct {
		name  string
		facts Facts
		rule  string
		may   string // "verb Type" that must be allowed
		not   string // "verb Type" that must not be
	}{
		{"nobody", Facts{}, "nobody", "", "read Patient"},
		{"no actor id", Facts{Operator(""), Operations, Population()}, "nobody", "", "read Patient"},
		{"no kind", Facts{Who{Actor: "x", Role: RoleOperator, Bound: AllTypes(AllVerbs)}, Operations, Population()}, "nobody", "", "read Patient"},
		{"no purpose", Facts{op, Unstated, Population()}, "no-purpose", "", "read Patient"},
		{"no subject", Facts{op, Operations, About{}}, "no-subject", "", "read Patient"},
		{"an operator runs the service", Facts{op, Operations, Population()}, "operator-operations", "delete Patient", ""},
		{"an operator loads", Facts{op, Import, Population()}, "operator-import", "create Patient", "follow Patient"},
		{"an operator exports", Facts{op, Export, Population()}, "operator-export", "search Patient", "update Patient"},
		{"an operator is not a clinician", Facts{op, Care, Subject(5)}, "no-rule", "", "read Patient"},
		{"nor a researcher", Facts{op, Research, Population()}, "no-rule", "", "read Patient"},
		{"nor an emergency", Facts{op, Emergency, Subject(5)}, "no-rule", "", "read Patient"},
		{"nor one that they say they declared", Facts{declared(op), Emergency, Subject(7)}, "no-rule", "", "read Patient"},
		{"an emergency", Facts{declared(nurse), Emergency, Subject(7)}, "professional-emergency", "search Condition", "update Condition"},
		{"an emergency is for looking", Facts{declared(nurse), Emergency, Subject(7)}, "professional-emergency", "read AuditEvent", "create Observation"},
		{"an emergency is about one person", Facts{declared(nurse), Emergency, Population()}, "professional-emergency", "read Patient", "follow Patient"},
		{"attack 68: a purpose by itself", Facts{nurse, Emergency, Subject(7)}, "no-emergency", "", "read Patient"},
		{"attack 71: an emergency for a second person", Facts{declared(nurse), Emergency, Subject(8)}, "outside-bound", "", "read Patient"},
		{"an emergency about nobody", Facts{declared(choosing), Emergency, Subject(7)}, "no-emergency", "", "read Patient"},
		{"an emergency without an end", Facts{endless, Emergency, Subject(7)}, "no-emergency", "", "read Patient"},
		{"an emergency that nobody declared", Facts{undeclared, Emergency, Subject(7)}, "no-emergency", "", "read Patient"},
		{"an emergency of a person with their own record", Facts{declared(self), Emergency, Subject(7)}, "no-rule", "", "read Patient"},
		{"a token that only reads", Facts{reader, Operations, Population()}, "operator-operations", "read Patient", "create Patient"},
		{"a token for one type", Facts{bound, Operations, Population()}, "operator-operations", "read Patient", "read Observation"},
		{"a token for one type, wrong verb", Facts{bound, Operations, Population()}, "operator-operations", "read Patient", "search Patient"},
		{"a token without rights", Facts{unbound, Operations, Population()}, "outside-bound", "", "read Patient"},
		{"acting for 7, about 7", Facts{acting, Operations, Subject(7)}, "operator-operations", "read Patient", ""},
		{"acting for 7, about 8", Facts{acting, Operations, Subject(8)}, "outside-bound", "", "read Patient"},
		{"a job of an operator", Facts{Job("load", op), Import, Population()}, "operator-import", "create Patient", ""},
		{"a job of nobody", Facts{Job("load", Who{}), Import, Population()}, "nobody", "", "create Patient"},
		{"a program works", Facts{program, Operations, Population()}, "program-operations", "update Patient", "follow Patient"},
		{"a program takes data out", Facts{program, Export, Population()}, "program-export", "search Patient", "update Patient"},
		{"a job of a program", Facts{Job("export", program), Export, Population()}, "program-export", "search Patient", "follow Patient"},
		{"a program brings nothing in by file", Facts{program, Import, Population()}, "no-rule", "", "create Patient"},
		{"a program gives no care", Facts{program, Care, Subject(5)}, "no-rule", "", "read Patient"},
		{"a program that may see some", Facts{laboratory, Operations, Population()}, "program-operations", "", "read Observation"},
		{"a program without a permission", Facts{ungranted, Operations, Population()}, "outside-bound", "", "read Patient"},
		{"a person is no program", Facts{human, Operations, Population()}, "outside-bound", "", "read Patient"},
		{"a person with no record", Facts{unlinked, Own, Subject(7)}, "no-record", "", "read Patient"},
		{"a person with no record, about everybody", Facts{unlinked, Own, Population()}, "no-record", "", "read Patient"},
		{"one's own record", Facts{self, Own, Subject(7)}, "self-own", "update Observation", "delete Observation"},
		{"one's own record, by everybody's", Facts{self, Own, Population()}, "self-own", "type-history Observation", "follow Observation"},
		{"one's own record says who one is", Facts{self, Own, Subject(7)}, "self-own", "read Patient", "update Patient"},
		{"and who may do what", Facts{self, Own, Subject(7)}, "self-own", "read Consent", "create Consent"},
		{"and what was done", Facts{self, Own, Subject(7)}, "self-own", "search AuditEvent", "create AuditEvent"},
		{"somebody else's record", Facts{self, Own, Subject(8)}, "outside-bound", "", "read Patient"},
		{"attack 14: all of user/ is one's own", Facts{self, Operations, Population()}, "no-rule", "", "read Patient"},
		{"one's own record, by the ton", Facts{self, Export, Population()}, "no-rule", "", "search Patient"},
		{"one's own record for care", Facts{self, Care, Subject(7)}, "no-rule", "", "read Patient"},
		{"one's own record, within what the app may", Facts{narrow, Own, Subject(7)}, "self-own", "read Observation", "read Patient"},
		{"work for a person", Facts{sleepwalker, Own, Subject(7)}, "outside-bound", "", "read Patient"},
		{"care", Facts{nurse, Care, Subject(7)}, "professional-care", "update Patient", "delete Patient"},
		{"care without an organisation", Facts{freelance, Care, Subject(7)}, "no-organisation", "", "read Patient"},
		{"care for somebody else", Facts{nurse, Care, Subject(8)}, "outside-bound", "", "read Patient"},
		{"care does not change consent", Facts{nurse, Care, Subject(7)}, "professional-care", "read Consent", "update Consent"},
		{"nobody in context", Facts{choosing, Care, Population()}, "professional-finding", "search Patient", "search Observation"},
		{"nobody in context, asked about one", Facts{choosing, Care, Subject(7)}, "professional-finding", "read Patient", "read Observation"},
		{"nobody in context, what is about nobody", Facts{choosing, Care, Population()}, "professional-finding", "read Practitioner", "update Practitioner"},
		{"a professional is no operator", Facts{nurse, Operations, Population()}, "no-rule", "", "read Patient"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, d := Decide(c.facts)
			if d.Rule != c.rule || d.Version != RulesVersion || d.Reason == "" {
				t.Errorf("decision is %+v, want rule %s", d, c.rule)
			}
			if d.Granted == s.Empty() || (d.Err() == nil) != d.Granted {
				t.Errorf("granted %v, scope %v, error %v", d.Granted, s, d.Err())
			}
			if v, typ := parse(t, c.may); v != 0 && !s.Allows(v, typ) {
				t.Errorf("%s is not allowed by %v", c.may, s)
			}
			if v, typ := parse(t, c.not); v != 0 && s.Allows(v, typ) {
				t.Errorf("%s is allowed by %v", c.not, s)
			}
		})
	}
}

// declared is somebody who declared an emergency.
func declared(w Who) Who {
	w.Mandate, w.Until = "emergency:1", 1_790_001_800_000
	return w
}

func TestARefusalHasTheRightKind(t *testing.T) {
	_, d := Decide(Facts{})
	if k := problem.KindOf(d.Err()); k != problem.Unauthorized {
		t.Errorf("nobody gets %v", k)
	}
	_, d = Decide(Facts{Operator("a"), Care, Population()})
	if k := problem.KindOf(d.Err()); k != problem.Forbidden {
		t.Errorf("a care session of an operator gets %v", k)
	}
}

func TestOnePersonStaysOnePerson(t *testing.T) {
	s, _ := Decide(Facts{Operator("a"), Operations, Subject(42)})
	if p, one := s.Person(); p != 42 || !one {
		t.Errorf("a session about person 42 is about %v", s)
	}
	if !s.Narrow(AllTypes(AllVerbs), Subject(43), EveryCategory).Empty() {
		t.Error("a scope about 42 was narrowed to 43")
	}
	if got := s.Narrow(AllTypes(AllVerbs), Population(), EveryCategory); got != s {
		t.Errorf("narrowing to everybody changed %v to %v", s, got)
	}
	s, _ = Decide(Facts{Operator("a"), Operations, Population()})
	if _, one := s.Person(); one {
		t.Error("a session about everybody is about one person")
	}
	if _, one := (Scope{}).Person(); one {
		t.Error("an empty scope is about a person")
	}
}

// Whatever the facts: nothing is granted without a rule that names the role
// and the purpose, never more than the bound, never about another person.
func TestNothingIsGrantedWithoutARule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Facts{
			Who: Who{
				Actor:        rapid.SampledFrom([]string{"", "a"}).Draw(t, "actor"),
				Kind:         Kind(rapid.IntRange(0, 4).Draw(t, "kind")),
				Role:         Role(rapid.IntRange(0, 8).Draw(t, "role")),
				App:          rapid.SampledFrom([]string{"", "app"}).Draw(t, "app"),
				Grant:        rapid.SampledFrom([]string{"", "grant"}).Draw(t, "grant"),
				Organisation: rapid.SampledFrom([]string{"", "org"}).Draw(t, "organisation"),
				Mandate:      rapid.SampledFrom([]string{"", "mandate"}).Draw(t, "mandate"),
				Shown:        rapid.SampledFrom([]uint64{0, 1 << 3, EveryCategory}).Draw(t, "shown"),
				For:          rapid.Int64Range(0, 3).Draw(t, "for"),
				Until:        rapid.Int64Range(0, 1).Draw(t, "until"),
				Bound:        drawRights(t),
			},
			Purpose: Purpose(rapid.IntRange(0, 10).Draw(t, "purpose")),
			About:   rapid.SampledFrom([]About{{}, Subject(1), Subject(2), Population()}).Draw(t, "about"),
		}
		s, d := Decide(f)
		operator := f.Who.Role == RoleOperator && (f.Purpose == Operations || f.Purpose == Import || f.Purpose == Export)
		program := f.Who.Role == RoleProgram && (f.Who.Kind == Client || f.Who.Kind == Work) && f.Who.App != "" && f.Who.Grant != "" &&
			(f.Purpose == Operations || f.Purpose == Export)
		proxy := f.Who.Role == RoleProxy && f.Who.Kind == Person && f.Who.For != 0 && f.Who.Mandate != "" && f.Purpose == Proxy
		self := f.Who.Role == RoleSelf && f.Who.Kind == Person && f.Who.For != 0 && f.Purpose == Own
		carer := f.Who.Role == RoleProfessional && f.Who.Kind == Person && f.Who.Organisation != "" && f.Purpose == Care
		rescuer := f.Who.Role == RoleProfessional && f.Who.Kind == Person && f.Who.Organisation != "" && f.Purpose == Emergency &&
			f.Who.Mandate != "" && f.Who.Until != 0 && f.Who.For != 0
		ruled := f.Who.Actor != "" && f.Who.Kind != NoKind && (operator || program || self || proxy || carer || rescuer)
		if !ruled && (!s.Empty() || s != Scope{}) {
			t.Fatalf("%+v grants %v", f, s)
		}
		if s.Empty() == d.Granted {
			t.Fatalf("scope %v, decision %+v", s, d)
		}
		if proxy && s.Mask()&Sensitive&^f.Who.Shown != 0 {
			t.Fatalf("%+v sees what is sensitive: %v", f, s)
		}
		if (self || proxy || carer || rescuer) && !s.Empty() {
			if s.Mask()&SeveralPeople != 0 || !s.Shared() {
				t.Fatalf("%+v gives %v to a person", f, s)
			}
			for _, v := range []Verb{Delete, Follow} {
				if names, all := s.Types(v); all || len(names) > 0 {
					t.Fatalf("%+v lets a person %v", f, v)
				}
			}
		}
		if names, all := s.Types(Create); rescuer && (all || len(names) > 0) {
			t.Fatalf("an emergency lets somebody write: %v", s)
		}
		if carer && f.Who.For == 0 {
			if names, all := s.Types(Create | Update); all || len(names) > 0 || s.Allows(Read, "Goal") {
				t.Fatalf("a professional with nobody in context gets %v", s)
			}
		}
		for _, typ := range []string{"Patient", "Goal", "Task"} {
			for v := Verb(1); v < AllVerbs; v <<= 1 {
				if s.Allows(v, typ) && !f.Who.Bound.Allows(v, typ) {
					t.Fatalf("%v on %s is granted beyond the bound %v", v, typ, f.Who.Bound)
				}
			}
		}
		if p, one := s.Person(); f.Who.For != 0 && !s.Empty() && (!one || p != f.Who.For) {
			t.Fatalf("acting for %d gives %v", f.Who.For, s)
		}
	})
}

// Rights against the plain twin: a function from type to verbs.
func TestRightsAgreeWithAPlainTable(t *testing.T) {
	types := []string{"Goal", "Patient", "Task", "Zebra"}
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawRights(t), drawRights(t)
		for _, typ := range types {
			for v := Verb(1); v <= AllVerbs; v <<= 1 {
				names, all := a.Types(v)
				_, some := a.Where(v, typ)
				if listed := all || strings.Contains(" "+strings.Join(names, " ")+" ", " "+typ+" "); listed != some {
					t.Fatalf("Types(%v) of %v lists %v %v", v, a, names, all)
				}
			}
		}
		if a.And(b) != b.And(a) || a.Or(b) != b.Or(a) || a.And(a) != a || a.Or(a) != a {
			t.Fatalf("the same rights have two forms: %v, %v", a, b)
		}
		for _, typ := range types {
			for row := range 8 {
				for v := Verb(1); v <= AllVerbs; v <<= 1 {
					if got, want := on(a.And(b), v, typ, row), on(a, v, typ, row) && on(b, v, typ, row); got != want {
						t.Fatalf("(%v) and (%v): %v %s %03b is %v", a, b, v, typ, row, got)
					}
					if got, want := on(a.Or(b), v, typ, row), on(a, v, typ, row) || on(b, v, typ, row); got != want {
						t.Fatalf("(%v) or (%v): %v %s %03b is %v", a, b, v, typ, row, got)
					}
				}
			}
		}
		for v := Verb(1); v <= AllVerbs; v <<= 1 {
			if _, all := a.Types(v); a.Allows(v, "") != all {
				t.Fatalf("%v on every type is %v for %v", v, a.Allows(v, ""), a)
			}
		}
		if a.Allows(0, "") || a.Allows(0, "Patient") || a.Allows(Read, "patient") || a.Allows(Read, "A=1") {
			t.Fatal("no verb, or what is no type, is allowed")
		}
	})
}

// Narrowing takes away and never adds.
func TestNarrowNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := Decide(Facts{Operator("a"), Operations, rapid.SampledFrom([]About{Subject(1), Population()}).Draw(t, "about")})
		s = s.Narrow(drawRights(t), Population(), rapid.Uint64().Draw(t, "mask"))
		r, m := drawRights(t), rapid.Uint64().Draw(t, "mask2")
		n := s.Narrow(r, rapid.SampledFrom([]About{{}, Subject(1), Subject(2), Population()}).Draw(t, "to"), m)
		if n.Mask()&^s.Mask() != 0 || n.Mask()&^m != 0 {
			t.Fatalf("mask %x of %x and %x", n.Mask(), s.Mask(), m)
		}
		for _, typ := range []string{"Goal", "Patient", "Zebra"} {
			for v := Verb(1); v <= AllVerbs; v <<= 1 {
				if n.Allows(v, typ) && (!s.Allows(v, typ) || !r.Allows(v, typ)) {
					t.Fatalf("narrowing %v by %v allows %v %s", s, r, v, typ)
				}
			}
		}
		if p, one := s.Person(); one && !n.Empty() {
			if q, still := n.Person(); !still || p != q {
				t.Fatalf("narrowing %v gives %v", s, n)
			}
		}
	})
}

func TestNamesAreReadableBothWays(t *testing.T) {
	if r, ok := RoleByName("operator"); r != RoleOperator || !ok {
		t.Error("the operator's role is not found by its name")
	}
	for _, s := range []string{"", "none", "unknown", "Operator", "root"} {
		if r, ok := RoleByName(s); ok || r != NoRole {
			t.Errorf("%q is a role", s)
		}
	}
	if Role(99).String() != "unknown" || Purpose(99).String() != "unknown" || Kind(99).String() != "unknown" {
		t.Error("a number without a name stops the log")
	}
	got := OneType("Goal", Create).Or(AllTypes(Read | Search)).String()
	if want := "*: read search; Goal: create"; got != want {
		t.Errorf("rights read %q, want %q", got, want)
	}
	s, _ := Decide(Facts{Operator("a"), Export, Subject(3)})
	if got, want := s.String(), "*: read search history follow type-history about person 3, categories ffffffffffffffff"; got != want {
		t.Errorf("scope reads %q, want %q", got, want)
	}
	if (Scope{}).String() != "nothing" || (Rights{}).String() != "nothing" {
		t.Error("an empty scope reads as something")
	}
}

func TestWorkNamesWhoIsBehindIt(t *testing.T) {
	op := Operator("token:1")
	if got := Job("load", op); got.Actor != "load for token:1" || got.Behind() != "token:1" || got.Kind != Work || got.Bound != op.Bound {
		t.Errorf("a job is done by %+v", got)
	}
	if got := Job("index", Job("load", op)).Behind(); got != "token:1" {
		t.Errorf("work for work is behind %q", got)
	}
	if op.Behind() != "token:1" || (Who{}).Behind() != "" || Job("", op) != (Who{}) {
		t.Error("who is behind what is not said plainly")
	}
}

// on says whether rights allow a verb on one resource: row is a bit for each
// parameter that it answers.
func on(r Rights, v Verb, typ string, row int) bool {
	searches, ok := r.Where(v, typ)
	if !ok || len(searches) == 0 {
		return ok
	}
	for _, s := range searches {
		all := true
		for p := range strings.SplitSeq(s, "&") {
			all = all && row&(1<<strings.Index("abc", p[:1])) != 0
		}
		if all {
			return true
		}
	}
	return false
}

// What is not a search, or would be too long a one, allows nothing: it never
// becomes all resources of the type.
func TestASearchThatCanNotBeReadAllowsNothing(t *testing.T) {
	for _, q := range []string{"a", "=b", "a=", "a=b&", "&a=b", "a=b c", "a=b?c=d", "a=b#c", "a=\u00e9", "a=b\n", "a=" + strings.Repeat("b", maxQuery)} {
		if r := OneTypeWhere("Goal", Read, q); !r.Empty() {
			t.Errorf("%q allows %v", q, r)
		}
	}
	long := func(c string) Rights { return OneTypeWhere("Goal", Read, c+"="+strings.Repeat(c, maxQuery*2/3)) }
	if r := long("a").And(long("b")); !r.Empty() {
		t.Errorf("two long searches together allow %v", r)
	}
	many := Rights{}
	for i := range 3 * maxSearches {
		many = many.Or(OneTypeWhere("Goal", Read, "a="+strings.Repeat("b", i+1)))
	}
	if s, ok := many.Where(Read, "Goal"); !ok || len(s) != maxSearches || many.Allows(Read, "Goal") {
		t.Errorf("%d searches are left, and all resources are %v", len(s), many.Allows(Read, "Goal"))
	}
	if got := OneTypeWhere("Goal", Read, "b=secret&a=1").String(); got != "Goal: read of some" {
		t.Errorf("rights read %q", got)
	}
	if OneTypeWhere("Goal", Read, "b=2&a=1&b=2") != OneTypeWhere("Goal", Read, "a=1&b=2") {
		t.Error("the same search has two forms")
	}
}

func drawRights(t *rapid.T) Rights {
	r := AllTypes(Verb(rapid.Uint16Range(0, uint16(AllVerbs)).Draw(t, "every")))
	if rapid.Bool().Draw(t, "only types") {
		r = Rights{}
	}
	for _, typ := range []string{"Goal", "Patient", "Task"} {
		r = r.Or(OneType(typ, Verb(rapid.Uint16Range(0, 0xffff).Draw(t, typ))))
		for range rapid.IntRange(0, 2).Draw(t, typ+" searches") {
			q := rapid.SampledFrom([]string{"a=1", "b=1", "c=1", "a=1&b=1", "c=1&b=1", "a=1&b=1&c=1"}).Draw(t, typ+" search")
			r = r.Or(OneTypeWhere(typ, Verb(rapid.Uint16Range(0, 0xffff).Draw(t, typ+" of some")), q))
		}
	}
	return r
}

func parse(t *testing.T, s string) (Verb, string) {
	if s == "" {
		return 0, ""
	}
	verb, typ, _ := strings.Cut(s, " ")
	for i, n := range verbNames {
		if n == verb {
			return 1 << i, typ
		}
	}
	t.Fatalf("no verb %q", verb)
	return 0, ""
}

func BenchmarkAllows(b *testing.B) {
	s, _ := Decide(Facts{Operator("a"), Operations, Subject(1)})
	s = s.Narrow(OneType("Goal", Read).Or(OneType("Patient", Read)).Or(OneType("Observation", Read)), Population(), EveryCategory)
	b.ReportAllocs()
	for b.Loop() {
		if !s.Allows(Read, "Patient") {
			b.Fatal("refused")
		}
	}
}
