package portal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const emergencyAt = staffAt + "/emergency"

// rescuing lets a page be seen by staff who may open a record in an emergency.
func rescuing(do func(*visit) error) func(*visit) error { return atWork(staff.Emergency, do) }

// acts is who does something about emergencies.
func (v *visit) acts() emergency.By { return emergency.By{Session: v.s, Acting: v.work.acting} }

// declareQuestion asks whose record it is, and why it can not wait.
func (v *visit) declareQuestion() (*question, error) {
	w := v.p.words.Emergency
	reviewers, err := v.p.cfg.Emergencies.Reviewers(v.r.Context(), v.acts())
	if err != nil {
		return nil, err
	}
	fields := []*field{
		{ID: "number", Label: w.Number, Hint: w.NumberHint, Mode: "numeric", Auto: "off"},
		v.dateField("born", w.Born, ""),
		{ID: "why", Label: w.Why, Hint: w.WhyHint, Lines: 3},
	}
	if len(reviewers) > 0 {
		tell := &field{ID: "tell", Label: w.Tell, Hint: w.TellHint, Options: []option{{"", w.TellNow}}}
		for _, r := range reviewers {
			tell.Options = append(tell.Options, option{r.Account, w.TellAsk + " " + r.Name})
		}
		fields = append(fields, tell)
	}
	f := v.newForm(w.Find, fields...)
	f.Action, f.Cancel = emergencyAt, staffAt
	return &question{title: w.Title, text: w.What, form: f, links: []link{{w.MineLink, emergenciesAt}}}, nil
}

// declare asks.
func declare(v *visit) error {
	q, err := v.declareQuestion()
	if err != nil {
		return err
	}
	return v.ask(q)
}

// declareFinish finds the one record that has the number and the birthday, and
// keeps why it has to be seen. Nothing is opened by it.
func declareFinish(v *visit) error {
	q, err := v.declareQuestion()
	if err != nil {
		return err
	}
	who, at, err := v.inDanger()
	if err != nil {
		return v.again(q, at, err)
	}
	id, err := v.p.cfg.Emergencies.Declare(v.r.Context(), v.acts(), emergency.Wanted{Patient: who.ID, Reviewer: v.typed("tell"),
		Details: emergency.Details{Reason: v.typed("why"), Name: who.Text}})
	if err != nil {
		at := map[string]string{"emergency-reason": "why", "emergency-reviewer": "tell"}[problem.ReasonOf(err)]
		return v.again(q, at, err)
	}
	return v.goOn(emergencyAt + "/" + id + "/open")
}

// inDanger is the person whose number and birthday were typed. Both have to be
// those of one record, so that a slip of the finger opens nobody else's.
func (v *visit) inDanger() (one someone, at string, err error) {
	w := v.p.words.Emergency
	digits, ok := fhir.ParseNHSNumber(v.typed("number"))
	if !ok {
		return one, "number", problem.New(problem.Invalid, w.BadNumber)
	}
	born, _, ok := v.typedDay("born")
	if !ok || born.After(v.p.cfg.Now()) {
		return one, "born", problem.New(problem.Invalid, w.BadBorn)
	}
	s, err := v.carer()
	if err != nil {
		return one, "", err
	}
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, "", access.OneType("Patient", access.Read|access.Search)), "", s.why)
	if err != nil {
		return one, "", err
	}
	found, more, err := find(v.r.Context(), r, "Patient", []search.Pair{{Name: "identifier", Value: fhir.NHSNumberSystem + "|" + digits},
		{Name: "birthdate", Value: born.Format(time.DateOnly)}}, 2, v.p.cfg.Now())
	if err != nil {
		return one, "", err
	}
	if len(found) != 1 || more {
		return one, "number", problem.New(problem.Invalid, w.Nobody)
	}
	return newSomeone(found[0], v.p.words.Choosing, v.p.cfg.Zone), "", nil
}

// touchQuestion asks for the passkey that opens the record.
func (v *visit) touchQuestion() (*question, error) {
	id := v.r.PathValue("id")
	_, d, err := v.p.cfg.Emergencies.Declared(v.r.Context(), v.acts(), id)
	if err != nil {
		return nil, err
	}
	w := v.p.words.Emergency
	f := v.newForm(w.TouchButton)
	f.Action = emergencyAt + "/" + id + "/open"
	f.withPasskey("get", w.TouchScript)
	f.Danger, f.Cancel = true, emergencyAt
	return &question{title: w.TouchTitle, shown: []string{d.Name}, text: append([]string{w.Reason + ": " + d.Reason}, w.TouchText...), form: f}, nil
}

// touch asks.
func touch(v *visit) error {
	q, err := v.touchQuestion()
	if err != nil {
		return err
	}
	return v.ask(q)
}

func touchBegin(v *visit) error { return v.begin(v.beginStepUp()) }

// touchFinish verifies the person once more, and opens the record for the
// session as it is then.
func touchFinish(v *visit) error {
	q, err := v.touchQuestion()
	if err != nil {
		return err
	}
	ctx, id := v.r.Context(), v.r.PathValue("id")
	ok, err := v.answered(q, "", v.beginStepUp, func(ceremony string, answer []byte) error {
		_, secret, err := v.p.cfg.Accounts.FinishStepUp(ctx, v.s, ceremony, answer)
		if err != nil {
			return err
		}
		v.setCookie(sessionCookie, secret, 0)
		if v.s, err = v.p.cfg.Accounts.Session(ctx, secret); err != nil {
			return err
		}
		_, err = v.p.cfg.Emergencies.Begin(ctx, v.acts(), id)
		return err
	})
	if err != nil || !ok {
		return err
	}
	return v.goOn(emergencyAt + "/" + id)
}

// closeEmergency ends it before its time.
func closeEmergency(v *visit) error {
	if err := v.p.cfg.Emergencies.End(v.r.Context(), v.acts(), v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(emergencyEnded, emergenciesAt)
}

// minutesLeft says how long a record is open, as of when the page was made.
func (v *visit) minutesLeft(m emergency.Emergency) string {
	w := v.p.words.Emergency
	left := int((m.Ends.Sub(v.p.cfg.Now()) + time.Minute - 1) / time.Minute)
	if left == 1 {
		return w.LeftOne
	}
	return strconv.Itoa(left) + " " + w.Left
}

// emergencyRecord is the record that was opened, read through the door anew.
func emergencyRecord(v *visit) error {
	m, err := v.p.cfg.Emergencies.Use(v.r.Context(), v.acts(), v.r.PathValue("id"))
	if problem.ReasonOf(err) == "emergency-over" {
		w := v.p.words.Emergency
		return v.decide(w.OverTitle, decision{Text: []string{w.OverText}, Link: link{w.Again, emergencyAt}})
	}
	if err != nil {
		return err
	}
	r, err := v.p.cfg.Open(v.r.Context(), m.Who(), m.Patient, access.Emergency)
	if err != nil {
		return err
	}
	body := struct {
		Person, Until, Left, End, App string
		Tables                        []recordTable
	}{Until: v.when(m.Ends), Left: v.minutesLeft(m), End: emergencyAt + "/" + m.ID + "/end", App: emergencyAt + "/" + m.ID + "/app"}
	patient, err := read(v.r.Context(), r, "Patient", m.Patient)
	if err != nil {
		return err
	}
	body.Person = newSomeone(patient, v.p.words.Choosing, v.p.cfg.Zone).Text
	if body.Tables, err = v.recordTables(r); err != nil {
		return err
	}
	return v.show(http.StatusOK, "emergency", v.p.words.Emergency.RecordTitle, body)
}

// needReview makes sure that a reviewer was verified of late.
func (v *visit) needReview(back string) (bool, error) { return v.need(account.ProveIdentity, back) }
