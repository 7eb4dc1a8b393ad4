package portal

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/portal/chart"
)

// Bounds of the diary: what is read for its page, and how many days are drawn; and
// the same for the weeks of the printed book, as many entries as its file has.
const (
	mostMoments = 200
	mostDays    = 7
	mostPrinted = 400
	mostWeeks   = 26
)

// diaryPage is the diary: a form on top, so that a night needs few taps, then what
// was written by day.
type diaryPage struct {
	Text   []string
	May    bool
	Ask    string
	Totals table
	Chart  template.HTML // drawn by us, with all text in it escaped
	Short  string
	Days   []table
	Links  []link
}

func (f *folder) diaryForm() *form {
	w := f.p.words.Book.Nights
	what := make([]option, 0, len(book.DiaryKinds))
	for _, k := range book.DiaryKinds {
		what = append(what, option{k, w.Kinds[k]})
	}
	q := f.newForm(w.Button, &field{ID: "what", Label: w.What, Options: what}, &field{ID: "minutes", Label: w.Minutes, Mode: "numeric", Auto: "off"},
		&field{ID: "millis", Label: w.Millis, Mode: "numeric", Auto: "off"}, &field{ID: "time", Label: w.Time, Hint: w.TimeHint, Auto: "off"})
	q.Hidden = append(q.Hidden, [2]string{"key", f.formKey()})
	return q
}

// bookDiary shows the diary.
func bookDiary(f *folder) error { return f.showDiary(f.diaryForm()) }

func (f *folder) showDiary(q *form) error {
	b := f.p.words.Book
	all, err := f.coded("_tag", []book.Code{{System: book.Own, Code: book.DiaryTag}}, mostMoments, "QuestionnaireResponse")
	if err != nil {
		return err
	}
	days := book.Days(book.ReadMoments(all), f.p.cfg.Zone)
	more := len(all) == mostMoments || len(days) > mostDays
	if len(days) > mostDays {
		days = days[:mostDays]
	}
	body := diaryPage{Text: []string{b.Nights.Text}, May: f.mayAdd(), Ask: b.Nights.Ask, Links: []link{{b.BackTo, f.at + childAt}}}
	if more {
		body.Text = append(body.Text, b.Nights.Newest)
	}
	body.Totals, body.Chart, body.Short = f.diaryTotals(days)
	for _, d := range days {
		t := table{Caption: f.p.plainWords().Date(d.Day), Heads: []string{b.Nights.At, b.Nights.What, b.By}}
		for _, m := range d.Moments {
			by := f.noteOf(m.Tree.Root())
			if by == "" {
				by = f.entry(m.Tree).By
			}
			t.Rows = append(t.Rows, []cell{{Text: f.p.plainWords().Dates.Clock(m.At.In(f.p.cfg.Zone)), Href: f.at + "/QuestionnaireResponse/" + m.Tree.Root().Get("id").Str(), About: t.Caption}, text(f.momentText(m)), text(by)})
		}
		body.Days = append(body.Days, t)
	}
	title, err := f.bookTitle(b.Diary)
	if err != nil {
		return err
	}
	return f.show(f.mayAsk(body.May, q), "diary", title, body)
}

// momentText is one entry in words.
func (f *folder) momentText(m book.Moment) string {
	w := f.p.words.Book.Nights
	out := w.Kinds[m.Kind]
	if m.Minutes > 0 {
		out += ", " + f.hoursText(m.Minutes)
	}
	if m.Millis > 0 {
		out += ", " + strconv.Itoa(m.Millis) + " ml"
	}
	return out
}

// hoursText is a number of minutes in hours and minutes.
func (f *folder) hoursText(n int) string {
	w := f.p.words.Book.Nights
	var parts []string
	if n >= 60 {
		parts = append(parts, howMany(n/60, w.Hour, w.Hours))
	}
	if n%60 != 0 || n == 0 {
		parts = append(parts, howMany(n%60, w.MinuteOne, w.MinuteMany))
	}
	return strings.Join(parts, " ")
}

// diaryTotals are sums by day, as a table and, for sleep, as bars. A day on which
// somebody wrote sleep without how long says so: its sum is of the others.
func (f *folder) diaryTotals(days []book.Day) (t table, svg template.HTML, short string) {
	w := f.p.words.Book.Nights
	t = table{Caption: w.Totals, None: f.noneHere(w.None), Heads: []string{w.DayHead, w.Feeds, w.Milk, w.Sleep, w.Cry}}
	var bars []chart.Bar
	most := 0
	for _, d := range days {
		day, sleep := f.p.plainWords().Date(d.Day), f.hoursText(d.Sleep)
		if d.SaidNothing {
			sleep += " " + w.AndMore
		}
		milk := strconv.Itoa(d.Millis) + " ml"
		if d.Millis == 0 {
			milk = w.NotSaid
		}
		t.Rows = append(t.Rows, []cell{text(day), text(strconv.Itoa(d.Feeds)), text(milk), text(sleep), text(f.hoursText(d.Cry))})
		bars = append(bars, chart.Bar{Name: day, Value: float64(d.Sleep) / 60, Text: sleep})
		most = max(most, d.Sleep)
	}
	if most == 0 {
		return t, "", ""
	}
	short = w.Sleep + ": " + f.hoursText(most) + " " + w.MostOn
	d := chart.Bars{Text: chart.Text{ID: "sleep", Title: w.SleepChart, Summary: short}, Bars: bars}.Draw()
	return t, template.HTML(d.SVG), short
}

// diary is the diary by week: on paper nobody looks for one feed of a night.
func (b *bookReader) diary() (chapter, error) {
	w := b.p.words.Book
	c := chapter{ID: "diary", Title: w.Diary, Text: []string{w.Nights.WeeksText}}
	all, more, err := b.codedUpTo("_tag", []book.Code{{System: book.Own, Code: book.DiaryTag}}, mostPrinted, "QuestionnaireResponse")
	if err != nil {
		return c, err
	}
	c.Tables = []table{b.weekTable(all, more)}
	return c, nil
}

// weekTable sums up entries by week. more says that older ones were not read.
func (b *bookReader) weekTable(all []*fhir.Tree, more bool) table {
	w := b.p.words.Book.Nights
	t := table{Caption: w.Weeks, None: b.noneHere(w.None), Heads: []string{w.WeekHead, w.WeekDays, w.Feeds, w.Milk, w.Sleep, w.Cry}}
	days, after := book.Days(book.ReadMoments(all), b.p.cfg.Zone), ""
	if more && len(days) > 0 {
		after = b.cutOff(days[len(days)-1].Day, all[len(all)-1])
	}
	for _, k := range book.Weeks(days) {
		if k.From <= after || len(t.Rows) == mostWeeks {
			more = true
			break
		}
		t.Rows = append(t.Rows, b.weekRow(k))
	}
	return b.cutAt(t, more)
}

// cutOff is the day up to which entries may be missing: a week that began by then
// has no sum, since it would be too small. oldest is the first day of what was
// read, and last the entry that was written first.
func (b *bookReader) cutOff(oldest string, last *fhir.Tree) string {
	written, err := time.Parse(time.RFC3339, last.Root().Get("authored").Str())
	if err != nil {
		return oldest
	}
	return max(oldest, written.In(b.p.cfg.Zone).Format(time.DateOnly))
}

// weekRow is one week. What nobody wrote is not said, and no nought.
func (b *bookReader) weekRow(k book.Week) []cell {
	w, p := b.p.words.Book.Nights, b.p.plainWords()
	sleep, cry, milk := w.NotSaid, w.NotSaid, w.NotSaid
	if k.Sleep > 0 {
		sleep = b.hoursText(k.Sleep)
	}
	if k.Sleep > 0 && k.SaidNothing {
		sleep += " " + w.AndMore
	}
	if k.Cry > 0 {
		cry = b.hoursText(k.Cry)
	}
	if k.Millis > 0 {
		milk = strconv.Itoa(k.Millis) + " ml"
	}
	return []cell{text(p.Date(k.From) + " – " + p.Date(k.To)), text(strconv.Itoa(k.Days)), text(strconv.Itoa(k.Feeds)), text(milk), text(sleep), text(cry)}
}

// diaryTime is when something was: a time of the last day, or now.
func (f *folder) diaryTime(q *form) (at time.Time, ok bool) {
	now := f.p.cfg.Now().In(f.p.cfg.Zone)
	typed := strings.ReplaceAll(f.typed("time"), ".", ":")
	if typed == "" {
		return now, true
	}
	clock, err := time.Parse("15:04", typed)
	if err != nil {
		q.wrong("time", f.p.words.Book.Nights.BadTime)
		return at, false
	}
	at = time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, f.p.cfg.Zone)
	if at.After(now) { // a quarter to midnight, typed after it
		at = at.AddDate(0, 0, -1)
	}
	return at, true
}

// diaryNumber reads a whole number up to a bound; nothing is 0.
func (f *folder) diaryNumber(q *form, id string, most int, wrong string) int {
	typed := f.typed(id)
	if typed == "" {
		return 0
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 || n > most {
		q.wrong(id, wrong)
	}
	return n
}

// addDiary writes one entry.
func addDiary(f *folder) error {
	w, q := f.p.words.Book.Nights, f.diaryForm()
	m := book.Moment{Kind: f.typed("what")}
	if w.Kinds[m.Kind] == "" {
		q.wrong("what", w.NoWhat)
	}
	m.Minutes = f.diaryNumber(q, "minutes", book.MostMinutes, w.BadMinutes)
	m.Millis = f.diaryNumber(q, "millis", book.MostMillis, w.BadMillis)
	if m.Millis > 0 && m.Kind != "bottle" {
		q.wrong("millis", w.OnlyBottle)
	}
	at, ok := f.diaryTime(q)
	if !ok || q.Problems() {
		return f.showDiary(q)
	}
	m.At = at
	entry := m.Entry(w.Kinds[m.Kind], f.p.cfg.Now().In(f.p.cfg.Zone))
	entry["subject"], entry["author"], entry["source"] = f.subjectRef(), ref(f.author()), ref(f.author())
	if _, err := f.writeAll([]book.Placed{{Body: entry}}, f.formKey()); err != nil {
		return err
	}
	return f.doneThen(entryAdded, f.at+childAt+"/diary")
}
