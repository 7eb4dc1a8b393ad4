package portal

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// life is a childhood as testdata/lives tells it: what happens at which age, by
// messages and by what people write on the pages, and what each of them is then
// shown and not shown.
type life struct {
	*testing.T
	t  *testing.T
	s  *site
	at string // file and line

	id, given, family, number, sex string
	born                           time.Time
	address                        string // as messages tell it
	age                            string // as the life says it
	patient                        string // the id of the record
	messages, keys                 int
	people                         map[string]*actor
	teams                          map[string]string // organisations, by who works there
	shown                          map[string]answer // pages since anything happened
	seen                           map[string]int    // pages that were looked at, by age and person
}

// actor is somebody in a life: a parent, the child, or staff.
type actor struct {
	*person
	role  string // parent, child or staff
	name  string
	right string   // by which a parent acts
	never []string // what no page of theirs may say from now on
	back  bool     // they signed in at this age
}

// lifePages are the pages of a red book and of the record around it, by the words of
// a life.
var lifePages = map[string]string{"the first page": "", "the summary": "/summary", "the timeline": "/timeline", "the red book": childAt, "growth": childAt + "/growth", "growth in length": childAt + "/growth?of=height", "growth of the head": childAt + "/growth?of=head",
	"vaccinations": childAt + "/vaccinations", "birth": childAt + "/birth", "screening": childAt + "/screening", "reviews": childAt + "/reviews", "first times": childAt + "/milestones", "the diary": childAt + "/diary", "the notes": childAt + "/notes", "the whole book": childAt + "/whole",
	"safeguarding": childAt + "/safeguarding", "the documents": "/documents", "all kinds": "/all", "who they are": "/Patient", "the entry of who they are": "/Patient/{child}", "the summary to take along": "/ips"}

// ownPages are pages that have one address for whoever asks.
var ownPages = map[string]string{"home": "/", "whose it is": yoursAt, "what changes": changesAt, "people I help": familyAt, "who looked": lookedAt + "?why=proxy"}

// everyPage are those that a walk goes through.
func everyPage() (all []string) {
	for name := range lifePages {
		if name != "safeguarding" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// TestNewbornToHandover plays the life of one child from the message of the birth to
// their eighteenth birthday, and three harder ones, through the real pages. One whom a
// line does not name is shown nothing that a page of theirs may not hold: that is asked
// of every page at every age.
func TestNewbornToHandover(t *testing.T) {
	files, err := filepath.Glob("testdata/lives/*.txt")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d lives, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := open(t, d, origin)
				l := &life{T: t, t: t, s: s, people: map[string]*actor{}, teams: map[string]string{}, shown: map[string]answer{}, seen: map[string]int{}}
				l.begin()
				l.play(file)
				t.Logf("%d messages, %d pages at each age: %v", l.messages, len(l.seen), l.seen)
			})
		})
	}
}

// The first life has the sixteen ages that were asked for, and at each of them every
// page is looked at as the parent, the child, the health visitor and the school nurse.
func TestALifeHasSixteenAgesAndFourWhoLook(t *testing.T) {
	b, err := os.ReadFile("testdata/lives/newborn-to-handover.txt")
	if err != nil {
		t.Fatal(err)
	}
	looks := map[string][]string{}
	age := ""
	for _, line := range strings.Split(string(b), "\n") {
		if rest, ok := strings.CutPrefix(line, "at "); ok {
			age = rest
		}
		if m := regexp.MustCompile(`^as (.+): (every page opens|no page opens)$`).FindStringSubmatch(line); m != nil {
			looks[age] = append(looks[age], m[1])
		}
	}
	for _, age := range []string{"birth", "2 weeks", "8 weeks", "12 weeks", "16 weeks", "6 months", "1 year", "18 months", "2 years 3 months", "3 years 4 months", "5 years", "8 years", "11 years", "13 years", "16 years", "18 years"} {
		slices.Sort(looks[age])
		if want := []string{"the child", "the health visitor", "the parent", "the school nurse"}; !slices.Equal(looks[age], want) {
			t.Errorf("at %s these look: %v", age, looks[age])
		}
	}
}

// begin opens the house: an operator, health visitors, school nurses, and somebody
// whom nobody here may see.
func (l *life) begin() {
	op := l.s.setUp()
	l.s.clock.move(time.Minute)
	op.workAs(staff.Operator)
	for i, name := range []string{"the health visitor", "the school nurse", "the practice nurse"} {
		code := "V1" + strconv.Itoa(i)
		org := op.hospital(code)
		l.teams[name] = org
		l.people[name] = &actor{role: "staff", name: name, person: l.s.rescuer(op, org, []string{"Hana Dunn", "Sol Birch", "Priya Moss"}[i]), back: true}
	}
	l.s.put(`{"resourceType":"Patient","id":"canary","name":[{"text":"Zeb ` + canaryName + `","given":["Zeb"],"family":"` + canaryName + `"}],"birthDate":"2026-05-04","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + canaryNumber + `"}]}`)
}

// play reads a life line by line, and does what each says.
func (l *life) play(file string) {
	l.t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		l.t.Fatal(err)
	}
	for i, line := range strings.Split(string(b), "\n") {
		line, l.at = strings.TrimSpace(line), fmt.Sprintf("%s:%d: %s", file, i+1, line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "== ") {
			continue
		}
		l.line(line)
		if l.t.Failed() {
			l.t.Fatalf("it was at %s (%s)", l.at, l.age)
		}
	}
}

func (l *life) line(line string) {
	l.t.Helper()
	for _, w := range lifeWords {
		if m := w.like.FindStringSubmatch(line); m != nil {
			if !w.looks {
				clear(l.shown)
				l.s.clock.move(time.Second)
			}
			w.do(l, m[1:])
			return
		}
	}
	l.t.Fatalf("%s: nobody knows how to do this", l.at)
}

// day turns an age in words into a day.
func (l *life) day(age string) time.Time {
	l.t.Helper()
	day := l.born
	for _, m := range regexp.MustCompile(`(\d+) (day|week|month|year)s?`).FindAllStringSubmatch(age, -1) {
		n, _ := strconv.Atoi(m[1])
		switch m[2] {
		case "day":
			day = day.AddDate(0, 0, n)
		case "week":
			day = day.AddDate(0, 0, 7*n)
		case "month":
			day = day.AddDate(0, n, 0)
		case "year":
			day = day.AddDate(n, 0, 0)
		}
	}
	return day
}

// grows moves the clock to an age. Everybody has to sign in again, and what time
// brings about happens.
func (l *life) grows(age string) {
	l.t.Helper()
	to := l.day(age).Add(14 * time.Hour)
	now := l.s.clock.now()
	if to.Before(now) {
		l.t.Fatalf("%s: it is %s already", l.at, now)
	}
	l.s.clock.move(to.Sub(now))
	l.age = age
	if err := l.s.cfg.Mandates.Sweep(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	for _, a := range l.people {
		a.back = false
	}
}

// who is somebody of the life, signed in.
func (l *life) who(name string) *actor {
	l.t.Helper()
	a := l.people[name]
	if a == nil {
		return nil
	}
	if !a.back {
		a.back = true
		a.person.cookies = map[string]*http.Cookie{}
		a.use("/sign-in")
		if a.role == "staff" {
			a.workAs(staff.Clinician)
		}
	}
	if a.right != "" {
		a.send("/family/act", "right", a.right)
	}
	return a
}

// where is the address of a page for somebody.
func (l *life) where(a *actor, page string) string {
	l.t.Helper()
	if at, ok := ownPages[page]; ok {
		return at
	}
	at, ok := lifePages[page]
	if !ok {
		l.t.Fatalf("%s: there is no page %q", l.at, page)
	}
	return map[string]string{"parent": familyRecordAt, "child": recordAt, "staff": peopleAt + "/" + l.patient}[a.role] + strings.ReplaceAll(at, "{child}", l.patient)
}

// look is a page as somebody sees it; what may never be on it is not.
func (l *life) look(name, page string) answer {
	l.t.Helper()
	a := l.who(name)
	if a == nil {
		l.t.Fatalf("%s: nobody is called %s", l.at, name)
	}
	if got, ok := l.shown[name+"|"+page]; ok {
		return got
	}
	got := a.get(l.where(a, page))
	l.shown[name+"|"+page] = got
	l.seen[l.age+", "+name]++
	body := got.Body.String()
	if page == "safeguarding" && got.Code != http.StatusOK { // the address says the word
		body = strings.ReplaceAll(body, "safeguarding", "")
	}
	for _, bad := range slices.Concat(neverShown, a.never) {
		if strings.Contains(body, bad) || strings.Contains(got.Header().Get("Location"), bad) {
			l.t.Errorf("%s: %s of %s holds %q: %s", l.at, page, name, bad, got.text())
		}
	}
	return got
}

// walk goes through every page as somebody; they open, or none does.
func (l *life) walk(name string, opens bool) {
	l.t.Helper()
	if l.people[name] == nil {
		if opens {
			l.t.Fatalf("%s: there is no such account yet", l.at)
		}
		return
	}
	for _, page := range everyPage() {
		got := l.look(name, page)
		if open := got.Code == http.StatusOK; open != opens {
			l.t.Errorf("%s: %s answers %d: %s", l.at, page, got.Code, got.text())
		}
		if !opens && (strings.Contains(got.text(), l.given) || strings.Contains(got.text(), l.number)) {
			l.t.Errorf("%s: %s names the child: %s", l.at, page, got.text())
		}
	}
	a := l.people[name]
	if safe := l.look(name, "safeguarding"); (safe.Code == http.StatusOK) != (opens && a.role == "staff") {
		l.t.Errorf("%s: the safeguarding notes answer %d", l.at, safe.Code)
	}
}

// says holds a page to have texts, or to have none of them.
func (l *life) says(name, page, how string, texts []string) {
	l.t.Helper()
	got := l.look(name, page)
	if got.Code != http.StatusOK {
		l.t.Errorf("%s: it answers %d: %s", l.at, got.Code, got.text())
	}
	for _, want := range texts {
		if strings.Contains(got.text(), want) != (how == "shows") {
			l.t.Errorf("%s: %s of %s %s %q not: %s", l.at, page, name, how, want, got.text())
		}
	}
}

// key is one for a form.
func (l *life) key() string {
	l.keys++
	return fmt.Sprintf("%s%c%c", aKey[:24], 'A'+rune(l.keys/26), 'A'+rune(l.keys%26))
}

// known finds the record that the birth notification made.
func (l *life) known() {
	l.t.Helper()
	for _, one := range l.s.all("Patient", search.Pair{Name: "identifier", Value: fhir.NHSNumberSystem + "|" + l.number}) {
		l.patient = one.Root().Get("id").Str()
	}
	if l.patient == "" {
		l.t.Fatalf("%s: the child is not known", l.at)
	}
}
