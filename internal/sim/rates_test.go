package sim

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// crowd draws people without writing their records.
func crowd(r Region, see func(l *life)) {
	for n := range r.Households() {
		h := r.makeHousehold(n)
		for i := range h.people {
			l := &life{r: &r, h: &h, p: &h.people[i], end: r.Today,
				key: key(key(r.Seed, ofPerson), uint64(h.people[i].index))}
			l.makeBody()
			l.fallIll()
			see(l)
		}
	}
}

// The bounds are loose on purpose: they catch a wrong curve, not a wrong decimal.
func TestPrevalencesAreRoughlyThoseOfTheUK(t *testing.T) {
	var people, adults, children, old int
	var have [illnessCount]int
	women := 0
	crowd(region(2000, 1), func(l *life) {
		people++
		switch age := l.age(today); {
		case age < 18:
			children++
		case age >= 65:
			old++
			adults++
		default:
			adults++
		}
		women += btoi(l.p.sex == female)
		for i := range have {
			have[i] += btoi(l.has(i, today))
		}
		if l.p.sex == male && l.has(breastCancer, today) && l.age(today) < 40 || l.p.sex == female && l.since(prostateCancer) < today {
			t.Errorf("person %d has an illness of the other sex", l.p.index)
		}
	})
	for _, c := range []struct {
		name     string
		got, of  int
		low, top int // in 1,000
	}{
		{"children", children, people, 170, 290},
		{"65 and over", old, people, 130, 260},
		{"women", women, people, 470, 550},
		{"asthma", have[asthma], people, 40, 120},
		{"high blood pressure", have[hypertension], people, 90, 230},
		{"type 2 diabetes", have[diabetes], adults, 40, 120},
		{"depression", have[depression], adults, 40, 160},
		{"COPD", have[copd], people, 8, 45},
		{"underactive thyroid", have[thyroid], people, 15, 60},
		{"atrial fibrillation", have[fibrillation], people, 6, 50},
		{"dementia", have[dementia], people, 2, 30},
		{"schizophrenia", have[schizophrenia], adults, 1, 20},
	} {
		if rate := c.got * 1000 / c.of; rate < c.low || rate > c.top {
			t.Errorf("%s: %d in 1,000, want %d to %d", c.name, rate, c.low, c.top)
		}
	}
}

func TestVaccinesMissSome(t *testing.T) {
	first, second, due := 0, 0, 0
	r := region(6000, 0.05)
	for n := range r.Households() {
		h := r.makeHousehold(n)
		for i := range h.people {
			if age := years(h.people[i].born, today); age < 5 || age > 10 {
				continue
			}
			due++
			doses := [3]bool{}
			for _, one := range r.live(&h, i) {
				if one.Type != "Immunization" {
					continue
				}
				root := parse(t, one)
				if code := root.Get("vaccineCode").Get("coding").At(0).Get("code"); !code.Is("mmr") || !root.Get("status").Is("completed") {
					continue
				}
				doses[int(root.Get("protocolApplied").At(0).Get("doseNumberPositiveInt").Str()[0]-'0')] = true
			}
			first += btoi(doses[1])
			second += btoi(doses[2])
		}
	}
	if one, two := first*1000/due, second*1000/due; one < 850 || one > 970 || two < 750 || two > 930 {
		t.Errorf("of 1,000 children of 5 to 10, %d had one MMR and %d two", one, two)
	}
}

func TestChildrenFollowTheirOwnTrack(t *testing.T) {
	crowd(region(600, 1), func(l *life) {
		if l.age(today) > 17 {
			return
		}
		was := l.measured(l.p.born)
		if was.weight < 300 || was.weight > 6500 {
			t.Errorf("person %d weighs %d g at birth, %d weeks", l.p.index, was.weight, l.p.weeks)
		}
		for day := l.p.born; day <= today; day += 91 {
			m := l.measured(day)
			if m.length < was.length-25 || m.head < was.head-10 {
				t.Errorf("person %d shrinks from %v to %v", l.p.index, was, m)
			}
			if m.weight < was.weight*88/100 {
				t.Errorf("person %d loses weight from %d to %d at %d days", l.p.index, was.weight, m.weight, day-l.p.born)
			}
			was = m
		}
	})
}

func TestNewbornsLoseALittleWeightAndRegainIt(t *testing.T) {
	crowd(region(300, 1), func(l *life) {
		if l.p.born+20 > today {
			return
		}
		birth := l.measured(l.p.born).weight
		if low := l.measured(l.p.born + 3).weight; low >= birth || low < birth*90/100 {
			t.Errorf("person %d: %d g at birth, %d on day 3", l.p.index, birth, low)
		}
		if back := l.measured(l.p.born + 20).weight; back < birth*97/100 {
			t.Errorf("person %d: %d g at birth, only %d on day 20", l.p.index, birth, back)
		}
	})
}

// The curve is our own, but it must not be far from what children are like: within
// 4% of the middle of the WHO standards from a month to five years.
func TestTheCurveIsNearTheWHOStandards(t *testing.T) {
	rows := whoRows(t)
	for _, row := range rows {
		age, err := strconv.ParseFloat(row[1], 64)
		if err != nil || age < 0.08 || age > 5 {
			continue
		}
		for s := range 2 {
			m := middle(sex(s), int(age*365.25))
			for _, c := range []struct {
				name   string
				got    int
				column int
				scale  float64
			}{
				{"length", m.length, [2]int{6, 3}[s], 10}, {"weight", m.weight, [2]int{12, 9}[s], 1000},
				{"head", m.head, [2]int{24, 21}[s], 10},
			} {
				want, err := strconv.ParseFloat(row[c.column], 64)
				if err != nil {
					continue
				}
				if off := float64(c.got)/(want*c.scale) - 1; math.Abs(off) > 0.04 {
					t.Errorf("%s of a %s child of %.2f years is off by %.1f%%", c.name, sex(s).code(), age, off*100)
				}
			}
		}
	}
}

func whoRows(t *testing.T) [][]string {
	t.Helper()
	dir := os.Getenv("BEVAN_REFERENCES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "growth", "WHO2006.csv"))
	if err != nil {
		t.Skip("skipped: the WHO growth standards are not here (set BEVAN_REFERENCES to the folder that holds growth/WHO2006.csv)")
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
