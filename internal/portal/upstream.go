package portal

import (
	"net/http"
	"net/url"

	"github.com/bevanhealth/bevan/internal/identity/upstream"
)

// upstreamCookie keeps the secret of a browser that is on its way to another
// website.
const upstreamCookie = "bevan-upstream"

// withQuestion asks whether somebody wants to go to another website. The page's
// policy lets its form lead there and nowhere else: browsers hold a form to it
// on the way as well.
func (v *visit) withQuestion(title, button string, text ...string) (*question, error) {
	id := v.r.PathValue("id")
	of, err := v.p.cfg.Upstream.Get(v.r.Context(), id)
	if err != nil {
		return nil, err
	}
	origin, err := v.p.cfg.Upstream.Origin(v.r.Context(), id)
	v.leadsTo = []string{origin}
	if err != nil {
		return nil, err
	}
	f := v.newForm(button)
	f.Next = v.next()
	return &question{title: title, shown: []string{of.Name}, text: text, form: f}, nil
}

// proveWith asks whether somebody wants to show who they are with another
// website.
func proveWith(v *visit) error {
	if ok, err := v.mayProve(); err != nil || !ok {
		return err
	}
	w := v.p.words.Proof
	q, err := v.withQuestion(w.WithTitle, w.WithButton, w.WithText, w.WithAsks)
	if err != nil {
		return err
	}
	q.form.Next, q.form.Cancel = "", proofAt
	return v.ask(q)
}

// proveWithGo sends them there.
func proveWithGo(v *visit) error {
	if ok, err := v.mayProve(); err != nil || !ok {
		return err
	}
	return v.goTo(upstream.Prove, v.s.ID, proofAt)
}

// signInWith asks whether somebody wants to sign in with another website.
func signInWith(v *visit) error {
	w := v.p.words.Proof
	q, err := v.withQuestion(w.SignInTitle, w.SignInButton, w.SignInText)
	if err != nil {
		return err
	}
	q.form.Cancel = withNext("/sign-in", v.next())
	return v.ask(q)
}

// signInWithGo sends them there.
func signInWithGo(v *visit) error {
	if err := v.p.cfg.Accounts.Unhurried(v.source()); err != nil {
		return err
	}
	return v.goTo(upstream.SignIn, "", v.next())
}

func (v *visit) goTo(why upstream.Purpose, session, next string) error {
	st, err := v.p.cfg.Upstream.Begin(v.r.Context(), v.r.PathValue("id"), why, session, next)
	if err != nil {
		return err
	}
	v.setCookie(upstreamCookie, st.Secret, upstream.FlowLife)
	return v.goOn(st.URL)
}

// signInLinks lead to the websites that people can sign in with. Where they can
// not be read the page does without: the ways of our own still work.
func (v *visit) signInLinks(next string) []link {
	all, err := v.p.cfg.Upstream.Current(v.r.Context())
	if err != nil {
		v.p.cfg.Log.Warn("the websites to sign in with could not be read", "cause", err)
		return nil
	}
	var links []link
	for _, of := range all {
		links = append(links, link{v.p.words.Proof.SignInWith + " " + of.Name, withNext("/sign-in/with/"+of.ID, next)})
	}
	return links
}

// comeBack is where other websites send people back to. The address has what
// only this browser may use, so the next page is another one.
func comeBack(v *visit) error {
	s, in, err := v.session()
	if err != nil {
		return err
	}
	session := ""
	if in {
		session = s.ID
	}
	secret := v.cookie(upstreamCookie)
	v.dropCookie(upstreamCookie)
	query, err := url.ParseQuery(v.r.URL.RawQuery)
	if err != nil {
		query = url.Values{}
	}
	b, err := v.p.cfg.Upstream.Finish(v.r.Context(), v.r.PathValue("id"), query, secret, session)
	if err != nil {
		return err
	}
	if b.Purpose == upstream.Prove {
		r, err := v.p.cfg.Proofs.ByProvider(v.r.Context(), v.s, v.source(), b.Identity)
		if err != nil {
			return err
		}
		return v.proven(r)
	}
	return v.signInBack(b)
}

// signInBack signs somebody in whom another website vouches for.
func (v *visit) signInBack(b upstream.Back) error {
	id, found, err := v.p.cfg.Proofs.AccountOf(v.r.Context(), b.Identity)
	if err != nil {
		return err
	}
	if !found {
		w := v.p.words.Proof
		return v.show(http.StatusOK, "told", w.NobodyTitle, struct {
			Text []string
			On   []link
		}{[]string{w.NobodyText}, []link{{w.NobodyNext, "/sign-in"}, {w.NobodyCreate, "/account/new"}}})
	}
	_, secret, err := v.p.cfg.Accounts.AdmitByProvider(v.r.Context(), id, v.device())
	if err == nil {
		err = v.enter(secret)
	}
	if err != nil {
		return err
	}
	return v.goOn(local(b.Next))
}
