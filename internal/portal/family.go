package portal

import (
	"net/http"
	"sync"

	"github.com/bevanhealth/bevan/internal/consent/example"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
)

const familyAt = "/family"

// forWhom is what was found out about whom somebody acts for.
type forWhom struct {
	once   sync.Once // what stands around a page is found out beside it
	right  mandate.Right
	ok     bool
	failed error

	read   sync.Once
	mine   mandate.Mine
	unread error // why mine is not known
}

// forView is the band above every page of somebody who acts for another.
type forView struct {
	Name    string
	OwnPage bool // the page is about the visitor's own record all the same
}

// actingFor is for whom the visitor acts, as it is now.
func (v *visit) actingFor() (mandate.Right, bool, error) {
	v.forWho.once.Do(func() {
		s, in, err := v.session()
		if err == nil && in {
			v.forWho.right, v.forWho.ok, err = v.p.cfg.Mandates.Acting(v.r.Context(), s)
			if err == nil && !v.forWho.ok {
				v.forWho.right, v.forWho.ok, err = v.asExample()
			}
		}
		v.forWho.failed = err
	})
	return v.forWho.right, v.forWho.ok, v.forWho.failed
}

// mandateCard is somebody whom the visitor can act for.
type mandateCard struct {
	ID, Name string
	This     bool
	Rows     []fact
}

// family shows for whom somebody can act, and who can act for them.
func family(v *visit) error {
	ctx := v.r.Context()
	rights, err := v.p.cfg.Mandates.Rights(ctx, v.s)
	if err != nil {
		return err
	}
	now, _, err := v.actingFor()
	if err != nil {
		return err
	}
	w := v.p.words.Family
	body := struct {
		For, Examples      []mandateCard
		Given, Offers      table
		HasRecord          bool
		Paused, OfferRow   bool
		Took               []mandateCard
		InviteAt, CodeAt   string
		RefusedTo, ProofAt string
	}{HasRecord: v.s.Record != "", InviteAt: familyAt + "/invite", CodeAt: familyAt + "/code"}
	for _, r := range rights {
		body.For = append(body.For, mandateCard{ID: r.Mandate, Name: r.Name, This: r.Mandate == now.Mandate,
			Rows: []fact{{w.May, v.mayWords(r.May)}, {w.Until, v.when(r.Until)}}})
	}
	if body.Examples, err = v.exampleCards(now); err != nil {
		return err
	}
	if body.HasRecord {
		if body.Given, err = v.givenTable(); err != nil {
			return err
		}
		since, err := v.p.cfg.Mandates.Paused(ctx, recordID(v.s.Record))
		if err != nil {
			return err
		}
		body.Paused = !since.IsZero()
		offers, err := v.p.cfg.Mandates.Offers(ctx, v.s)
		if err != nil {
			return err
		}
		for _, o := range offers {
			body.Took = append(body.Took, mandateCard{ID: o.ID, Name: o.Name, Rows: []fact{{w.May, v.mayWords(o.May)}, {w.OfferUntil, v.when(o.Until)}}})
		}
	}
	return v.show(http.StatusOK, "family", w.Title, body)
}

// givenTable lists who can act for the visitor.
func (v *visit) givenTable() (table, error) {
	w := v.p.words.Family
	t := table{Caption: w.Given, None: w.GivenNone, Heads: []string{w.Who, w.Relation, w.May, w.Until, w.Change}}
	all, err := v.p.cfg.Mandates.Given(v.r.Context(), recordID(v.s.Record))
	if err != nil {
		return t, err
	}
	for _, d := range all {
		t.Rows = append(t.Rows, []cell{text(d.Relation.Name), text(v.kindWord(d.Relation.Kind)), text(v.mayWords(d.May)), text(v.date(d.Ends)),
			{Text: w.Change, Href: familyAt + "/given/" + d.ID, About: d.Relation.Name}})
	}
	return t, nil
}

func (v *visit) mayWords(m mandate.May) string { return mayIn(v.p.words.Family, m) }

func mayIn(w words.Family, m mandate.May) string {
	return map[string]string{"look": w.CanLook, "ask": w.CanAsk, "manage": w.CanManage, "copy": w.CanCopy}[m.Name()]
}

func (v *visit) kindWord(k mandate.Kind) string { return kindIn(v.p.words.Family.Kinds, k) }

func kindIn(w words.FamilyKinds, k mandate.Kind) string {
	return map[mandate.Kind]string{mandate.KindParent: w.Parent, mandate.KindGuardian: w.Guardian, mandate.KindPartner: w.Partner, mandate.KindChild: w.Child, mandate.KindFamily: w.Family,
		mandate.KindFriend: w.Friend, mandate.KindCarer: w.Carer, mandate.KindAttorney: w.Attorney, mandate.KindDeputy: w.Deputy}[k]
}

func (v *visit) kindField(label string) *field {
	all := []option{{"", v.p.words.Family.Kinds.Choose}}
	for _, k := range mandate.Kinds() {
		all = append(all, option{string(k), v.kindWord(k)})
	}
	return &field{ID: "kind", Label: label, Options: all}
}

func (v *visit) mayField() *field {
	w := v.p.words.Family
	return &field{ID: "may", Label: w.MayWhat, Options: []option{{"", w.Kinds.Choose}, {"look", w.CanLook}, {"ask", w.CanAsk}, {"manage", w.CanManage}, {"copy", w.CanCopy}}}
}

// familyAct begins to act for somebody.
func familyAct(v *visit) error {
	if _, ok := example.Named(v.typed("right")); ok && v.p.cfg.Examples != nil {
		if err := v.lookRound(v.typed("right")); err != nil {
			return err
		}
		return v.doneThen(familyActed, familyRecordAt)
	}
	if ok, err := v.need(account.ActForOthers, familyAt); err != nil || !ok {
		return err
	}
	if _, err := v.p.cfg.Mandates.Act(v.r.Context(), v.s, v.typed("right")); err != nil {
		return err
	}
	if v.p.cfg.Examples != nil {
		if err := v.p.cfg.Examples.StopActing(v.r.Context(), v.s); err != nil {
			return err
		}
	}
	return v.doneThen(familyActed, familyAt+"/record")
}

// familyStop stops acting for anybody.
func familyStop(v *visit) error {
	if err := v.p.cfg.Mandates.StopActing(v.r.Context(), v.s); err != nil {
		return err
	}
	if v.p.cfg.Examples != nil {
		if err := v.p.cfg.Examples.StopActing(v.r.Context(), v.s); err != nil {
			return err
		}
	}
	return v.doneThen(familyStopped, familyAt)
}
