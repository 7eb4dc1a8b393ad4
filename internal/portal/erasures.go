package portal

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	erasuresAt    = "/operator/erasures"
	mostErasures  = 200
	certificateAt = "/certificate"
)

// asOperator is the operator who acts, for the record.
func (v *visit) asOperator() (access.Who, error) {
	a, err := v.acting()
	if err != nil {
		return access.Who{}, err
	}
	return a.AsOperator()
}

// erasures lists requests to erase a record.
func erasures(v *visit) error {
	all, err := v.p.cfg.Erasures.List(v.r.Context(), mostErasures)
	if err != nil {
		return err
	}
	w := v.p.words.Erasure
	t := table{Caption: w.Staff, None: w.StaffNone, Heads: []string{w.Number, w.Asked, w.Due, w.State}}
	for _, r := range all {
		t.Rows = append(t.Rows, []cell{{Text: strconv.FormatInt(r.Person, 10), Href: erasuresAt + "/" + r.ID}, text(v.when(r.Made)), text(v.date(r.Due)), text(w.States[string(r.State)])})
	}
	return v.showSheet(&sheet{title: w.Staff, text: []string{w.StaffWhat}, tables: []table{t}, links: []link{{v.p.words.Operator.Back, operatorAt}}})
}

// oneErasure shows a request and asks for the decision.
func oneErasure(v *visit) error { return v.oneErasure(http.StatusOK, "", nil) }

func (v *visit) oneErasure(status int, at string, wrong error) error {
	who, err := v.asOperator()
	if err != nil {
		return err
	}
	t, err := v.p.cfg.Erasures.Look(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	w := v.p.words.Erasure
	body := struct {
		Open, Done  bool
		By          string
		Facts       []fact
		Certificate string
	}{Open: t.State == erasure.Asked, Done: t.State == erasure.Done, By: w.PersonAsked, Certificate: erasuresAt + "/" + t.ID + certificateAt}
	if t.ByOperator {
		body.By = w.NobodyAsked
	}
	body.Facts = []fact{{w.Number, strconv.FormatInt(t.Person, 10)}, {w.State, w.States[string(t.State)]}, {w.Asked, v.when(t.Made)}, {w.Due, v.date(t.Due)}}
	for _, f := range []fact{{w.YourWords, t.Words}, {w.Why, t.Reason}} {
		if f.Value != "" {
			body.Facts = append(body.Facts, f)
		}
	}
	if t.Ground != "" {
		body.Facts = append(body.Facts, fact{w.Ground, v.ground(t.Ground)}, fact{w.Decided, v.when(t.Decided)})
	}
	if body.Open {
		v.form = v.erasureForm()
		if wrong != nil {
			v.form.wrong(at, v.p.sentence(wrong))
		}
	}
	return v.show(status, "erasure", w.One, body)
}

func (v *visit) erasureForm() *form {
	w, g := v.p.words.Erasure, v.p.cfg.Erasures.Grounds()
	ways := []option{{"", w.Answer}}
	for _, one := range g.Keep {
		ways = append(ways, option{"keep " + one.ID, w.KeepIt + ": " + one.Words + " (" + one.Law + ")"})
	}
	for _, one := range g.Erase {
		ways = append(ways, option{"erase " + one.ID, w.EraseIt + ": " + one.Words + " (" + one.Law + ")"})
	}
	f := v.newForm(w.Send,
		&field{ID: "ground", Label: w.Answer, Options: ways},
		&field{ID: "reason", Label: w.Reason, Hint: w.ReasonHint, Lines: 4},
		&field{ID: "confirm", Label: w.Confirm, Hint: w.ConfirmHint, Auto: "off", Mode: "numeric"})
	f.Danger, f.Cancel = true, erasuresAt
	return f
}

// oneErasureFinish keeps the decision, and where it is to erase begins with it.
func oneErasureFinish(v *visit) error {
	who, err := v.asOperator()
	if err != nil {
		return err
	}
	ctx, id := v.r.Context(), v.r.PathValue("id")
	does, ground, _ := strings.Cut(v.typed("ground"), " ")
	at := "ground"
	switch does {
	case "keep":
		err = v.p.cfg.Erasures.Refuse(ctx, who, id, ground, v.typed("reason"))
		if problem.ReasonOf(err) == "erasure-words" {
			at = "reason"
		}
	case "erase":
		at = "confirm"
		if err = v.confirmed(who, id); err == nil {
			err = v.p.cfg.Erasures.Decide(ctx, who, id, ground)
		}
	default:
		err = v.p.cfg.Erasures.Decide(ctx, who, id, "")
	}
	if problem.Is(err, problem.Invalid) {
		return v.oneErasure(http.StatusUnprocessableEntity, at, err)
	}
	if err != nil {
		return err
	}
	return v.doneThen(erasureDecided, erasuresAt)
}

// confirmed says that the number of the record was typed, so that nobody erases
// another one than they mean.
func (v *visit) confirmed(who access.Who, id string) error {
	t, err := v.p.cfg.Erasures.Look(v.r.Context(), who, id)
	if err == nil && v.typed("confirm") != strconv.FormatInt(t.Person, 10) {
		err = problem.New(problem.Invalid, v.p.words.Erasure.Confirms)
	}
	return err
}

// certificate hands the signed certificate out as a file.
func certificate(v *visit) error {
	who, err := v.asOperator()
	if err != nil {
		return err
	}
	t, err := v.p.cfg.Erasures.Look(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if t.Certificate == "" {
		return problem.New(problem.NotFound, v.p.words.Problem.NotHere)
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="erasure-`+strconv.FormatInt(t.Person, 10)+`.json"`)
	v.WriteHeader(http.StatusOK)
	_, _ = v.Write([]byte(t.Certificate)) // a reader that went away can not be told
	return nil
}
