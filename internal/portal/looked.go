package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

const lookedAt = "/record/looked"

// looker is a session of the record that shows who looked.
type looker interface {
	Looked(ctx context.Context, q record.Looking) (record.Looks, error)
	LookedAt(ctx context.Context, id string) (record.Look, error)
}

// ownRecord lets a page be seen by somebody of whom it is proven well enough who
// they are, and whose record is known.
func ownRecord(do func(*visit) error) func(*visit) error {
	return member(func(v *visit) error {
		switch n := v.lacksRecord(); n {
		case account.NeedNothing:
			v.switchAhead()
			return do(v)
		case account.NeedPasskey, account.NeedAgain:
			return v.goOn(withNext("/check", v.home()))
		default:
			return n.Problem()
		}
	})
}

// lacksRecord is what somebody lacks to see their own record; how long ago they
// signed in does not matter.
func (v *visit) lacksRecord() account.Need {
	now := v.p.cfg.Now()
	return account.Export.Lacks(v.s.Standing, now, now)
}

// looker opens somebody's own record, for the log of it.
func (v *visit) looker() (looker, error) {
	s := v.asThemself()
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, s.patient, access.OneType("AuditEvent", access.Read|access.Search)), s.patient, access.Own)
	if err != nil {
		return nil, err
	}
	l, ok := r.(looker)
	if !ok {
		return nil, problem.New(problem.Unavailable, "")
	}
	return l, nil
}

// lookedFilter is which looks the page was asked for.
type lookedFilter struct {
	record.Looking
	like     string     // the id of a look by the one whose looks are wanted
	query    url.Values // what the links of the page carry on
	filtered bool
	form     *form
}

// lookedKinds are the types that can be chosen, those that people meet most.
var lookedKinds = []string{"Patient", "Observation", "Condition", "MedicationRequest", "AllergyIntolerance", "Immunization", "Encounter", "Appointment",
	"DiagnosticReport", "DocumentReference", "Procedure", "CarePlan", "Consent", "AuditEvent"}

var lookedPurposes = []access.Purpose{access.Care, access.Own, access.Proxy, access.Emergency, access.Operations, access.Import, access.Export, access.Research}

// lookedFilter reads what was chosen. What can not be read stands at its field.
func (v *visit) lookedFilter() lookedFilter {
	q, w := v.r.URL.Query(), v.p.words.Looked
	f := lookedFilter{query: url.Values{}}
	kept := func(name string) string {
		value := q.Get(name)
		if value != "" && len(value) <= 100 {
			f.query.Set(name, value)
			return value
		}
		return ""
	}
	f.Others = kept("whose") != "all"
	f.Type, f.like, f.Organisation, f.App = kept("kind"), kept("like"), kept("organisation"), kept("app")
	why, outcome := kept("why"), kept("outcome")
	for _, p := range lookedPurposes {
		if p.String() == why {
			f.Purpose = p
		}
	}
	f.Outcome = map[string]record.Outcomes{"given": record.Given, "refused": record.Refused}[outcome]
	from, to := v.dayAsked("from", w.From, kept), v.dayAsked("to", w.To, kept)
	f.From, f.To = from.day, to.day
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1) // that day is within
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		from.field.Problem = w.Order
	}
	f.Cursor, f.filtered = q.Get("after"), len(f.query) > 0
	f.form = v.newForm(w.Show, from.field, to.field,
		&field{ID: "whose", Label: w.Whose, Value: q.Get("whose"), Options: []option{{"", w.Others}, {"all", w.Everybody}}},
		&field{ID: "kind", Label: w.Kind, Value: f.Type, Options: v.kindOptions()},
		&field{ID: "why", Label: w.Why, Value: why, Options: v.purposeOptions()},
		&field{ID: "outcome", Label: w.Outcome, Value: outcome, Options: []option{{"", w.AnyOutcome}, {"given", w.Given}, {"refused", w.Refused}}})
	for _, name := range []string{"like", "organisation", "app"} {
		if value := f.query.Get(name); value != "" {
			f.form.Hidden = append(f.form.Hidden, [2]string{name, value})
		}
	}
	return f
}

// askedDay is a day of the filter.
type askedDay struct {
	field *field
	day   time.Time
}

func (v *visit) dayAsked(id, label string, kept func(string) string) askedDay {
	f := v.dateField(id, label, "")
	f.Date.day, f.Date.month, f.Date.year = kept(id), kept(id+"month"), kept(id+"year")
	day, empty, ok := readDay(f.Date.day, f.Date.month, f.Date.year, v.p.cfg.Zone)
	if empty {
		return askedDay{field: f}
	}
	if !ok {
		f.Problem = v.p.words.Looked.BadDay
		return askedDay{field: f}
	}
	return askedDay{f, day}
}

func (v *visit) kindOptions() []option {
	all := []option{{"", v.p.words.Looked.AnyKind}}
	for _, k := range lookedKinds {
		all = append(all, option{k, v.p.words.Kinds[k]})
	}
	return all
}

func (v *visit) purposeOptions() []option {
	all := []option{{"", v.p.words.Looked.AnyWhy}}
	for _, p := range lookedPurposes {
		all = append(all, option{p.String(), v.p.words.Looked.Purposes[p.String()]})
	}
	return all
}

// A page of looks is grouped by day, and within a day by who it was, as long as
// they come one after another.
type (
	lookedDay struct {
		Day string
		By  []lookedBy
	}
	lookedBy struct {
		Who   string
		Looks []lookedLine
	}
	lookedLine struct{ Time, What, Href, Note string }
)

// lookedPage is how many looks a page has.
const lookedPage = 25

// whoLooked lists who looked at somebody's record.
func whoLooked(v *visit) error {
	f := v.lookedFilter()
	body := struct {
		Days       []lookedDay
		None, More string
		Filtered   bool
		Links      []link
	}{Filtered: f.filtered, Links: []link{{v.p.words.Enquiries.Title, enquiriesAt}, {v.p.words.Looked.Download, lookedAt + "/download"}, {v.p.words.Receipt.Title, receiptAt}}}
	v.form = f.form
	if f.form.Problems() {
		return v.show(http.StatusUnprocessableEntity, "looked", v.p.words.Looked.Title, body)
	}
	l, err := v.looker()
	if err != nil {
		return err
	}
	if f.like != "" {
		// Ids of those who looked are in no address.
		one, err := l.LookedAt(v.r.Context(), f.like)
		if err != nil {
			return v.lookGone(err)
		}
		f.Actor = one.Who.Actor
	}
	f.Count = lookedPage
	page, err := l.Looked(v.r.Context(), f.Looking)
	if err != nil {
		return err
	}
	if body.Days, err = v.lookedDays(page.Items); err != nil {
		return err
	}
	if page.Next != "" {
		f.query.Set("after", page.Next)
		body.More = lookedAt + "?" + f.query.Encode()
	}
	if len(body.Days) == 0 {
		body.None = v.p.words.Looked.None
		if f.filtered || f.Cursor != "" || body.More != "" {
			body.None = v.p.words.Looked.NoneFound
		}
	}
	return v.show(http.StatusOK, "looked", v.p.words.Looked.Title, body)
}

func (v *visit) lookedDays(all []record.Look) (days []lookedDay, err error) {
	named := v.naming()
	for i := range all {
		l := &all[i]
		n, err := named(l)
		if err != nil {
			return nil, err
		}
		day, who := v.date(l.At), v.whoText(n)
		if len(days) == 0 || days[len(days)-1].Day != day {
			days = append(days, lookedDay{Day: day})
		}
		d := &days[len(days)-1]
		if len(d.By) == 0 || d.By[len(d.By)-1].Who != who {
			d.By = append(d.By, lookedBy{Who: who})
		}
		by := &d.By[len(d.By)-1]
		by.Looks = append(by.Looks, lookedLine{Time: v.p.words.Dates.Clock(l.At.In(v.p.cfg.Zone)), What: v.whatText(l), Href: lookedAt + "/" + l.ID, Note: v.noteText(l)})
	}
	return days, nil
}

// naming names those who looked, each once.
func (v *visit) naming() func(*record.Look) (names.Named, error) {
	known := map[access.Who]names.Named{}
	return func(l *record.Look) (names.Named, error) {
		n, ok := known[l.Who]
		if ok {
			return n, nil
		}
		n, err := v.p.cfg.Names.Of(v.r.Context(), l.Who, l.Person, recordID(v.s.Record))
		if err == nil {
			known[l.Who] = n
		}
		return n, err
	}
}

// oneLook shows one entry.
func oneLook(v *visit) error {
	l, n, err := v.lookNamed()
	if err != nil {
		return err
	}
	w := v.p.words.Looked
	t := table{Caption: w.GivenOut, None: w.GivenOutNone, Heads: []string{w.Kind, w.ID, w.Version}}
	for _, r := range l.Returned[:min(len(l.Returned), mostGiven)] {
		t.Rows = append(t.Rows, []cell{text(v.kindText(r.Type)), text(r.ID), text(decimal(r.Version))})
	}
	s := &sheet{title: w.OneTitle, facts: v.lookFacts(&l, n), tables: []table{t}}
	if !l.Own() {
		s.button = link{v.p.words.Enquiries.Ask, lookedAt + "/" + l.ID + "/ask"}
	}
	s.links = []link{{w.Title, lookedAt}, {v.p.words.Receipt.Link, lookedAt + "/" + l.ID + "/receipt"}, {w.SameWho, lookedAt + "?" + url.Values{"whose": {"all"}, "like": {l.ID}}.Encode()}}
	if l.Who.Organisation != "" {
		s.links = append(s.links, link{w.SameOrganisation, lookedAt + "?" + url.Values{"whose": {"all"}, "organisation": {l.Who.Organisation}}.Encode()})
	}
	if l.Who.App != "" {
		s.links = append(s.links, link{w.SameApp, lookedAt + "?" + url.Values{"whose": {"all"}, "app": {l.Who.App}}.Encode()})
	}
	if n.Sort == names.Somebody { // whose id is not the reader's to have
		s.links = s.links[:2]
	}
	return v.showSheet(s)
}

// mostGiven bounds the rows of one entry on a page; the file to download has
// all.
const mostGiven = 200

// lookNamed is the entry that the page is about, and who it was.
func (v *visit) lookNamed() (record.Look, names.Named, error) {
	s, err := v.looker()
	if err != nil {
		return record.Look{}, names.Named{}, err
	}
	l, err := s.LookedAt(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return l, names.Named{}, v.lookGone(err)
	}
	n, err := v.naming()(&l)
	return l, n, err
}

// lookGone says in words that an entry is not there.
func (v *visit) lookGone(err error) error {
	if problem.Is(err, problem.NotFound) {
		err = problem.New(problem.NotFound, v.p.words.Looked.Gone)
	}
	return err
}

// lookFacts are what an entry says, in rows.
func (v *visit) lookFacts(l *record.Look, n names.Named) []fact {
	w := v.p.words.Looked
	app := orUnknown(appOf(n), w)
	if l.Who.App == "" {
		app = w.Pages
	}
	facts := []fact{{w.When, v.when(l.At)}, {w.Who, v.whoText(n)}}
	if l.Who.Organisation != "" {
		facts = append(facts, fact{w.Organisation, orUnknown(n.Organisation, w)})
	}
	if n.Sort != names.Service {
		facts = append(facts, fact{w.App, app})
	}
	facts = append(facts, fact{w.Did, v.whatText(l)}, fact{w.Why, orUnknown(w.Purposes[l.Purpose.String()], w)}, fact{w.Became, v.becameText(l)}, fact{w.Allowed, v.ruleText(l.Rule)})
	if l.Who.Mandate != "" {
		facts = append(facts, fact{w.Right, l.Who.Mandate})
	}
	for _, by := range l.By {
		facts = append(facts, fact{w.Choice, by.Consent + ", " + w.Version + " " + decimal(by.Version)})
	}
	if l.Request != "" {
		facts = append(facts, fact{w.Request, l.Request})
	}
	return append(facts, fact{w.Entry, l.ID})
}

func appOf(n names.Named) string {
	if n.Sort == names.Program {
		return n.Name
	}
	return n.App
}

func orUnknown(text string, w words.Looked) string {
	if strings.TrimSpace(text) == "" {
		return w.NotKnown
	}
	return text
}
