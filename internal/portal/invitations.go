package portal

import (
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

func (v *visit) inviteQuestion(o staff.Organisation) (*question, error) {
	teams, err := v.p.cfg.Staff.Teams(v.r.Context(), o.ID)
	w := v.p.words.Members
	f := v.newForm(w.InviteButton, append([]*field{{ID: "name", Label: w.NameAtWork, Hint: w.NameHint, Auto: "off"}}, v.postFields(teams)...)...)
	f.Cancel = staffOf(o.ID)
	return &question{title: w.Invite, shown: []string{o.Name}, text: []string{w.InviteText}, form: f}, err
}

// invite asks whom to invite, and to what.
func invite(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	q, err := v.inviteQuestion(o)
	if err != nil {
		return err
	}
	return v.ask(q)
}

// inviteFinish makes the invitation and shows its code, as a part of the answer
// to the form itself: it lies nowhere for a second look.
func inviteFinish(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	give, at, err := v.post(o.ID)
	give.Name = v.typed("name")
	var i staff.Invitation
	var code string
	if err == nil {
		at = ""
		if give.Name == "" {
			at = "name"
		}
		i, code, err = v.p.cfg.Staff.Invite(v.r.Context(), give, v.by())
	}
	if err != nil {
		q, qerr := v.inviteQuestion(o)
		if qerr != nil {
			return qerr
		}
		return v.again(q, at, err)
	}
	w := v.p.words.Members
	return v.showSheet(&sheet{title: w.InvitedTitle, text: []string{i.Give.Name, w.InvitedText, w.InvitedWhere + " " + v.p.cfg.Origin + "/join", w.CodeUntil + ": " + v.when(i.Until)},
		shown: []fact{{w.Code, code}}, button: link{w.Kept, staffOf(o.ID)}})
}

func (v *visit) withdrawQuestion(i staff.Invitation) *question {
	w := v.p.words.Members
	return v.takeAway(w.WithdrawTitle, w.WithdrawButton, staffOf(i.Give.Organisation), []string{i.Give.Name}, w.WithdrawText)
}

// withdraw asks whether an invitation is to be taken back.
func withdraw(v *visit) error {
	i, err := v.p.cfg.Staff.Invitation(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.ask(v.withdrawQuestion(i))
}

// withdrawFinish takes it back.
func withdrawFinish(v *visit) error {
	i, err := v.p.cfg.Staff.Invitation(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := v.p.cfg.Staff.Withdraw(v.r.Context(), v.by(), i.ID, v.typed("reason")); err != nil {
		return v.again(v.withdrawQuestion(i), fieldOf(err, "reason"), err)
	}
	return v.doneThen(invitationWithdrawn, staffOf(i.Give.Organisation))
}
