package portal

import (
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/exchange/quality"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	jobsAt    = operatorAt + "/jobs"
	qualityAt = operatorAt + "/quality"
	logAt     = operatorAt + "/access-log"
	mostJobs  = 50
)

// jobText is what a kind of work is called; one without words by its own name.
func (v *visit) jobText(kind string) string {
	if s := v.p.words.Running.Kinds[kind]; s != "" {
		return s
	}
	return kind
}

func (v *visit) jobState(j jobs.Status) string {
	if j.Cancelling && !j.State.Ended() {
		return v.p.words.Running.Stopping
	}
	return v.p.words.Running.States[string(j.State)]
}

// progressText is how much of how much is done.
func (v *visit) progressText(j jobs.Status) string {
	w := v.p.words.Running
	switch {
	case j.State == jobs.Done:
		return w.Whole
	case j.Total > 0:
		return strconv.FormatInt(j.Done, 10) + " " + w.Of + " " + strconv.FormatInt(j.Total, 10)
	case j.Done > 0:
		return strconv.FormatInt(j.Done, 10)
	}
	return w.NotKnown
}

// jobList lists what works in the background, the newest first.
func jobList(v *visit) error {
	all, err := v.p.cfg.Jobs.List(v.r.Context(), "", mostJobs)
	if err != nil {
		return err
	}
	w := v.p.words.Running
	t := table{Caption: w.Jobs, None: w.JobsNone, Heads: []string{w.Kind, w.Asked, w.State, w.Progress}}
	for _, j := range all {
		t.Rows = append(t.Rows, []cell{{Text: v.jobText(j.Kind), Href: jobsAt + "/" + strconv.FormatInt(j.ID, 10), About: v.when(j.Made)}, text(v.when(j.Made)), text(v.jobState(j)), text(v.progressText(j))})
	}
	return v.showSheet(&sheet{title: w.Jobs, text: []string{w.JobsText}, tables: []table{t}, links: []link{{v.p.words.Operator.Title, operatorAt}}})
}

// jobNamed is the job in the address.
func (v *visit) jobNamed() (jobs.Status, error) {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return jobs.Status{}, problem.New(problem.NotFound, v.p.words.Problem.NotHere)
	}
	j, err := v.p.cfg.Jobs.Get(v.r.Context(), id)
	return j, v.notThere(err)
}

// oneJob shows how far one is, and stops it. Of what it was asked nothing is
// shown: that may name somebody.
func oneJob(v *visit) error {
	j, err := v.jobNamed()
	if err != nil {
		return err
	}
	w := v.p.words.Running
	facts := []fact{{w.Kind, v.jobText(j.Kind)}, {w.By, j.By.Actor}, {w.Asked, v.when(j.Made)}, {w.State, v.jobState(j)}, {w.Progress, v.progressText(j)}}
	if j.State.Ended() {
		facts = append(facts, fact{w.Ended, v.when(j.Ended)})
	}
	if j.Error != "" {
		facts = append(facts, fact{w.Why, j.Error})
	}
	links := []link{{w.Jobs, jobsAt}}
	if !j.State.Ended() {
		links = append([]link{{w.Again, v.r.URL.Path}}, links...)
		if !j.Cancelling {
			links = append(links, link{w.Stop, v.r.URL.Path + "/stop"})
		}
	}
	return v.showSheet(&sheet{title: w.Job, facts: facts, links: links})
}

func (v *visit) stopQuestion(j jobs.Status) *question {
	w := v.p.words.Running
	f := v.newForm(w.Stop)
	f.Danger, f.Cancel = true, jobsAt+"/"+v.r.PathValue("id")
	return &question{title: w.Stop, shown: []string{v.jobText(j.Kind) + ", " + v.when(j.Made)}, text: []string{w.StopText}, form: f}
}

func stopJob(v *visit) error {
	j, err := v.jobNamed()
	if err != nil {
		return err
	}
	return v.ask(v.stopQuestion(j))
}

// stopJobFinish asks it to stop. What it did stays done.
func stopJobFinish(v *visit) error {
	j, err := v.jobNamed()
	if err != nil {
		return err
	}
	if err := v.p.cfg.Jobs.Cancel(v.r.Context(), j.ID); err != nil {
		return v.again(v.stopQuestion(j), "", err)
	}
	return v.doneThen(jobStopped, jobsAt+"/"+v.r.PathValue("id"))
}

// startWork begins work of a kind, and shows it.
func startWork(kind string) func(*visit) error {
	return func(v *visit) error {
		who, err := v.work.acting.AsOperator()
		if err != nil {
			return err
		}
		id, err := quality.Start(v.r.Context(), v.p.cfg.Jobs, kind, who)
		if err != nil {
			return err
		}
		return v.doneThen(jobStarted, jobsAt+"/"+strconv.FormatInt(id, 10))
	}
}

// numberOr is a number, or that it is not known.
func (v *visit) numberOr(n int64) string {
	if n < 0 {
		return v.p.words.Running.NotKnown
	}
	return strconv.FormatInt(n, 10)
}

// dataQuality shows what was counted last.
func dataQuality(v *visit) error {
	var c quality.Count
	there, err := quality.Last(v.r.Context(), v.p.cfg.Jobs, quality.CountKind, &c)
	if err != nil {
		return err
	}
	failed, err := v.loadsThatStopped()
	if err != nil {
		return err
	}
	w := v.p.words.Running
	body := &sheet{title: w.Quality, text: []string{w.QualityText}, do: way{Action: qualityAt, Text: w.CountNow}, links: []link{{w.Jobs, jobsAt}, {v.p.words.Operator.Title, operatorAt}}}
	t := table{Caption: w.Missing, None: w.NeverCounted, Heads: []string{w.Type, w.All, w.NoDate, w.NoCode, w.TextOnly}}
	at := w.NeverCounted
	if there {
		at = v.when(c.At)
		for _, l := range c.Lines {
			t.Rows = append(t.Rows, []cell{text(v.p.words.Kinds[l.Type]), text(v.numberOr(l.All)), text(v.numberOr(l.NoDate)), text(v.numberOr(l.NoCode)), text(v.numberOr(l.TextOnly))})
		}
		body.facts = append(body.facts, fact{w.Unjudged, strconv.Itoa(c.Unjudged)})
	}
	body.facts = append([]fact{{w.CountedAt, at}, {w.Loads, strconv.Itoa(failed)}}, body.facts...)
	body.tables = []table{t}
	return v.showSheet(body)
}

// loadsThatStopped counts loads of the last weeks that did not end well.
func (v *visit) loadsThatStopped() (n int, err error) {
	all, err := v.p.cfg.Jobs.List(v.r.Context(), "import", 1_000)
	for _, j := range all {
		if j.State == jobs.Failed {
			n++
		}
	}
	return n, err
}

// logState shows how the access log stands, and what the last check of it found.
func logState(v *visit) error {
	st, err := v.p.cfg.LogState(v.r.Context())
	if err != nil {
		return err
	}
	var c quality.LogCheck
	there, err := quality.Last(v.r.Context(), v.p.cfg.Jobs, quality.LogKind, &c)
	if err != nil {
		return err
	}
	w := v.p.words.Running
	body := &sheet{title: w.Log, text: []string{w.LogText}, do: way{Action: logAt, Text: w.CheckNow}, links: []link{{v.p.words.Emergency.LateLink, lateReviewsAt}, {w.Jobs, jobsAt}, {v.p.words.Operator.Title, operatorAt}}}
	signed := w.NotSigned
	if st.Signed {
		signed = strconv.FormatInt(st.Size, 10)
	}
	body.facts = []fact{{w.LogSize, signed}}
	t := table{Caption: w.Witnesses, None: w.WitnessNone, Heads: []string{w.Witness, w.SeenAt, w.SeenSize}}
	for _, s := range st.Seen {
		t.Rows = append(t.Rows, []cell{text(s.Name), text(v.when(s.At)), text(strconv.FormatInt(st.Witnessed, 10))})
	}
	body.tables = []table{t}
	switch {
	case !there:
		body.facts = append(body.facts, fact{w.Checked, w.NeverChecked})
	case c.Faults+c.Gaps > 0:
		body.alarm = w.LogBad
		body.facts = append(body.facts, fact{w.Checked, v.when(c.At)}, fact{w.Faults, strconv.Itoa(c.Faults + c.Gaps)})
	default:
		body.facts = append(body.facts, fact{w.Checked, v.when(c.At)}, fact{w.Faults, w.LogGood + " " + strconv.FormatInt(c.Entries, 10)})
	}
	if there && c.At.Before(v.p.cfg.Now().Add(-logCheckAge)) {
		body.text = append(body.text, w.LogOld)
	}
	return v.showSheet(body)
}

// logCheckAge is after how long a check is called old.
const logCheckAge = 31 * 24 * time.Hour
