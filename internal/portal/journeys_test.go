package portal

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// journey is what people do with the pages, told as in testdata/journeys: who
// they are, in which ways they come, what is so before, and their steps.
type journey struct {
	name  string
	roles []string
	ways  []string
	given string
	steps []journeyStep
}

type journeyStep struct {
	where string // file and line
	text  string
}

// Each journey is gone twice: on a desk, and on a telephone. These are the ways in
// which it can be marked to be gone there.
const (
	byKeys     = "keyboard"           // on a desk without a mouse
	scriptless = "without JavaScript" // on a telephone, but for signing in
)

var journeyRoles = []string{"person", "parent", "proxy", "teenager", "clinician", "auditor", "operator"}

// readJourneys reads all of them.
func readJourneys(t *testing.T) (all []journey) {
	t.Helper()
	files, err := filepath.Glob("testdata/journeys/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no journeys: %v", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			line, at := strings.TrimSpace(line), fmt.Sprintf("%s:%d", f, i+1)
			var j *journey
			if len(all) > 0 {
				j = &all[len(all)-1]
			}
			switch {
			case line == "" || strings.HasPrefix(line, "#"):
			case strings.HasPrefix(line, "== "):
				all = append(all, journey{name: line[3:]})
			case j == nil:
				t.Fatalf("%s: a line before the first journey", at)
			case strings.HasPrefix(line, "as "):
				roles, ways, _ := strings.Cut(line[3:], "; ")
				j.roles, j.ways = strings.Split(roles, ", "), strings.FieldsFunc(ways, func(r rune) bool { return r == ';' })
				for k := range j.ways {
					j.ways[k] = strings.TrimSpace(j.ways[k])
				}
			case strings.HasPrefix(line, "given "):
				j.given = line[6:]
			default:
				j.steps = append(j.steps, journeyStep{at, line})
			}
		}
	}
	return all
}

// What the issue asks of the journeys: how many there are, and in which ways.
func TestTheJourneysAreManyAndOfEverybody(t *testing.T) {
	all := readJourneys(t)
	var keys, noScript int
	as := map[string]int{}
	names := map[string]bool{}
	for _, j := range all {
		if names[j.name] || len(j.steps) < 4 || len(j.roles) == 0 {
			t.Errorf("%q is told twice, is of nobody, or has %d steps", j.name, len(j.steps))
		}
		names[j.name] = true
		for _, r := range j.roles {
			if !slices.Contains(journeyRoles, r) {
				t.Errorf("%q is of a %q", j.name, r)
			}
			as[r]++
		}
		for _, w := range j.ways {
			switch w {
			case byKeys:
				keys++
			case scriptless:
				noScript++
			default:
				t.Errorf("%q is gone %q", j.name, w)
			}
		}
		for _, s := range j.steps {
			if _, _, _, err := s.read(); err != nil {
				t.Error(err)
			}
		}
		if _, ok := journeyHouses[j.given]; !ok {
			t.Errorf("%q has no house %q", j.name, j.given)
		}
	}
	for _, r := range journeyRoles {
		if as[r] == 0 {
			t.Errorf("none is of a %s", r)
		}
	}
	if len(all) < 25 || keys < 10 || noScript < 10 {
		t.Errorf("%d journeys, %d by keyboard alone, %d without JavaScript", len(all), keys, noScript)
	}
	t.Logf("%d journeys, each on a desk and on a telephone, %d by keyboard alone on a desk, %d without JavaScript on a telephone: %v", len(all), keys, noScript, as)
}

// TestJourneys goes each journey in each of its ways, in one browser; each has a
// house of its own.
func TestJourneys(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	for _, j := range readJourneys(t) {
		t.Run(j.name, func(t *testing.T) {
			for _, w := range j.plays() {
				t.Run(w.name, func(t *testing.T) { w.play(t, b, j) })
			}
		})
	}
}

// manner is one way to go a journey.
type manner struct {
	name          string
	width, height int64
	keys, scripts bool
}

func (j journey) plays() []manner {
	desk, phone := manner{"desk", 1280, 800, false, true}, manner{"phone", 390, 844, false, true}
	if slices.Contains(j.ways, byKeys) {
		desk.name, desk.keys = "desk by keyboard", true
	}
	if slices.Contains(j.ways, scriptless) {
		phone.name, phone.scripts = "phone without JavaScript", false
	}
	return []manner{desk, phone}
}

// play is one journey as it is gone.
type play struct {
	*here
	manner
	browser *browsertest.Browser
	people  map[string]*walker
	kept    map[string]string
	never   []string // what no page of this journey may hold
	// elsewhere are the addresses of apps to which this journey leads.
	elsewhere []string
	at        journeyStep
}

func (w manner) play(t *testing.T, b *browsertest.Browser, j journey) {
	t.Helper()
	pl := &play{here: live(t), manner: w, browser: b, people: map[string]*walker{}, kept: map[string]string{}, never: neverShown}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("it was at %s: %s", pl.at.where, pl.at.text)
		}
	})
	journeyHouses[j.given](pl)
	for _, s := range j.steps {
		pl.at = s
		who, do, args, err := s.read()
		if err != nil {
			t.Fatal(err)
		}
		for i := range args {
			for name, value := range pl.kept {
				args[i] = strings.ReplaceAll(args[i], "{"+name+"}", value)
			}
		}
		if who == "then" {
			deeds[do](pl, args)
			continue
		}
		person := pl.people[who]
		if person == nil {
			t.Fatalf("%s: nobody here is called %s", s.where, who)
		}
		verbs[do](person, args)
	}
	for _, p := range pl.people {
		if p.hand.Tab != nil {
			p.looks()
			p.asksNobodyElse()
		}
	}
}

var quoted = regexp.MustCompile(`"([^"]*)"`)

// read takes a step apart: who does it, what, and with which words.
func (s journeyStep) read() (who, do string, args []string, err error) {
	who, rest, _ := strings.Cut(s.text, " ")
	for _, m := range quoted.FindAllStringSubmatch(rest, -1) {
		args = append(args, m[1])
	}
	do = quoted.ReplaceAllString(rest, `""`)
	_, isVerb := verbs[do]
	_, isDeed := deeds[do]
	if who == "then" && !isDeed || who != "then" && !isVerb {
		err = fmt.Errorf("%s: nobody knows how to do this: %s", s.where, s.text)
	}
	return who, do, args, err
}
