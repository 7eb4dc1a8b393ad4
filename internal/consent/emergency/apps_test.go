package emergency

import (
	"errors"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/storytest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// appSees reads somebody's allergy for an app that was opened in the emergency,
// by what its credential says: whose it is, and about whom.
func (w *telling) appSees(h Held, patient string) error {
	m, ok, err := w.HeldBy(w.t.Context(), h, w.opened.ID)
	if err != nil {
		return err
	}
	if !ok {
		return unknown()
	}
	who := m.Who()
	who.App, who.Grant = "heart", "g1"
	s, err := w.door.Open(w.t.Context(), who, record.About{}, access.Emergency)
	if err != nil {
		return err
	}
	patient = strings.ToLower(patient)
	_, err = s.Read(w.t.Context(), record.Key{Type: "AllergyIntolerance", ID: patient + "-allergy"}, 0)
	return err
}

func (w *telling) appSteps(on adder) []storytest.Step {
	mine := func(name, patient string) Held {
		return Held{w.people[name].id, w.held.Session, w.held.Place, strings.ToLower(patient)}
	}
	return []storytest.Step{
		on(`(\w+)'s allergy is kept back by (a court|safeguarding staff)`, func(a []string) error {
			id := strings.ToLower(a[0])
			code := map[string]string{"a court": "court-order", "safeguarding staff": "safeguarding-restriction"}[a[1]]
			w.put(`{"resourceType":"AllergyIntolerance","id":"` + id + `-allergy","meta":{"security":[{"system":"urn:bevan:sensitivity","code":"` + code + `"}]},"patient":{"reference":"Patient/` + id + `"}}`)
			return nil
		}),
		on(`(\w+) opens the heart app`, func(a []string) error {
			by := w.who(a[0]).by()
			w.held = Held{by.Session.Account, by.Session.ID, by.Acting.Member, w.opened.Patient}
			return nil
		}),
		on(`the heart app sees (\w+)'s allergy`, func(a []string) error { return w.appSees(w.held, a[0]) }),
		on(`the heart app does not see (\w+)'s allergy`, func(a []string) error { return hidden(w.appSees(w.held, a[0])) }),
		on(`with a word for (\w+) the heart app does not see (\w+)'s allergy`, func(a []string) error {
			h := w.held
			h.Patient = strings.ToLower(a[0])
			return hidden(w.appSees(h, a[1]))
		}),
		on(`an app of (\w+) does not see (\w+)'s allergy by it`, func(a []string) error { return hidden(w.appSees(mine(a[0], a[1]), a[1])) }),
		on(`the heart app changes nothing`, func([]string) error {
			m, ok, err := w.HeldBy(w.t.Context(), w.held, w.opened.ID)
			if err != nil || !ok {
				return errors.Join(err, unknown())
			}
			s, err := w.door.Open(w.t.Context(), m.Who(), record.About{}, access.Emergency)
			if err != nil {
				return err
			}
			_, err = s.Transact(w.t.Context(), []record.Op{{Method: record.Delete, Key: record.Key{Type: "AllergyIntolerance", ID: m.Patient + "-allergy"}}})
			if !problem.Is(err, problem.Forbidden) {
				return errors.New("it is deleted")
			}
			return nil
		}),
	}
}
