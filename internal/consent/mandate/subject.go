package mandate

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// checkEvery is how old what is known of a person may be while somebody acts
// for them: that they died is felt within that time. Asking in each request
// would leave an entry in their log for each click.
const checkEvery = time.Minute

// look asks the record about a person. Who is not there, or was merged into
// another record, is NotFound.
func (m *Mandates) look(ctx context.Context, actor, patient string) (subject, error) {
	if !fhir.ValidID(patient) {
		return subject{}, noPerson()
	}
	s, err := m.Session(ctx, actor, access.OneType("Patient", access.Read))
	if err != nil {
		return subject{}, err
	}
	r, err := s.Read(ctx, record.Key{Type: "Patient", ID: patient}, 0)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return subject{}, noPerson()
	}
	if err != nil {
		return subject{}, err
	}
	t, err := fhir.Parse(r.Body, fhir.Limits{})
	if err != nil {
		return subject{}, problem.Wrap(problem.Internal, "", err)
	}
	return readSubject(t.Root(), m.Now())
}

func noPerson() error {
	return problem.New(problem.NotFound, "There is no such person. Check who it is about.").Because("mandate-no-person")
}

// readSubject reads a Patient.
func readSubject(p fhir.Node, now time.Time) (subject, error) {
	s := subject{Name: nameOf(p), Born: p.Get("birthDate").Str(), Practice: practiceOf(p), checked: now}
	s.died = p.Get("deceasedBoolean").Kind() == fhir.True || p.Get("deceasedDateTime").Str() != ""
	for l := range p.Get("link").Items() {
		if l.Get("type").Is("replaced-by") {
			return subject{}, noPerson()
		}
	}
	return s, nil
}

// nameOf is the official name, or the first one that there is.
func nameOf(p fhir.Node) string {
	best := ""
	for n := range p.Get("name").Items() {
		text := n.Get("text").Str()
		if text == "" {
			var parts []string
			for g := range n.Get("given").Items() {
				parts = append(parts, g.Str())
			}
			text = strings.TrimSpace(strings.Join(append(parts, n.Get("family").Str()), " "))
		}
		if best == "" || n.Get("use").Is("official") {
			best = text
		}
	}
	if len(best) > maxName {
		best = strings.ToValidUTF8(best[:maxName], "")
	}
	return best
}

// practiceOf is where the person is registered, as their record names it.
func practiceOf(p fhir.Node) string {
	for g := range p.Get("generalPractitioner").Items() {
		if r := g.Get("reference").Str(); strings.HasPrefix(r, "Organization/") {
			return r
		}
		if g.Get("identifier").Get("system").Is(odsSystem) {
			return g.Get("identifier").Get("value").Str()
		}
	}
	return ""
}

// keep stores what is known of a person. afresh takes their birth date as it is
// now, as somebody who gives a mandate has looked at it; otherwise the earliest
// that was ever seen stays, so that a right can get less by it and not more.
func (m *Mandates) keep(t *tx, patient string, s *subject, afresh bool) error {
	old, there, err := m.subject(t, patient)
	if err != nil {
		return err
	}
	if there {
		s.paused = old.paused
		if was, is := readDate(old.Born), readDate(s.Born); !afresh && was.known() && (!is.known() || was.before(is)) {
			s.Born = old.Born
		}
	}
	about, err := m.sealJSON("person", patient, s)
	if err != nil {
		return err
	}
	_, err = t.Exec(`INSERT INTO mandate_person (patient, about, died, checked) VALUES ($1, $2, $3, $4)
		ON CONFLICT (patient) DO UPDATE SET about = excluded.about, died = excluded.died, checked = excluded.checked`,
		patient, about, number(s.died), seconds(s.checked))
	return err
}

// subject reads what is known of a person.
func (m *Mandates) subject(t *tx, patient string) (s subject, there bool, err error) {
	about := ""
	there, err = t.One("SELECT about, died, paused, checked FROM mandate_person WHERE patient = $1"+t.Dialect().Pick("", " FOR UPDATE"), []any{patient}, func(r *db.Row) error {
		about, s = r.Text(0), subject{died: r.Bool(1), paused: moment(r.Int64(2)), checked: moment(r.Int64(3))}
		return nil
	})
	if err != nil || !there {
		return subject{}, there, err
	}
	return s, true, m.unsealSubject(patient, about, &s)
}

func (m *Mandates) unsealSubject(patient, about string, s *subject) error {
	plain, err := m.open("person", patient, about)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(plain), s)
}

// NameOf is what somebody is called, for staff who look after who may act for
// them. by is whoever asks, and is in the log.
func (m *Mandates) NameOf(ctx context.Context, by By, patient string) (string, error) {
	s, err := m.look(ctx, by.Actor, patient)
	return s.Name, err
}

// RecordOf finds the record of somebody with an NHS number, for those who give
// them a mandate. by is whoever asks, and is in the log. Where it is not
// exactly one the error is NotFound.
func (m *Mandates) RecordOf(ctx context.Context, by By, nhsNumber string) (patient, name string, err error) {
	digits, ok := fhir.ParseNHSNumber(nhsNumber)
	if !ok {
		return "", "", problem.New(problem.Invalid, "An NHS number has ten digits, such as 999 123 4567. Check it and type it again.").Because("mandate-nhs-number")
	}
	s, err := m.Session(ctx, by.Actor, access.OneType("Patient", access.Search))
	if err != nil {
		return "", "", err
	}
	q, err := search.Parse(s.Registry(), []string{"Patient"}, nil, []search.Pair{{Name: "identifier", Value: fhir.NHSNumberSystem + "|" + digits}, {Name: "_count", Value: "3"}}, search.Options{Strict: true})
	if err != nil {
		return "", "", err
	}
	page, err := s.Search(ctx, q, "")
	if err != nil {
		return "", "", err
	}
	if len(page.Items) != 1 {
		return "", "", noRecord()
	}
	t, err := fhir.Parse(page.Items[0].Body, fhir.Limits{})
	if err != nil {
		return "", "", problem.Wrap(problem.Internal, "", err)
	}
	if _, err := readSubject(t.Root(), m.Now()); err != nil {
		return "", "", noRecord()
	}
	return page.Items[0].ID, nameOf(t.Root()), nil
}

func noRecord() error {
	return problem.New(problem.NotFound, "There is not exactly one record with this NHS number. Check the number, or look for the record by name.").Because("mandate-no-record")
}
