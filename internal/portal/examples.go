package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/consent/example"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	startAt          = "/set-up/start"
	whoseAt          = "/set-up/whose"
	setupFileAt      = "/set-up/file"
	removeExamplesAt = "/examples/remove"

	examplesMade    done = "examples-made"
	examplesRemoved done = "examples-removed"
)

// exampleRoutes are what the first operator chooses after set-up, and the way to
// remove the example people again.
var exampleRoutes = []route{
	{"GET " + whoseAt, operating(setupWhose)},
	{"POST " + whoseAt, operating(setupWhoseFinish)},
	{"GET " + startAt, operating(setupStart)},
	{"POST /set-up/examples", operating(makeExamples)},
	{"GET " + setupFileAt, operating(setupFile)},
	{"POST " + removeExamplesAt, operating(removeExamples)},
}

// operating lets a page be seen by an operator, wherever they work at this moment:
// right after set-up they have chosen no place yet.
func operating(do func(*visit) error) func(*visit) error {
	return member(func(v *visit) error {
		if ok, err := v.operates(); err != nil || !ok {
			if err == nil {
				err = problem.New(problem.Forbidden, v.p.words.FirstRun.OnlyOperators)
			}
			return err
		}
		return do(v)
	})
}

// operates says whether the visitor runs this service.
func (v *visit) operates() (bool, error) {
	if !v.s.Staff || v.p.cfg.Examples == nil {
		return false, nil
	}
	_, err := v.p.cfg.Examples.Operator(v.r.Context(), v.s.Account)
	if problem.Is(err, problem.Forbidden) {
		return false, nil
	}
	return err == nil, err
}

// makeExamples brings the example family in, and opens the record of the first of
// them.
func makeExamples(v *visit) error {
	if ok, err := v.need(account.ManageStaff, startAt); err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Examples.Make(v.r.Context(), v.s.Account); err != nil {
		return err
	}
	rights, err := v.p.cfg.Examples.Rights(v.r.Context(), v.s)
	if err != nil {
		return err
	}
	if len(rights) == 0 {
		return v.goOn(familyAt)
	}
	if err := v.lookRound(rights[0].Mandate); err != nil {
		return err
	}
	return v.doneThen(examplesMade, familyRecordAt)
}

// lookRound makes the session look round as one of the examples, and act for
// nobody else.
func (v *visit) lookRound(right string) error {
	if _, err := v.p.cfg.Examples.Act(v.r.Context(), v.s, right); err != nil {
		return err
	}
	return v.p.cfg.Mandates.StopActing(v.r.Context(), v.s)
}

// removeExamples removes all of them. One click is enough: what it takes away was
// made up, and can be brought in again.
func removeExamples(v *visit) error {
	if err := v.p.cfg.Examples.Remove(v.r.Context(), v.s.Account); err != nil {
		return err
	}
	return v.doneThen(examplesRemoved, startAt)
}

// asExample is the right by which the visitor looks round as one of the examples.
func (v *visit) asExample() (mandate.Right, bool, error) {
	if v.p.cfg.Examples == nil {
		return mandate.Right{}, false, nil
	}
	r, ok, err := v.p.cfg.Examples.Acting(v.r.Context(), v.s)
	return v.exampleNamed(r), ok, err
}

// examples are as whom the visitor may look round.
func (v *visit) examples() ([]mandate.Right, error) {
	if v.p.cfg.Examples == nil {
		return nil, nil
	}
	all, err := v.p.cfg.Examples.Rights(v.r.Context(), v.s)
	for i := range all {
		all[i] = v.exampleNamed(all[i])
	}
	return all, err
}

// exampleNamed says after the name that it is an example.
func (v *visit) exampleNamed(r mandate.Right) mandate.Right {
	if r.Name != "" {
		r.Name += " " + v.p.words.FirstRun.Suffix
	}
	return r
}

// exampleView is the band that says that people are examples.
type exampleView struct {
	Going  bool
	Remove bool // the visitor may remove them
}

// exampleBand stands above every page of an operator while there are examples, and
// of anybody whose page is about one.
func (v *visit) exampleBand() *exampleView {
	if v.p.cfg.Examples == nil || !v.s.Staff && !v.ofExample {
		return nil
	}
	state, err := v.p.cfg.Examples.State(v.r.Context())
	if err != nil || state == (example.State{}) {
		return nil
	}
	// Where it can not be found out, the button is left out.
	may, err := v.operates()
	if may = may && err == nil; !may && !v.ofExample {
		return nil
	}
	return &exampleView{Going: state.Going, Remove: may}
}

// exampleCards list as whom the visitor may look round.
func (v *visit) exampleCards(now mandate.Right) (all []mandateCard, err error) {
	rights, err := v.examples()
	if err != nil || len(rights) == 0 {
		return nil, err
	}
	people, err := v.p.cfg.Examples.People(v.r.Context())
	if err != nil {
		return nil, err
	}
	are := map[string]string{}
	for _, p := range people {
		are[p.Patient] = v.p.words.FirstRun.Relations[p.Relation]
	}
	for _, r := range rights {
		all = append(all, mandateCard{ID: r.Mandate, Name: r.Name, This: r.Mandate == now.Mandate, Rows: []fact{{v.p.words.Family.Relation, are[r.Patient]}}})
	}
	return all, nil
}

// setupStart asks how they want to start.
func setupStart(v *visit) error {
	state, err := v.p.cfg.Examples.State(v.r.Context())
	if err != nil {
		return err
	}
	whose := v.r.URL.Query().Get("whose")
	return v.show(http.StatusOK, "setupstart", v.p.words.FirstRun.StartTitle, struct {
		Here, Mine, Child                  bool
		FileAt, ProofAt, FamilyAt, StaffAt string
	}{state.Here, whose == whoseMine || whose == whoseBoth, whose == whoseChild || whose == whoseBoth, setupFileAt, proofAt, familyAt, staffAt})
}
