package portal

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/consent/sharing"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// raiser is a session of the record that can keep an entry more private.
type raiser interface {
	Raise(ctx context.Context, k record.Key, labels label.Set, reason string) (record.Resource, error)
}

// choosable says whether a choice can be about one entry of a type. Who somebody
// is, what they chose and what was done with the record have rules of their own.
func choosable(typ string) bool {
	return !slices.Contains([]string{"Patient", "Consent", "Provenance", "AuditEvent"}, typ)
}

func noEntry() error {
	return problem.New(problem.NotFound, "There is no such entry here.").Because("sharing-none")
}

// entryNamed reads "Observation/1".
func entryNamed(text string) (record.Key, bool) {
	ref := fhir.ParseReference(text)
	if ref.Form != fhir.Relative || ref.Version != "" || ref.Fragment != "" {
		return record.Key{}, false
	}
	return record.Key{Type: ref.Type, ID: ref.ID}, true
}

// entryPlace is the entry in the address of a page, which somebody has to see.
func (v *visit) entryPlace(s sharer) (record.Key, error) {
	k := record.Key{Type: v.r.PathValue("type"), ID: v.r.PathValue("id")}
	_, err := v.chosenEntry(s, k.Type, k.ID)
	return k, err
}

func entryAt(k record.Key) string { return recordAt + "/" + k.Type + "/" + k.ID }

// aboutEntry is what several pages about one entry begin with: a passkey that was
// used of late, and an entry that is there. ok is false where the answer was
// given.
func (v *visit) aboutEntry(page string) (s sharer, k record.Key, ok bool, err error) {
	if ok, err := v.need(account.ShareChoices, recordAt+"/"+v.r.PathValue("type")+"/"+v.r.PathValue("id")+page); err != nil || !ok {
		return nil, k, false, err
	}
	if s, _, err = v.openSharing(); err != nil {
		return nil, k, false, err
	}
	k, err = v.entryPlace(s)
	return s, k, err == nil, err
}

// chooseForEntry asks for a choice about one entry.
func chooseForEntry(v *visit) error {
	s, k, ok, err := v.aboutEntry("/choose")
	if err != nil || !ok {
		return err
	}
	return v.newChoice(s, k.String())
}

// private asks whether an entry is to be kept more private.
func private(v *visit) error {
	_, k, ok, err := v.aboutEntry("/private")
	if err != nil || !ok {
		return err
	}
	w := v.p.words.Sharing
	f := v.newForm(w.PrivateButton)
	f.Cancel = entryAt(k)
	return v.ask(&question{title: w.PrivateTitle, text: []string{w.PrivateDoes, w.PrivateNot}, form: f})
}

// privateFinish marks it.
func privateFinish(v *visit) error {
	s, k, ok, err := v.aboutEntry("/private")
	if err != nil || !ok {
		return err
	}
	r, ok := s.(raiser)
	if !ok {
		return problem.New(problem.Unavailable, "")
	}
	if _, err := r.Raise(v.r.Context(), k, 0, ""); err != nil {
		return v.notThere(err)
	}
	return v.doneThen(entryPrivate, entryAt(k))
}

// ownEntry says whether somebody may keep an entry from those who act for them:
// somebody does, and it is theirs to decide.
func (v *visit) ownEntry() (bool, error) {
	patient := recordID(v.s.Record)
	held, err := v.p.cfg.Mandates.Held(v.r.Context(), patient)
	if err != nil || len(held) == 0 {
		return false, err
	}
	return v.p.cfg.Mandates.Decides(v.r.Context(), patient)
}

// mustOwn refuses who does not decide this themself.
func (v *visit) mustOwn() error {
	own, err := v.ownEntry()
	if err == nil && !own {
		err = problem.New(problem.Forbidden, v.p.words.Sharing.NotOwn)
	}
	return err
}

// keepOwn asks whether an entry is to be kept from those who act for somebody.
func keepOwn(v *visit) error {
	_, k, ok, err := v.aboutEntry("/own")
	if err != nil || !ok {
		return err
	}
	if err := v.mustOwn(); err != nil {
		return err
	}
	w := v.p.words.Sharing
	f := v.newForm(w.OwnButton)
	f.Cancel = entryAt(k)
	return v.ask(&question{title: w.OwnTitle, text: []string{w.OwnDoes, w.OwnBack}, form: f})
}

// keepOwnFinish keeps it from them. Doing it twice is doing it once.
func keepOwnFinish(v *visit) error {
	s, k, ok, err := v.aboutEntry("/own")
	if err != nil || !ok {
		return err
	}
	if err := v.mustOwn(); err != nil {
		return err
	}
	p := sharing.Plain{Whom: sharing.Whom{Kind: sharing.Acting}, What: sharing.What{Kind: sharing.Entry, ID: k.String()}}
	all, err := sharing.List(v.r.Context(), s, v.p.cfg.Now())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(c sharing.Choice) bool {
		return c.Active && c.IsPlain && !c.Plain.May && c.Plain.Whom.Kind == p.Whom.Kind && c.Plain.What == p.What && c.Plain.From+c.Plain.Until+c.Plain.DataFrom+c.Plain.DataUntil == ""
	}) {
		if err := sharing.Save(v.r.Context(), s, p, recordID(v.s.Record)); err != nil {
			return err
		}
	}
	return v.doneThen(entryOwn, entryAt(k))
}

// entryLinks are what can be chosen about one entry.
func (v *visit) entryLinks(k record.Key) ([]link, error) {
	if !choosable(k.Type) {
		return nil, nil
	}
	w := v.p.words.Sharing
	links := []link{{w.PrivateLink, entryAt(k) + "/private"}, {w.ChooseLink, entryAt(k) + "/choose"}}
	own, err := v.ownEntry()
	if own {
		links = append(links, link{w.OwnLink, entryAt(k) + "/own"})
	}
	return links, err
}
