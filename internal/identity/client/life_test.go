package client

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"pgregory.net/rapid"
)

// twin is what the life of permissions, codes and tokens is, by maps and plain
// rules.
type twin struct {
	now    time.Time
	grants map[string]*twinGrant
	codes  map[string]*twinCode
	fresh  map[string]*twinRefresh
	tokens map[string]*twinToken
}

type twinGrant struct {
	account, client string
	until           time.Time
	ended           bool
}

type twinCode struct {
	grant string
	ends  time.Time
	used  bool
}

type twinRefresh struct {
	grant    string
	ends     time.Time
	replaced bool
}

type twinToken struct {
	grant string
	ends  time.Time
}

func (w *twin) good(grant string) bool {
	g := w.grants[grant]
	return !g.ended && w.now.Before(g.until)
}

func (w *twin) redeem(code, client string, fits bool) bool {
	c := w.codes[code]
	switch {
	case c == nil || w.grants[c.grant].client != client:
		return false
	case c.used:
		w.grants[c.grant].ended = true
		return false
	}
	c.used = true
	return w.now.Before(c.ends) && fits && w.good(c.grant)
}

func (w *twin) idle(grant string) time.Time {
	end := w.now.Add(refreshIdle)
	if u := w.grants[grant].until; u.Before(end) {
		end = u
	}
	return end
}

// renew says whether a refresh token works, and changes what it changes.
func (w *twin) renew(token, client string, fits, replace bool) bool {
	r := w.fresh[token]
	if r == nil || w.grants[r.grant].client != client || !w.good(r.grant) {
		return false
	}
	if r.replaced {
		w.grants[r.grant].ended = true
		return false
	}
	if !w.now.Before(r.ends) || !fits {
		return false
	}
	if r.replaced = replace; !replace {
		r.ends = w.idle(r.grant)
	}
	return true
}

// lives is one run of the store beside its twin.
type lives struct {
	t       *rapid.T
	c       *Clients
	h       *hand
	twin    twin
	clients []string
	codes   []string
	fresh   []string
	tokens  []string
}

func (l *lives) must(err error) {
	if err != nil {
		l.t.Fatal(err)
	}
}

// one draws a text that is there, or one that never was.
func (l *lives) one(all []string, what string) string {
	return rapid.SampledFrom(append(slices.Clone(all), "nothing")).Draw(l.t, what)
}

func (l *lives) allow() {
	ctx, client := l.t.Context(), rapid.SampledFrom(l.clients).Draw(l.t, "client")
	account := rapid.SampledFrom([]string{"ann", "bob"}).Draw(l.t, "account")
	until := l.h.now().Add(time.Duration(rapid.IntRange(1, 200).Draw(l.t, "days")) * 24 * time.Hour)
	id, _, err := l.c.Keep(ctx, Ask{Client: client, Redirect: "https://a.example/", Scopes: "openid"}, false)
	l.must(err)
	_, _, err = l.c.Opened(ctx, id, "a secret of a browser")
	l.must(err)
	to, err := l.c.Approve(ctx, id, "a secret of a browser", Approval{Account: account, Scopes: "openid", Until: until})
	l.must(err)
	u, err := url.Parse(to)
	l.must(err)
	code := u.Query().Get("code")
	all, err := l.c.Given(ctx, account)
	l.must(err)
	for _, g := range all {
		if l.twin.grants[g.ID] == nil {
			l.twin.grants[g.ID] = &twinGrant{account, client, until, false}
			l.twin.codes[code] = &twinCode{g.ID, l.twin.now.Add(codeLife), false}
		}
	}
	l.codes = append(l.codes, code)
}

func (l *lives) redeem() {
	code, client := l.one(l.codes, "code"), rapid.SampledFrom(l.clients).Draw(l.t, "client")
	fits := rapid.IntRange(0, 3).Draw(l.t, "fits") > 0
	g, _, err := l.c.Redeem(l.t.Context(), code, Redeeming{Client: client, Fits: func(Code) bool { return fits }})
	if want := l.twin.redeem(code, client, fits); want != (err == nil) || err != nil && !errors.Is(err, ErrGone) {
		l.t.Fatalf("a code: %v, want %v", err, want)
	}
	if err == nil {
		l.give(g.ID, true)
	}
}

func (l *lives) give(grant string, refresh bool) {
	want := Issuing{Grant: grant, Scopes: "openid", Life: time.Hour}
	if refresh {
		want.Refresh = &Refreshing{Grant: grant, Scopes: "openid", Until: l.twin.grants[grant].until}
	}
	out, err := l.c.Issue(l.t.Context(), want)
	l.must(err)
	l.tokens = append(l.tokens, out.Token)
	l.twin.tokens[out.Token] = &twinToken{grant, l.twin.now.Add(time.Hour)}
	if refresh {
		l.keep(out.Refresh, grant)
	}
}

func (l *lives) keep(refresh, grant string) {
	l.fresh = append(l.fresh, refresh)
	l.twin.fresh[refresh] = &twinRefresh{grant, l.twin.idle(grant), false}
}

func (l *lives) renew() {
	token, client := l.one(l.fresh, "refresh"), rapid.SampledFrom(l.clients).Draw(l.t, "client")
	fits, replace := rapid.IntRange(0, 3).Draw(l.t, "fits") > 0, rapid.Bool().Draw(l.t, "replace")
	r, err := l.c.Renew(l.t.Context(), token, Renewing{Client: client, Replace: replace, Fits: func(Refresh) bool { return fits }})
	if want := l.twin.renew(token, client, fits, replace); want != (err == nil) || err != nil && !errors.Is(err, ErrGone) {
		l.t.Fatalf("a refresh token: %v, want %v", err, want)
	}
	if err != nil {
		return
	}
	if (r.Next != "") != replace {
		l.t.Fatalf("the next one is %q", r.Next)
	}
	if replace {
		l.keep(r.Next, r.Grant.ID)
	}
	l.give(r.Grant.ID, false)
}

func (l *lives) end() {
	account, client := rapid.SampledFrom([]string{"ann", "bob"}).Draw(l.t, "account"), rapid.SampledFrom(append(slices.Clone(l.clients), "")).Draw(l.t, "client")
	_, err := l.c.EndFor(l.t.Context(), account, client)
	l.must(err)
	for _, g := range l.twin.grants {
		if g.account == account && (client == "" || g.client == client) {
			g.ended = true
		}
	}
}

func (l *lives) wait() {
	d := rapid.SampledFrom([]time.Duration{time.Second, 30 * time.Second, time.Minute, 20 * time.Minute, 30 * 24 * time.Hour}).Draw(l.t, "time")
	l.h.move(d)
	l.twin.now = l.twin.now.Add(d)
}

func (l *lives) takeBack() {
	token := l.one(l.fresh, "refresh")
	client := rapid.SampledFrom(l.clients).Draw(l.t, "client")
	l.must(l.c.RevokeRefresh(l.t.Context(), token, client))
	if r := l.twin.fresh[token]; r != nil && l.twin.grants[r.grant].client == client && l.twin.good(r.grant) {
		l.twin.grants[r.grant].ended = true
	}
}

// check asks about every token that there ever was.
func (l *lives) check() {
	for _, token := range l.tokens {
		w := l.twin.tokens[token]
		want := l.twin.good(w.grant) && l.twin.now.Before(w.ends)
		if _, err := l.c.Verify(l.t.Context(), token); want != (err == nil) {
			l.t.Fatalf("a token: %v, want %v", err, want)
		}
	}
}

// Whatever people, apps and time do, a code, a refresh token and an access
// token are good exactly when the plain rules say so.
func TestLivesAreAsThePlainRulesSay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring := newRing(t)
		rapid.Check(t, func(t *rapid.T) {
			h := newHand()
			c, err := Open(t.Context(), d, ring, h.now)
			if err != nil {
				t.Fatal(err)
			}
			l := &lives{t: t, c: c, h: h, twin: twin{h.now(), map[string]*twinGrant{}, map[string]*twinCode{}, map[string]*twinRefresh{}, map[string]*twinToken{}}}
			if _, err := c.endWhere(t.Context(), "account <> ''"); err != nil { // of the runs before
				t.Fatal(err)
			}
			for range 2 {
				cl, _, err := c.Add(t.Context(), Spec{Name: "Diary", Profile: SMART, Proof: NoProof, Redirects: []string{"https://a.example/"}, Scopes: "openid", Grants: []string{AuthorizationCode, RefreshToken}})
				l.must(err)
				l.clients = append(l.clients, cl.ID)
			}
			l.allow()
			for range rapid.IntRange(1, 12).Draw(t, "steps") {
				rapid.SampledFrom([]func(){l.allow, l.redeem, l.redeem, l.redeem, l.renew, l.renew, l.renew, l.wait, l.end, l.takeBack}).Draw(t, "step")()
				l.check()
			}
		})
	})
}
