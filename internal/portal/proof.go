package portal

import (
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/identity/upstream"
)

const proofAt = "/account/proof"

// proofCard is one check in the list, or one sign-in from elsewhere.
type proofCard struct {
	Name, Remove string
	Rows         []fact
}

// whoYouAre says what is proven of somebody, how and when, and how to prove
// more.
func whoYouAre(v *visit) error {
	ctx := v.r.Context()
	events, err := v.p.cfg.Proofs.Events(ctx, v.s.Account)
	if err != nil {
		return err
	}
	have, err := v.p.cfg.Proofs.Externals(ctx, v.s.Account)
	if err != nil {
		return err
	}
	providers, err := v.p.cfg.Upstream.Current(ctx)
	if err != nil {
		return err
	}
	w := v.p.words.Proof
	type way struct{ Href, Text, Hint string }
	var ways []way
	if v.s.Proof < account.P9 || v.s.Record == "" {
		ways = append(ways, way{proofAt + "/details", w.Details, w.DetailsHint}, way{proofAt + "/code", w.Code, w.CodeHint})
	}
	for _, p := range providers {
		ways = append(ways, way{proofAt + "/with/" + p.ID, w.With + " " + p.Name, w.WithHint})
	}
	checks := make([]proofCard, 0, len(events))
	for _, e := range events {
		checks = append(checks, v.check(e, providers))
	}
	return v.show(http.StatusOK, "proof", w.Title, struct {
		Facts     []fact
		Checks    []proofCard
		Elsewhere []proofCard
		Ways      []way
	}{v.facts()[1:], checks, v.elsewhere(have, providers), ways})
}

// check is one event as the person may see it.
func (v *visit) check(e proof.Event, known []upstream.Provider) proofCard {
	w := v.p.words.Proof
	how, who := w.ByDetails, w.ByRules
	for _, m := range e.Methods {
		switch m {
		case proof.ByPhoto:
			how = w.ByDesk
		case proof.Vouched:
			how = w.ByProvider
		case proof.ByPeople:
			how = w.ByPeople
		}
	}
	switch {
	case strings.HasPrefix(e.Verifier, "account:"):
		who = w.ByStaff
	case !strings.HasPrefix(e.Verifier, "rules:"):
		who = providerName(e.Verifier, known)
	}
	c := proofCard{Rows: []fact{{w.When, v.when(e.At)}, {w.How, how}, {w.Who, who}}}
	switch {
	case !e.Ended.IsZero():
		c.Rows = append(c.Rows, fact{w.Ended, v.when(e.Ended)})
	case !e.Expires.IsZero():
		c.Rows = append(c.Rows, fact{w.Until, v.when(e.Expires)})
	}
	return c
}

// providerName is what people know an issuer by.
func providerName(issuer string, known []upstream.Provider) string {
	for _, p := range known {
		if p.Issuer == issuer {
			return p.Name
		}
	}
	return issuer
}

func (v *visit) elsewhere(have []proof.External, known []upstream.Provider) []proofCard {
	w := v.p.words.Proof
	all := make([]proofCard, 0, len(have))
	for _, x := range have {
		all = append(all, proofCard{Name: providerName(x.Issuer, known), Remove: x.Issuer, Rows: []fact{{w.Linked, v.when(x.Linked)}, {w.Used, v.when(x.Used)}}})
	}
	return all
}

// mayProve makes sure that the person has used a passkey of late.
func (v *visit) mayProve() (bool, error) { return v.need(account.ProveIdentity, v.r.URL.Path) }

// detailsQuestion asks for what records are found by.
func (v *visit) detailsQuestion() *question {
	w := v.p.words.Proof
	f := v.newForm(w.DetailsButton,
		&field{ID: string(proof.FieldGiven), Label: w.Given, Hint: w.GivenHint, Auto: "given-name"},
		&field{ID: string(proof.FieldFamily), Label: w.Family, Hint: w.FamilyHint, Auto: "family-name"},
		&field{ID: string(proof.FieldBirth), Label: w.Birth, Hint: w.BirthHint, Auto: "bday"},
		&field{ID: string(proof.FieldPostcode), Label: w.Postcode, Hint: w.PostcodeHint, Auto: "postal-code"},
		&field{ID: string(proof.FieldNHSNumber), Label: w.Number, Hint: w.NumberHint, Auto: "off", Mode: "numeric"})
	f.Action, f.Cancel = proofAt+"/details", proofAt
	return &question{title: w.DetailsTitle, text: []string{w.DetailsText}, form: f}
}

// details asks somebody for their details.
func details(v *visit) error {
	if ok, err := v.mayProve(); err != nil || !ok {
		return err
	}
	return v.ask(v.detailsQuestion())
}

// typedDetails are those that were sent, as they were typed and as they are
// compared. Where they can not be read the form is shown again, and ok is
// false.
func (v *visit) typedDetails(q func() *question) (t proof.Typed, d match.Details, ok bool, err error) {
	t = proof.Typed{Given: v.typed(string(proof.FieldGiven)), Family: v.typed(string(proof.FieldFamily)), Birth: v.typed(string(proof.FieldBirth)),
		Postcode: v.typed(string(proof.FieldPostcode)), NHSNumber: v.typed(string(proof.FieldNHSNumber))}
	d, at, wrong := t.Read(v.p.cfg.Now())
	if wrong != nil {
		return t, d, false, v.again(q(), string(at), wrong)
	}
	return t, d, true, nil
}

// reviewDetails shows what was typed once more, before it costs a try.
func reviewDetails(v *visit) error {
	if ok, err := v.mayProve(); err != nil || !ok {
		return err
	}
	t, d, ok, err := v.typedDetails(v.detailsQuestion)
	if err != nil || !ok {
		return err
	}
	w := v.p.words.Proof
	number := d.NHSNumber
	if number == "" {
		number = w.NoNumber
	}
	rows := []fact{{w.Given, d.Given[0]}, {w.Family, d.Family[0]}, {w.Birth, day(d.Birth)}, {w.Postcode, d.Postcode[0]}, {w.Number, number}}
	v.form = v.newForm(w.ReviewButton)
	v.form.Action, v.form.Cancel = proofAt+"/details/send", proofAt
	v.form.Hidden = [][2]string{{string(proof.FieldGiven), t.Given}, {string(proof.FieldFamily), t.Family}, {string(proof.FieldBirth), t.Birth},
		{string(proof.FieldPostcode), t.Postcode}, {string(proof.FieldNHSNumber), t.NHSNumber}}
	return v.show(http.StatusOK, "review", w.ReviewTitle, struct {
		Text    string
		Rows    []fact
		Another string
	}{w.ReviewText, rows, proofAt + "/details"})
}

// sendDetails looks for the record. Whatever the reason that none is linked,
// the page is the same to the letter.
func sendDetails(v *visit) error {
	if ok, err := v.need(account.ProveIdentity, proofAt+"/details"); err != nil || !ok {
		return err
	}
	_, d, ok, err := v.typedDetails(v.detailsQuestion)
	if err != nil || !ok {
		return err
	}
	r, err := v.p.cfg.Proofs.Claim(v.r.Context(), v.s, v.source(), d)
	if err != nil {
		return v.again(v.detailsQuestion(), "", err)
	}
	return v.proven(r)
}

// proven says what came of a proof.
func (v *visit) proven(r proof.Result) error {
	w := v.p.words.Proof
	switch {
	case r.Linked:
		return v.doneThen(recordLinked, proofAt)
	case r.Level == account.P9:
		return v.told(w.ProvenTitle, link{w.Back, proofAt}, w.ProvenText, w.ProvenNext)
	}
	return v.told(w.NotLinkedTitle, link{w.Back, proofAt}, w.NotLinkedText, w.NotLinkedNext, w.NotLinkedAt, w.NotLinkedWrong)
}

// told is a page that says something, and leads on.
func (v *visit) told(title string, on link, text ...string) error {
	return v.show(http.StatusOK, "told", title, struct {
		Text []string
		On   []link
	}{text, []link{on}})
}

func (v *visit) codeQuestion() *question {
	w := v.p.words.Proof
	f := v.newForm(w.CodeButton, &field{ID: "code", Label: w.CodeLabel, Hint: w.CodeMask, Auto: "off", Code: true},
		&field{ID: "birth", Label: w.Birth, Hint: w.BirthHint, Auto: "bday"})
	f.Cancel = proofAt
	return &question{title: w.CodeTitle, text: []string{w.CodeText}, form: f}
}

// linkingCode asks for a code from a desk.
func linkingCode(v *visit) error {
	if ok, err := v.mayProve(); err != nil || !ok {
		return err
	}
	return v.ask(v.codeQuestion())
}

// linkingCodeFinish takes it, with the date of birth.
func linkingCodeFinish(v *visit) error {
	if ok, err := v.mayProve(); err != nil || !ok {
		return err
	}
	r, err := v.p.cfg.Proofs.Redeem(v.r.Context(), v.s, v.source(), v.typed("code"), v.typed("birth"))
	if err != nil {
		return v.again(v.codeQuestion(), fieldOf(err, "birth"), err)
	}
	return v.proven(r)
}

// partQuestion asks whether a sign-in from elsewhere is to go.
func (v *visit) partQuestion(issuer string) (*question, error) {
	providers, err := v.p.cfg.Upstream.Current(v.r.Context())
	if err != nil {
		return nil, err
	}
	w := v.p.words.Proof
	f := v.newForm(w.RemoveButton)
	f.Danger, f.Cancel, f.Hidden = true, proofAt, [][2]string{{"issuer", issuer}}
	return &question{title: w.RemoveTitle, shown: []string{providerName(issuer, providers)}, text: []string{w.RemoveText}, form: f}, nil
}

// unlink asks whether a sign-in from elsewhere is to go.
func unlink(v *visit) error {
	if ok, err := v.need(account.ProveIdentity, proofAt); err != nil || !ok {
		return err
	}
	q, err := v.partQuestion(v.r.URL.Query().Get("issuer"))
	if err != nil {
		return err
	}
	return v.ask(q)
}

// partFinish takes it away.
func partFinish(v *visit) error {
	if ok, err := v.need(account.ProveIdentity, proofAt); err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Proofs.Part(v.r.Context(), v.s, v.typed("issuer")); err != nil {
		q, qerr := v.partQuestion(v.typed("issuer"))
		if qerr != nil {
			return qerr
		}
		return v.again(q, "", err)
	}
	return v.doneThen(signInRemoved, proofAt)
}
