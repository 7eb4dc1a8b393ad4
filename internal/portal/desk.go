package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

const deskAt = "/staff/desk"

// desk lets a page be seen by staff who check documents, with a passkey that
// they used of late.
func desk(do func(*visit, proof.By) error) func(*visit) error {
	return asStaff(staff.Desk, deskAt, do)
}

// asStaff is atWork for the rooms of proof: it says who acts.
func asStaff(page staff.Page, back string, do func(*visit, proof.By) error) func(*visit) error {
	return atWork(page, func(v *visit) error {
		if ok, err := v.need(account.ProveIdentity, back); err != nil || !ok {
			return err
		}
		a, err := v.acting()
		if err != nil {
			return err
		}
		return do(v, proof.By{Account: a.Account, Role: string(a.Role), Organisation: a.Organisation.ODS, Place: a.Member})
	})
}

func (v *visit) deskQuestion() *question {
	w := v.p.words.Desk
	f := v.newForm(w.Find,
		&field{ID: string(proof.FieldGiven), Label: w.Given, Hint: w.GivenHint, Auto: "off"},
		&field{ID: string(proof.FieldFamily), Label: w.Family, Hint: w.FamilyHint, Auto: "off"},
		&field{ID: string(proof.FieldBirth), Label: w.Birth, Hint: v.p.words.Proof.BirthHint, Auto: "off"},
		&field{ID: string(proof.FieldPostcode), Label: w.Postcode, Auto: "off"},
		&field{ID: string(proof.FieldNHSNumber), Label: w.Number, Hint: w.NumberHint, Auto: "off", Mode: "numeric"})
	f.Action, f.Cancel = deskAt, staffAt
	return &question{title: w.Title, text: []string{w.What}, form: f}
}

// atDesk asks who is in front of somebody.
func atDesk(v *visit, _ proof.By) error { return v.ask(v.deskQuestion()) }

// recordCard is one record as staff may choose it.
type recordCard struct {
	ID, Name string
	Rows     []fact
	Notes    []string
	May      bool
}

// deskFound shows the records that it may be.
func deskFound(v *visit, by proof.By) error {
	_, d, ok, err := v.typedDetails(v.deskQuestion)
	if err != nil || !ok {
		return err
	}
	seen, more, err := v.p.cfg.Proofs.Trace(v.r.Context(), by, d)
	if err != nil {
		return v.again(v.deskQuestion(), "", err)
	}
	w := v.p.words.Desk
	cards := make([]recordCard, 0, len(seen))
	for _, s := range seen {
		cards = append(cards, v.record(s))
	}
	return v.show(http.StatusOK, "found", w.FoundTitle, struct {
		Cards []recordCard
		More  bool
	}{cards, more})
}

// record is a record as staff see it who have to tell it from others.
func (v *visit) record(s proof.Seen) recordCard {
	w := v.p.words.Desk
	known := func(list []string) string {
		if len(list) == 0 || list[0] == "" {
			return w.Unknown
		}
		return list[0]
	}
	c := recordCard{ID: s.Patient, Name: known(s.Given) + " " + known(s.Family), May: !s.Deceased && !s.Replaced}
	c.Rows = []fact{{w.Name, c.Name}, {w.Born, day(known([]string{s.Birth}))}, {w.At, known(s.Postcode)}, {w.NHS, known([]string{s.NHSNumber})}}
	for _, n := range []struct {
		is   bool
		says string
	}{{s.Taken, w.Taken}, {s.Restricted, w.Hidden}, {s.Deceased, w.Died}} {
		if n.is {
			c.Notes = append(c.Notes, n.says)
		}
	}
	return c
}

// papersQuestion asks which documents were looked at.
func (v *visit) papersQuestion(by proof.By) (*question, error) {
	s, err := v.p.cfg.Proofs.Choose(v.r.Context(), by, v.r.PostForm.Get("patient"))
	if err != nil {
		return nil, err
	}
	w := v.p.words.Desk
	kinds := []option{}
	for _, k := range v.p.cfg.Proofs.Papers().Papers {
		kinds = append(kinds, option{k.ID, k.Name})
	}
	f := v.newForm(w.PapersButton,
		&field{ID: "kind", Label: w.Kind, Options: kinds},
		&field{ID: "issuer", Label: w.Issuer, Hint: w.IssuerHint, Auto: "off"},
		&field{ID: "paper", Label: w.PaperNumber, Hint: w.PaperNumberHint, Auto: "off", Code: true},
		&field{ID: "until", Label: w.Until, Hint: w.UntilHint, Auto: "off"},
		&field{ID: "second", Label: w.Second, Hint: w.SecondHint, Options: append([]option{{"", w.NoSecond}}, kinds...)},
		&field{ID: "issuer2", Label: w.Issuer + " (2)", Auto: "off"},
		&field{ID: "paper2", Label: w.PaperNumber + " (2)", Auto: "off", Code: true},
		&field{ID: "until2", Label: w.Until + " (2)", Auto: "off"},
		&field{ID: "compared", Label: w.Compared, Options: []option{{"", w.NotCompared}, {"yes", w.IsThem}}})
	f.Action, f.Cancel, f.Hidden = deskAt+"/code", deskAt, [][2]string{{"patient", s.Patient}}
	c := v.record(s)
	return &question{title: w.PapersTitle, shown: []string{c.Name + ", " + c.Rows[1].Value}, text: append([]string{w.PapersText, w.PapersPhoto}, c.Notes...), form: f}, nil
}

// deskPapers asks for the documents of the person that was chosen.
func deskPapers(v *visit, by proof.By) error {
	q, err := v.papersQuestion(by)
	if err != nil {
		return err
	}
	return v.ask(q)
}

// deskCode hands out the code. It is part of the answer to the form itself, and
// lies nowhere for a second look.
func deskCode(v *visit, by proof.By) error {
	docs := []proof.Document{{Kind: v.typed("kind"), Issuer: v.typed("issuer"), Number: v.typed("paper"), Until: v.typed("until")}}
	if v.typed("second") != "" {
		docs = append(docs, proof.Document{Kind: v.typed("second"), Issuer: v.typed("issuer2"), Number: v.typed("paper2"), Until: v.typed("until2")})
	}
	code, err := v.p.cfg.Proofs.Issue(v.r.Context(), by, v.typed("patient"), docs, v.typed("compared") == "yes")
	if err != nil {
		q, qerr := v.papersQuestion(by)
		if qerr != nil {
			return qerr
		}
		return v.again(q, "", err)
	}
	w := v.p.words.Desk
	return v.show(http.StatusOK, "deskcode", w.CodeTitle, struct{ Code, Where, Until string }{code.Code, v.p.cfg.Origin + proofAt + "/code", v.when(code.Ends)})
}
