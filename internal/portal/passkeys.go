package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// passkeyCard is one passkey in the list.
type passkeyCard struct {
	ID, Name string
	Rows     []fact
	Copied   bool
}

// passkeys lists a person's passkeys.
func passkeys(v *visit) error {
	all, err := v.p.cfg.Accounts.Passkeys(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	cards := make([]passkeyCard, 0, len(all))
	for _, k := range all {
		cards = append(cards, v.passkeyCard(k))
	}
	return v.show(http.StatusOK, "passkeys", v.p.words.Passkeys.Title, cards)
}

func (v *visit) passkeyCard(k account.Passkey) passkeyCard {
	w := v.p.words.Passkeys
	kept, used := w.OneDevice, w.NotUsed
	switch {
	case k.Synced && k.Backed:
		kept = w.Synced
	case k.Synced:
		kept = w.MayBe
	}
	if !k.Used.IsZero() {
		used = v.when(k.Used)
	}
	c := passkeyCard{ID: k.ID, Name: k.Name, Copied: !k.Warned.IsZero(), Rows: []fact{{w.Added, v.when(k.Added)}, {w.Used, used}, {w.Kept, kept}}}
	if v.p.cfg.Now().Before(k.Ripe) {
		c.Rows = append(c.Rows, fact{w.State, w.Waits + " " + v.when(k.Ripe) + "."})
	}
	return c
}

// passkey is the passkey in the address of the page.
func (v *visit) passkey() (account.Passkey, error) {
	all, err := v.p.cfg.Accounts.Passkeys(v.r.Context(), v.s.Account)
	if err != nil {
		return account.Passkey{}, err
	}
	for _, k := range all {
		if k.ID == v.r.PathValue("id") {
			return k, nil
		}
	}
	return account.Passkey{}, problem.New(problem.NotFound, v.p.words.Passkeys.NotYours)
}

const passkeysAt = "/account/passkeys"

func (v *visit) addPasskeyQuestion() *question {
	w := v.p.words.Passkeys
	f := v.newForm(w.AddButton, &field{ID: "name", Label: w.Name, Hint: w.NameHint, Auto: "off", Value: v.device()}).withPasskey("create", v.p.words.Passkey.Signed)
	f.Cancel = passkeysAt
	q := &question{title: w.AddTitle, text: []string{w.AddText}, form: f}
	if v.s.Way == account.WayRecovery {
		q.text = append(q.text, w.AddWait)
	}
	return q
}

// mayAddPasskey is need for a new passkey; whoever came in with a recovery code
// may add one, which has to wait.
func (v *visit) mayAddPasskey() (bool, error) {
	if v.s.Way == account.WayRecovery {
		return true, nil
	}
	return v.need(account.NewPasskey, passkeysAt+"/add")
}

// addPasskey asks what a new passkey is called, and for the passkey.
func addPasskey(v *visit) error {
	if ok, err := v.mayAddPasskey(); err != nil || !ok {
		return err
	}
	return v.ask(v.addPasskeyQuestion())
}

func (v *visit) beginPasskey() (account.Ceremony, error) {
	return v.p.cfg.Accounts.BeginPasskey(v.r.Context(), v.s)
}

func addPasskeyBegin(v *visit) error { return v.begin(v.beginPasskey()) }

// addPasskeyFinish adds it.
func addPasskeyFinish(v *visit) error {
	if ok, err := v.mayAddPasskey(); err != nil || !ok {
		return err
	}
	ok, err := v.answered(v.addPasskeyQuestion(), "name", v.beginPasskey, func(id string, answer []byte) error {
		return v.p.cfg.Accounts.FinishPasskey(v.r.Context(), v.s, id, answer, v.typed("name"))
	})
	if err != nil || !ok {
		return err
	}
	return v.doneThen(passkeyAdded, passkeysAt)
}

func (v *visit) renamePasskeyQuestion(k account.Passkey) *question {
	w := v.p.words.Passkeys
	f := v.newForm(w.RenameButton, &field{ID: "name", Label: w.Name, Hint: w.NameHint, Auto: "off", Value: k.Name})
	f.Cancel = passkeysAt
	return &question{title: w.RenameTitle, shown: []string{k.Name}, form: f}
}

// renamePasskey asks for another name.
func renamePasskey(v *visit) error {
	k, err := v.passkey()
	if err != nil {
		return err
	}
	return v.ask(v.renamePasskeyQuestion(k))
}

// renamePasskeyFinish gives it.
func renamePasskeyFinish(v *visit) error {
	k, err := v.passkey()
	if err != nil {
		return err
	}
	if err := v.p.cfg.Accounts.RenamePasskey(v.r.Context(), v.s, k.ID, v.typed("name")); err != nil {
		return v.again(v.renamePasskeyQuestion(k), "name", err)
	}
	return v.doneThen(passkeyRenamed, passkeysAt)
}

func (v *visit) removePasskeyQuestion(k account.Passkey) *question {
	w := v.p.words.Passkeys
	f := v.newForm(w.RemoveButton)
	f.Danger, f.Cancel = true, passkeysAt
	return &question{title: w.RemoveTitle, shown: []string{k.Name}, text: []string{w.RemoveText}, form: f}
}

// removePasskey asks whether a passkey is to go.
func removePasskey(v *visit) error {
	k, err := v.passkey()
	if err != nil {
		return err
	}
	if ok, err := v.need(account.RemovePasskey, v.r.URL.Path); err != nil || !ok {
		return err
	}
	return v.ask(v.removePasskeyQuestion(k))
}

// removePasskeyFinish takes it away.
func removePasskeyFinish(v *visit) error {
	k, err := v.passkey()
	if err != nil {
		return err
	}
	if ok, err := v.need(account.RemovePasskey, v.r.URL.Path); err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Accounts.RemovePasskey(v.r.Context(), v.s, k.ID); err != nil {
		return v.again(v.removePasskeyQuestion(k), "", err)
	}
	return v.doneThen(passkeyRemoved, passkeysAt)
}
