package recall

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
)

// View is what somebody may know of a child for the lists.
type View struct {
	Born       Day // 0 where the whole day is not known
	Sex        string
	Gone       bool   // they died, or the record was merged into another
	Practice   string // the id of the organisation that they are registered with; "" for none
	Moved      bool   // somebody of the practice said that they moved away
	Chosen     bool   // there are sharing choices
	Programmes []Programme
	// Contacts are how the family was asked, by the programme ("" for all of
	// them), the newest first.
	Contacts []Contact
}

// Reads are the types of resources that a view is made of.
func Reads() []string {
	return []string{"Communication", "Condition", "Consent", "Immunization", "Patient"}
}

// Queries are the questions for what a view is made of, in a session about one
// child: everything of most types, and of Conditions those alone for which the
// schedule asks.
func (r *Recalls) Queries(reg *search.Registry) (all []search.Query, err error) {
	ask := func(types []string, pairs ...search.Pair) error {
		q, err := search.Parse(reg, types, nil, pairs, search.Options{Strict: true, Now: r.Now().UnixMicro()})
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		q.Count = seenPage
		all = append(all, q)
		return nil
	}
	types := slices.DeleteFunc(Reads(), func(t string) bool { return t == "Condition" })
	if err := ask(types); err != nil || r.about.Codes == "" {
		return all, err
	}
	return all, ask([]string{"Condition"}, search.Pair{Name: "code", Value: r.about.Codes})
}

// View reads what entries say of a child today. Entries are those that the
// viewer may see; of somebody whose Patient is not among them nothing is known.
func (r *Recalls) View(entries []*fhir.Tree) (View, error) { return r.view(entries, r.Today()) }

func (r *Recalls) view(entries []*fhir.Tree, on Day) (View, error) {
	var v View
	c := Child{}
	there := false
	for _, t := range entries {
		switch n := t.Root(); n.Get("resourceType").Str() {
		case "Patient":
			there = true
			v.patient(n)
		case "Consent":
			v.Chosen = true
		case "Communication":
			if one, ok := readContact(n); ok {
				v.Contacts = append(v.Contacts, one)
			}
		case "Immunization", "Condition":
			c.Entries = append(c.Entries, t)
		}
	}
	if !there || v.Gone || v.Born == 0 {
		v.Gone = v.Gone || !there
		return v, nil
	}
	sortContacts(v.Contacts)
	v.Moved = v.movedSince()
	c.Born, c.Sex = v.Born, v.Sex
	var err error
	v.Programmes, err = r.Forecast.Forecast(c, on)
	return v, err
}

// patient reads who it is. A birth date without its day is none: no dose is due
// on a guess.
func (v *View) patient(n fhir.Node) {
	v.Born, _ = ParseDay(n.Get("birthDate").Str())
	v.Sex = n.Get("gender").Str()
	v.Gone = n.Get("deceasedBoolean").Kind() == fhir.True || n.Get("deceasedDateTime").Exists() || n.Get("active").Kind() == fhir.False
	for l := range n.Get("link").Items() {
		v.Gone = v.Gone || l.Get("type").Is("replaced-by")
	}
	for g := range n.Get("generalPractitioner").Items() {
		if v.practiceAt(g) {
			return
		}
	}
	v.practiceAt(n.Get("managingOrganization"))
}

// practiceAt reads a reference to an organisation here. One that is named by its
// code alone lets nobody see the record (record, Ties), and so is none.
func (v *View) practiceAt(ref fhir.Node) bool {
	id, ok := strings.CutPrefix(ref.Get("reference").Str(), "Organization/")
	if ok = ok && fhir.ValidID(id); ok {
		v.Practice = id
	}
	return ok
}

// line is one row of a list: the next dose of one programme.
type line struct {
	programme, vaccine                    string
	dose, due, overdue, until, rest, born Day
}

// lines are the rows that a child has.
func (r *Recalls) lines(v View) (all []line) {
	if v.Gone || v.Moved || v.Born == 0 || v.Born.AddMonths(12*r.Policy.Ages) <= r.Today() {
		return nil
	}
	for _, p := range v.Programmes {
		if l, ok := r.line(v, p); ok {
			all = append(all, l)
		}
	}
	return all
}

func (r *Recalls) line(v View, p Programme) (line, bool) {
	if p.Dose == 0 || p.Due == 0 {
		return line{}, false
	}
	l := line{programme: p.ID, vaccine: p.Vaccine, dose: Day(p.Dose), due: p.Due, overdue: p.Overdue, until: p.Until, born: v.Born}
	if l.overdue == 0 {
		l.overdue = Never
	}
	if l.until == 0 {
		l.until = Never
	}
	if no := max(p.Refused, v.refused(p.ID)); no > 0 {
		l.rest = no.AddMonths(r.Policy.Rest)
	}
	return l, true
}

// on says whether a row is on the list of a day: due, and not too late, and
// nobody said no of late.
func (l line) on(today Day, within Day) bool {
	return l.due <= today+within && l.until >= today && l.rest <= today
}
