package portal

import (
	"net/http"
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/exchange/plain"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const toCorrectAt = "/staff/corrections"

// correct lets a page be seen by staff who answer what people say is wrong, with
// a passkey that they used of late: it shows a record and changes it.
func correct(do func(*visit, correction.By) error) func(*visit) error {
	return atWork(staff.Correct, func(v *visit) error {
		if ok, err := v.need(account.ProveIdentity, v.home()); err != nil || !ok {
			return err
		}
		a, err := v.acting()
		if err != nil {
			return err
		}
		by := correction.By{Account: a.Account, Organisation: a.Organisation.ID, Practitioner: a.Practitioner, Operator: a.Role == staff.Operator, Why: access.Care,
			Who: access.Who{Actor: a.Actor(), Kind: access.Person, Role: access.RoleProfessional, Organisation: a.Organisation.ID, Bound: access.AllTypes(access.AllVerbs)}}
		if by.Operator {
			by.Why = access.Operations
			if by.Who, err = a.AsOperator(); err != nil {
				return err
			}
		}
		return do(v, by)
	})
}

// toCorrect lists what waits for an answer.
func toCorrect(v *visit, by correction.By) error {
	all, err := v.p.cfg.Corrections.Waiting(v.r.Context(), by)
	if err != nil {
		return err
	}
	w := v.p.words.Correction
	t := table{Caption: w.Staff, None: w.StaffNone, Heads: []string{w.Entry, w.Asked, w.Due, w.State}}
	for _, r := range all {
		due := v.date(r.Due)
		if r.Late(v.p.cfg.Now()) {
			due += " (" + w.Late + ")"
		}
		t.Rows = append(t.Rows, []cell{{Text: v.p.words.Kinds[r.Entry.Type], Href: toCorrectAt + "/" + r.ID, About: v.when(r.Made)}, text(v.when(r.Made)), text(due), text(v.correctionState(r))})
	}
	return v.showSheet(&sheet{title: w.Staff, text: []string{w.StaffWhat}, tables: []table{t}, links: []link{{v.p.words.Staff.Title, staffAt}}})
}

// toCorrectOne shows a request with the entry, and asks for the answer.
func toCorrectOne(v *visit, by correction.By) error {
	return v.toCorrectOne(http.StatusOK, by, nil)
}

func (v *visit) toCorrectOne(status int, by correction.By, wrong error) error {
	c, err := v.p.cfg.Corrections.Look(v.r.Context(), by, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	tree, err := fhir.Parse(c.Now.Body, fhir.Limits{Bytes: len(c.Now.Body), Nodes: 64 << 20})
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	w := v.p.words.Correction
	e := v.entryOfSomebody(tree)
	body := struct {
		Asked, Now []fact
		See, Open  bool
		At         string
	}{See: c.State == correction.Asked, Open: c.State.Open(), At: toCorrectAt + "/" + c.ID}
	body.Asked = []fact{{w.YourWords, c.Words}, {w.Asked, v.when(c.Made)}, {w.Due, v.date(c.Due)}, {w.State, v.correctionState(c.Request)}, {w.Version, versionText(c.Now.Version)}}
	body.Now = []fact{{v.p.words.Record.Entry, e.Title}, {v.p.words.Record.When, e.Date}, {v.p.words.Record.By, e.By}}
	for _, row := range e.Rows {
		body.Now = append(body.Now, fact{row.Label, row.Value})
	}
	if body.Open {
		ways := []option{{"", w.How}}
		if correction.CanMark(c.Entry.Type) {
			ways = append(ways, option{string(correction.InError), w.ByError})
		}
		ways = append(ways, option{string(correction.Amended), w.ByAmend}, option{"refuse", w.ByRefuse})
		v.form = v.newForm(w.Send,
			&field{ID: "how", Label: w.How, Hint: w.HowHint, Options: ways},
			&field{ID: "body", Label: w.Body, Hint: w.BodyHint, Lines: 8, Value: string(c.Now.Body)},
			&field{ID: "reason", Label: w.Reason, Hint: w.ReasonHint, Lines: 4})
		v.form.Hidden = [][2]string{{"version", versionText(c.Now.Version)}}
		if wrong != nil {
			v.form.wrong(fieldAt(wrong), v.p.sentence(wrong))
		}
	}
	return v.show(status, "tocorrect", w.Staffed, body)
}

// entryOfSomebody is an entry in words, for whoever answers for it.
func (v *visit) entryOfSomebody(t *fhir.Tree) plain.Entry {
	about := t.Root().Get("subject")
	if !about.Exists() {
		about = t.Root().Get("patient")
	}
	patient := fhir.ParseReference(about.Get("reference").Str()).ID
	return plain.Reader{W: v.p.plainWords(), Code: v.p.codeName, Name: func(ref string) string { return v.p.called(ref, patient, v.p.words.Folder.Person) }}.Entry(t)
}

// fieldAt is the field of the answer that a refusal is about.
func fieldAt(err error) string {
	return map[string]string{"correction-how": "how", "correction-no-mark": "how", "correction-body": "body", "correction-same": "body", "correction-not-valid": "body",
		"correction-words": "reason", "correction-too-long": "reason"}[problem.ReasonOf(err)]
}

// toCorrectFinish sends the answer.
func toCorrectFinish(v *visit, by correction.By) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	version, err := strconv.ParseInt(v.typed("version"), 10, 64)
	if err != nil {
		version = -1 // not of our form: no entry has it
	}
	if how := v.typed("how"); how == "refuse" {
		err = v.p.cfg.Corrections.Refuse(ctx, by, id, v.typed("reason"))
	} else {
		err = v.p.cfg.Corrections.Accept(ctx, by, id, correction.How(how), version, []byte(v.typed("body")), v.typed("reason"))
	}
	if err != nil {
		if status, ok := mendable(err); ok && (problem.Is(err, problem.Invalid) || problem.ReasonOf(err) == "correction-entry-changed") {
			return v.toCorrectOne(status, by, err)
		}
		return err
	}
	return v.doneThen(correctionAnswered, toCorrectAt)
}

// toCorrectSeen tells the person that somebody is looking at it.
func toCorrectSeen(v *visit, by correction.By) error {
	if err := v.p.cfg.Corrections.See(v.r.Context(), by, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(correctionSeen, toCorrectAt+"/"+v.r.PathValue("id"))
}
