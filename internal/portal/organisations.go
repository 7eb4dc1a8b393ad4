package portal

import (
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const organisationsAt = operatorAt + "/organisations"

// organisations lists them.
func organisations(v *visit) error {
	all, err := v.p.cfg.Staff.Organisations(v.r.Context(), v.after(), perPage+1)
	if err != nil {
		return err
	}
	w := v.p.words.Organisations
	t := v.organisationTable(w.Title, w.None)
	shown, more := page(all)
	for _, o := range shown {
		t.Rows = append(t.Rows, v.organisationRow(o))
	}
	if more {
		t.More = v.more(shown[len(shown)-1].ODS)
	}
	return v.showSheet(&sheet{title: w.Title, text: []string{w.What}, button: link{w.Add, organisationsAt + "/add"}, links: []link{{v.p.words.Operator.Back, operatorAt}}, tables: []table{t}})
}

func (v *visit) organisationTable(caption, none string) table {
	w := v.p.words.Organisations
	return table{Caption: caption, None: none, Heads: []string{w.Code, w.Name, w.State}}
}

func (v *visit) organisationRow(o staff.Organisation) []cell {
	w := v.p.words.Organisations
	kind := w.Open
	switch {
	case !o.Closed.IsZero():
		kind = w.Closed + " " + v.date(o.Closed)
	case o.Parent != "":
		kind = w.Site
	}
	return []cell{text(o.ODS), {Text: o.Name, Href: organisationsAt + "/" + o.ID}, text(kind)}
}

func (v *visit) addOrganisationQuestion(title, cancel string, shown ...string) *question {
	w := v.p.words.Organisations
	f := v.newForm(title, &field{ID: "code", Label: w.Code, Hint: w.CodeHint, Auto: "off", Code: true}, &field{ID: "name", Label: w.Name, Auto: "off"})
	f.Cancel = cancel
	return &question{title: title, shown: shown, form: f}
}

// addOrganisation asks for a new one.
func addOrganisation(v *visit) error {
	return v.ask(v.addOrganisationQuestion(v.p.words.Organisations.Add, organisationsAt))
}

// addOrganisationFinish adds it.
func addOrganisationFinish(v *visit) error {
	o, err := v.p.cfg.Staff.AddOrganisation(v.r.Context(), v.by(), v.typed("code"), v.typed("name"), "")
	if err != nil {
		return v.again(v.addOrganisationQuestion(v.p.words.Organisations.Add, organisationsAt), fieldOf(err, "code"), err)
	}
	return v.doneThen(organisationAdded, organisationsAt+"/"+o.ID)
}

// theOrganisation is the one in the address of the page.
func (v *visit) theOrganisation() (staff.Organisation, error) {
	return v.p.cfg.Staff.Organisation(v.r.Context(), v.r.PathValue("id"))
}

// organisation shows one, with its sites and teams.
func organisation(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	ctx, w, at := v.r.Context(), v.p.words.Organisations, organisationsAt+"/"+o.ID
	sites, err := v.p.cfg.Staff.Sites(ctx, o.ID)
	if err != nil {
		return err
	}
	teams, err := v.p.cfg.Staff.Teams(ctx, o.ID)
	if err != nil {
		return err
	}
	s := &sheet{title: o.Name, facts: []fact{{w.Code, o.ODS}, {w.Added, v.date(o.Made)}}, button: link{w.Staff, at + "/staff"}}
	if o.Closed.IsZero() {
		if o.Parent == "" {
			s.links = append(s.links, link{w.AddSite, at + "/add-site"})
		}
		s.links = append(s.links, link{w.AddTeam, at + "/add-team"}, link{w.Close, at + "/close"})
	} else {
		s.facts = append(s.facts, fact{w.Closed, v.date(o.Closed)})
	}
	if o.Parent == "" {
		t := v.organisationTable(w.Sites, w.NoSites)
		for _, x := range sites {
			t.Rows = append(t.Rows, v.organisationRow(x))
		}
		s.tables = append(s.tables, t)
		s.links = append(s.links, link{w.Title, organisationsAt})
	} else {
		s.links = append(s.links, link{w.Above, organisationsAt + "/" + o.Parent})
	}
	s.tables = append(s.tables, v.teamTable(at, teams))
	return v.showSheet(s)
}

func (v *visit) teamTable(at string, teams []staff.Team) table {
	w := v.p.words.Organisations
	t := table{Caption: w.Teams, None: w.NoTeams, Heads: []string{w.Name, w.State, v.p.words.Operator.Change}}
	for _, x := range teams {
		state, change := w.Open, cell{Text: w.CloseTeam, Href: at + "/teams/" + x.ID + "/close", About: x.Name}
		if !x.Closed.IsZero() {
			state, change = w.Closed+" "+v.date(x.Closed), cell{}
		}
		t.Rows = append(t.Rows, []cell{text(x.Name), text(state), change})
	}
	return t
}

// addSite asks for a site of an organisation.
func addSite(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	return v.ask(v.addOrganisationQuestion(v.p.words.Organisations.AddSite, organisationsAt+"/"+o.ID, o.Name))
}

// addSiteFinish adds it.
func addSiteFinish(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	at := organisationsAt + "/" + o.ID
	if _, err := v.p.cfg.Staff.AddOrganisation(v.r.Context(), v.by(), v.typed("code"), v.typed("name"), o.ID); err != nil {
		return v.again(v.addOrganisationQuestion(v.p.words.Organisations.AddSite, at, o.Name), fieldOf(err, "code"), err)
	}
	return v.doneThen(siteAdded, at)
}

func (v *visit) addTeamQuestion(o staff.Organisation) *question {
	w := v.p.words.Organisations
	f := v.newForm(w.AddTeam, &field{ID: "name", Label: w.TeamName, Auto: "off"})
	f.Cancel = organisationsAt + "/" + o.ID
	return &question{title: w.AddTeam, shown: []string{o.Name}, form: f}
}

// addTeam asks for a team of an organisation.
func addTeam(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	return v.ask(v.addTeamQuestion(o))
}

// addTeamFinish adds it.
func addTeamFinish(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	if _, err := v.p.cfg.Staff.AddTeam(v.r.Context(), v.by(), o.ID, v.typed("name")); err != nil {
		return v.again(v.addTeamQuestion(o), "name", err)
	}
	return v.doneThen(teamAdded, organisationsAt+"/"+o.ID)
}

func (v *visit) closeQuestion(o staff.Organisation) *question {
	w := v.p.words.Organisations
	return v.takeAway(w.Close, w.CloseButton, organisationsAt+"/"+o.ID, []string{o.Name}, w.CloseText)
}

// closeOrganisation asks whether one is to be closed.
func closeOrganisation(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	return v.ask(v.closeQuestion(o))
}

// closeOrganisationFinish closes it.
func closeOrganisationFinish(v *visit) error {
	o, err := v.theOrganisation()
	if err != nil {
		return err
	}
	if err := v.p.cfg.Staff.CloseOrganisation(v.r.Context(), v.by(), o.ID, v.typed("reason")); err != nil {
		return v.again(v.closeQuestion(o), fieldOf(err, "reason"), err)
	}
	return v.doneThen(organisationClosed, organisationsAt+"/"+o.ID)
}

// theTeam is the team in the address of the page, with its organisation.
func (v *visit) theTeam() (o staff.Organisation, t staff.Team, err error) {
	if o, err = v.theOrganisation(); err != nil {
		return o, t, err
	}
	all, err := v.p.cfg.Staff.Teams(v.r.Context(), o.ID)
	if err != nil {
		return o, t, err
	}
	for _, t := range all {
		if t.ID == v.r.PathValue("team") {
			return o, t, nil
		}
	}
	return o, t, problem.New(problem.NotFound, v.p.words.Organisations.NoTeam)
}

func (v *visit) closeTeamQuestion(o staff.Organisation, t staff.Team) *question {
	w := v.p.words.Organisations
	return v.takeAway(w.CloseTeam, w.CloseTeam, organisationsAt+"/"+o.ID, []string{t.Name}, w.CloseTeamText)
}

// closeTeam asks whether a team is to be closed.
func closeTeam(v *visit) error {
	o, t, err := v.theTeam()
	if err != nil {
		return err
	}
	return v.ask(v.closeTeamQuestion(o, t))
}

// closeTeamFinish closes it.
func closeTeamFinish(v *visit) error {
	o, t, err := v.theTeam()
	if err != nil {
		return err
	}
	if err := v.p.cfg.Staff.CloseTeam(v.r.Context(), v.by(), t.ID, v.typed("reason")); err != nil {
		return v.again(v.closeTeamQuestion(o, t), fieldOf(err, "reason"), err)
	}
	return v.doneThen(teamClosed, organisationsAt+"/"+o.ID)
}
