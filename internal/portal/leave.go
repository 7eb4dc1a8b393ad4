package portal

import (
	"net/url"

	"github.com/bevanhealth/bevan/internal/identity/client"
)

// maxLogout bounds the word that says where to go after signing out.
const maxLogout = 4_000

// logout is where an app wants the person to be when they have signed out; zero
// for nowhere.
func (v *visit) logout(word string) (client.Logout, error) {
	if word == "" || len(word) > maxLogout {
		return client.Logout{}, nil
	}
	return v.p.cfg.Clients.OpenLogout(word)
}

// leave asks whether to sign out, for those whom an app sends here: anybody
// could send them (OpenID Connect RP-Initiated Logout 1.0 section 2).
func leave(v *visit) error {
	word := v.r.URL.Query().Get("to")
	to, err := v.logout(word)
	if err != nil {
		return err
	}
	_, in, err := v.session()
	if err != nil {
		return err
	}
	w := v.p.words.Leave
	d := decision{Text: []string{w.Text}, Ways: []way{{Action: "/sign-out", Text: w.Button}}}
	if to.Location != "" {
		d.Text, d.Shown = append(d.Text, w.From), []string{to.Name}
		d.Ways[0].Hidden = [][2]string{{"to", word}}
		v.leadsTo = []string{placeOf(to.Location)}
	}
	switch {
	case !in && to.Location == "":
		return v.goOn("/signed-out")
	case !in:
		d.Text, d.Ways[0].Text = []string{w.Back}, v.p.words.Choosing.OnGo
	default:
		d.Link = link{w.Stay, afterwards}
	}
	return v.decide(w.Title, d)
}

// leftFor is where somebody goes who has signed out: back to the app that sent
// them, or to a page that says so.
func (v *visit) leftFor() error {
	to, err := v.logout(v.typed("to"))
	if err != nil || to.Location == "" {
		return v.goOn("/signed-out") // they are signed out, whatever the word was
	}
	if u, err := url.Parse(to.Location); err != nil || u.Scheme == "" {
		return v.goOn("/signed-out")
	}
	return v.sendAway(to.Location)
}
