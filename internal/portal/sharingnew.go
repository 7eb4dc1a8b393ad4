package portal

import (
	"net/http"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/consent/sharing"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/record"
)

// choiceForm is the form in which somebody makes a choice, and what it says.
type choiceForm struct {
	form  *form
	whoms map[string]sharing.Whom
	plain sharing.Plain
	on    onlookers
}

// choiceDays are the days that it asks for.
var choiceDays = []string{"from", "until", "datafrom", "datauntil"}

// choiceForm makes the form with what was typed. entry is the one entry that it
// is about, such as "Observation/1"; "" to choose.
func (v *visit) choiceForm(s sharer, entry string) (c choiceForm, err error) {
	if c.on, err = v.onlookers(s); err != nil {
		return c, err
	}
	w := v.p.words.Sharing
	var whoms []option
	whoms, c.whoms = v.whomOptions(c.on)
	fields := []*field{
		{ID: "say", Label: w.Say, Options: []option{{"", w.ChooseOne}, {"no", w.SayNo}, {"yes", w.SayYes}}},
		{ID: "whom", Label: w.Whom, Options: whoms},
	}
	if entry == "" {
		fields = append(fields, &field{ID: "about", Label: w.About, Hint: w.AboutHint, Options: v.aboutOptions()})
	}
	fields = append(fields, &field{ID: "why", Label: w.Why, Options: []option{{"", w.AnyWhy}, {string(sharing.Care), w.ForCare}, {string(sharing.Research), w.ForResearch}}},
		v.dateField("from", w.From, w.FromHint), v.dateField("until", w.Until, ""),
		v.dateField("datafrom", w.DataFrom, w.DataFromHint), v.dateField("datauntil", w.DataUntil, ""))
	c.form = v.newForm(w.Look, fields...)
	c.form.Action, c.form.Cancel = sharingAt+"/new", sharingAt
	if entry != "" {
		c.form.Hidden = [][2]string{{"entry", entry}}
	}
	return c, nil
}

func (v *visit) aboutOptions() []option {
	w := v.p.words.Sharing
	all := []option{{"", w.ChooseOne}, {string(sharing.Everything), w.Everything}}
	for _, l := range sharing.Labels() {
		all = append(all, option{string(sharing.Label) + " " + l, w.Labels[l]})
	}
	for _, g := range sharing.Groups() {
		all = append(all, option{string(sharing.Group) + " " + g, w.Groups[g]})
	}
	return all
}

// readChoice reads what was typed. What can not be read stands at its field.
func (v *visit) readChoice(c *choiceForm, entry string) (ok bool) {
	w := v.p.words.Sharing
	say, whom := v.typed("say"), v.typed("whom")
	c.plain.May = say == "yes"
	if say != "yes" && say != "no" {
		c.form.wrong("say", w.NoSay)
	}
	var there bool
	if c.plain.Whom, there = c.whoms[whom]; !there {
		c.form.wrong("whom", w.NoWhom)
	}
	if c.plain.What = (sharing.What{Kind: sharing.Entry, ID: entry}); entry == "" {
		if c.plain.What, there = aboutChosen(v.typed("about")); !there {
			c.form.wrong("about", w.NoAbout)
		}
	}
	if why := sharing.Why(v.typed("why")); slices.Contains([]sharing.Why{sharing.Care, sharing.Research}, why) {
		c.plain.Why = why
	}
	switch c.plain.Whom.Kind {
	case sharing.Outside:
		if c.plain.May {
			c.form.wrong("whom", w.OutsideYes)
		}
		if c.plain.Why == sharing.Care {
			c.plain.Why = sharing.AnyWhy // which is what it means for staff
		}
	case sharing.Acting:
		if c.plain.Why != sharing.AnyWhy {
			c.form.wrong("why", w.ActingWhy)
		}
	}
	v.readChoiceDays(c)
	return !c.form.Problems()
}

func (v *visit) readChoiceDays(c *choiceForm) {
	w := v.p.words.Sharing
	for i, at := range []*string{&c.plain.From, &c.plain.Until, &c.plain.DataFrom, &c.plain.DataUntil} {
		day, empty, ok := v.typedDay(choiceDays[i])
		switch {
		case empty:
		case !ok:
			c.form.wrong(choiceDays[i], w.NoDay)
		default:
			*at = day.Format(time.DateOnly)
		}
	}
	for _, pair := range [][3]string{{c.plain.From, c.plain.Until, "until"}, {c.plain.DataFrom, c.plain.DataUntil, "datauntil"}} {
		if pair[0] != "" && pair[1] != "" && pair[1] < pair[0] {
			c.form.wrong(pair[2], w.DaysWrong)
		}
	}
}

// aboutChosen reads a value of aboutOptions.
func aboutChosen(value string) (sharing.What, bool) {
	if value == string(sharing.Everything) {
		return sharing.What{Kind: sharing.Everything}, true
	}
	for _, l := range sharing.Labels() {
		if value == string(sharing.Label)+" "+l {
			return sharing.What{Kind: sharing.Label, ID: l}, true
		}
	}
	for _, g := range sharing.Groups() {
		if value == string(sharing.Group)+" "+g {
			return sharing.What{Kind: sharing.Group, ID: g}, true
		}
	}
	return sharing.What{}, false
}

// chosenEntry is the one entry that a choice is about, which somebody has to
// see; "" for none.
func (v *visit) chosenEntry(s sharer, typ, id string) (string, error) {
	if typ == "" && id == "" {
		return "", nil
	}
	if !slices.Contains(aboutSomebody(), typ) || !choosable(typ) {
		return "", v.notThere(noEntry())
	}
	if _, err := read(v.r.Context(), s, typ, id); err != nil {
		return "", v.notThere(err)
	}
	return record.Key{Type: typ, ID: id}.String(), nil
}

func (v *visit) askChoice(status int, c choiceForm, entry string) error {
	w := v.p.words.Sharing
	q := &question{title: w.NewTitle, text: []string{w.NewLead}, form: c.form}
	if entry != "" {
		q.shown = []string{v.aboutText(sharing.What{Kind: sharing.Entry, ID: entry})}
	}
	return v.asked(status, q)
}

// newChoice asks for a choice, with a passkey that was used of late: what is
// typed is not lost on the way to one.
func newChoice(v *visit) error {
	if ok, err := v.need(account.ShareChoices, sharingAt+"/new"); err != nil || !ok {
		return err
	}
	s, _, err := v.openSharing()
	if err != nil {
		return err
	}
	return v.newChoice(s, "")
}

func (v *visit) newChoice(s sharer, entry string) error {
	c, err := v.choiceForm(s, entry)
	if err != nil {
		return err
	}
	return v.askChoice(http.StatusOK, c, entry)
}

// typedChoice reads a form that was sent. done says that the answer was given.
func (v *visit) typedChoice() (c choiceForm, s sharer, entry string, done bool, err error) {
	if ok, err := v.need(account.ShareChoices, sharingAt+"/new"); err != nil || !ok {
		return c, nil, "", true, err
	}
	if s, _, err = v.openSharing(); err != nil {
		return c, nil, "", true, err
	}
	key, _ := entryNamed(v.typed("entry"))
	if entry, err = v.chosenEntry(s, key.Type, key.ID); err != nil {
		return c, nil, "", true, err
	}
	if c, err = v.choiceForm(s, entry); err != nil {
		return c, nil, "", true, err
	}
	if v.typed("mend") != "" {
		return c, s, entry, true, v.askChoice(http.StatusOK, c, entry)
	}
	if !v.readChoice(&c, entry) {
		return c, s, entry, true, v.askChoice(http.StatusUnprocessableEntity, c, entry)
	}
	return c, s, entry, false, nil
}

// lookChoice shows what a choice would do before it is saved.
func lookChoice(v *visit) error {
	c, s, entry, done, err := v.typedChoice()
	if err != nil || done {
		return err
	}
	p, err := sharing.Look(v.r.Context(), s, c.plain, recordID(v.s.Record), c.on.asked())
	if err != nil {
		return v.choiceAgain(c, entry, err)
	}
	w := v.p.words.Sharing
	body := lookPage{Text: []string{w.LookLead}, Facts: []fact{{w.Choice, v.choiceText(c.plain)}, {w.HowLong, v.spanText(c.plain)}}}
	if err := v.effects(&body, c.on, p); err != nil {
		return err
	}
	hidden := v.typedAgain()
	v.form = v.newForm(w.Save)
	v.form.Action, v.form.Hidden, v.form.Cancel = sharingAt+"/save", hidden, sharingAt
	body.Mend = &way{Action: sharingAt + "/new", Text: w.Mend, Hidden: append(slices.Clone(hidden), [2]string{"mend", "yes"}), Second: true}
	return v.show(http.StatusOK, "sharinglook", w.LookTitle, body)
}

// typedAgain is what was typed, for the next form.
func (v *visit) typedAgain() (hidden [][2]string) {
	names := []string{formAsks, "say", "whom", "about", "why", "entry"}
	for _, d := range choiceDays {
		names = append(names, d, d+"month", d+"year")
	}
	for _, n := range names {
		if value := v.typed(n); value != "" {
			hidden = append(hidden, [2]string{n, value})
		}
	}
	return hidden
}

// saveChoice saves it.
func saveChoice(v *visit) error {
	c, s, entry, done, err := v.typedChoice()
	if err != nil || done {
		return err
	}
	if err := sharing.Save(v.r.Context(), s, c.plain, recordID(v.s.Record)); err != nil {
		return v.choiceAgain(c, entry, err)
	}
	return v.doneThen(choiceSaved, sharingAt)
}

// choiceAgain shows the form once more with what is wrong.
func (v *visit) choiceAgain(c choiceForm, entry string, err error) error {
	status, ok := mendable(err)
	if !ok {
		return err
	}
	c.form.wrong("", v.p.sentence(err))
	return v.askChoice(status, c, entry)
}
