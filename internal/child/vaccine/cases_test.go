package vaccine

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// testland is a schedule that tries each rule of the engine.
func testland(t testing.TB) *Plan {
	t.Helper()
	f, err := os.Open("testdata/schedule.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := ReadSchedule(f)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCases plays testdata/cases.txt, which says how it is written.
func TestCases(t *testing.T) {
	text, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	p := &play{plan: testland(t), t: t}
	for no, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			p.at = "line " + strconv.Itoa(no+1)
			p.line(line)
		}
	}
	if p.held < 80 {
		t.Errorf("only %d lines were held against the engine", p.held)
	}
}

// play is one reader of the cases.
type play struct {
	t    *testing.T
	plan *Plan
	at   string
	who  Person
	out  Outcome
	held int
}

func (p *play) line(line string) {
	word, rest, _ := strings.Cut(line, " ")
	f := strings.Fields(rest)
	switch word {
	case "==":
		p.who, p.out = Person{}, Outcome{}
	case "born":
		p.who.Born = p.date(f[0])
		if len(f) > 1 {
			p.who.Sex = Sex(f[1])
		}
	case "country":
		p.who.Country = rest
	case "observed":
		o := Observed{Code: rest}
		if d, err := ParseDate(f[len(f)-1]); err == nil {
			o = Observed{Code: strings.Join(f[:len(f)-1], " "), On: d}
		}
		p.who.Observations = append(p.who.Observations, o)
	case "had":
		p.who.History = append(p.who.History, p.given(f))
	case "on":
		p.out = p.plan.Assess(p.who, p.date(f[0]))
	case "dose":
		p.held++
		p.want(p.verdict(f), strings.Join(f[2:], " "))
	default:
		p.held++
		p.want(p.forecast(word), rest)
	}
}

func (p *play) want(got, want string) {
	if got != want {
		p.t.Errorf("%s: got %q, want %q", p.at, got, want)
	}
}

func (p *play) date(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		p.t.Fatalf("%s: %v", p.at, err)
	}
	return d
}

func (p *play) given(f []string) Given {
	g := Given{Vaccine: f[0], On: p.date(f[1])}
	for _, more := range f[2:] {
		key, value, _ := strings.Cut(more, "=")
		switch key {
		case "spoilt":
			g.SubStandard = true
		case "expires":
			g.Expires = p.date(value)
		case "product":
			g.Product = value
		case "maker":
			g.Maker = value
		case "ml":
			g.Amount, _ = strconv.ParseFloat(value, 64)
		default:
			p.t.Fatalf("%s: %q is not known", p.at, more)
		}
	}
	return g
}

// verdict says in words what dose f[0] was worth for the antigen f[1].
func (p *play) verdict(f []string) string {
	n, _ := strconv.Atoi(f[0])
	for _, v := range p.out.Verdicts {
		if v.Dose != n-1 || v.Antigen != strings.TrimSuffix(f[1], ":") {
			continue
		}
		s := v.Status.String()
		for r := NoReason + 1; int(r) < len(reasons); r++ {
			if r == v.Reason || v.Also.Has(r) {
				s += ", " + r.String()
			}
		}
		if v.From != 0 {
			s += ", from " + v.From.String()
		}
		return s
	}
	return "not evaluated"
}

// forecast says in words what is next for a group, or a group/path.
func (p *play) forecast(name string) string {
	group, path, _ := strings.Cut(strings.TrimSuffix(name, ":"), "/")
	f, ok := p.out.Main(group)
	for _, one := range p.out.Forecasts {
		if one.Group == group && one.Path == path {
			f, ok = one, true
		}
	}
	if !ok || path != "" && f.Path != path {
		return "no forecast"
	}
	s := f.Status.String()
	if f.Dose > 0 {
		s += ", dose " + strconv.Itoa(f.Dose)
	}
	for _, d := range []struct {
		word string
		on   Date
	}{{"from", f.Earliest}, {"due", f.Recommended}, {"late after", f.Overdue}, {"until", f.Latest}} {
		if d.on != 0 {
			s += ", " + d.word + " " + d.on.String()
		}
	}
	if len(f.Vaccines) > 0 {
		s += ", give " + strings.Join(f.Vaccines, " or ")
	}
	return s
}
