package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

func (v *visit) offerQuestion() *question {
	w := v.p.words.Family
	f := v.newForm(w.InviteButton, &field{ID: "name", Label: w.Name, Hint: w.NameHint, Auto: "off"}, v.kindField(w.Relation), v.mayField(), v.dateField("ends", w.Ends, w.EndsHint))
	f.Cancel = familyAt
	return &question{title: w.InviteTitle, text: []string{w.InviteText}, form: f}
}

// familyInvite asks whom somebody lets act for them.
func familyInvite(v *visit) error {
	if ok, err := v.need(account.Proxies, v.r.URL.Path); err != nil || !ok {
		return err
	}
	return v.ask(v.offerQuestion())
}

// familyInviteFinish makes the code. It is part of the answer to the form
// itself, and lies nowhere for a second look.
func familyInviteFinish(v *visit) error {
	if ok, err := v.need(account.Proxies, v.r.URL.Path); err != nil || !ok {
		return err
	}
	may, err := mandate.MayNamed(v.typed("may"))
	if err != nil {
		return v.again(v.offerQuestion(), "may", err)
	}
	ends, err := v.typedEnd("ends")
	if err != nil {
		return v.again(v.offerQuestion(), "ends", err)
	}
	o, code, err := v.p.cfg.Mandates.Invite(v.r.Context(), v.s, mandate.Offer{Kind: mandate.Kind(v.typed("kind")), Name: v.typed("name"), May: may, Ends: ends})
	if err != nil {
		at := map[string]string{"mandate-name": "name", "mandate-kind": "kind", "mandate-dates": "ends"}[problem.ReasonOf(err)]
		return v.again(v.offerQuestion(), at, err)
	}
	w := v.p.words.Family
	return v.showSheet(&sheet{title: w.CodeTitle, text: []string{w.CodeText, w.CodeOnce}, shown: []fact{{w.JoinCode, code}},
		facts: []fact{{w.Who, o.Name}, {w.May, v.mayWords(o.May)}, {w.OfferUntil, v.when(o.Until)}, {w.Where, v.p.cfg.Origin + familyAt + "/code"}}, links: []link{{w.Title, familyAt}}})
}

// typedEnd is the end of the last day that was typed; zero for none.
func (v *visit) typedEnd(id string) (time.Time, error) {
	at, empty, ok := v.typedDay(id)
	switch {
	case empty:
		return time.Time{}, nil
	case !ok:
		return time.Time{}, problem.New(problem.Invalid, v.p.words.Operator.BadDay)
	}
	return at.AddDate(0, 0, 1), nil
}

func (v *visit) takeQuestion() *question {
	w := v.p.words.Family
	f := v.newForm(w.JoinButton, &field{ID: "code", Label: w.JoinCode, Hint: w.JoinHint, Auto: "off", Code: true})
	f.Cancel = familyAt
	return &question{title: w.JoinTitle, text: []string{w.JoinText}, form: f}
}

// familyCode asks for a code that somebody was given.
func familyCode(v *visit) error {
	if ok, err := v.need(account.ActForOthers, v.r.URL.Path); err != nil || !ok {
		return err
	}
	return v.ask(v.takeQuestion())
}

// familyCodeFinish takes the right of a code.
func familyCodeFinish(v *visit) error {
	if ok, err := v.need(account.ActForOthers, v.r.URL.Path); err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Accounts.Unhurried(v.source()); err != nil {
		return v.again(v.takeQuestion(), "", err)
	}
	if _, err := v.p.cfg.Mandates.Accept(v.r.Context(), v.s, v.typed("code")); err != nil {
		return v.again(v.takeQuestion(), "code", err)
	}
	return v.doneThen(familyTaken, familyAt)
}

// familyWithdraw takes a code back.
func familyWithdraw(v *visit) error {
	if err := v.p.cfg.Mandates.Withdraw(v.r.Context(), v.s, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(familyTookBack, familyAt)
}

// familyPause lets nobody act for the visitor, at once: it asks for no passkey,
// since it only takes away and may have to be done in a moment alone.
func familyPause(v *visit) error {
	if err := v.p.cfg.Mandates.Pause(v.r.Context(), v.s, true); err != nil {
		return err
	}
	return v.doneThen(familyPaused, familyAt)
}

func (v *visit) resumeQuestion() *question {
	w := v.p.words.Family
	f := v.newForm(w.GoOn)
	f.Cancel = familyAt
	return &question{title: w.GoOn, text: []string{w.PausedText}, form: f}
}

// familyResume asks whether they may act again.
func familyResume(v *visit) error {
	if ok, err := v.need(account.Proxies, v.r.URL.Path); err != nil || !ok {
		return err
	}
	return v.ask(v.resumeQuestion())
}

// familyResumeFinish lets them.
func familyResumeFinish(v *visit) error {
	if ok, err := v.need(account.Proxies, v.r.URL.Path); err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Mandates.Pause(v.r.Context(), v.s, false); err != nil {
		return v.again(v.resumeQuestion(), "", err)
	}
	return v.doneThen(familyResumed, familyAt)
}

// theGiven is the right in the address of the page, which somebody has to act
// for the visitor.
func (v *visit) theGiven() (mandate.Mandate, error) {
	if v.s.Record != "" {
		all, err := v.p.cfg.Mandates.Given(v.r.Context(), recordID(v.s.Record))
		if err != nil {
			return mandate.Mandate{}, err
		}
		for _, d := range all {
			if d.ID == v.r.PathValue("id") {
				return d, nil
			}
		}
	}
	return mandate.Mandate{}, problem.New(problem.NotFound, v.p.words.Refusals["no-mandate"])
}

// familyGiven shows one right that somebody has to act for the visitor.
func familyGiven(v *visit) error {
	d, err := v.theGiven()
	if err != nil {
		return err
	}
	w := v.p.words.Family
	return v.showSheet(&sheet{title: d.Relation.Name, text: []string{w.GivenTitle},
		facts: []fact{{w.Relation, v.kindWord(d.Relation.Kind)}, {w.Desk.Basis, v.basisWord(d.Basis)}, {w.May, v.mayWords(d.May)}, {w.Since, v.when(d.Starts)}, {w.Until, v.when(d.Ends)}, {w.Desk.Again, v.date(d.Review)}},
		links: []link{{w.EndTitle, familyAt + "/given/" + d.ID + "/end"}, {w.Title, familyAt}}})
}

func (v *visit) familyEndQuestion(d mandate.Mandate) *question {
	w := v.p.words.Family
	f := v.newForm(w.EndButton)
	f.Danger, f.Cancel = true, familyAt
	return &question{title: w.EndTitle, shown: []string{d.Relation.Name}, text: []string{w.EndText}, form: f}
}

// familyEnd asks whether a right is to end.
func familyEnd(v *visit) error {
	d, err := v.theGiven()
	if err != nil {
		return err
	}
	return v.ask(v.familyEndQuestion(d))
}

// familyEndFinish ends it, and tells nobody.
func familyEndFinish(v *visit) error {
	if err := v.p.cfg.Mandates.EndMine(v.r.Context(), v.s, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(familyEnded, familyAt)
}

func (v *visit) leaveQuestion(r mandate.Right) *question {
	w := v.p.words.Family
	f := v.newForm(w.LeaveButton)
	f.Danger, f.Cancel = true, familyAt
	return &question{title: w.LeaveTitle, shown: []string{r.Name}, text: []string{w.LeaveText}, form: f}
}

// familyLeave asks whether somebody gives a right up.
func familyLeave(v *visit) error {
	r, err := v.p.cfg.Mandates.Holds(v.r.Context(), v.s, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.ask(v.leaveQuestion(r))
}

// familyLeaveFinish gives it up.
func familyLeaveFinish(v *visit) error {
	if err := v.p.cfg.Mandates.Leave(v.r.Context(), v.s, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(familyLeft, familyAt)
}

func (v *visit) basisWord(b mandate.Basis) string {
	w := v.p.words.Family.Desk.Bases
	return map[mandate.Basis]string{mandate.Parent: w.Parent, mandate.Consented: w.Consented, mandate.BestInterest: w.BestInterest, mandate.Attorney: w.Attorney, mandate.Deputy: w.Deputy}[b]
}
