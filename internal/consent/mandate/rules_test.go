package mandate

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Rules that would give more with more years, or that can not be kept to, are
// refused whoever wrote them.
func TestRulesThatAreNotRight(t *testing.T) {
	good := string(england)
	if _, err := ReadRules([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, with string }{
		{"no version", `"version": "2026-2"`, `"version": ""`},
		{"nobody signed", `"signed-off-by": "`, `"signed-off-by": "", "x": "`},
		{"an unknown name", `"jurisdiction"`, `"colour": 1, "jurisdiction"`},
		{"a band that gives more", `"from": 13, "look": []`, `"from": 13, "look": ["Condition"]`},
		{"a band that lets write again", `"from": 11, "look": ["Patient"`, `"from": 11, "look": [], "ask": true, "manage": true}, {"from": 12, "look": ["Patient"`},
		{"bands out of order", `{"from": 11`, `{"from": 14`},
		{"no first band", `{"from": 0, "look"`, `{"from": 1, "look"`},
		{"a type that nobody sees who acts for another", `"look": ["Patient"`, `"look": ["AuditEvent", "Patient"`},
		{"no such type", `"look": ["Patient"`, `"look": ["Cat", "Patient"`},
		{"no such basis", `"best-interest"`, `"my-interest"`},
		{"no such way", `"ways": ["staff", "import"]`, `"ways": ["magic"]`},
		{"no such evidence", `"BRTH"`, `"GUESS"`},
		{"no review", `"review-months": 6`, `"review-months": 0`},
		{"stops out of order", `"stops": [13, 16]`, `"stops": [16, 13]`},
		{"no end of ages", `"before": 13`, `"before": -1`},
		{"notice of years", `"notice-months": 3`, `"notice-months": 300`},
		{"nothing", good, ""},
	} {
		text := strings.Replace(good, c.old, c.with, 1)
		if text == good {
			t.Fatalf("%s changes nothing", c.name)
		}
		if _, err := ReadRules([]byte(text)); err == nil {
			t.Errorf("%s is let pass", c.name)
		}
	}
}

func FuzzReadRules(f *testing.F) {
	f.Add(england)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ReadRules(text)
		if err != nil {
			return
		}
		for i := 1; i < len(r.Bands); i++ {
			if r.Bands[i].Manage && !r.Bands[i-1].Manage || r.Bands[i].Ask && !r.Bands[i-1].Ask {
				t.Errorf("%+v gives more with more years", r.Bands)
			}
		}
	})
}

// The twin of stand for parents: a plain walk over the days of a life.
func TestAgeAgreesWithCountingBirthdays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		born := time.Date(rapid.IntRange(1900, 2090).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 31).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		on := born.AddDate(0, 0, rapid.IntRange(0, 45_000).Draw(t, "days"))
		want := 0
		for y := born.Year() + 1; y <= on.Year(); y++ {
			birthday := time.Date(y, born.Month(), born.Day(), 0, 0, 0, 0, time.UTC)
			if born.Month() == time.February && born.Day() == 29 && birthday.Month() != time.February {
				birthday = birthday.AddDate(0, 0, -1)
			}
			if !on.Before(birthday) {
				want++
			}
		}
		if got := dateOf(born).age(dateOf(on)); got != want {
			t.Fatalf("born %s, on %s: %d years, want %d", born.Format(time.DateOnly), on.Format(time.DateOnly), got, want)
		}
	})
}

// A right gets less as time goes by, whatever it is, and never more: but for
// what people decide, and for its beginning.
func TestTimeNeverWidens(t *testing.T) {
	rules, err := England()
	if err != nil {
		t.Fatal(err)
	}
	zone := london(t)
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 20*365*24).Draw(t, "hour")) * time.Hour)
		m := Mandate{ID: "m", Status: Active, published: 1, version: 1, Basis: rapid.SampledFrom(Bases()).Draw(t, "basis"),
			May: rapid.SampledFrom([]May{Look, Look | Ask, Look | Ask | Manage, Look | Ask | Manage | Copy}).Draw(t, "may"), Starts: now.Add(-time.Hour),
			Ends: now.AddDate(rapid.IntRange(0, 10).Draw(t, "ends"), 0, 1), Review: now.AddDate(0, rapid.IntRange(1, 60).Draw(t, "review"), 0)}
		s := subject{Born: now.AddDate(-rapid.IntRange(0, 20).Draw(t, "age"), 0, -rapid.IntRange(0, 364).Draw(t, "day")).Format(time.DateOnly)}
		can := ability{rapid.Bool().Draw(t, "decided"), rapid.Bool().Draw(t, "able"), time.Time{}}
		before, had := rules.stand(m, s, can, now, zone)
		for range 20 {
			now = now.Add(time.Duration(rapid.IntRange(1, 300*24).Draw(t, "hours")) * time.Hour)
			r, has := rules.stand(m, s, can, now, zone)
			if has && !had {
				t.Fatalf("at %v there is a right again: %+v", now, r)
			}
			if has && (r.May&^before.May != 0 || len(r.Types) > len(before.Types) || r.Until.Before(now)) {
				t.Fatalf("at %v it is %+v, and was %+v", now, r, before)
			}
			if had && !now.Before(before.Until) && has && r == before {
				t.Fatalf("it was to be less from %v on, and is not: %+v", before.Until, r)
			}
			before, had = r, has
		}
	})
}

// What is true at the moment Until stays true up to it: the right is the same
// until then, so that who holds it until then holds no more than there is.
func TestUntilIsWhenItChanges(t *testing.T) {
	rules, err := England()
	if err != nil {
		t.Fatal(err)
	}
	zone := london(t)
	m := Mandate{ID: "m", Status: Active, published: 1, Basis: Parent, May: Look | Ask | Manage, Starts: start.Add(-time.Hour), Ends: start.AddDate(30, 0, 0), Review: start.AddDate(30, 0, 0)}
	for _, born := range []string{"2096-02-29", "2090-10-25", "2089-05-04", "2098-12-31", "2092", "2092-06"} {
		s := subject{Born: born}
		at, last := start, ""
		for range 3 {
			r, ok := rules.stand(m, s, ability{}, at, zone)
			if !ok {
				break
			}
			if r.Types == last {
				t.Errorf("%s: nothing changed at %v", born, at)
			}
			last = r.Types
			if q, ok := rules.stand(m, s, ability{}, r.Until.Add(-time.Second), zone); !ok || q != r {
				t.Errorf("%s: a second before %v it is %+v, and was %+v", born, r.Until, q, r)
			}
			at = r.Until
		}
		if _, ok := rules.stand(m, s, ability{}, at, zone); ok {
			t.Errorf("%s: it goes on after %v", born, at)
		}
	}
}

// A day begins where the clocks are put on at midnight, too.
func TestADayBeginsWhereClocksChangeAtMidnight(t *testing.T) {
	for _, name := range []string{"Europe/London", "Africa/Cairo", "America/Santiago", "Asia/Beirut", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Skip("skipped: this machine knows no time zones")
		}
		for d := time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC); d.Year() < 2026; d = d.AddDate(0, 0, 1) {
			day := dateOf(d)
			at := day.begins(zone)
			if dateOf(at.In(zone)) != day || dateOf(at.Add(-time.Second).In(zone)) == day {
				t.Errorf("%s: %v begins at %v", name, day, at.In(zone))
			}
		}
	}
}
