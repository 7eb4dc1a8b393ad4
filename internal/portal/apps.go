package portal

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

const appsAt = "/account/apps"

// mostApps is how many permissions a page shows, the newest first.
const mostApps = 100

// permission is one app that acts in somebody's name, as a page shows it.
type permission struct {
	ID, Name string
	Rows     []fact
}

// standing are the permissions of whoever is signed in that still work: one
// that ended with its session is not among them.
func (v *visit) standing() (all []client.Grant, more bool, err error) {
	given, err := v.p.cfg.Clients.Given(v.r.Context(), v.s.Account)
	for _, g := range given {
		if g.Session != "" && g.Session != v.s.ID {
			good, err := v.p.cfg.Accounts.Good(v.r.Context(), v.s.Account, g.Session)
			if err != nil {
				return nil, false, err
			}
			if !good {
				continue
			}
		}
		if len(all) == mostApps {
			return all, true, nil
		}
		all = append(all, g)
	}
	return all, false, err
}

// apps lists what acts in somebody's name.
func apps(v *visit) error {
	given, more, err := v.standing()
	if err != nil {
		return err
	}
	used, err := v.p.cfg.Clients.LastUsed(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	var all []permission
	for _, g := range given {
		p, err := v.permission(g, used[g.ID])
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	others, err := v.byOthers()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "apps", v.p.words.Apps.Title, struct {
		All    []permission
		More   bool
		Others []permission
	}{all, more, others})
}

func (v *visit) permission(g client.Grant, used time.Time) (permission, error) {
	cl, _, err := v.p.cfg.Clients.Get(v.r.Context(), g.Client)
	if err != nil {
		return permission{}, err
	}
	w := v.p.words.Apps
	asked, whose := w.Never, w.ForYou
	if !used.IsZero() {
		asked = v.when(used)
	}
	switch {
	case g.Role == access.RoleProxy:
		var err error
		if whose, err = v.actedFor(g); err != nil {
			return permission{}, err
		}
	case g.Member != "" && g.Patient != "":
		whose = w.ForWork
	case g.Member != "":
		whose = v.p.words.Consent.EverybodyYouMaySee
	case g.Patient == "":
		whose = w.ForNone
	}
	p := permission{ID: g.ID, Name: cl.Name, Rows: []fact{{w.For, whose}, {w.Since, v.when(g.Created)}, {w.Until, v.lastDay(g)}, {w.Asked, asked}}}
	return p, nil
}

// lastDay is the last day of a permission, which ends with it.
func (v *visit) lastDay(g client.Grant) string {
	text := v.date(g.Until.Add(-time.Second))
	if g.Session != "" {
		text += ". " + v.p.words.Apps.Session
	}
	return text
}

// grant finds a permission that somebody gave and that stands.
func (v *visit) grant() (client.Grant, error) {
	given, err := v.p.cfg.Clients.Given(v.r.Context(), v.s.Account)
	if err != nil {
		return client.Grant{}, err
	}
	i := slices.IndexFunc(given, func(g client.Grant) bool { return g.ID == v.r.PathValue("id") })
	if i < 0 {
		return client.Grant{}, problem.New(problem.NotFound, v.p.words.Apps.Gone)
	}
	return given[i], nil
}

// appBody is one permission as its page shows it.
type appBody struct {
	permission
	Look, Write, About []string
	Nothing            bool
	End                string
}

// oneApp shows what one app may do, and how to change or end it.
func oneApp(v *visit) error { return v.oneApp(http.StatusOK, "") }

func (v *visit) oneApp(status int, wrong string) error {
	g, err := v.grant()
	if err != nil {
		return err
	}
	used, err := v.p.cfg.Clients.LastUsed(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	body := appBody{End: appsAt + "/" + g.ID + "/end"}
	if body.permission, err = v.permission(g, used[g.ID]); err != nil {
		return err
	}
	if g.Member != "" && g.Patient != "" {
		// Whose record it is, is seen by those who may still see it.
		if s, err := v.asStaff(); err == nil && s.mayCare() {
			one, err := v.patientNamed(s, g.Patient)
			if err == nil {
				body.Rows[0].Value = one.Text
			} else if !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Gone) {
				return err
			}
		}
	}
	body.Look, body.Write, body.About = v.inWords(g)
	body.Nothing = len(body.Look)+len(body.Write) == 0
	w := v.p.words.Apps
	f := v.newForm(w.Move, v.dateField("until", w.MoveText, v.p.words.Consent.DateHint))
	f.Action, f.Fields[0].Problem = appsAt+"/"+g.ID+"/until", wrong
	v.form = f
	return v.show(status, "oneapp", w.OneTitle, body)
}

// inWords says what a permission allows.
func (v *visit) inWords(g client.Grant) (look, write, about []string) {
	w := v.p.words
	a := &asking{visit: v, wish: newWish(g.Scopes, g.Member == "", access.PatientLevel, access.UserLevel)}
	for _, s := range a.wish.scopes {
		b := box{level: a.wish.boxLevel(s.Level), typ: s.Type, query: s.Query}
		text := w.Apps.Everything
		if s.Type != "" {
			text = a.label(b)
		}
		if s.Level == access.UserLevel && g.Member != "" {
			text += ", " + w.Consent.EverybodyYouMaySee
		}
		if kind(s.Verbs, false) != 0 && !slices.Contains(look, text) {
			look = append(look, text)
		}
		if kind(s.Verbs, true) != 0 && !slices.Contains(write, text) {
			write = append(write, text)
		}
	}
	if a.wish.asks("openid") {
		about = append(about, w.Consent.OpenID)
	}
	for i, s := range optional {
		if a.wish.asks(s) {
			about = append(about, [...]string{w.Consent.Profile, w.Consent.Email, w.Consent.Phone, w.Consent.Offline, w.Consent.Online}[i])
		}
	}
	slices.SortFunc(look, strings.Compare)
	slices.SortFunc(write, strings.Compare)
	return look, write, about
}

// endApp ends one permission. It needs nothing but being signed in: to stop
// something is never made hard.
func endApp(v *visit) error {
	if err := v.p.cfg.Clients.End(v.r.Context(), v.s.Account, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.doneThen(appEnded, appsAt)
}

// endApps ends all of them.
func endApps(v *visit) error {
	if _, err := v.p.cfg.Clients.EndFor(v.r.Context(), v.s.Account, ""); err != nil {
		return err
	}
	return v.doneThen(appsEnded, appsAt)
}

// moveApp gives a permission another last day. A later one is a choice to
// share, and needs what that needs; an earlier one needs nothing.
func moveApp(v *visit) error {
	g, err := v.grant()
	if err != nil {
		return err
	}
	until, ok, wrong := v.chosenEnd("until")
	if !ok {
		return v.oneApp(http.StatusUnprocessableEntity, wrong)
	}
	if until.After(g.Until) {
		if err := v.mayExtend(g); err != nil {
			return err
		}
		age := v.p.cfg.Now().Sub(v.s.Verified)
		if v.s.Strength != account.Strong || age < 0 || age >= account.ShareChoices.Fresh() {
			return v.goOn(withNext("/check", appsAt+"/"+g.ID))
		}
	}
	if err := v.p.cfg.Clients.MoveEnd(v.r.Context(), v.s.Account, g.ID, until); err != nil {
		return err
	}
	return v.doneThen(appMoved, appsAt)
}

// mayExtend makes sure that whoever wants a permission to last longer could give
// it now: what a recovery or a lost place took away is not kept alive.
func (v *visit) mayExtend(g client.Grant) error {
	if g.Role == access.NoRole {
		return nil
	}
	s, err := v.asThemself(), error(nil)
	if g.Role == access.RoleProxy {
		_, err := v.p.cfg.Mandates.Holds(v.r.Context(), v.s, g.Mandate)
		return err
	}
	if g.Member != "" {
		s, err = v.asStaff()
	}
	switch {
	case err != nil:
		return err
	case s.work.Member != g.Member:
		return problem.New(problem.Forbidden, v.p.words.Staff.SignIn)
	case !s.shares && len(newWish(g.Scopes, false, access.PatientLevel, access.UserLevel).scopes) > 0:
		return problem.New(problem.Forbidden, s.refusal)
	}
	return nil
}
