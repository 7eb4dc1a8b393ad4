package book

import (
	"slices"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// DiaryTag marks entries of the diary. They are answers to questions
// (QuestionnaireResponse) and no Observations: a night has ten of them, and they
// must not push what clinicians measured out of sight.
const DiaryTag = "diary"

// DiaryKinds are what is written into the diary.
var DiaryKinds = []string{"breast", "bottle", "food", "sleep", "cry"}

// Bounds of one entry: a day of minutes, and more milk than a child drinks at once.
const (
	MostMinutes = 24 * 60
	MostMillis  = 1_000
)

// Moment is one entry of the diary. Minutes and Millis are 0 where they were not
// said.
type Moment struct {
	Kind            string
	At              time.Time
	Minutes, Millis int
	Tree            *fhir.Tree // nil for one that is to be written
}

// Entry is a resource of it, without who it is about and who says so. written is
// when it was typed.
func (m Moment) Entry(name string, written time.Time) map[string]any {
	item := func(id string, answer map[string]any) map[string]any {
		return map[string]any{"linkId": id, "answer": []any{answer}}
	}
	items := []any{item("kind", map[string]any{"valueCoding": map[string]string{"system": Own, "code": "diary-" + m.Kind, "display": name}}),
		item("at", map[string]any{"valueDateTime": m.At.Format(time.RFC3339)})}
	if m.Minutes > 0 {
		items = append(items, item("minutes", map[string]any{"valueInteger": m.Minutes}))
	}
	if m.Millis > 0 {
		items = append(items, item("millilitres", map[string]any{"valueInteger": m.Millis}))
	}
	return map[string]any{"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": "urn:bevan:child:diary", "authored": written.Format(time.RFC3339), "item": items,
		"meta": map[string]any{"tag": []any{map[string]string{"system": Own, "code": DiaryTag}}}}
}

// ReadMoments reads entries of the diary, the newest first; what is none, or is
// marked as wrong, is left out.
func ReadMoments(all []*fhir.Tree) (out []Moment) {
	for _, t := range all {
		if m, ok := readMoment(t); ok {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return b.At.Compare(a.At) })
	return out
}

func readMoment(t *fhir.Tree) (m Moment, ok bool) {
	m.Tree = t
	if wrong(t.Root()) {
		return m, false
	}
	for item := range t.Root().Get("item").Items() {
		a := item.Get("answer").At(0)
		switch item.Get("linkId").Str() {
		case "kind":
			for _, k := range DiaryKinds {
				if a.Get("valueCoding").Get("code").Is("diary-" + k) {
					m.Kind = k
				}
			}
		case "at":
			m.At, _ = time.Parse(time.RFC3339, a.Get("valueDateTime").Str())
		case "minutes":
			m.Minutes = within(a, MostMinutes)
		case "millilitres":
			m.Millis = within(a, MostMillis)
		}
	}
	return m, m.Kind != "" && !m.At.IsZero()
}

// within is a whole number up to a bound; 0 for another one.
func within(answer fhir.Node, most int) int {
	n, err := strconv.Atoi(string(answer.Get("valueInteger").Text()))
	if err != nil || n < 0 || n > most {
		return 0
	}
	return n
}

// Day is what the diary says of one day: that on which a thing began.
type Day struct {
	Day         string // as FHIR writes it
	Feeds       int
	Millis      int // of milk from a bottle, where that was said
	Sleep, Cry  int // minutes
	Moments     []Moment
	SaidNothing bool // of how long sleep was
}

// Days sums the diary up by day, the newest first. zone is where the family is.
func Days(all []Moment, zone *time.Location) (out []Day) {
	for _, m := range all {
		day := m.At.In(zone).Format(time.DateOnly)
		if len(out) == 0 || out[len(out)-1].Day != day {
			out = append(out, Day{Day: day})
		}
		d := &out[len(out)-1]
		d.Moments = append(d.Moments, m)
		switch m.Kind {
		case "sleep":
			d.Sleep += m.Minutes
			d.SaidNothing = d.SaidNothing || m.Minutes == 0
		case "cry":
			d.Cry += m.Minutes
		default:
			d.Feeds++
			d.Millis += m.Millis
		}
	}
	return out
}

// Week is what the diary says of one week, from Monday on: sums of the days on
// which somebody wrote, and how many those were.
type Week struct {
	From, To    string // the first and the last day, as FHIR writes them
	Days        int    // with an entry, 1 to 7
	Feeds       int
	Millis      int  // of milk from a bottle, where that was said
	Sleep, Cry  int  // minutes
	SaidNothing bool // of how long sleep was, at least once
}

// Weeks sums up days that come the newest first, as [Days] gives them, by week.
func Weeks(days []Day) (out []Week) {
	for _, d := range days {
		at, err := time.Parse(time.DateOnly, d.Day)
		if err != nil {
			continue
		}
		monday := at.AddDate(0, 0, -(int(at.Weekday())+6)%7)
		from := monday.Format(time.DateOnly)
		if len(out) == 0 || out[len(out)-1].From != from {
			out = append(out, Week{From: from, To: monday.AddDate(0, 0, 6).Format(time.DateOnly)})
		}
		w := &out[len(out)-1]
		w.Days++
		w.Feeds += d.Feeds
		w.Millis += d.Millis
		w.Sleep += d.Sleep
		w.Cry += d.Cry
		w.SaidNothing = w.SaidNothing || d.SaidNothing
	}
	return out
}
