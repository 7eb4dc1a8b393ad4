package england

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// story is one child of the cases, as far as it was read.
type story struct {
	t     *testing.T
	c     *Calendar
	born  vaccine.Date
	who   vaccine.Person
	about []string
	had   []string // what is said of each dose
	r     Result
	over  bool // an overdue line was read
	asked bool
}

// TestEnglandCases holds England's schedule against cases that were written by
// reading the rules (testdata/README.md).
func TestEnglandCases(t *testing.T) {
	c, err := Ours()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/*.txt")
	asked := 0
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) { asked += playFile(t, c, name) })
	}
	if asked < 200 {
		t.Errorf("there are %d cases, and there should be 200 at least", asked)
	}
}

func playFile(t *testing.T, c *Calendar, name string) (asked int) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var s *story
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if title, ok := strings.CutPrefix(line, "== "); ok {
			s.done()
			s = &story{t: t, c: c, who: vaccine.Person{Sex: vaccine.Female}}
			_ = title
			continue
		}
		if strings.HasPrefix(line, "on ") {
			asked++
		}
		if wrong := s.line(line); wrong != "" {
			t.Errorf("%s:%d: %s: %s", name, n, line, wrong)
		}
	}
	s.done()
	return asked
}

// line plays one line, and says what is wrong with it.
func (s *story) line(line string) string {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "born":
		day, sex, _ := strings.Cut(rest, " ")
		s.born = s.date(day)
		s.who.Born = s.born
		if sex == "boy" {
			s.who.Sex = vaccine.Male
		}
	case "history":
		s.who.Observations = append(s.who.Observations, vaccine.Observed{Code: rest, On: s.born})
	case "about":
		s.about = strings.Split(rest, ", ")
	case "had":
		when, what, _ := strings.Cut(rest, ": ")
		for one := range strings.SplitSeq(what, ", ") {
			name, why, _ := strings.Cut(one, " (")
			s.who.History = append(s.who.History, vaccine.Given{On: s.date(when), Vaccine: s.code(name)})
			if why = strings.TrimSuffix(why, ")"); why == "" {
				why = "counts"
			}
			s.had = append(s.had, why)
		}
	case "on":
		s.done()
		s.r, s.over, s.asked = s.c.Assess(s.who, s.date(rest)), false, true
		return s.verdicts()
	case "due":
		return s.jabs(rest, false)
	case "overdue":
		s.over = true
		return s.jabs(rest, true)
	case "complete", "past", "immune", "not":
		return s.status(line)
	default:
		return s.next(line)
	}
	return ""
}

// done says that nothing was overdue where no line says so.
func (s *story) done() {
	if s == nil || !s.asked || s.over {
		return
	}
	if wrong := s.jabs("nothing", true); wrong != "" {
		s.t.Errorf("on %s, born %s: overdue: %s", s.r.On, s.born, wrong)
	}
	s.asked = false
}

func (s *story) verdicts() string {
	for i, d := range s.r.Doses {
		if got := d.Why.String(); got != s.had[i] || d.Counts != (got == "counts") {
			return fmt.Sprintf("%s on %s: %s, want %s", s.who.History[i].Vaccine, s.who.History[i].On, got, s.had[i])
		}
	}
	return ""
}

func (s *story) jabs(want string, overdue bool) string {
	about := func(n *Next) bool {
		return n.DueOn(s.r.On) && (len(s.about) == 0 || slices.Contains(s.about, n.Programme))
	}
	got := []string{}
	for _, j := range s.c.jabs(&s.r, about, s.r.On) {
		if j.Overdue == overdue {
			name := s.c.Name(j.Vaccine)
			if j.Vaccine == "flunasal" {
				name = "flu"
			}
			got = append(got, name)
		}
	}
	wanted := strings.Split(want, ", ")
	if want == "nothing" {
		wanted = []string{}
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		return fmt.Sprintf("got %v", got)
	}
	return ""
}

func (s *story) status(line string) string {
	for want := range map[string]bool{"complete": true, "past": true, "immune": true, "not for": true} {
		if name, ok := strings.CutPrefix(line, want+" "); ok {
			if got := s.programme(name).Status.String(); got != want {
				return "got " + got
			}
			return ""
		}
	}
	return "what is that?"
}

func (s *story) programme(name string) *Next {
	i := slices.IndexFunc(s.r.Next, func(n Next) bool { return n.Programme == name })
	if i < 0 {
		s.t.Fatalf("there is no programme %q", name)
	}
	return &s.r.Next[i]
}

// next plays "MMR 2: from …, due …, overdue …".
func (s *story) next(line string) string {
	head, dates, ok := strings.Cut(line, ": ")
	at := strings.LastIndexByte(head, ' ')
	if !ok || at < 0 {
		return "what is that?"
	}
	n := s.programme(head[:at])
	if n.Status != Open || strconv.Itoa(n.Number) != head[at+1:] {
		return fmt.Sprintf("it is %s, dose %d", n.Status, n.Number)
	}
	for part := range strings.SplitSeq(dates, ", ") {
		word, day, _ := strings.Cut(part, " ")
		got := map[string]vaccine.Date{"from": n.Earliest, "due": n.Due, "overdue": n.Overdue}[word]
		if want := s.date(day); got != want {
			return fmt.Sprintf("%s: got %s, want %s", word, got, want)
		}
	}
	return ""
}

func (s *story) code(name string) string {
	for code, n := range s.c.names {
		if n == name {
			return code
		}
	}
	if name != "something else" {
		s.t.Errorf("there is no vaccine %q", name)
	}
	return "something else"
}

// date reads a day, or an age as "3 years 4 months - 1 day". It shares no code
// with the engine: the calendar is that of package time.
func (s *story) date(text string) vaccine.Date {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		year, month, day := s.born.Civil()
		at = s.age(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), text)
	}
	d := vaccine.DateOf(at.Year(), int(at.Month()), at.Day())
	if d == 0 {
		s.t.Errorf("%q is no day", text)
	}
	return d
}

func (s *story) age(at time.Time, text string) time.Time {
	if text == "birth" {
		return at
	}
	months, days, sign := 0, 0, 1
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "+":
			sign = 1
			continue
		case "-":
			sign = -1
			continue
		}
		n, err := strconv.Atoi(words[i])
		if err != nil || i+1 >= len(words) {
			s.t.Errorf("%q is no age", text)
			return at
		}
		i++
		switch strings.TrimSuffix(words[i], "s") {
		case "year":
			months += 12 * n * sign
		case "month":
			months += n * sign
		case "week":
			days += 7 * n * sign
		case "day":
			days += n * sign
		default:
			s.t.Errorf("%q is no age", text)
		}
	}
	// A day that a month does not have becomes the first of the next.
	y, m, d := at.Date()
	out := time.Date(y, m+time.Month(months), d, 0, 0, 0, 0, time.UTC)
	if out.Day() != d {
		out = time.Date(out.Year(), out.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	return out.AddDate(0, 0, days)
}
