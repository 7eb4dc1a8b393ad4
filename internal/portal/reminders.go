package portal

// remindersQuestion asks whether somebody wants reminders.
func (v *visit) remindersQuestion() (*question, error) {
	since, err := v.p.cfg.Recalls.Quiet(v.r.Context(), v.s.Account)
	if err != nil {
		return nil, err
	}
	w := v.p.words.Recall.Mine
	f, now := v.newForm(w.Stop), w.Come
	f.Hidden = [][2]string{{"want", "none"}}
	if since != 0 {
		f, now = v.newForm(w.Start), w.Gone
		f.Hidden = [][2]string{{"want", "some"}}
	}
	f.Cancel = "/account"
	return &question{title: w.Title, text: []string{w.Text, now}, form: f, links: v.linksOf(link{v.p.words.Account.Places, "/account/addresses"})}, nil
}

func reminders(v *visit) error {
	if v.p.cfg.Recalls == nil {
		return v.noRecalls()
	}
	q, err := v.remindersQuestion()
	if err != nil {
		return err
	}
	return v.ask(q)
}

// remindersFinish keeps what somebody wants, and shows it.
func remindersFinish(v *visit) error {
	if v.p.cfg.Recalls == nil {
		return v.noRecalls()
	}
	if err := v.p.cfg.Recalls.SetQuiet(v.r.Context(), v.s.Account, v.typed("want") != "some"); err != nil {
		return err
	}
	return v.doneThen(remindersSet, remindersAt)
}
