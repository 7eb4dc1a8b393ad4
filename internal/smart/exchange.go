package smart

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Relationships is what this room asks about people who act for others, such as
// parents for their children. Whoever answers has looked at papers, ages and
// choices; nothing of that is here.
type Relationships interface {
	// ActsFor is what an account may do for the person with a Patient record,
	// given by its logical id. found is false where they may do nothing, now
	// or at all. It is asked each time when a token is used, so that a
	// relationship that ends ends at once.
	ActsFor(ctx context.Context, account, patient string) (r Relationship, found bool, err error)
}

// Relationship is what somebody may do for somebody else.
type Relationship struct {
	// Person is the number of the other one in the record, never 0.
	Person int64
	// Account is theirs; empty where they have none, as small children.
	Account string
	// Scopes are the most that may be done: scopes of SMART that begin with
	// patient/.
	Scopes string
	// Until is when it ends, or is to be looked at again.
	Until time.Time
}

func (nobody) ActsFor(context.Context, string, string) (Relationship, bool, error) {
	return Relationship{}, false, nil
}

const (
	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
	// exchangedLife is how long a token is good that was given for another.
	exchangedLife = 10 * time.Minute
)

const noExchange = "The subject_token is not one that this client may exchange: it has run out, was taken back, is another client's, was exchanged before, or is bound to another key."

// exchange gives a token for a token of this server (RFC 8693): a narrower one
// about the same person, or one with which the person acts for somebody else.
// What comes of it never does more than what it was given for, ends with it,
// and is never exchanged again.
func (c *call) exchange() error {
	a, err := c.asks(everyProof, client.TokenExchange)
	if err != nil {
		return err
	}
	out, err := c.exchanged(a)
	if err != nil {
		return c.spent(a.once, err)
	}
	return c.sendJSON(out)
}

func (c *call) exchanged(a asking) (given, error) {
	if err := c.exchangeable(); err != nil {
		return given{}, err
	}
	h, err := c.subject(a)
	if err != nil {
		return given{}, err
	}
	scopes, tooLong := eachOnce(c.form.Get("scope"))
	if scopes == "" {
		scopes = h.Scopes
	}
	if tooLong || !client.ScopesWithin(scopes, h.Scopes) {
		return given{}, refuse(invalidScope, "An exchange gives no more than the token has. Leave scope out, or ask for a part of it.")
	}
	about, ends := h.Context, h.Expires
	if c.form.Has("requested_subject") {
		rel, err := c.actsFor(a, h)
		if err != nil {
			return given{}, err
		}
		about = client.Context{Patient: c.otherPatient(), Role: access.RoleProxy, Session: h.Session, Actor: h.Account, Subject: rel.Account, For: rel.Person}
		scopes = forOther(scopes, rel.Scopes)
		if rel.Until.Before(ends) {
			ends = rel.Until
		}
	}
	if scopes = lasting(scopes); scopes == "" {
		return given{}, refuse(invalidScope, "Nothing is left of the scopes. Ask for others, within those of the token and of what the person may do.")
	}
	life := min(exchangedLife, ends.Sub(c.s.cfg.Now()).Truncate(time.Second))
	if life < time.Second {
		return given{}, refuse(invalidRequest, noExchange)
	}
	out, err := c.issue(client.Issuing{Grant: h.Grant, Scopes: scopes, Life: life, Spend: a.once, About: &about}, a.proof)
	out.Issued, out.Patient = accessTokenType, about.Patient
	return out, err
}

// exchangeable checks what is asked for but for the tokens (RFC 8693 section
// 2.1).
func (c *call) exchangeable() error {
	f := c.form
	if f.Get("subject_token_type") != accessTokenType || f.Has("requested_token_type") && f.Get("requested_token_type") != accessTokenType {
		return refuse(invalidRequest, "Access tokens are exchanged here, for access tokens. Send subject_token_type="+accessTokenType+".")
	}
	if f.Has("actor_token") || f.Has("actor_token_type") {
		return refuse(invalidRequest, "Whoever acts is the one whose token the subject_token is. Leave actor_token out.")
	}
	if at := f.Get("audience"); f.Has("audience") && strings.TrimSuffix(at, "/") != c.s.cfg.FHIR {
		return refuse(invalidTarget, "Tokens from here are for the FHIR interface of this server. Leave audience out.")
	}
	if wrong := c.audience(""); wrong != nil {
		return wrong
	}
	return nil
}

// subject is the token that is exchanged: a person's, this client's own, first
// hand, and where it is bound to a key that key was proved now.
func (c *call) subject(a asking) (client.Holder, error) {
	h, err := c.s.cfg.Clients.Verify(c.ctx, c.form.Get("subject_token"))
	if k := problem.KindOf(err); err != nil && k != problem.Unauthorized && k != problem.Revoked {
		return h, err
	}
	good := err == nil && h.Client == a.ID && h.Account != "" && !h.Exchanged && (h.Thumbprint == "" || a.proof != nil && a.proof.thumbprint == h.Thumbprint)
	if good {
		if good, err = c.s.cfg.People.Holds(c.ctx, h.Account, h.Context); err != nil {
			return h, err
		}
	}
	if !good {
		return h, refuse(invalidRequest, noExchange)
	}
	return h, nil
}

// otherPatient is the logical id of the one who is acted for; "" for none.
func (c *call) otherPatient() string {
	id, ok := strings.CutPrefix(c.form.Get("requested_subject"), "Patient/")
	if !ok || len(id) > 64 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return ""
	}
	return id
}

// actsFor is the relationship by which the person acts for another. A stolen
// token alone has to be of no use for that, so the client proves itself, or the
// key that the token is bound to.
func (c *call) actsFor(a asking, h client.Holder) (Relationship, error) {
	if !slices.Contains(strings.Fields(h.Scopes), client.ActForOthers) {
		return Relationship{}, refuse(invalidScope, "The person did not allow the app to act for others. Ask them for the scope "+client.ActForOthers+".")
	}
	if a.Proof == client.NoProof && h.Thumbprint == "" {
		return Relationship{}, refuse(unauthorized, "To act for others an app proves itself, or a key that its tokens are bound to. Use DPoP.")
	}
	patient := c.otherPatient()
	rel, ok, err := Relationship{}, false, error(nil)
	if patient != "" && h.Actor == "" && h.Member == "" { // nobody acts for their family at work
		rel, ok, err = c.s.cfg.Relationships.ActsFor(c.ctx, h.Account, patient)
	}
	if err != nil {
		return rel, err
	}
	if !ok || rel.Person <= 0 || !c.s.cfg.Now().Before(rel.Until) {
		return rel, refuse(invalidTarget, "The person may not act for the one who is named. Send requested_subject=Patient/ and an id of somebody whom they act for.")
	}
	return rel, nil
}

// forOther is the part of scopes that is about a patient and lies within what
// may be done for the other one. What says who signed in is left out.
func forOther(scopes, allowed string) string {
	var may []access.SMARTScope
	for w := range strings.FieldsSeq(allowed) {
		if s, ok := access.ParseSMART(w); ok && s.Level == access.PatientLevel {
			may = append(may, s)
		}
	}
	var out []string
	for w := range strings.FieldsSeq(scopes) {
		s, ok := access.ParseSMART(w)
		if !ok || s.Level != access.PatientLevel {
			continue
		}
		if s.Within(may) {
			out = append(out, w)
			continue
		}
		out = append(out, common(s, may)...)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// common is what a scope and some others have in common.
func common(s access.SMARTScope, others []access.SMARTScope) (out []string) {
	if w := within(s, others); w != "" {
		out = append(out, w)
	}
	for _, o := range others { // such as one type, where every type is asked for
		if w := within(o, []access.SMARTScope{s}); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// lasting leaves out what an exchanged token has no use for: there is no refresh
// token for it.
func lasting(scopes string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(scopes), func(w string) bool { return keeps(w) || w == client.ActForOthers }), " ")
}
