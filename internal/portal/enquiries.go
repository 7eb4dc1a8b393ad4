package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/consent/enquiry"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/record"
)

const (
	enquiriesAt      = "/record/questions"
	staffEnquiriesAt = "/history/questions"
)

// enquiryBody is a question about a look as its page shows it.
type enquiryBody struct {
	Facts, Look      []fact
	Question, Answer string
	Ends             bool
}

// enquiryState says where a question stands.
func (v *visit) enquiryState(e enquiry.Enquiry) string {
	w := v.p.words.Enquiries
	switch {
	case !e.Closed.IsZero():
		return w.Closed
	case !e.Answered.IsZero():
		return w.Answered
	case e.Late(v.p.cfg.Now()):
		return w.Late
	case !e.Seen.IsZero():
		return w.Read
	}
	return w.Waits
}

// putTo is to whom a question about a look goes: the organisation for which it
// was done, or those who run the service.
func (v *visit) putTo(l *record.Look, n names.Named) (organisation, name string) {
	if l.Who.Organisation != "" && n.Organisation != "" {
		return l.Who.Organisation, n.Organisation
	}
	return "", v.p.words.Enquiries.ToService
}

func (v *visit) askLookQuestion(l *record.Look, n names.Named) *question {
	w := v.p.words.Enquiries
	f := v.newForm(w.AskButton, &field{ID: "question", Label: w.Question, Hint: w.Hint, Lines: 5})
	f.Cancel = lookedAt + "/" + l.ID
	_, to := v.putTo(l, n)
	return &question{title: w.AskTitle, shown: []string{v.when(l.At) + ". " + v.whoText(n) + ". " + v.whatText(l)}, text: []string{w.ToOrganisation + " " + to + ".", w.AskText}, form: f}
}

// askAboutLook asks what somebody wants to know about a look.
func askAboutLook(v *visit) error {
	l, n, err := v.lookNamed()
	if err != nil {
		return err
	}
	return v.ask(v.askLookQuestion(&l, n))
}

// askAboutLookFinish keeps the question.
func askAboutLookFinish(v *visit) error {
	l, n, err := v.lookNamed()
	if err != nil {
		return err
	}
	to, _ := v.putTo(&l, n)
	var facts []enquiry.Fact
	for _, f := range v.lookFacts(&l, n) {
		facts = append(facts, enquiry.Fact(f))
	}
	_, err = v.p.cfg.Enquiries.Ask(v.r.Context(), enquiry.Enquiry{Account: v.s.Account, Patient: recordID(v.s.Record), Look: l.ID, Organisation: to, Facts: facts, Question: v.typed("question")})
	if err != nil {
		return v.again(v.askLookQuestion(&l, n), fieldOf(err, "question"), err)
	}
	return v.doneThen(lookAsked, enquiriesAt)
}

// enquiries lists what somebody asked.
func enquiries(v *visit) error {
	all, err := v.p.cfg.Enquiries.Mine(v.r.Context(), v.s.Account, recordID(v.s.Record))
	if err != nil {
		return err
	}
	w := v.p.words.Enquiries
	t := table{Caption: w.Title, None: w.None, Heads: []string{w.Asked, w.Due, w.State, w.See}}
	for _, e := range all {
		t.Rows = append(t.Rows, []cell{text(v.date(e.Asked)), text(v.date(e.Due)), text(v.enquiryState(e)), {Text: w.See, Href: enquiriesAt + "/" + e.ID, About: v.when(e.Asked)}})
	}
	return v.showSheet(&sheet{title: w.Title, text: []string{w.What}, links: []link{{w.Look, lookedAt}}, tables: []table{t}})
}

// oneEnquiry shows a question of somebody's own, and what came back.
func oneEnquiry(v *visit) error {
	e, err := v.p.cfg.Enquiries.One(v.r.Context(), v.s.Account, recordID(v.s.Record), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	w := v.p.words.Enquiries
	if e.Closed.IsZero() {
		f := v.newForm(w.Close)
		f.Action = enquiriesAt + "/" + e.ID + "/close"
		v.form = f
	}
	return v.show(http.StatusOK, "enquiry", w.OneTitle, v.enquiryBody(e))
}

func (v *visit) enquiryBody(e enquiry.Enquiry) enquiryBody {
	w := v.p.words.Enquiries
	b := enquiryBody{Question: e.Question, Answer: e.Answer, Facts: []fact{{w.Asked, v.when(e.Asked)}, {w.Due, v.date(e.Due)}, {w.State, v.enquiryState(e)}}}
	if !e.Answered.IsZero() {
		b.Facts = append(b.Facts, fact{w.Answered, v.when(e.Answered)})
	}
	for _, f := range e.Facts {
		b.Look = append(b.Look, fact(f))
	}
	return b
}

// closeEnquiry ends a question of somebody's own.
func closeEnquiry(v *visit) error {
	if err := v.p.cfg.Enquiries.Close(v.r.Context(), v.s.Account, recordID(v.s.Record), v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(enquiryClosed, enquiriesAt)
}

// putToUs is whose questions somebody at work may answer: those to their
// organisation, and an operator's are all.
func (v *visit) putToUs() string {
	if v.work.acting.Role == staff.Operator {
		return enquiry.Everybody
	}
	return v.work.acting.Organisation.ID
}

// staffEnquiries lists the questions that wait for an organisation.
func staffEnquiries(v *visit) error {
	all, err := v.p.cfg.Enquiries.Waiting(v.r.Context(), v.putToUs())
	if err != nil {
		return err
	}
	w := v.p.words.Enquiries
	t := table{Caption: w.StaffTitle, None: w.StaffNone, Heads: []string{w.Asked, w.Due, w.State, w.Answer}}
	for _, e := range all {
		t.Rows = append(t.Rows, []cell{text(v.date(e.Asked)), text(v.date(e.Due)), text(v.enquiryState(e)), {Text: w.StaffOne, Href: staffEnquiriesAt + "/" + e.ID, About: v.when(e.Asked)}})
	}
	return v.showSheet(&sheet{title: w.StaffTitle, text: []string{w.StaffText}, links: []link{{v.p.words.History.Title, historyAt}, {v.p.words.Staff.Title, staffAt}}, tables: []table{t}})
}

// staffEnquiry shows a question to somebody who may answer it.
func staffEnquiry(v *visit) error { return v.staffEnquiry(http.StatusOK, "") }

func (v *visit) staffEnquiry(status int, wrong string) error {
	e, err := v.p.cfg.Enquiries.Put(v.r.Context(), v.putToUs(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	w := v.p.words.Enquiries
	if e.Answered.IsZero() {
		f := v.newForm(w.AnswerButton, &field{ID: "answer", Label: w.Answer, Hint: w.AnswerHint, Lines: 8, Problem: wrong})
		f.Cancel = staffEnquiriesAt
		v.form = f
	}
	return v.show(status, "enquiry", w.StaffOne, v.enquiryBody(e))
}

// answerEnquiry answers it.
func answerEnquiry(v *visit) error {
	err := v.p.cfg.Enquiries.Answer(v.r.Context(), v.putToUs(), v.r.PathValue("id"), v.by(), v.typed("answer"))
	if err == nil {
		return v.doneThen(enquiryAnswered, staffEnquiriesAt)
	}
	status, ok := mendable(err)
	if !ok || fieldOf(err, "answer") == "" {
		return err
	}
	return v.staffEnquiry(status, v.p.sentence(err))
}
