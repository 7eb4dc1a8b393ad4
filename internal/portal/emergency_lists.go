package portal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	emergenciesAt   = staffAt + "/emergencies"
	myEmergenciesAt = "/account/emergencies"
	publicAt        = "/emergencies"
)

// myEmergencies lists those that somebody declared.
func myEmergencies(v *visit) error {
	all, err := v.p.cfg.Emergencies.Mine(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	w := v.p.words.Emergency
	t := table{Caption: w.MineTitle, None: w.MineNone, Heads: []string{w.Begun, w.Ended, w.State, w.Look}}
	for _, m := range all {
		look := cell{Text: w.Look, Href: emergenciesAt + "/" + m.ID, About: v.when(m.Begun)}
		if m.Open(v.p.cfg.Now()) {
			look = cell{Text: w.Open, Href: emergencyAt + "/" + m.ID, About: v.when(m.Begun)}
		}
		t.Rows = append(t.Rows, []cell{text(v.when(m.Begun)), text(v.closedAt(m)), text(v.reviewState(m)), look})
	}
	return v.showSheet(&sheet{title: w.MineTitle, text: []string{w.MineText}, links: []link{{w.Title, emergencyAt}, {v.p.words.Staff.Title, staffAt}}, tables: []table{t}})
}

// closedAt is when a record was closed again.
func (v *visit) closedAt(m emergency.Emergency) string {
	switch {
	case m.Open(v.p.cfg.Now()):
		return v.p.words.Emergency.IsOpen
	case !m.Ended.IsZero():
		return v.when(m.Ended)
	}
	return v.when(m.Ends)
}

// reviewState is where the review stands, in words.
func (v *visit) reviewState(m emergency.Emergency) string {
	w := v.p.words.Emergency
	return map[emergency.State]string{emergency.Waits: w.Waits, emergency.Asked: w.Asked, emergency.Answered: w.Answered,
		emergency.Justified: w.Right, emergency.Unjustified: w.Wrong}[m.State]
}

// caseBody is one emergency with what was said about it.
type caseBody struct {
	Text         []string
	Facts, Notes []fact
	Link         link
}

func (v *visit) notesOf(c emergency.Case) []fact {
	w := v.p.words.Emergency
	what := map[emergency.What]string{emergency.Delayed: w.Delayed, emergency.ToldNow: w.ToldNow, emergency.Question: w.Question, emergency.Answer: w.Answer,
		emergency.WasRight: w.Right + ":", emergency.WasNotRight: w.Wrong + ":"}
	var all []fact
	for _, n := range c.Notes {
		said := n.Text
		if said == "" {
			said = w.Forgot
		}
		all = append(all, fact{n.Name + ", " + v.when(n.At), what[n.What] + " " + said})
	}
	return all
}

// orForgot is what was written, or that it was taken away.
func (v *visit) orForgot(s string) string {
	if s == "" {
		return v.p.words.Emergency.Forgot
	}
	return s
}

// myEmergency is one to its holder, who may have been asked something.
func myEmergency(v *visit) error { return v.myEmergencyPage(http.StatusOK, "") }

func (v *visit) myEmergencyPage(status int, wrong string) error {
	c, err := v.p.cfg.Emergencies.MyCase(v.r.Context(), v.s.Account, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	w := v.p.words.Emergency
	body := caseBody{Facts: []fact{{w.Begun, v.when(c.Begun)}, {w.Ended, v.closedAt(c.Emergency)}, {w.Reason, v.orForgot(c.Details.Reason)}, {w.State, v.reviewState(c.Emergency)}},
		Notes: v.notesOf(c), Link: link{w.MineTitle, emergenciesAt}}
	if c.State == emergency.Asked {
		v.form = v.newForm(w.AnswerButton, &field{ID: "text", Label: w.AnswerLabel, Lines: 3})
		if wrong != "" {
			v.form.wrong("text", wrong)
		}
	}
	return v.show(status, "emergencycase", w.OneTitle, body)
}

// answerReview answers what the reviewer asked.
func answerReview(v *visit) error {
	err := v.p.cfg.Emergencies.Answer(v.r.Context(), v.acts(), v.r.PathValue("id"), v.typed("text"))
	if err == nil {
		return v.doneThen(emergencyAnswered, emergenciesAt)
	}
	if status, ok := mendable(err); ok && problem.ReasonOf(err) == "emergency-reason" {
		return v.myEmergencyPage(status, v.p.sentence(err))
	}
	return err
}

// whoOpened lists to a person when their record was opened in an emergency.
func whoOpened(v *visit) error {
	w := v.p.words.Emergency
	now := v.p.cfg.Now()
	switch n := account.Export.Lacks(v.s.Standing, now, now); n { // as for seeing the record itself
	case account.NeedNothing:
	case account.NeedRecord:
		return v.decide(w.PersonTitle, decision{Text: []string{w.NoRecord}, Link: link{v.p.words.Consent.LinkRecord, proofAt}})
	case account.NeedPasskey, account.NeedAgain:
		return v.goOn(withNext("/check", myEmergenciesAt))
	default:
		return n.Problem()
	}
	all, err := v.p.cfg.Emergencies.OfPatient(v.r.Context(), recordID(v.s.Record))
	if err != nil {
		return err
	}
	t := table{Caption: w.PersonLink, None: w.PersonNone, Heads: []string{w.Begun, w.Ended, w.Who, w.Role, w.Org, w.Reason, w.State}}
	for _, m := range all {
		t.Rows = append(t.Rows, []cell{text(v.when(m.Begun)), text(v.closedAt(m.Emergency)), text(m.Name), text(roleName(v.p.words.Staff.Roles, m.Role)),
			text(m.OrganisationName), text(v.orForgot(m.Details.Reason)), text(v.reviewState(m.Emergency))})
	}
	return v.showSheet(&sheet{title: w.PersonTitle, text: []string{w.PersonText, w.PersonHow}, links: []link{{w.PublicLink, publicAt}}, tables: []table{t}})
}

// emergencyCounts is what everybody may know.
func emergencyCounts(v *visit) error {
	c, err := v.p.cfg.Emergencies.Count(v.r.Context())
	if err != nil {
		return err
	}
	w := v.p.words.Emergency
	rows := func(all []emergency.Count, name func(string) string) (out [][]cell) {
		for _, n := range all {
			cells := []cell{text(name(n.Name))}
			for _, number := range []int64{n.All, n.InTime, n.Late, n.Unjustified} {
				cells = append(cells, text(strconv.FormatInt(number, 10)))
			}
			out = append(out, cells)
		}
		return out
	}
	same := func(s string) string { return s }
	return v.showSheet(&sheet{title: w.PublicTitle, text: w.PublicText, tables: []table{
		{Caption: w.ByMonth, None: w.PublicNone, Heads: []string{w.Month, w.All, w.InTime, w.TooLate, w.NotRight}, Rows: rows(c.Months, monthName)},
		{Caption: w.ByOrg, None: w.OrgNone, Heads: []string{w.Org, w.All, w.InTime, w.TooLate, w.NotRight}, Rows: rows(c.Organisations, same)},
	}})
}

// monthName is a month as people write it: May 2026.
func monthName(month string) string {
	at, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return at.Format("January 2006")
}
