package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// addressCard is one address in the list.
type addressCard struct {
	ID, Address string
	Open        bool // its code did not come back yet
	Rows        []fact
}

const addressesAt = "/account/addresses"

// addresses lists where somebody is told of what happens to their account.
func addresses(v *visit) error {
	all, err := v.p.cfg.Accounts.Channels(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	w := v.p.words.Addresses
	cards := make([]addressCard, 0, len(all))
	for _, c := range all {
		confirmed := w.NotConfirmed
		if !c.Verified.IsZero() {
			confirmed = v.when(c.Verified)
		}
		cards = append(cards, addressCard{ID: c.ID, Address: c.Address, Open: c.Verified.IsZero(), Rows: []fact{{v.kind(c), c.Address}, {w.Added, v.when(c.Added)}, {w.Confirmed, confirmed}}})
	}
	return v.show(http.StatusOK, "addresses", w.Title, struct {
		Cards []addressCard
		Sends bool
	}{cards, v.p.cfg.Sends.any()})
}

func (v *visit) kind(c account.Channel) string {
	if c.Medium == notify.Phone {
		return v.p.words.Addresses.Phone
	}
	return v.p.words.Addresses.Email
}

// address is the address that the page is about.
func (v *visit) address() (account.Channel, error) {
	all, err := v.p.cfg.Accounts.Channels(v.r.Context(), v.s.Account)
	if err != nil {
		return account.Channel{}, err
	}
	for _, c := range all {
		if c.ID == v.r.PathValue("id") {
			return c, nil
		}
	}
	return account.Channel{}, problem.New(problem.NotFound, v.p.words.Addresses.NotYours)
}

func (v *visit) addAddressQuestion() *question {
	w := v.p.words.Addresses
	f := v.newForm(w.AddButton, &field{ID: "address", Label: w.Label, Hint: w.Hint, Auto: "email"})
	switch sends := v.p.cfg.Sends; {
	case !sends.Phone:
		f.Fields[0].Label, f.Fields[0].Hint = w.Email, ""
	case !sends.Email:
		f.Fields[0].Label, f.Fields[0].Auto = w.Phone, "tel"
	}
	f.Cancel = addressesAt
	return &question{title: w.AddTitle, text: []string{w.AddText}, form: f}
}

// mayAddAddress is need for an address. Where no message goes out, no code
// would ever come.
func (v *visit) mayAddAddress() (bool, error) {
	if !v.p.cfg.Sends.any() {
		return false, problem.New(problem.Conflict, v.p.words.Addresses.Cannot)
	}
	return v.need(account.ChangeChannels, addressesAt+"/add")
}

// addAddress asks for an address.
func addAddress(v *visit) error {
	if ok, err := v.mayAddAddress(); err != nil || !ok {
		return err
	}
	return v.ask(v.addAddressQuestion())
}

// addAddressFinish sends it a code.
func addAddressFinish(v *visit) error {
	if ok, err := v.mayAddAddress(); err != nil || !ok {
		return err
	}
	typed := v.typed("address")
	m := mediumOf(typed)
	if typed == "" && !v.p.cfg.Sends.Phone {
		m = notify.Email // what the page asked for
	}
	if !v.p.cfg.Sends.has(m) {
		sentence := v.p.words.Addresses.OnlyEmail
		if m == notify.Email {
			sentence = v.p.words.Addresses.OnlyPhone
		}
		return v.again(v.addAddressQuestion(), "address", problem.New(problem.Invalid, sentence))
	}
	c, err := v.p.cfg.Accounts.AddChannel(v.r.Context(), v.s, m, typed)
	if err != nil {
		return v.again(v.addAddressQuestion(), "address", err)
	}
	return v.goOn(addressesAt + "/" + c.ID + "/confirm")
}

func (v *visit) confirmAddressQuestion(c account.Channel) *question {
	w := v.p.words.Addresses
	f := v.newForm(w.ConfirmButton, &field{ID: "code", Label: w.Code, Hint: w.CodeHint, Auto: "one-time-code", Mode: "numeric", Code: true})
	f.Cancel = addressesAt
	return &question{title: w.ConfirmTitle, shown: []string{c.Address}, text: []string{w.ConfirmText}, form: f}
}

// confirmAddress asks for the code.
func confirmAddress(v *visit) error {
	c, err := v.address()
	if err != nil {
		return err
	}
	return v.ask(v.confirmAddressQuestion(c))
}

// confirmAddressFinish takes it.
func confirmAddressFinish(v *visit) error {
	c, err := v.address()
	if err != nil {
		return err
	}
	if err := v.p.cfg.Accounts.ConfirmChannel(v.r.Context(), v.s, c.ID, v.typed("code")); err != nil {
		return v.again(v.confirmAddressQuestion(c), "code", err)
	}
	return v.doneThen(addressAdded, addressesAt)
}

func (v *visit) removeAddressQuestion(c account.Channel) *question {
	w := v.p.words.Addresses
	f := v.newForm(w.RemoveButton)
	f.Danger, f.Cancel = true, addressesAt
	return &question{title: w.RemoveTitle, shown: []string{c.Address}, text: []string{w.RemoveText}, form: f}
}

// removeAddress asks whether an address is to go.
func removeAddress(v *visit) error {
	c, err := v.address()
	if err != nil {
		return err
	}
	if ok, err := v.need(account.ChangeChannels, v.r.URL.Path); err != nil || !ok {
		return err
	}
	return v.ask(v.removeAddressQuestion(c))
}

// removeAddressFinish takes it away.
func removeAddressFinish(v *visit) error {
	c, err := v.address()
	if err != nil {
		return err
	}
	if ok, err := v.need(account.ChangeChannels, v.r.URL.Path); err != nil || !ok {
		return err
	}
	if err := v.p.cfg.Accounts.RemoveChannel(v.r.Context(), v.s, c.ID); err != nil {
		return v.again(v.removeAddressQuestion(c), "", err)
	}
	return v.doneThen(addressRemoved, addressesAt)
}
