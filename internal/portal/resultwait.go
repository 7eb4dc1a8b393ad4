package portal

import (
	"net/http"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/display"
	"github.com/bevanhealth/bevan/internal/problem"
)

// showing is what is known of how results are shown to whoever opened a folder. It
// is read once, when the first result asks for it.
type showing struct {
	once    sync.Once
	failed  bool
	choices display.Choices
	told    display.Told
}

// wait is what stands on a page in place of a result that is not shown yet.
type wait struct {
	How   display.How // warn: behind a page that asks first; all others: it waits
	Kind  string      // in words, such as "A genetic test"
	Until time.Time   // when one that waits is shown at the latest; zero where that is not known
	Says  string      // a sentence to put where the result would stand
}

// Asks says whether a page that asks first leads to the result.
func (w wait) Asks() bool { return w.How == display.Warn }

// waits says whether a result is to be kept from whoever looks, for now, by their
// own choice. Pages put Says in the place of all that the result says, its name
// too. Whoever looks after the person sees everything. Where the choice can not
// be read nothing is shown: it may be the choice to wait.
func (f *folder) waits(t *fhir.Tree) (wait, bool) {
	if f.why == access.Care || !display.IsResult(t) {
		return wait{}, false
	}
	w := f.p.words.Results
	f.shows.once.Do(f.readShowing)
	d := f.p.cfg.Displays
	if f.shows.failed {
		return wait{How: display.Wait, Kind: w.Kinds[display.Everyday], Says: w.NotNow}, true
	}
	s := d.Rules.Show(t, f.shows.choices, f.shows.told, f.p.cfg.Now())
	if s.How == display.Now {
		return wait{}, false
	}
	out := wait{How: s.How, Kind: w.Kinds[s.Kind], Until: s.Until, Says: w.Kinds[s.Kind] + ". " + w.Hidden}
	if s.How != display.Warn {
		out.How = display.Wait
		out.Says = w.Kinds[s.Kind] + ". " + w.Waits + " " + w.WaitsUntil + " " + f.date(s.Until) + "."
	}
	return out, true
}

// ownShowing tells what waits in the record of whoever is signed in, for pages that
// show entries of it without being pages of it. It opens nothing.
func (v *visit) ownShowing() *folder {
	return &folder{visit: v, patient: recordID(v.s.Record), at: recordAt, why: access.Own}
}

// preview is what an entry is called, and its date, where it is shown as another
// would see it, or would not. Others may see what the person asked to wait for;
// that it is theirs to be told first holds on these pages as well.
func (f *folder) preview(t *fhir.Tree) (title, date string) {
	e := f.entryOf(t)
	if w, hidden := f.waits(t); hidden {
		return w.Says, e.Date
	}
	return e.Title, e.Date
}

// showingAhead begins to read it beside the question that finds the results.
func (f *folder) showingAhead() {
	if f.why != access.Care {
		aside(func() error { f.shows.once.Do(f.readShowing); return nil })
	}
}

func (f *folder) readShowing() {
	d, s := f.p.cfg.Displays, &f.shows
	s.failed = true
	if d == nil {
		return
	}
	var err error
	if s.choices, s.told, err = d.Both(f.r.Context(), f.s.Account, f.patient); err != nil {
		if f.r.Context().Err() == nil { // a page without results does not wait for it
			f.p.cfg.Log.Warn("how results are shown is not known, so none are", "cause", problem.LogText(err))
		}
		return
	}
	s.failed = false
}

// keeps says whether the page of an entry is kept back for now: whoever was warned
// and went on is not kept from it.
func (f *folder) keeps(t *fhir.Tree) bool {
	w, hidden := f.waits(t)
	return hidden && !w.passed(f)
}

// asksBefore is asksFirst for a page of one entry.
func (f *folder) asksBefore(t *fhir.Tree) (done bool, err error) {
	w, hidden := f.waits(t)
	if !hidden {
		return false, nil
	}
	return f.asksFirst(w, f.at+"/results")
}

// lookAnyway is what the address of a page says where somebody was warned and went on.
const lookAnyway = "look"

// passed says whether they were warned, and went on.
func (w wait) passed(f *folder) bool { return w.Asks() && f.r.URL.Query().Get(lookAnyway) == "yes" }

// asksFirst shows, in place of the page of a result, the one that warns of it or
// says that it waits; done says that it did. Whoever was warned comes back with
// look=yes in the address: it is theirs to see, and nothing is kept of it.
func (f *folder) asksFirst(w wait, back string) (done bool, err error) {
	if w.passed(f) {
		return false, nil
	}
	words := f.p.words.Results.Warn
	body := struct {
		Text       []string
		Kind       string
		Show, Back string
		Until      string
	}{Kind: w.Kind, Back: back, Text: []string{words.Ring, words.Night, words.Crisis}}
	title := words.Title
	if w.Asks() {
		q := f.r.URL.Query()
		q.Set(lookAnyway, "yes")
		body.Show = f.r.URL.EscapedPath() + "?" + q.Encode()
	} else {
		title = words.WaitTitle
		if !w.Until.IsZero() {
			body.Until = f.p.words.Results.WaitsUntil + " " + f.date(w.Until) + "."
		}
	}
	return true, f.showFolder(http.StatusOK, "resultwarn", f.headed(title), body)
}

// headed is a title, before the name of another whose record it is.
func (f *folder) headed(title string) string {
	if f.own() {
		return title
	}
	return title + ":"
}
