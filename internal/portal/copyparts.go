package portal

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// CopySources are the rooms that hold more about a person than their record.
type CopySources struct {
	Clients     *client.Clients
	Corrections *correction.Corrections
	Mandates    *mandate.Mandates
	// Looks reads the access log.
	Looks func(ctx context.Context, f audit.Filter, fn func(*audit.Entry) error) error
}

// Parts are what a copy holds beside the record: apps and what they were allowed,
// rights to act that were given and that are held, what was said to be wrong, and
// who looked.
func (p *CopyPage) Parts(s CopySources) []takeaway.Part {
	w := p.w.Takeaway
	return []takeaway.Part{
		{Name: "apps", Title: w.Apps, None: w.NoApps, Heads: []string{w.App, w.Since, w.Ends, w.May}, Each: func(ctx context.Context, of takeaway.Whose, fn func(any, []string) error) error {
			return p.apps(ctx, s, of, fn)
		}},
		{Name: "rights-given", Title: w.Given, None: p.w.Family.GivenNone, Heads: []string{p.w.Family.Who, p.w.Family.Relation, p.w.Family.May, w.Since, w.Ends}, Each: func(ctx context.Context, of takeaway.Whose, fn func(any, []string) error) error {
			return p.rightsGiven(ctx, s, of, fn)
		}},
		{Name: "rights-held", Title: w.Held, None: p.w.Family.ForNone, Heads: []string{p.w.Family.Who, p.w.Family.May, p.w.Family.Until}, Each: func(ctx context.Context, of takeaway.Whose, fn func(any, []string) error) error {
			return p.rightsHeld(ctx, s, of, fn)
		}},
		{Name: "corrections", Title: w.Corrections, None: w.NoCorrections, Heads: []string{p.w.Correction.Entry, p.w.Correction.Asked, w.State, p.w.Correction.YourWords, p.w.Correction.Answer}, Each: func(ctx context.Context, of takeaway.Whose, fn func(any, []string) error) error {
			return p.asked(ctx, s, of, fn)
		}},
		{Name: "access-log", Title: w.Looks, None: w.NoLooks, Heads: []string{w.At, w.Who, w.Why, w.Did, w.Result}, Each: func(ctx context.Context, of takeaway.Whose, fn func(any, []string) error) error {
			return p.looks(ctx, s, of, fn)
		}},
	}
}

func (p *CopyPage) at(t time.Time) string {
	if t.IsZero() {
		return p.w.Record.Unknown
	}
	return t.In(p.zone).Format("2 January 2006, 3:04pm")
}

// appLine is a permission as programs read it.
type appLine struct {
	App     string    `json:"app"`
	Client  string    `json:"client"`
	Scopes  string    `json:"scopes"`
	Patient string    `json:"patient,omitempty"`
	Right   string    `json:"right,omitempty"` // by which they act for that patient
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until,omitzero"`
}

func (p *CopyPage) apps(ctx context.Context, s CopySources, of takeaway.Whose, fn func(any, []string) error) error {
	given, err := s.Clients.Given(ctx, of.Account)
	if err != nil {
		return err
	}
	for _, g := range given {
		if g.Member != "" {
			continue // given at work, about others
		}
		cl, _, err := s.Clients.Get(ctx, g.Client)
		if err != nil {
			return err
		}
		line := appLine{App: cl.Name, Client: g.Client, Scopes: g.Scopes, Patient: g.Patient, Right: g.Mandate, Since: g.Created.UTC(), Until: g.Until.UTC()}
		if err := fn(line, []string{cl.Name, p.at(g.Created), p.at(g.Until), g.Scopes}); err != nil {
			return err
		}
	}
	return nil
}

// correctionLine is a request as programs read it.
type correctionLine struct {
	Entry     string    `json:"entry"`
	Version   int64     `json:"version"`
	Asked     time.Time `json:"asked"`
	Due       time.Time `json:"due"`
	State     string    `json:"state"`
	Words     string    `json:"words"`
	Answered  time.Time `json:"answered,omitzero"`
	Answer    string    `json:"answer,omitempty"`
	Became    int64     `json:"became_version,omitempty"`
	Statement string    `json:"statement,omitempty"`
}

func (p *CopyPage) asked(ctx context.Context, s CopySources, of takeaway.Whose, fn func(any, []string) error) error {
	self := correction.Self{Account: of.Account, Patient: of.Patient,
		Who: access.Who{Actor: "account:" + of.Account, Kind: access.Person, Role: access.RoleSelf, Patient: of.Patient, Bound: access.AllTypes(access.Looking &^ access.Follow)}}
	all, err := s.Corrections.Mine(ctx, self)
	if err != nil {
		return err
	}
	for _, r := range all {
		t, err := s.Corrections.One(ctx, self, r.ID)
		if err != nil {
			return err
		}
		line := correctionLine{Entry: t.Entry.String(), Version: t.Version, Asked: t.Made, Due: t.Due, State: string(t.State), Words: t.Words, Answered: t.Answered, Answer: t.Reason, Became: t.Became, Statement: t.Statement}
		if err := fn(line, []string{p.w.Kinds[t.Entry.Type], p.at(t.Made), p.w.Correction.States[string(t.State)], t.Words, t.Reason}); err != nil {
			return err
		}
	}
	return nil
}

// lookLine is an entry of the access log as programs read it.
type lookLine struct {
	Seq          int64     `json:"seq"`
	At           time.Time `json:"at"`
	Request      string    `json:"request,omitempty"`
	Actor        string    `json:"actor"`
	Kind         string    `json:"kind"`
	Role         string    `json:"role"`
	App          string    `json:"app,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	Mandate      string    `json:"mandate,omitempty"`
	Purpose      string    `json:"purpose"`
	Did          string    `json:"did"`
	Type         string    `json:"type,omitempty"`
	Params       []string  `json:"params,omitempty"`
	Rule         string    `json:"rule"`
	Rules        string    `json:"rules"`
	Outcome      int       `json:"outcome"`
	Returned     []string  `json:"returned,omitempty"`
}

// looksPage is how many entries of the log are read at once.
const looksPage = 1_000

func (p *CopyPage) looks(ctx context.Context, s CopySources, of takeaway.Whose, fn func(any, []string) error) error {
	for after := int64(0); ; {
		n := 0
		err := s.Looks(ctx, audit.Filter{Person: of.Person, After: after, Limit: looksPage}, func(e *audit.Entry) error {
			n, after = n+1, e.Seq
			return fn(lineOf(e), p.look(e))
		})
		if err != nil || n < looksPage {
			return err
		}
	}
}

func lineOf(e *audit.Entry) lookLine {
	l := lookLine{Seq: e.Seq, At: e.At, Request: e.Request, Actor: e.Who.Actor, Kind: e.Who.Kind.String(), Role: e.Who.Role.String(), App: e.Who.App, Organisation: e.Who.Organisation,
		Mandate: e.Who.Mandate, Purpose: e.Purpose.String(), Did: e.Verb.String(), Type: e.Type, Params: e.Params, Rule: e.Rule, Rules: e.Rules, Outcome: e.Outcome}
	for _, r := range e.Returned {
		l.Returned = append(l.Returned, r.Type+"/"+r.ID+"/_history/"+strconv.FormatInt(r.Version, 10))
	}
	return l
}

// look is an entry in words.
func (p *CopyPage) look(e *audit.Entry) []string {
	w := p.w.Takeaway
	or := func(words map[string]string, name string) string {
		if s := words[name]; s != "" {
			return s
		}
		return name
	}
	var did []string
	for _, v := range strings.Fields(e.Verb.String()) {
		did = append(did, or(w.Verbs, v))
	}
	about := ""
	if e.Type != "" {
		about = ": " + or(p.w.Kinds, e.Type)
	}
	who := or(w.Roles, e.Who.Role.String())
	if e.Who.App != "" {
		who += ", " + e.Who.App
	}
	if e.Who.Organisation != "" {
		who += ", " + e.Who.Organisation
	}
	result := w.Allowed
	if e.Outcome >= 400 {
		result = w.Refused
	}
	return []string{p.at(e.At), who, or(w.Purposes, e.Purpose.String()), strings.Join(did, ", ") + about, result}
}
