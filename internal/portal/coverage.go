package portal

import (
	"strconv"

	"github.com/bevanhealth/bevan/internal/child/recall"
)

// coverageQuarters is how many quarters are shown, with the one of now.
const coverageQuarters = 5

// coverageHere shows how many of the children of a practice had their vaccinations
// in time. It is for staff who may open each of their records.
func coverageHere(v *visit, _ subject) error {
	to := v.p.cfg.Recalls.Today().Quarter()
	all, err := v.p.cfg.Recalls.Coverage(v.r.Context(), v.work.acting.Organisation.ID, to-coverageQuarters+1, to)
	if err != nil {
		return err
	}
	w := v.p.words.Recall
	return v.showSheet(&sheet{title: w.Coverage.Title, text: []string{w.Coverage.Text}, tables: v.coverageTables(all), facts: v.recallRules(),
		links: v.linksOf(link{w.Title, recallAt}, link{v.p.words.Staff.Title, staffAt})})
}

// coverageTotal shows the same of everybody, without small numbers, to those who
// run the service, and lets them send reminders.
func coverageTotal(v *visit) error {
	if v.p.cfg.Recalls == nil {
		return v.noRecalls()
	}
	to := v.p.cfg.Recalls.Today().Quarter()
	all, err := v.p.cfg.Recalls.Total(v.r.Context(), to-coverageQuarters+1, to)
	if err != nil {
		return err
	}
	stale, err := v.p.cfg.Recalls.Stale(v.r.Context())
	if err != nil {
		return err
	}
	w := v.p.words.Recall.Coverage
	out := &sheet{title: w.Total, text: []string{w.TotalText}, tables: v.coverageTables(all), facts: v.recallRules(), do: way{Action: totalAt + "/reminders", Text: w.Send},
		links: []link{{v.p.words.Running.Jobs, jobsAt}, {v.p.words.Operator.Title, operatorAt}}}
	if stale > 0 {
		out.text = append(out.text, w.RenewText+" "+strconv.FormatInt(stale, 10))
		out.do = way{Action: totalAt + "/renew", Text: w.Renew}
	}
	return v.showSheet(out)
}

// recallRules say by which rules everything is worked out.
func (v *visit) recallRules() []fact {
	w := v.p.words.Recall
	return []fact{{w.Rules, v.p.cfg.Recalls.Version()}}
}

// coverageTables are a table for each birthday, with a row for each quarter.
func (v *visit) coverageTables(all []recall.Covered) (out []table) {
	w := v.p.words.Recall.Coverage
	for _, c := range all {
		if n := len(out); n == 0 || out[n-1].Caption != w.Birthdays[c.Birthday] {
			out = append(out, table{Caption: w.Birthdays[c.Birthday], Heads: []string{w.Quarter}})
		}
		t := &out[len(out)-1]
		quarter := w.Quarters[c.Quarter%4] + " " + strconv.Itoa(c.Quarter/4)
		if n := len(t.Rows); n == 0 || t.Rows[n-1][0].Text != quarter {
			t.Rows = append(t.Rows, []cell{text(quarter)})
		}
		if len(t.Rows) == 1 {
			t.Heads = append(t.Heads, w.Measures[c.Measure])
		}
		row := &t.Rows[len(t.Rows)-1]
		*row = append(*row, text(v.coveredText(c)))
	}
	return out
}

// coveredText is how many of how many, and that of 100.
func (v *visit) coveredText(c recall.Covered) string {
	w := v.p.words.Recall.Coverage
	switch {
	case c.Few:
		return w.Few
	case c.Asked == 0:
		return w.None
	}
	return strconv.Itoa(c.Had) + " " + w.Of + " " + strconv.Itoa(c.Asked) + " (" + strconv.Itoa(100*c.Had/c.Asked) + "%)"
}

// startRecall begins work of a kind, and shows it.
func startRecall(kind string) func(*visit) error {
	return func(v *visit) error {
		if v.p.cfg.Recalls == nil {
			return v.noRecalls()
		}
		who, err := v.work.acting.AsOperator()
		if err != nil {
			return err
		}
		id, err := v.p.cfg.Recalls.Start(v.r.Context(), v.p.cfg.Jobs, kind, who)
		if err != nil {
			return err
		}
		return v.doneThen(jobStarted, jobsAt+"/"+strconv.FormatInt(id, 10))
	}
}
