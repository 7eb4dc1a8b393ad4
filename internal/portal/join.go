package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// joinTime is how long an invitation is remembered between its pages.
const joinTime = 30 * time.Minute

func (v *visit) joinQuestion() *question {
	w := v.p.words.Join
	f := v.newForm(w.GoOn, &field{ID: "code", Label: w.Code, Hint: w.CodeHint, Auto: "off", Code: true})
	return &question{title: w.Title, text: []string{w.What}, form: f}
}

// join asks for the code of an invitation.
func join(v *visit) error { return v.ask(v.joinQuestion()) }

// invited is the invitation of a code that is good now.
func (v *visit) invited(code string) (staff.Invitation, error) {
	if err := v.p.cfg.Accounts.Unhurried(v.source()); err != nil {
		return staff.Invitation{}, err
	}
	return v.p.cfg.Staff.Invited(v.r.Context(), code)
}

// joinCode takes the code. Whoever is signed in links the account that they
// have.
func joinCode(v *visit) error {
	code := v.typed("code")
	if _, err := v.invited(code); err != nil {
		return v.again(v.joinQuestion(), "code", err)
	}
	v.setCookie(joinCookie, code, joinTime)
	_, in, err := v.session()
	switch {
	case err != nil:
		return err
	case in:
		return v.goOn("/join/link")
	}
	return v.goOn("/join/you")
}

// offer is what an invitation offers, in lines.
func (v *visit) offer(i staff.Invitation) ([]string, error) {
	w := v.p.words.Join
	o, err := v.p.cfg.Staff.Organisation(v.r.Context(), i.Give.Organisation)
	if err != nil {
		return nil, err
	}
	return []string{i.Give.Name, roleName(v.p.words.Staff.Roles, i.Give.Role) + " " + w.At + " " + o.Name}, nil
}

func (v *visit) joinYouQuestion(i staff.Invitation) (*question, error) {
	w := v.p.words.Join
	shown, err := v.offer(i)
	f := v.newForm(w.MakeKey).withPasskey("create", v.p.words.Passkey.Signed)
	return &question{title: w.You, shown: shown, text: []string{w.YouText, w.Key}, form: f, links: []link{{w.Have, "/join/link"}}}, err
}

// joinYou offers to make an account for staff.
func joinYou(v *visit) error {
	return v.withInvitation(func(i staff.Invitation) error {
		q, err := v.joinYouQuestion(i)
		if err != nil {
			return err
		}
		return v.ask(q)
	})
}

// withInvitation does something with the invitation that the browser brings. A
// code that is good no more is asked for again.
func (v *visit) withInvitation(do func(staff.Invitation) error) error {
	code := v.cookie(joinCookie)
	if code == "" {
		return v.goOn("/join")
	}
	i, err := v.invited(code)
	if problem.Is(err, problem.Unauthorized) {
		v.dropCookie(joinCookie)
		q := v.joinQuestion()
		q.form.Action = "/join"
		return v.again(q, "code", err)
	}
	if err != nil {
		return err
	}
	return do(i)
}

func (v *visit) beginStaff() (account.Ceremony, error) {
	i, err := v.invited(v.cookie(joinCookie))
	if err != nil {
		return account.Ceremony{}, err
	}
	name := []rune(i.Give.Name)
	return v.p.cfg.Accounts.BeginStaffAccount(v.r.Context(), v.source(), string(name[:min(len(name), account.MaxName)]))
}

func joinBegin(v *visit) error { return v.begin(v.beginStaff()) }

// joinFinish makes the account, whose passkey is one for staff, and gives it
// the place. Its owner keeps recovery codes next.
func joinFinish(v *visit) error {
	return v.withInvitation(func(i staff.Invitation) error {
		q, err := v.joinYouQuestion(i)
		if err != nil {
			return err
		}
		ok, err := v.answered(q, "", v.beginStaff, func(id string, answer []byte) error {
			s, secret, err := v.p.cfg.Accounts.FinishAccount(v.r.Context(), id, answer, v.passkeyName(), v.device())
			if err != nil {
				return err
			}
			if err := v.enter(secret); err != nil {
				return err
			}
			_, err = v.p.cfg.Staff.Accept(v.r.Context(), v.cookie(joinCookie), s.Account)
			return err
		})
		if err != nil || !ok {
			return err
		}
		v.dropCookie(joinCookie)
		return v.goOn(withNext("/account/codes/new", staffAt))
	})
}

func (v *visit) joinLinkQuestion(i staff.Invitation) (*question, error) {
	w := v.p.words.Join
	shown, err := v.offer(i)
	f := v.newForm(w.LinkButton)
	f.Cancel = afterwards
	return &question{title: w.LinkTitle, shown: shown, text: []string{w.LinkText}, form: f}, err
}

// mayJoin is need for linking an account: a passkey for staff, used just now.
func (v *visit) mayJoin() (bool, error) {
	if ok, err := v.need(account.JoinStaff, "/join/link"); err != nil || !ok {
		return false, err
	}
	return true, v.s.MayAct()
}

// joinLink asks whether the place is to belong to the account that is signed in.
func joinLink(v *visit) error {
	if ok, err := v.mayJoin(); err != nil || !ok {
		return err
	}
	return v.withInvitation(func(i staff.Invitation) error {
		q, err := v.joinLinkQuestion(i)
		if err != nil {
			return err
		}
		return v.ask(q)
	})
}

// joinLinkFinish links it.
func joinLinkFinish(v *visit) error {
	if ok, err := v.mayJoin(); err != nil || !ok {
		return err
	}
	return v.withInvitation(func(i staff.Invitation) error {
		if _, err := v.p.cfg.Staff.Accept(v.r.Context(), v.cookie(joinCookie), v.s.Account); err != nil {
			q, qerr := v.joinLinkQuestion(i)
			if qerr != nil {
				return qerr
			}
			return v.again(q, "", err)
		}
		v.dropCookie(joinCookie)
		return v.doneThen(placeTaken, staffAt)
	})
}
