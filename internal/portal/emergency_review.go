package portal

import (
	"net/http"
	"time"

	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	reviewsAt     = staffAt + "/reviews"
	lateReviewsAt = operatorAt + "/emergencies"
)

// reviewing lets a page be seen by those who review emergencies, with a passkey
// that they used of late.
func reviewing(do func(*visit) error) func(*visit) error {
	return atWork(staff.Review, func(v *visit) error {
		if ok, err := v.needReview(v.home()); err != nil || !ok {
			return err
		}
		return do(v)
	})
}

// dueText is until when a review has to be done, and that it is late.
func (v *visit) dueText(m emergency.Emergency) string {
	s := v.when(m.Due)
	if !m.Due.After(v.p.cfg.Now()) {
		s += ". " + v.p.words.Emergency.Late
	}
	return s
}

// reviews is the queue.
func reviews(v *visit) error {
	all, err := v.p.cfg.Emergencies.Queue(v.r.Context(), v.acts())
	if err != nil {
		return err
	}
	w := v.p.words.Emergency
	t := table{Caption: w.QueueTitle, None: w.QueueNone, Heads: []string{w.Begun, w.Who, w.Org, w.Due, w.State, w.Look}}
	for _, m := range all {
		t.Rows = append(t.Rows, []cell{text(v.when(m.Begun)), text(m.Name), text(m.OrganisationName), text(v.dueText(m)), text(v.reviewState(m)),
			{Text: w.Look, Href: reviewsAt + "/" + m.ID, About: m.Name + ", " + v.when(m.Begun)}})
	}
	return v.showSheet(&sheet{title: w.QueueTitle, text: []string{w.QueueText}, links: []link{{v.p.words.Staff.Title, staffAt}}, tables: []table{t}})
}

// whenTold says whether the person was told.
func (v *visit) whenTold(m emergency.Emergency) string {
	w := v.p.words.Emergency
	switch {
	case m.Told.IsZero():
		return w.ToldLater + " " + v.when(m.Held)
	case !m.Reached:
		return w.ToldNobody
	}
	return w.ToldAt + " " + v.when(m.Told)
}

func (v *visit) caseOf(c emergency.Case) caseBody {
	w := v.p.words.Emergency
	body := caseBody{Text: []string{w.CaseText}, Notes: v.notesOf(c), Facts: []fact{
		{w.Person, v.orForgot(c.Details.Name)}, {w.Reason, v.orForgot(c.Details.Reason)}, {w.Begun, v.when(c.Begun)}, {w.Ended, v.closedAt(c.Emergency)},
		{w.Who, c.Name + ", " + roleName(v.p.words.Staff.Roles, c.Role)}, {w.Org, c.OrganisationName}, {w.Due, v.dueText(c.Emergency)},
		{w.Told, v.whenTold(c.Emergency)}, {w.State, v.reviewState(c.Emergency)}}}
	if c.MayDelay(v.s.Account) {
		body.Link = link{w.ToWait, reviewsAt + "/" + c.ID + "/tell"}
	}
	return body
}

// review shows one, with the form by which it is decided while it is not.
func review(v *visit) error { return v.reviewPage(http.StatusOK, "", "") }

func (v *visit) reviewPage(status int, at, wrong string) error {
	c, err := v.p.cfg.Emergencies.Case(v.r.Context(), v.acts(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	w := v.p.words.Emergency
	if c.Reviewed.IsZero() {
		v.form = v.newForm(w.Decide,
			&field{ID: "what", Label: w.Verdict, Hint: w.VerdictHint, Options: []option{
				{string(emergency.Question), w.Ask}, {string(emergency.WasRight), w.IsRight}, {string(emergency.WasNotRight), w.IsWrong}}},
			&field{ID: "text", Label: w.Text, Hint: w.TextHint, Lines: 3})
		v.form.Cancel = reviewsAt
		if wrong != "" {
			v.form.wrong(at, wrong)
		}
	}
	return v.show(status, "emergencycase", w.CaseTitle, v.caseOf(c))
}

// reviewFinish decides it, or asks.
func reviewFinish(v *visit) error {
	err := v.p.cfg.Emergencies.Decide(v.r.Context(), v.acts(), v.r.PathValue("id"), emergency.What(v.typed("what")), v.typed("text"))
	if err == nil {
		return v.doneThen(reviewKept, reviewsAt)
	}
	at := map[string]string{"emergency-reason": "text", "emergency-verdict": "what"}[problem.ReasonOf(err)]
	if status, ok := mendable(err); ok && at != "" {
		return v.reviewPage(status, at, v.p.sentence(err))
	}
	return err
}

// tellQuestion asks the named reviewer when the person is told.
func (v *visit) tellQuestion() (*question, error) {
	c, err := v.p.cfg.Emergencies.Case(v.r.Context(), v.acts(), v.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	w := v.p.words.Emergency
	if !c.MayDelay(v.s.Account) {
		return nil, problem.New(problem.NotFound, v.p.words.Problem.NotHere)
	}
	f := v.newForm(w.WaitButton,
		&field{ID: "wait", Label: w.Wait, Options: []option{{"later", w.WaitYes}, {"now", w.WaitNo}}},
		v.dateField("until", w.WaitUntil, w.WaitUntilHint),
		&field{ID: "text", Label: w.Reason, Hint: w.TextHint, Lines: 3})
	f.Cancel = reviewsAt + "/" + c.ID
	return &question{title: w.WaitTitle, text: []string{w.WaitText, w.Reason + ": " + v.orForgot(c.Details.Reason)}, form: f}, nil
}

func tellLater(v *visit) error {
	q, err := v.tellQuestion()
	if err != nil {
		return err
	}
	return v.ask(q)
}

func tellLaterFinish(v *visit) error {
	q, err := v.tellQuestion()
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	if v.typed("wait") == "now" {
		err = v.p.cfg.Emergencies.TellNow(v.r.Context(), v.acts(), id, v.typed("text"))
	} else {
		var until time.Time
		var ok bool
		if until, _, ok = v.typedDay("until"); !ok {
			return v.again(q, "until", problem.New(problem.Invalid, v.p.words.Emergency.BadDay))
		}
		err = v.p.cfg.Emergencies.Delay(v.r.Context(), v.acts(), id, until, v.typed("text"))
	}
	if err != nil {
		at := map[string]string{"emergency-reason": "text", "emergency-delay": "until"}[problem.ReasonOf(err)]
		return v.again(q, at, err)
	}
	return v.doneThen(tellKept, reviewsAt+"/"+id)
}

// lateReviews are those of which operators remind an organisation.
func lateReviews(v *visit) error {
	all, err := v.p.cfg.Emergencies.Late(v.r.Context(), v.acts())
	if err != nil {
		return err
	}
	w := v.p.words.Emergency
	t := table{Caption: w.LateTitle, None: w.LateNone, Heads: []string{w.Begun, w.Org, w.Due, w.State}}
	for _, m := range all {
		t.Rows = append(t.Rows, []cell{text(v.when(m.Begun)), text(m.OrganisationName), text(v.when(m.Due)), text(v.reviewState(m))})
	}
	return v.showSheet(&sheet{title: w.LateTitle, text: []string{w.LateText}, links: []link{{v.p.words.Operator.Title, operatorAt}}, tables: []table{t}})
}
