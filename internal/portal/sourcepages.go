package portal

import (
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/exchange/sources"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

const sourcesAt = operatorAt + "/sources"

// sourceRoutes are the pages about places that send data here, for operators.
var sourceRoutes = []route{
	{"GET " + sourcesAt, operate(sourceList)},
	{"GET " + sourcesAt + "/add", operate(addSource)},
	{"POST " + sourcesAt + "/add", operate(addSourceFinish)},
	{"GET " + sourcesAt + "/{id}", operate(oneSource)},
	{"GET " + sourcesAt + "/{id}/down", operate(sourceDown)},
	{"POST " + sourcesAt + "/{id}/down", operate(sourceDownFinish)},
	{"GET " + sourcesAt + "/{id}/remove", operate(removeSource)},
	{"POST " + sourcesAt + "/{id}/remove", operate(removeSourceFinish)},
}

const (
	sourceAdded   done = "source-added"
	sourceChanged done = "source-changed"
	sourceRemoved done = "source-removed"
)

func (d done) sourceSentence(w words.Sources) string {
	return map[done]string{sourceAdded: w.Added, sourceChanged: w.Changed, sourceRemoved: w.Removed}[d]
}

// sourceState says how a source stands, in words.
func (v *visit) sourceState(s sources.Source) string {
	w := v.p.words.Sources
	switch {
	case !s.Down.IsZero():
		return w.StateDown
	case s.Failed.After(s.Heard):
		return w.StateFailed
	case s.Late(v.p.cfg.Now()) && s.Heard.IsZero():
		return w.StateSilent
	case s.Late(v.p.cfg.Now()):
		return w.StateLate
	case s.Every == 0:
		return w.NotExpected
	}
	return w.StateGood
}

// whenOr is a time, or that it is not known.
func (v *visit) whenOr(t time.Time) string {
	if t.IsZero() {
		return v.p.words.Sources.Never
	}
	return v.when(t)
}

// sourceList lists the places that send data.
func sourceList(v *visit) error {
	if v.p.cfg.Sources == nil {
		return problem.New(problem.Unavailable, "")
	}
	all, err := v.p.cfg.Sources.All(v.r.Context())
	if err != nil {
		return err
	}
	w := v.p.words.Sources
	t := table{Caption: w.Title, None: w.None, Heads: []string{w.Name, w.State, w.Heard}}
	for _, s := range all {
		t.Rows = append(t.Rows, []cell{{Text: s.Name, Href: sourcesAt + "/" + s.ID}, text(v.sourceState(s)), text(v.whenOr(s.Heard))})
	}
	return v.showSheet(&sheet{title: w.Title, text: []string{w.Text}, tables: []table{t}, button: link{w.Add, sourcesAt + "/add"}, links: []link{{v.p.words.Operator.Title, operatorAt}}})
}

func (v *visit) sourceQuestion() *question {
	w := v.p.words.Sources
	f := v.newForm(w.AddButton,
		&field{ID: "name", Label: w.Name, Hint: w.NameHint, Auto: "off"}, &field{ID: "id", Label: w.ID, Hint: w.IDHint, Auto: "off", Code: true},
		&field{ID: "uri", Label: w.URI, Hint: w.URIHint, Auto: "off", Mode: "url"}, &field{ID: "every", Label: w.Every, Hint: w.EveryHint, Auto: "off", Mode: "numeric"},
		&field{ID: "client", Label: w.Client, Hint: w.ClientHint, Auto: "off", Code: true})
	f.Cancel = sourcesAt
	return &question{title: w.Add, text: []string{w.Text}, form: f}
}

// addSource asks for a place.
func addSource(v *visit) error { return v.ask(v.sourceQuestion()) }

// sourceFields are the fields that refusals are about.
var sourceFields = map[string]string{"source-id": "id", "source-name": "name", "source-uri": "uri", "source-every": "every", "source-client": "client", "source-taken": "id", "source-most": "id"}

// addSourceFinish keeps it.
func addSourceFinish(v *visit) error {
	hours, err := strconv.Atoi(v.typed("every"))
	if err != nil || hours < 0 || hours > int(sources.MaxEvery/time.Hour) {
		return v.again(v.sourceQuestion(), "every", problem.New(problem.Invalid, v.p.words.Sources.BadHours))
	}
	n := sources.Source{ID: v.typed("id"), Name: v.typed("name"), URI: v.typed("uri"), Client: v.typed("client"), Every: time.Duration(hours) * time.Hour}
	if n.Client != "" {
		var there bool
		if _, there, err = v.p.cfg.Clients.Get(v.r.Context(), n.Client); err == nil && !there {
			err = problem.New(problem.Invalid, v.p.words.Refusals["source-client"]).Because("source-client")
		}
	}
	if err == nil {
		err = v.p.cfg.Sources.Add(v.r.Context(), v.by(), n)
	}
	if err != nil {
		return v.again(v.sourceQuestion(), sourceFields[problem.ReasonOf(err)], err)
	}
	return v.doneThen(sourceAdded, sourcesAt+"/"+n.ID)
}

func (v *visit) theSource() (sources.Source, error) {
	if v.p.cfg.Sources == nil {
		return sources.Source{}, problem.New(problem.Unavailable, "")
	}
	return v.p.cfg.Sources.One(v.r.Context(), v.r.PathValue("id"))
}

// oneSource shows a place.
func oneSource(v *visit) error {
	s, err := v.theSource()
	if err != nil {
		return err
	}
	w, at := v.p.words.Sources, sourcesAt+"/"+s.ID
	every := w.NotExpected
	if s.Every > 0 {
		every = strconv.Itoa(int(s.Every/time.Hour)) + " " + w.Hours
	}
	facts := []fact{{w.State, v.sourceState(s)}, {w.Heard, v.whenOr(s.Heard)}, {w.ID, s.ID}, {w.URI, s.URI}, {w.Every, every}, {w.By, s.By}}
	if s.Client != "" {
		facts = append(facts, fact{w.Client, s.Client})
	}
	if !s.Failed.IsZero() {
		facts = append(facts, fact{w.Failed, v.when(s.Failed)})
	}
	turn := w.IsDown
	if !s.Down.IsZero() {
		turn = w.IsUp
	}
	return v.showSheet(&sheet{title: s.Name, facts: facts, links: []link{{turn, at + "/down"}, {w.Remove, at + "/remove"}, {w.Back, sourcesAt}}})
}

// sourceDown asks whether a place does not work, or works again.
func sourceDown(v *visit) error {
	s, err := v.theSource()
	if err != nil {
		return err
	}
	w := v.p.words.Sources
	title, says, down := w.IsDown, w.DownText, "yes"
	if !s.Down.IsZero() {
		title, says, down = w.IsUp, w.UpText, "no"
	}
	f := v.newForm(title)
	f.Hidden, f.Cancel = [][2]string{{"down", down}}, sourcesAt+"/"+s.ID
	return v.ask(&question{title: title, shown: []string{s.Name}, text: []string{says}, form: f})
}

// sourceDownFinish keeps it. The form says which of the two was meant, so that sent
// twice it is the same.
func sourceDownFinish(v *visit) error {
	s, err := v.theSource()
	if err != nil {
		return err
	}
	if err := v.p.cfg.Sources.SetDown(v.r.Context(), v.by(), s.ID, v.typed("down") != "no"); err != nil {
		return err
	}
	return v.doneThen(sourceChanged, sourcesAt+"/"+s.ID)
}

// removeSource asks whether a place is to be forgotten.
func removeSource(v *visit) error {
	s, err := v.theSource()
	if err != nil {
		return err
	}
	w := v.p.words.Sources
	f := v.newForm(w.RemoveButton)
	f.Danger, f.Cancel = true, sourcesAt+"/"+s.ID
	return v.ask(&question{title: w.Remove, shown: []string{s.Name}, text: []string{w.RemoveText}, form: f})
}

// removeSourceFinish forgets it. Twice is once.
func removeSourceFinish(v *visit) error {
	if _, err := v.theSource(); err == nil {
		if err := v.p.cfg.Sources.Remove(v.r.Context(), v.r.PathValue("id")); err != nil && problem.ReasonOf(err) != "source-none" {
			return err
		}
	} else if problem.ReasonOf(err) != "source-none" {
		return err
	}
	return v.doneThen(sourceRemoved, sourcesAt)
}
