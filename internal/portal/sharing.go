package portal

import (
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/sharing"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

const sharingAt = "/sharing"

// sharer is a session of the record in which somebody makes choices.
type sharer interface {
	sharing.Reader
	sharing.Decider
	defaulter
}

// openSharing opens somebody's own record for their choices, as themself.
func (v *visit) openSharing() (sharer, string, error) {
	patient := recordID(v.s.Record)
	r, err := v.p.cfg.Open(v.r.Context(), v.ownWho(patient), patient, access.Own)
	if err != nil {
		return nil, "", err
	}
	s, ok := r.(sharer)
	if !ok {
		return nil, "", problem.New(problem.Unavailable, "")
	}
	return s, patient, nil
}

// sortedKinds are the types of a count, in the order of their names.
func sortedKinds(counts map[string]int, name func(string) string) []string {
	var all []string
	for typ := range counts {
		all = append(all, typ)
	}
	slices.SortFunc(all, func(a, b string) int { return compare(name(a), name(b)) })
	return all
}

// choices lists what somebody chose, and what holds besides.
func choices(v *visit) error {
	s, _, err := v.openSharing()
	if err != nil {
		return err
	}
	all, err := sharing.List(v.r.Context(), s, v.p.cfg.Now())
	if err != nil {
		return err
	}
	w := v.p.words.Sharing
	t := table{Caption: w.Choices, None: w.ChoicesNone, Heads: []string{w.Choice, w.State, w.HowLong, w.Change}}
	for _, c := range all {
		long := ""
		if c.IsPlain {
			long = v.spanText(c.Plain)
		}
		said := v.madeText(c)
		t.Rows = append(t.Rows, []cell{text(said), text(v.choiceState(c)), text(long), {Text: w.Change, Href: sharingAt + "/" + c.ID, About: said}})
	}
	d := table{Caption: w.Defaults, Heads: []string{w.Whom, w.What}}
	for _, f := range v.defaults(s) {
		d.Rows = append(d.Rows, []cell{text(f.Key), text(f.Value)})
	}
	return v.showSheet(&sheet{title: w.Title, text: []string{w.Lead}, button: link{w.New, sharingAt + "/new"}, tables: []table{t, d}, links: []link{
		{v.p.words.SeenAs.Link, seenAsAt}, {v.p.words.Uses.Link, usesAt}, {v.p.words.Family.Link, familyAt}, {v.p.words.Apps.Link, appsAt}, {v.p.words.Emergency.PersonLink, myEmergenciesAt}, {v.p.words.Looked.Title, lookedAt},
	}})
}

// lookPage shows what a change does, with the form that makes it.
type lookPage struct {
	Text   []string
	Facts  []fact
	Tables []table
	Notes  []string
	// Mend leads back to the form with what was typed; nil for none.
	Mend *way
}

// oneChoice shows one choice, what its end would do, and ends it.
func oneChoice(v *visit) error { return v.oneChoice(http.StatusOK, nil) }

func (v *visit) oneChoice(status int, wrong error) error {
	s, _, err := v.openSharing()
	if err != nil {
		return err
	}
	c, err := sharing.One(v.r.Context(), s, v.r.PathValue("id"), v.p.cfg.Now())
	if err != nil {
		return err
	}
	w := v.p.words.Sharing
	body := lookPage{Text: []string{v.madeText(c)}, Facts: []fact{{w.State, v.choiceState(c)}}}
	if c.IsPlain {
		body.Facts = append(body.Facts, fact{w.HowLong, v.spanText(c.Plain)})
	}
	body.Facts = append(append(body.Facts, fact{w.Since, v.when(c.Updated)}), v.partFacts(c)...)
	if c.Active {
		if err := v.endForm(s, c, &body); err != nil {
			return err
		}
		if wrong != nil {
			v.form.wrong(fieldOf(wrong, "reason"), v.p.sentence(wrong))
		}
	}
	return v.show(status, "sharinglook", w.OneTitle, body)
}

// partFacts say what a choice says that has no plain form.
func (v *visit) partFacts(c sharing.Choice) (all []fact) {
	w := v.p.words.Sharing
	for _, p := range c.Parts {
		kind := w.Permit
		if p.Deny {
			kind = w.Deny
		}
		if p.Depth > 0 {
			kind = w.Except + " " + kind
		}
		all = append(all, fact{kind, w.Everything})
		if len(p.Said) > 0 {
			all[len(all)-1].Value = ""
		}
		for _, s := range p.Said {
			one := &all[len(all)-1]
			if one.Value != "" {
				one.Value += "; "
			}
			one.Value += w.Elements[s.Element] + ": " + s.Text
		}
	}
	if c.More {
		all = append(all, fact{w.Except, w.MoreParts})
	}
	return all
}

// endForm adds what the end of a choice would do, and the button.
func (v *visit) endForm(s sharer, c sharing.Choice, body *lookPage) error {
	w := v.p.words.Sharing
	o, err := v.onlookers(s)
	if err != nil {
		return err
	}
	p, err := sharing.LookEnd(v.r.Context(), s, c.ID, o.asked())
	if err != nil {
		return err
	}
	if err := v.effects(body, o, p); err != nil {
		return err
	}
	v.form = v.newForm(w.End, &field{ID: "reason", Label: w.EndReason, Hint: w.EndReasonHint, Lines: 3})
	v.form.Action, v.form.Cancel = sharingAt+"/"+c.ID+"/end", sharingAt
	body.Text = append(body.Text, w.EndLead)
	return nil
}

// asked are the onlookers as the record takes them.
func (o onlookers) asked() (all []record.Viewer) {
	for _, one := range o.all {
		all = append(all, one.Viewer)
	}
	return all
}

// effects adds what a change does.
func (v *visit) effects(body *lookPage, o onlookers, p record.Preview) error {
	w := v.p.words.Sharing
	var err error
	if body.Tables, err = v.effectTables(o.all, p); err != nil {
		return err
	}
	body.Notes = []string{w.LookedAll, w.NoMatter}
	if o.cut {
		body.Notes = append(body.Notes, w.LookFew)
	}
	if p.More {
		body.Notes = append(body.Notes, w.LookMore)
	}
	return nil
}

// endChoice ends a choice, with a passkey that was used of late.
func endChoice(v *visit) error {
	id := v.r.PathValue("id")
	if ok, err := v.need(account.ShareChoices, sharingAt+"/"+id); err != nil || !ok {
		return err
	}
	s, _, err := v.openSharing()
	if err != nil {
		return err
	}
	if err := sharing.End(v.r.Context(), s, id, v.typed("reason")); err != nil {
		if status, ok := mendable(err); ok && problem.Is(err, problem.Invalid) {
			return v.oneChoice(status, err)
		}
		return err
	}
	return v.doneThen(choiceEnded, sharingAt)
}
