package portal

import (
	"errors"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const clientsAt = operatorAt + "/clients"

// clients lists the programs that were let in.
func clients(v *visit) error {
	all, err := v.p.cfg.Clients.Page(v.r.Context(), v.after(), perPage+1)
	if err != nil {
		return err
	}
	w := v.p.words.Clients
	t := table{Caption: w.Title, None: w.None, Heads: []string{w.Name, w.Profile, w.State}}
	shown, more := page(all)
	for _, c := range shown {
		state := w.Since + " " + v.date(c.Created)
		if !c.Revoked.IsZero() {
			state = w.Revoked + " " + v.date(c.Revoked)
		}
		t.Rows = append(t.Rows, []cell{{Text: c.Name, Href: clientsAt + "/" + c.ID}, text(string(c.Profile)), text(state)})
	}
	if more {
		t.More = v.more(shown[len(shown)-1].ID)
	}
	return v.showSheet(&sheet{title: w.Title, text: []string{w.What}, button: link{w.Add, clientsAt + "/add"}, links: []link{{v.p.words.Operator.Back, operatorAt}}, tables: []table{t}})
}

// theClient is the one in the address of the page.
func (v *visit) theClient() (client.Client, error) {
	c, found, err := v.p.cfg.Clients.Get(v.r.Context(), v.r.PathValue("id"))
	if err == nil && !found {
		err = problem.New(problem.NotFound, v.p.words.Clients.NotHere)
	}
	return c, err
}

// oneClient shows what is known of one.
func oneClient(v *visit) error {
	c, err := v.theClient()
	if err != nil {
		return err
	}
	w, at := v.p.words.Clients, clientsAt+"/"+c.ID
	s := &sheet{title: c.Name, facts: []fact{{w.ID, c.ID}, {w.Profile, string(c.Profile)}, {w.Proof, v.proof(c.Proof)}, {w.Scopes, c.Scopes}}}
	for _, f := range []fact{{w.Redirects, strings.Join(c.Redirects, " ")}, {w.Logouts, strings.Join(c.Logouts, " ")}, {w.Launch, c.LaunchURL}, {w.KeysURL, c.KeysURL}} {
		if f.Value != "" {
			s.facts = append(s.facts, f)
		}
	}
	s.facts = append(s.facts, fact{w.Since, v.when(c.Created)})
	if c.Itself {
		s.facts = append(s.facts, fact{w.Looked, w.Itself})
	}
	if c.Revoked.IsZero() {
		if c.Proof != client.NoProof {
			s.links = append(s.links, link{w.Rotate, at + "/rotate"})
		}
		s.links = append(s.links, link{w.Revoke, at + "/revoke"})
	} else {
		s.facts = append(s.facts, fact{w.Revoked, v.when(c.Revoked)})
	}
	s.links = append(s.links, link{w.Title, clientsAt})
	return v.showSheet(s)
}

func (v *visit) proof(p client.Proof) string {
	w := v.p.words.Clients
	return map[client.Proof]string{client.NoProof: w.ByNone, client.BySecret: w.BySecret, client.ByKey: w.ByKey}[p]
}

func (v *visit) addClientQuestion() *question {
	w := v.p.words.Clients
	f := v.newForm(w.AddButton,
		&field{ID: "name", Label: w.Name, Hint: w.NameHint, Auto: "off"},
		&field{ID: "profile", Label: w.Profile, Hint: w.ProfileHint, Options: []option{{string(client.SMART), w.SMART}, {string(client.FAPI2), w.FAPI2}}},
		&field{ID: "proof", Label: w.Proof, Hint: w.ProofHint, Options: []option{{string(client.NoProof), w.ByNone}, {string(client.BySecret), w.BySecret}, {string(client.ByKey), w.ByKey}}},
		&field{ID: "keys", Label: w.Keys, Hint: w.KeysHint, Lines: 4},
		&field{ID: "keys-url", Label: w.KeysURL, Hint: w.KeysURLHint, Auto: "off", Mode: "url"},
		&field{ID: "redirects", Label: w.Redirects, Hint: w.RedirectsHint, Lines: 3},
		&field{ID: "logouts", Label: w.Logouts, Hint: w.LogoutsHint, Lines: 2},
		&field{ID: "launch", Label: w.Launch, Hint: w.LaunchHint, Auto: "off", Mode: "url"},
		&field{ID: "scopes", Label: w.Scopes, Hint: w.ScopesHint, Lines: 4},
		&field{ID: "uses", Label: w.Uses, Hint: w.UsesHint, Options: []option{{"", w.UsesService}, {access.Research.String(), w.UsesResearch}}})
	f.Cancel = clientsAt
	return &question{title: w.Add, form: f}
}

// addClient asks about a program.
func addClient(v *visit) error { return v.ask(v.addClientQuestion()) }

// typedClient is the program that was typed. With an address to send people
// back to it acts for people, and without it asks by itself.
func (v *visit) typedClient() client.Spec {
	s := client.Spec{Name: v.typed("name"), Profile: client.Profile(v.typed("profile")), Proof: client.Proof(v.typed("proof")),
		Keys: v.typed("keys"), KeysURL: v.typed("keys-url"), Redirects: strings.Fields(v.typed("redirects")), Logouts: strings.Fields(v.typed("logouts")),
		LaunchURL: v.typed("launch"), Scopes: strings.Join(strings.Fields(v.typed("scopes")), " "), Grants: []string{client.ClientCredentials}}
	if len(s.Redirects) > 0 {
		s.Grants = []string{client.AuthorizationCode, client.RefreshToken}
	}
	if v.typed("uses") == access.Research.String() {
		s.Uses = access.Research
	}
	return s
}

// addClientFinish lets it in, and shows its secret where it has one: as a part
// of the answer to the form itself.
func addClientFinish(v *visit) error {
	ctx := v.r.Context()
	c, secret, err := v.p.cfg.Clients.Add(ctx, v.typedClient())
	if err != nil {
		return v.again(v.addClientQuestion(), "", err)
	}
	if err := v.p.cfg.Staff.Note(ctx, staff.Deed{Actor: v.by(), What: staff.ClientAdded, About: c.ID, Name: c.Name}); err != nil {
		return errors.Join(err, v.p.cfg.Clients.Revoke(ctx, c.ID)) // nothing without a line about it
	}
	return v.showClient(v.p.words.Clients.Added, c, secret)
}

// showClient shows what a program needs to know of itself.
func (v *visit) showClient(title string, c client.Client, secret string) error {
	w := v.p.words.Clients
	s := &sheet{title: title, text: []string{c.Name}, shown: []fact{{w.ID, c.ID}}, button: link{w.Kept, clientsAt + "/" + c.ID}}
	if secret != "" {
		s.text = append(s.text, w.Once)
		s.shown = append(s.shown, fact{w.Secret, secret})
	}
	return v.showSheet(s)
}

func (v *visit) revokeQuestion(c client.Client) *question {
	w := v.p.words.Clients
	return v.takeAway(w.Revoke, w.RevokeButton, clientsAt+"/"+c.ID, []string{c.Name}, w.RevokeText)
}

// revokeClient asks whether a program is to be let in no more.
func revokeClient(v *visit) error {
	c, err := v.theClient()
	if err != nil {
		return err
	}
	return v.ask(v.revokeQuestion(c))
}

// revokeClientFinish lets it in no more.
func revokeClientFinish(v *visit) error {
	c, err := v.theClient()
	if err != nil {
		return err
	}
	if !c.Revoked.IsZero() {
		return v.goOn(clientsAt + "/" + c.ID)
	}
	err = v.p.cfg.Staff.Note(v.r.Context(), staff.Deed{Actor: v.by(), What: staff.ClientRevoked, About: c.ID, Name: c.Name, Reason: v.typed("reason")})
	if err == nil {
		err = v.p.cfg.Clients.Revoke(v.r.Context(), c.ID)
	}
	if err != nil {
		return v.again(v.revokeQuestion(c), fieldOf(err, "reason"), err)
	}
	return v.doneThen(clientRevoked, clientsAt+"/"+c.ID)
}

func (v *visit) rotateQuestion(c client.Client) *question {
	w := v.p.words.Clients
	f, text := v.newForm(w.RotateButton), w.RotateSecret
	if c.Proof == client.ByKey {
		text = w.RotateKeys
		f = v.newForm(w.RotateButton, &field{ID: "keys", Label: w.Keys, Hint: w.KeysHint, Lines: 4}, &field{ID: "keys-url", Label: w.KeysURL, Hint: w.KeysURLHint, Auto: "off", Mode: "url"})
	}
	f.Cancel = clientsAt + "/" + c.ID
	return &question{title: w.Rotate, shown: []string{c.Name}, text: []string{text}, form: f}
}

// rotateClient asks for other keys, or whether another secret is to be made.
func rotateClient(v *visit) error {
	c, err := v.theClient()
	if err != nil {
		return err
	}
	return v.ask(v.rotateQuestion(c))
}

// rotateClientFinish gives it the keys, or the secret, which is shown once.
func rotateClientFinish(v *visit) error {
	c, err := v.theClient()
	if err != nil {
		return err
	}
	secret, err := v.p.cfg.Clients.Rotate(v.r.Context(), c.ID, v.typed("keys"), v.typed("keys-url"))
	if err != nil {
		return v.again(v.rotateQuestion(c), "", err)
	}
	// Without a line nobody sees the secret, so nobody can use it.
	if err := v.p.cfg.Staff.Note(v.r.Context(), staff.Deed{Actor: v.by(), What: staff.ClientRotated, About: c.ID, Name: c.Name}); err != nil {
		return err
	}
	return v.showClient(v.p.words.Clients.Rotated, c, secret)
}
