package portal

import (
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

const (
	placesAt      = operatorAt + "/places"
	invitationsAt = operatorAt + "/invitations"
)

// members lists who works in an organisation, who did, and who was invited.
func members(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	all, err := v.p.cfg.Staff.Members(v.r.Context(), o.ID, v.after(), perPage+1)
	if err != nil {
		return err
	}
	open, err := v.p.cfg.Staff.Invitations(v.r.Context(), o.ID)
	if err != nil {
		return err
	}
	w, at := v.p.words.Members, organisationsAt+"/"+o.ID
	t := table{Caption: w.Caption, None: w.None, Heads: []string{w.Name, w.Role, w.From, w.Until, v.p.words.Operator.Change}}
	shown, more := page(all)
	for _, m := range shown {
		t.Rows = append(t.Rows, v.memberRow(m))
	}
	if more {
		t.More = v.more(shown[len(shown)-1].ID)
	}
	s := &sheet{title: w.Title, text: []string{o.Name}, links: []link{{w.Organisation, at}}, tables: []table{t}}
	if o.Closed.IsZero() {
		s.button = link{w.Invite, at + "/invite"}
	}
	if v.after() == "" {
		s.tables = append(s.tables, v.invitationTable(open))
	}
	return v.showSheet(s)
}

func (v *visit) memberRow(m staff.Member) []cell {
	w := v.p.words.Members
	change := cell{Text: w.Change, Href: placesAt + "/" + m.ID, About: m.Name}
	return []cell{text(m.Name), text(roleName(v.p.words.Staff.Roles, m.Role)), text(v.date(m.Starts)), text(v.until(m)), change}
}

// until is the last day of a place, which ends at a moment.
func (v *visit) until(m staff.Member) string {
	if m.Ends.IsZero() {
		return v.p.words.Members.NoEnd
	}
	return v.when(m.Ends)
}

func (v *visit) invitationTable(open []staff.Invitation) table {
	w := v.p.words.Members
	t := table{Caption: w.Invited, None: w.NoneInvited, Heads: []string{w.Name, w.Role, w.CodeUntil, v.p.words.Operator.Change}}
	for _, i := range open {
		t.Rows = append(t.Rows, []cell{text(i.Give.Name), text(roleName(v.p.words.Staff.Roles, i.Give.Role)), text(v.when(i.Until)),
			{Text: w.Withdraw, Href: invitationsAt + "/" + i.ID + "/withdraw", About: i.Give.Name}})
	}
	return t
}

// postFields ask what a place is: the role, the team and the days.
func (v *visit) postFields(teams []staff.Team) []*field {
	w := v.p.words.Members
	roles := []option{{"", w.ChooseRole}}
	for _, r := range staff.Roles() {
		roles = append(roles, option{string(r), roleName(v.p.words.Staff.Roles, r)})
	}
	fields := []*field{{ID: "role", Label: w.Role, Options: roles}}
	if choose := v.teamOptions(teams); len(choose) > 1 {
		fields = append(fields, &field{ID: "team", Label: w.Team, Options: choose})
	}
	return append(fields, &field{ID: "from", Label: w.FirstDay, Hint: w.FirstDayHint, Auto: "off", Mode: "numeric"},
		&field{ID: "until", Label: w.LastDay, Hint: w.LastDayHint, Auto: "off", Mode: "numeric"})
}

func (v *visit) teamOptions(teams []staff.Team) []option {
	all := []option{{"", v.p.words.Members.NoTeam}}
	for _, t := range teams {
		if t.Closed.IsZero() {
			all = append(all, option{t.ID, t.Name})
		}
	}
	return all
}

// post is the place that was typed; at is the field that is to be mended.
func (v *visit) post(org string) (m staff.Member, at string, err error) {
	m = staff.Member{Organisation: org, Team: v.typed("team")}
	if m.Role, err = staff.RoleNamed(v.typed("role")); err != nil {
		return m, "role", err
	}
	if m.Starts, err = v.day("from"); err != nil {
		return m, "from", err
	}
	if m.Ends, err = v.day("until"); err != nil {
		return m, "until", err
	}
	if !m.Ends.IsZero() {
		m.Ends = m.Ends.AddDate(0, 0, 1) // the last day is a whole one
	}
	return m, "", nil
}

// thePlace is the place in the address of the page, with its organisation.
func (v *visit) thePlace() (staff.Member, staff.Organisation, error) {
	m, err := v.p.cfg.Staff.Member(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return m, staff.Organisation{}, err
	}
	o, err := v.p.cfg.Staff.Organisation(v.r.Context(), m.Organisation)
	return m, o, err
}

func staffOf(org string) string { return organisationsAt + "/" + org + "/staff" }

// place shows one place of somebody.
func place(v *visit) error {
	m, o, err := v.thePlace()
	if err != nil {
		return err
	}
	w := v.p.words.Members
	s := &sheet{title: m.Name, facts: []fact{{w.Organisation, o.Name}, {w.Role, roleName(v.p.words.Staff.Roles, m.Role)}, {w.From, v.when(m.Starts)}, {w.Until, v.until(m)}}}
	if m.Reason != "" {
		s.facts = append(s.facts, fact{v.p.words.Operator.Reason, m.Reason})
	}
	s.links = append(s.links, link{w.Another, placesAt + "/" + m.ID + "/another"})
	if m.Ends.IsZero() || m.Ends.After(v.p.cfg.Now()) {
		s.links = append(s.links, link{w.End, placesAt + "/" + m.ID + "/end"})
	}
	s.links = append(s.links, link{w.Back, staffOf(o.ID)})
	return v.showSheet(s)
}

func (v *visit) endQuestion(m staff.Member, o staff.Organisation) *question {
	w := v.p.words.Members
	q := v.takeAway(w.EndTitle, w.EndButton, placesAt+"/"+m.ID, []string{m.Name, roleName(v.p.words.Staff.Roles, m.Role) + ", " + o.Name}, w.EndText)
	q.form.Fields = append(q.form.Fields, v.newForm("", &field{ID: "until", Label: w.LastDay, Hint: w.EndHint, Auto: "off", Mode: "numeric"}).Fields...)
	return q
}

// endPlace asks whether a place is to end.
func endPlace(v *visit) error {
	m, o, err := v.thePlace()
	if err != nil {
		return err
	}
	return v.ask(v.endQuestion(m, o))
}

// endPlaceFinish ends it, now or with a day.
func endPlaceFinish(v *visit) error {
	m, o, err := v.thePlace()
	if err != nil {
		return err
	}
	at, err := v.day("until")
	if err != nil {
		return v.again(v.endQuestion(m, o), "until", err)
	}
	if !at.IsZero() {
		at = at.AddDate(0, 0, 1)
	}
	if err := v.p.cfg.Staff.EndMember(v.r.Context(), m.ID, at, v.by(), v.typed("reason")); err != nil {
		return v.again(v.endQuestion(m, o), fieldOf(err, "reason"), err)
	}
	return v.doneThen(placeEnded, staffOf(o.ID))
}

func (v *visit) anotherQuestion(m staff.Member) *question {
	w := v.p.words.Members
	fields := append([]*field{{ID: "code", Label: v.p.words.Organisations.Code, Hint: v.p.words.Organisations.CodeHint, Auto: "off", Code: true}}, v.postFields(nil)...)
	f := v.newForm(w.AnotherButton, fields...)
	f.Cancel = placesAt + "/" + m.ID
	return &question{title: w.Another, shown: []string{m.Name}, text: []string{w.AnotherText}, form: f}
}

// another asks for another place for somebody who works here.
func another(v *visit) error {
	m, _, err := v.thePlace()
	if err != nil {
		return err
	}
	return v.ask(v.anotherQuestion(m))
}

// anotherFinish gives it.
func anotherFinish(v *visit) error {
	m, _, err := v.thePlace()
	if err != nil {
		return err
	}
	o, err := v.p.cfg.Staff.ByODS(v.r.Context(), v.typed("code"))
	if err != nil {
		return v.again(v.anotherQuestion(m), "code", err)
	}
	give, at, err := v.post(o.ID)
	if err != nil {
		return v.again(v.anotherQuestion(m), at, err)
	}
	give.Account = m.Account
	if _, err := v.p.cfg.Staff.AddMember(v.r.Context(), give, v.by()); err != nil {
		return v.again(v.anotherQuestion(m), "", err)
	}
	return v.doneThen(placeGiven, staffOf(o.ID))
}
