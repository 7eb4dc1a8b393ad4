package portal

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// caring lets a page be seen by staff who may look after people.
func caring(do func(*visit, subject) error) func(*visit) error {
	return launching(func(v *visit) error {
		s, err := v.carer()
		if err != nil {
			return err
		}
		return do(v, s)
	})
}

// peoplePage is the page on which staff find a person.
type peoplePage struct {
	Nobody, Several bool
	// Rescue is the way to an emergency, with what was typed; nil where the role
	// has none.
	Rescue *way
	Links  []link
}

// peopleForm asks for whom staff look. The names of the number and of the birth
// date are those of the page for emergencies, which is given what was typed here.
func (v *visit) peopleForm() *form {
	w := v.p.words.Clinic.Find
	f := v.newForm(w.Button,
		&field{ID: "number", Label: w.Number, Hint: w.NumberHint, Mode: "numeric", Auto: "off"},
		&field{ID: "given", Label: w.Given, Auto: "off"},
		&field{ID: "family", Label: w.Family, Auto: "off"},
		v.dateField("born", w.Born, ""),
		&field{ID: "postcode", Label: w.Postcode, Hint: w.PostcodeHint, Auto: "off"})
	f.Action = peopleAt
	return f
}

func (v *visit) showPeople(status int, f *form, body peoplePage) error {
	v.form = f
	if (body.Nobody || body.Several) && v.work.acting.May(staff.Emergency) == nil {
		body.Rescue = &way{Action: emergencyAt + "/for", Text: v.p.words.Clinic.Find.Emergency, Second: true}
		for _, id := range []string{"number", "born", "bornmonth", "bornyear"} {
			if said := v.typed(id); said != "" {
				body.Rescue.Hidden = append(body.Rescue.Hidden, [2]string{id, said})
			}
		}
	}
	body.Links = v.linksOf(link{v.p.words.Clinic.List.Title, listAt}, link{v.p.words.Staff.Title, staffAt})
	return v.show(status, "people", v.p.words.Clinic.Find.Title, body)
}

// linksOf leaves out links to pages that there are not.
func (v *visit) linksOf(all ...link) []link {
	return slices.DeleteFunc(all, func(l link) bool { return !v.has(l.Href) })
}

// has says whether there is a page at an address.
func (v *visit) has(at string) bool {
	_, pattern := v.p.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: at}})
	return pattern != "" && pattern != "/"
}

// nobodyHere answers for a person who is not there, and for one whom those who
// ask may not see: the two can not be told apart.
func (v *visit) nobodyHere() error {
	return v.showPeople(http.StatusNotFound, v.peopleForm(), peoplePage{Nobody: true})
}

// findPeople asks for whom somebody looks.
func findPeople(v *visit, _ subject) error {
	return v.showPeople(http.StatusOK, v.peopleForm(), peoplePage{})
}

// findPeopleFinish goes to the one person whom the details are of and whom
// whoever asks may see. It gives no list to choose from: who can not be told from
// another is not shown.
func findPeopleFinish(v *visit, s subject) error {
	f := v.peopleForm()
	d, at, wrong := v.wantedDetails()
	if wrong != "" {
		f.wrong(at, wrong)
		return v.showPeople(http.StatusUnprocessableEntity, f, peoplePage{})
	}
	ids, more, err := v.tracePeople(s, d)
	if err != nil {
		return err
	}
	var seen []string
	for _, id := range ids {
		_, err := v.patientNamed(s, id)
		switch {
		case err == nil:
			seen = append(seen, id)
		case !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Gone):
			return err
		}
	}
	switch {
	case len(seen) == 1 && !more:
		return v.goOn(peopleAt + "/" + seen[0])
	case len(seen) > 0:
		return v.showPeople(http.StatusOK, f, peoplePage{Several: true})
	}
	return v.showPeople(http.StatusOK, f, peoplePage{Nobody: true})
}

// wantedDetails are those that were typed. Where they are too few, at is the
// field and wrong what to do: a name alone would find too many.
func (v *visit) wantedDetails() (d match.Details, at, wrong string) {
	w := v.p.words.Clinic.Find
	if number := v.typed("number"); number != "" {
		digits, ok := fhir.ParseNHSNumber(number)
		if !ok {
			return d, "number", w.BadNumber
		}
		d.NHSNumber = digits
	}
	born, empty, ok := v.typedDay("born")
	switch {
	case !empty && (!ok || born.After(v.p.cfg.Now())):
		return d, "born", w.BadBorn
	case !empty:
		d.Birth = born.Format(time.DateOnly)
	}
	for _, one := range []struct {
		id string
		to *[]string
	}{{"given", &d.Given}, {"family", &d.Family}, {"postcode", &d.Postcode}} {
		if said := v.typed(one.id); said != "" {
			*one.to = []string{said}
		}
	}
	if d.NHSNumber == "" && (len(d.Given) == 0 || len(d.Family) == 0 || d.Birth == "") {
		return d, "number", w.NeedMore
	}
	return d, "", ""
}

// tracePeople are the records that the details may be of, by the rules of the
// trace. Where both say something and it is not the same, it is not them. more
// says that there are others.
func (v *visit) tracePeople(s subject, d match.Details) (ids []string, more bool, err error) {
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, "", access.OneType("Patient", access.Read|access.Search)), "", s.why)
	if err != nil {
		return nil, false, err
	}
	pairs := []search.Pair{{Name: "identifier", Value: fhir.NHSNumberSystem + "|" + d.NHSNumber}}
	if d.NHSNumber == "" {
		pairs = []search.Pair{{Name: "birthdate", Value: d.Birth}}
		names := strings.Fields(d.Family[0])
		for _, one := range names[:min(maxWords, len(names))] {
			pairs = append(pairs, search.Pair{Name: "family", Value: escaped(one)})
		}
	}
	candidates, more, err := v.candidates(v.r.Context(), r, pairs)
	if err != nil {
		return nil, false, err
	}
	for _, c := range v.p.cfg.Proofs.Rules.Trace(d, candidates).Candidates {
		i := slices.IndexFunc(candidates, func(o match.Candidate) bool { return o.Patient == c.Patient })
		if i >= 0 && !candidates[i].Replaced && agrees(d, candidates[i].Details) {
			ids = append(ids, c.Patient)
		}
	}
	return ids, more, nil
}

// agrees says that nothing that was typed in full is known otherwise.
func agrees(claimed, held match.Details) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	tight := func(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }
	if len(claimed.Postcode) > 0 && len(held.Postcode) > 0 && !slices.ContainsFunc(held.Postcode, func(p string) bool { return tight(p) == tight(claimed.Postcode[0]) }) {
		return false
	}
	return !differ(claimed.Birth, held.Birth) && !differ(claimed.NHSNumber, held.NHSNumber)
}

func (v *visit) candidates(ctx context.Context, r Records, pairs []search.Pair) (all []match.Candidate, more bool, err error) {
	found, more, err := find(ctx, r, "Patient", pairs, mostFound, v.p.cfg.Now())
	if err != nil {
		return nil, false, err
	}
	for _, t := range found {
		c, err := proof.ReadPatient(t.Bytes())
		if err != nil {
			return nil, false, err
		}
		all = append(all, c)
	}
	return all, more, nil
}
